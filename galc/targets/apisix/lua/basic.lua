-- HTTP basic authentication. The basic-auth plugin can't be used: it cuts passwords at a colon,
-- drops white space, knows a user name only once for all routes, and verifies no hash.

local function matches(user, password)
  if user.scheme == "sha1" then
    return "{SHA}" .. ngx.encode_base64(ngx.sha1_bin(password)) == user.secret
  end
  return user.scheme == "plain" and password == user.secret
end

local function authenticate(ctx, data)
  local value = ctx.galc.header("Authorization") or ""
  local encoded = string.match(value, "^[Bb][Aa][Ss][Ii][Cc] +(%S+)%s*$")
  local decoded = encoded and ngx.decode_base64(encoded)
  local name, password = string.match(decoded or "", "^([^:]*):(.*)$")
  local user = name and data.users[name]
  if user and matches(user, password) then
    return
  end
  ngx.header["WWW-Authenticate"] = data.challenge
  return data.status, data.message
end

return function(_, ctx)
  ctx.galc.basic = authenticate
end
