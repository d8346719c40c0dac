-- Cross-origin resource sharing.

-- https://fetch.spec.whatwg.org/#http-responses; what an upstream says is dropped: the route's own
-- policy speaks.
local CORS_HEADERS = {
  "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods",
  "Access-Control-Allow-Headers", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
}

local function is_allowed(policy, origin)
  if policy.any or policy.exact[origin] then return true end
  for _, pair in ipairs(policy.subdomains) do
    local scheme, parent = pair[1], pair[2]
    local label = string.sub(origin, #scheme + 1, -#parent - 1)
    if scheme .. label .. parent == origin and string.find(label, "^[^/:@]+$") then return true end
  end
  return false
end

-- A preflight that got here is from an allowed origin: the route matches no other.
function galc.preflight(policy)
  local headers = {
    ["Access-Control-Allow-Origin"] = policy.any and "*" or header("origin"),
    ["Access-Control-Allow-Methods"] = policy.methods,
    ["Access-Control-Max-Age"] = policy.max_age,
    ["Access-Control-Allow-Headers"] = policy.headers,
    ["Access-Control-Allow-Credentials"] = policy.credentials,
    ["Vary"] = "Origin",
  }
  return kong.response.exit(200, nil, headers)
end

function galc.cors(policy)
  for _, name in ipairs(CORS_HEADERS) do kong.response.clear_header(name) end
  kong.response.add_header("Vary", "Origin")
  local origin = header("origin")
  if not origin or not is_allowed(policy, origin) then return end
  kong.response.set_header("Access-Control-Allow-Origin", policy.any and "*" or origin)
  if policy.credentials then
    kong.response.set_header("Access-Control-Allow-Credentials", policy.credentials)
  end
  if policy.expose then kong.response.set_header("Access-Control-Expose-Headers", policy.expose) end
end
