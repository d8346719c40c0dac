-- Credentials in Kong's environment, by its own vault for that (kong/pdk/vault.lua, kong/vaults/env).
-- An unset variable is nil there, and an empty one is none here: nobody gets in by either.

local function variable(name)
  local value = kong.vault.get("{vault://env/" .. name .. "}")
  return value ~= "" and value or nil
end

galc.variable = variable

-- Once a worker: the environment of a process doesn't change.
function galc.add_keys(policy)
  for _, entry in ipairs(policy.environment) do
    local key = variable(entry.variable)
    if key and not policy.keys[key] then policy.keys[key] = entry.owner end
  end
  policy.environment = nil
end

-- What stands in the variable of a user: clear text, or a hash of a scheme that only it tells.
function galc.user(user)
  local text = variable(user.variable)
  if not text then return nil end
  if user.scheme == "plain" then return { scheme = "plain", text = text } end
  local salt, digest = string.match(text, "^%$apr1%$([^$]+)%$(.+)$")
  if salt then return { scheme = "apr1", salt = string.sub(salt, 1, 8), hash = digest } end
  digest = string.match(text, "^{SHA}(.+)$")
  return digest and { scheme = "sha1", hash = digest }
end
