-- JSON Web Tokens, verified with lua-resty-openssl, which APISIX ships for its own jwt-auth. That
-- plugin and openid-connect can't be used: the one has no key sets, the other checks no `nbf`, takes
-- no other header, and fetches keys only by way of a discovery document.
local core = require("apisix.core")
local http = require("resty.http")
local pkey = require("resty.openssl.pkey")
local decode_base64url = require("ngx.base64").decode_base64url

local FAMILIES = { RS = "RSA", PS = "RSA", ES = "EC", Ed = "OKP" }
local CURVES = { ES256 = "P-256", ES384 = "P-384", ES512 = "P-521" }
-- Clocks of two machines differ a little.
local LEEWAY = 1
-- Seconds that fetched keys are kept, and the shortest time between two attempts to fetch.
local KEEP, PAUSE = 300, 1
local TIMEOUT = 5
local fetched = {}

local function decode_json(text)
  local value = text and core.json.decode(text)
  return type(value) == "table" and value or nil
end

local function fetch(uri)
  local client = http.new()
  client:set_timeout(TIMEOUT * 1000)
  local answer = client:request_uri(uri, { method = "GET", ssl_verify = true })
  local set = answer and answer.status == 200 and decode_json(answer.body)
  return set and type(set.keys) == "table" and set.keys or nil
end

-- Keys of a URI; `renew` when none of the known ones fits the token. Old keys outlive a failure. A
-- request that comes while another one fetches waits for it, so that it isn't refused without need.
local function keys_of(uri, renew)
  local entry = fetched[uri] or { at = -KEEP, tried = -PAUSE, busy_until = 0 }
  fetched[uri] = entry
  while ngx.now() < entry.busy_until do
    ngx.sleep(0.01)
  end
  local now = ngx.now()
  if (renew or now - entry.at >= KEEP) and now - entry.tried >= PAUSE then
    entry.tried, entry.busy_until = now, now + 2 * TIMEOUT
    local ok, keys = pcall(fetch, uri)
    entry.busy_until = 0
    if ok and keys then
      entry.keys, entry.at = keys, now
    end
  end
  return entry.keys or {}
end

local function fits(jwk, header)
  return type(jwk) == "table"
    and jwk.kty == FAMILIES[string.sub(header.alg, 1, 2)]
    and (CURVES[header.alg] == nil or jwk.crv == CURVES[header.alg])
    and (jwk.alg == nil or jwk.alg == header.alg)
    and (jwk.use == nil or jwk.use == "sig")
    and (header.kid == nil or jwk.kid == nil or jwk.kid == header.kid)
end

local function signed(key, alg, signature, text)
  local family = string.sub(alg, 1, 2)
  if family == "Ed" then
    return key:verify(signature, text)
  end
  local digest = "sha" .. string.sub(alg, 3)
  if family == "PS" then
    return key:verify(signature, text, digest, pkey.PADDINGS.RSA_PKCS1_PSS_PADDING)
  end
  if family == "ES" then
    local size = alg == "ES512" and 132 or tonumber(string.sub(alg, 3)) / 4
    return #signature == size and key:verify(signature, text, digest, nil, { ecdsa_use_raw = true })
  end
  return key:verify(signature, text, digest)
end

local function verified(keys, header, signature, text)
  for _, jwk in ipairs(keys) do
    if fits(jwk, header) then
      local key = pkey.new(core.json.encode(jwk), { format = "JWK" })
      if key then
        -- lua-resty-openssl raises errors on some malformed signatures.
        local ok, good = pcall(signed, key, header.alg, signature, text)
        if ok and good == true then
          return true
        end
      end
    end
  end
  return false
end

local function signature_is_good(data, header, signature, text)
  if data.jwks_uri then
    return verified(keys_of(data.jwks_uri, false), header, signature, text)
      or verified(keys_of(data.jwks_uri, true), header, signature, text)
  end
  if not data.keys then
    data.keys = core.json.decode(data.jwks).keys
  end
  return verified(data.keys, header, signature, text)
end

-- A dot in a claim's name goes into an object.
local function claim(claims, name)
  local value = claims
  for step in string.gmatch(name, "[^.]+") do
    if type(value) ~= "table" then
      return nil
    end
    value = value[step]
  end
  if value == ngx.null then
    return nil
  end
  return value
end

-- A claim as a header has it: text, numbers and booleans as they are, others as base64 of their
-- JSON. Text with control characters counts as missing.
local function claim_text(claims, name)
  local value = claim(claims, name)
  if type(value) == "number" then
    return value % 1 == 0 and string.format("%.0f", value) or tostring(value)
  elseif type(value) == "boolean" then
    return tostring(value)
  elseif type(value) == "table" then
    local text = core.json.encode(value)
    return text and ngx.encode_base64(text)
  elseif type(value) == "string" and not string.find(value, "%c") then
    return value
  end
end

local function has_audience(aud, wanted)
  for _, one in ipairs(type(aud) == "table" and aud or { aud }) do
    if wanted[one] then
      return true
    end
  end
  return false
end

local function claims_are_good(data, claims)
  local now = ngx.now()
  local exp, nbf = claim(claims, "exp"), claim(claims, "nbf")
  if type(exp) ~= "number" or now >= exp + LEEWAY then
    return false
  end
  if nbf ~= nil and (type(nbf) ~= "number" or now < nbf - LEEWAY) then
    return false
  end
  if data.issuer and claims.iss ~= data.issuer then
    return false
  end
  if data.audiences and not has_audience(claims.aud, data.audiences) then
    return false
  end
  for _, name in ipairs(data.required) do
    if claim(claims, name) == nil then
      return false
    end
  end
  return true
end

-- The claims of a good token, or nil.
local function claims_of(ctx, data)
  local value = ctx.galc.header(data.header) or ""
  if string.sub(value, 1, #data.prefix) ~= data.prefix then
    return nil
  end
  local token = string.sub(value, #data.prefix + 1)
  local text, head, body, tail = string.match(token, "^(([%w_-]+)%.([%w_-]+))%.([%w_-]+)$")
  local header = text and decode_json(decode_base64url(head))
  local signature = text and decode_base64url(tail)
  if not header or not signature or type(header.alg) ~= "string" or header.crit ~= nil then
    return nil
  end
  if not data.algorithms[header.alg] or not signature_is_good(data, header, signature, text) then
    return nil
  end
  local claims = decode_json(decode_base64url(body))
  return claims and claims_are_good(data, claims) and claims or nil
end

local function authenticate(ctx, data)
  local claims = claims_of(ctx, data)
  if not claims then
    ngx.header["WWW-Authenticate"] = "Bearer"
    return data.status, data.message
  end
  ctx.galc.claims = claims
  for _, pair in ipairs(data.headers) do
    -- Also without the claim: a client can't forge the header.
    core.request.set_header(ctx, pair[2], nil)
    local text = claim_text(claims, pair[1])
    if text then
      core.request.set_header(ctx, pair[2], text)
    end
  end
end

return function(_, ctx)
  ctx.galc.jwt = authenticate
  ctx.galc.claim_text = claim_text
end
