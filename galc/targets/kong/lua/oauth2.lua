-- Token introspection: who is let in by the endpoint's answer.

function galc.oauth2(policy)
  if not is_introspected(policy, values("authorization"), galc.variable) then
    return deny(policy)
  end
end
