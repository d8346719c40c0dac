-- JSON Web Tokens: what stands around Kong's own jwt plugin, which checks the signature.

-- Carries the token to the jwt plugin, whose own way of finding one is looser than the language's.
local TOKEN = "X-Galc-Token"
-- What the plugin tells the upstream of Kong's consumers.
local CONSUMER = {
  TOKEN, "X-Consumer-ID", "X-Consumer-Custom-ID", "X-Consumer-Username", "X-Credential-Identifier",
  "X-Anonymous-Consumer",
}
-- The plugin raises an error at a signature of another length (3.9: jwt_parser.lua); in base64url.
local SIGNATURES = { ES256 = 86, ES384 = 128, ES512 = 176, PS256 = 342, PS384 = 342, PS512 = 342 }

local function token_part(text)
  local encoded = string.gsub(text, "[-_]", { ["-"] = "+", ["_"] = "/" })
  local decoded = ngx.decode_base64(encoded .. string.rep("=", -#encoded % 4))
  return decoded and json_read(decoded)
end

-- A claim by its name, or by a path of names with dots; nil where it is missing or null.
local function claim(claims, name)
  local found = claims[name]
  if found == nil then
    found = claims
    for step in string.gmatch(name, "[^.]+") do
      if type(found) ~= "table" then return nil end
      found = found[step]
    end
  end
  if found == JSON_NULL then return nil end
  return found
end

-- A claim as the text of a header, or nil. A list or an object has none.
local function claim_text(value)
  if type(value) == "number" and value == math.floor(value) and math.abs(value) < 2 ^ 53 then
    return string.format("%d", value)
  end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  if type(value) == "string" and not string.find(value, "%c") then return value end
  return nil
end

-- Before the plugin: finds the token, and refuses what the plugin would stumble over.
function galc.token(policy)
  kong.service.request.clear_header(TOKEN)
  local sent = header(policy.header) or ""
  if string.sub(sent, 1, #policy.prefix) ~= policy.prefix then return deny(policy) end
  local token = string.sub(sent, #policy.prefix + 1)
  local first, second, signature = string.match(token, "^([%w_-]+)%.([%w_-]+)%.([%w_-]+)$")
  local jose, claims = first and token_part(first), first and token_part(second)
  if not jose or not claims or jose.crit ~= nil then return deny(policy) end
  if not policy.algorithms[jose.alg or ""] then return deny(policy) end
  if SIGNATURES[jose.alg] and #signature ~= SIGNATURES[jose.alg] then return deny(policy) end
  -- As the plugin looks for a key; at a name that is no text it would raise an error.
  if not policy.keys[claims[policy.key_claim] or jose[policy.key_claim] or ""] then
    return deny(policy)
  end
  kong.service.request.set_header(TOKEN, "Bearer " .. token)
end

local function has_audience(claims, audiences)
  if #audiences == 0 then return true end
  local named = type(claims.aud) == "table" and claims.aud or { claims.aud }
  for _, audience in ipairs(audiences) do
    for _, name in ipairs(named) do
      if name == audience then return true end
    end
  end
  return false
end

local function is_valid(claims, policy)
  if policy.issuer and claims.iss ~= policy.issuer then return false end
  local now = ngx.now()
  if type(claims.exp) ~= "number" or claims.exp <= now then return false end
  if claims.nbf ~= nil and (type(claims.nbf) ~= "number" or claims.nbf > now) then return false end
  for _, name in ipairs(policy.required) do
    if claim(claims, name) == nil then return false end
  end
  return has_audience(claims, policy.audiences)
end

-- After the plugin, which lets everybody through as an anonymous consumer: only a credential of
-- this route's own keys opens it.
function galc.claims(policy)
  local credential = kong.client.get_credential()
  local token = kong.ctx.shared.authenticated_jwt_token
  for _, name in ipairs(CONSUMER) do kong.service.request.clear_header(name) end
  if not credential or not policy.keys[credential.key] or type(token) ~= "string" then
    return deny(policy)
  end
  local claims = token_part(string.match(token, "^[^.]*%.([^.]*)"))
  if not claims or not is_valid(claims, policy) then return deny(policy) end
  for _, pair in ipairs(policy.headers) do
    kong.service.request.clear_header(pair[2])
    local text = claim_text(claim(claims, pair[1]))
    if text then kong.service.request.set_header(pair[2], text) end
  end
  kong.ctx.shared.galc_claims = claims
end
