-- API keys: `keys` leads from a key to its owner's name, per route.

-- Drops one parameter from the query and leaves the other bytes as they are.
local function without_parameter(query, hidden)
  local kept = {}
  for part in string.gmatch(query, "[^&]+") do
    local name = string.gsub(string.match(part, "^[^=]*"), "+", " ")
    name = string.gsub(name, "%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
    if name ~= hidden then kept[#kept + 1] = part end
  end
  return table.concat(kept, "&")
end

-- The key in the header counts before the one in the query.
function galc.api_key(policy)
  local owner
  if policy.header then
    local key = header(policy.header)
    owner = key and policy.keys[key]
  end
  if not owner and policy.query then
    local key = ngx.req.get_uri_args(0)[policy.query]
    owner = type(key) == "string" and policy.keys[key]
  end
  if not owner then return deny(policy) end
  if policy.forward then kong.service.request.set_header("X-Consumer-Name", owner) end
end

-- After the limit, which may be counted by the key.
function galc.hide_key(policy)
  if policy.header then kong.service.request.clear_header(policy.header) end
  if policy.query and ngx.var.args then
    kong.service.request.set_raw_query(without_parameter(ngx.var.args, policy.query))
  end
end
