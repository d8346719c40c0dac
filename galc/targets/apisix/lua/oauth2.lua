-- Token introspection. The openid-connect plugin can't be used: it wants a discovery document, keeps
-- answers under the token alone, so that one route's token would pass on another, and checks neither
-- `nbf` nor that `exp` has passed.

local function authenticate(ctx, data)
  if is_introspected(data, ctx.galc.headers("Authorization"), ctx.galc.variable) then
    return
  end
  ngx.header["WWW-Authenticate"] = "Bearer"
  return data.status, data.message
end

return function(_, ctx)
  ctx.galc.oauth2 = authenticate
end
