-- Asks an introspection endpoint by way of Envoy's own client. Put after the programs that say what
-- is asked and whom the answer lets in; a route's data are its filter context.

-- One text where `Authorization` stands once, else nil.
local function authorization(headers)
  return headers:getNumValues("authorization") == 1 and headers:get("authorization") or nil
end

-- What a variable of the environment holds; nothing where it isn't set, or is empty.
local function variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function asked(handle, policy, token)
  local credentials = client_credentials(policy, variable)
  if not credentials then return nil end
  local headers, body = handle:httpCall(policy.cluster, {
    [":method"] = "POST",
    [":path"] = policy.path,
    [":authority"] = policy.authority,
    ["authorization"] = "Basic " .. handle:base64Escape(credentials),
    ["content-type"] = "application/x-www-form-urlencoded",
    ["accept"] = "application/json",
  }, introspection_form(token), { timeout_ms = INTROSPECTION_TIMEOUT, send_xff = false })
  return tonumber(headers[":status"]), body
end

local function policy_of(handle)
  local context, policy = handle:filterContext(), {}
  for _, name in ipairs({
    "cluster", "path", "authority", "client_id", "client_secret",
    "client_secret_variable", "audiences", "scopes",
  }) do
    policy[name] = context:get(name)
  end
  return policy
end

local function is_let_in(handle)
  local value = authorization(handle:headers())
  local token = value and bearer_token(value)
  if not token then return false end
  local policy = policy_of(handle)
  local status, body = asked(handle, policy, token)
  return lets_in(policy, status, body, handle:timestamp() / 1000)
end

-- Envoy lets a request through whose program raises an error, so none may get out of here.
function envoy_on_request(handle)
  local context = handle:filterContext()
  local status, message = context:get("status"), context:get("message")
  local good, admitted = pcall(is_let_in, handle)
  if good and admitted == true then return end
  handle:respond({
    [":status"] = status,
    ["content-type"] = "text/plain; charset=utf-8",
    ["www-authenticate"] = "Bearer",
  }, message)
end
