-- API keys: `keys` leads from a key to its owner's name, per route.

local function decoded(text)
  return (string.gsub(text, "%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- A name or value of the query: a plus is itself for some clients, and a blank for others.
local function readings(text)
  return decoded(text), decoded((string.gsub(text, "+", " ")))
end

local function is_named(part, wanted)
  local bare, blank = readings(string.match(part, "^[^=]*"))
  return bare == wanted or blank == wanted
end

-- The text of a parameter that stands in the query once, else nil.
local function parameter(wanted)
  local found
  for part in string.gmatch(ngx.var.args or "", "[^&]+") do
    if is_named(part, wanted) then
      if found then return nil end
      found = string.match(part, "=(.*)$") or ""
    end
  end
  return found
end

-- The query without a parameter, its other bytes as they are.
local function without_parameter(query, hidden)
  local kept = {}
  for part in string.gmatch(query, "[^&]+") do
    if not is_named(part, hidden) then kept[#kept + 1] = part end
  end
  return table.concat(kept, "&")
end

-- The key in the header counts before the one in the query.
function galc.api_key(policy)
  if policy.environment then galc.add_keys(policy) end
  local key = policy.header and header(policy.header)
  local owner = key and policy.keys[key]
  local sent = not owner and policy.query and parameter(policy.query)
  if sent then
    local bare, blank = readings(sent)
    owner = policy.keys[bare] or policy.keys[blank]
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
