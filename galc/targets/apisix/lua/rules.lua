-- Keeps a route's response rules for the answer.
return function(_, ctx)
  ctx.galc.rules = function(_, data)
    ctx.galc.response_rules = data
  end
end
