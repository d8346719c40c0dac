-- Token introspection (RFC 7662): what is asked of the endpoint, and whom its answer lets in.
-- Needs json.lua before it.

-- A longer answer isn't read.
local INTROSPECTION_MOST = 65536
-- Milliseconds for the whole question, from the connection to the end of the answer.
local INTROSPECTION_TIMEOUT = 5000

-- The token of an Authorization header, or nil: `Bearer` in any case, and one word of the
-- characters of RFC 6750 section 2.1. Anything else is no token, and nobody is asked about it.
local function bearer_token(value)
  return string.match(value, "^[Bb][Ee][Aa][Rr][Ee][Rr] +([%w._~+/-]+=*)[ \t]*$")
end

-- A text as the value of a form (application/x-www-form-urlencoded).
local function form_encoded(text)
  return (string.gsub(text, "[^%w._-]", function(byte)
    return string.format("%%%02X", string.byte(byte))
  end))
end

local function introspection_form(token)
  return "token=" .. form_encoded(token) .. "&token_type_hint=access_token"
end

-- client_secret_basic of RFC 6749 section 2.3.1, to be written in base64. The secret may stand in the
-- environment, which `variable` reads; where it doesn't, the result is nil and nobody is asked.
local function client_credentials(policy, variable)
  local secret = policy.client_secret or variable(policy.client_secret_variable)
  return secret and form_encoded(policy.client_id) .. ":" .. form_encoded(secret)
end

-- A member of the answer; null is as good as none.
local function introspected(answer, name)
  local value = answer[name]
  if value == JSON_NULL then return nil end
  return value
end

local function is_in_time(answer, now)
  local ends, starts = introspected(answer, "exp"), introspected(answer, "nbf")
  if ends ~= nil and (type(ends) ~= "number" or ends <= now) then return false end
  return starts == nil or (type(starts) == "number" and starts <= now)
end

local function is_for(answer, audiences)
  if #audiences == 0 then return true end
  local named = answer.aud
  for _, name in ipairs(type(named) == "table" and named or { named }) do
    for _, audience in ipairs(audiences) do
      if name == audience then return true end
    end
  end
  return false
end

local function has_scopes(answer, scopes)
  local found = {}
  for scope in string.gmatch(type(answer.scope) == "string" and answer.scope or "", "[^ ]+") do
    found[scope] = true
  end
  for _, scope in ipairs(scopes) do
    if not found[scope] then return false end
  end
  return true
end

-- Whether an answer of the endpoint lets a token in; `now` is the time in seconds.
local function lets_in(policy, status, body, now)
  if status ~= 200 or type(body) ~= "string" or #body > INTROSPECTION_MOST then return false end
  local answer = json_read(body)
  return answer ~= nil
    and answer.active == true
    and is_in_time(answer, now)
    and is_for(answer, policy.audiences)
    and has_scopes(answer, policy.scopes)
end
