-- HTTP basic authentication. The basic-auth plugin can't be used: it cuts passwords at a colon,
-- drops white space, knows a user name only once for all routes, and verifies no hash.

-- Of a hash in the environment the scheme is unknown; one that isn't {SHA} is equal to no text here.
local function matches(user, secret, password)
  if user.scheme == "plain" then
    return password == secret
  end
  return "{SHA}" .. ngx.encode_base64(ngx.sha1_bin(password)) == secret
end

local function authenticate(ctx, data)
  local value = ctx.galc.header("Authorization") or ""
  local encoded = string.match(value, "^[Bb][Aa][Ss][Ii][Cc] +(%S+)%s*$")
  local decoded = encoded and ngx.decode_base64(encoded)
  local name, password = string.match(decoded or "", "^([^:]*):(.*)$")
  local user = name and data.users[name]
  local secret = user and (user.secret or ctx.galc.variable(user.variable))
  if secret and matches(user, secret, password) then
    return
  end
  ngx.header["WWW-Authenticate"] = data.challenge
  return data.status, data.message
end

return function(_, ctx)
  ctx.galc.basic = authenticate
end
