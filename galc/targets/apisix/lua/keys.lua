-- API keys. The key-auth plugin can't be used: it sends a challenge of its own with a fixed status,
-- reorders and re-encodes the query to hide a key, and knows a key only once for all routes.
local core = require("apisix.core")

-- `ngx.unescape_uri` would read a plus as a blank.
local function decoded(text)
  return (string.gsub(text, "%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function name_of(part)
  return decoded(string.match(part, "^[^=]*"))
end

local function in_query(args, name)
  for part in string.gmatch(args, "[^&]+") do
    if name_of(part) == name then
      return decoded(string.match(part, "=(.*)$") or "")
    end
  end
end

-- Drops the parameter and leaves the other bytes of the query as they are.
local function hide_in_query(args, name)
  local kept = {}
  for part in string.gmatch(args, "[^&]+") do
    if name_of(part) ~= name then
      kept[#kept + 1] = part
    end
  end
  ngx.req.set_uri_args(table.concat(kept, "&"))
end

local function authenticate(ctx, data)
  if data.environment then
    ctx.galc.add_keys(data)
  end
  local args = ctx.var.args or ""
  local key = data.header and ctx.galc.header(data.header)
  local found = data.query and in_query(args, data.query)
  local owner = data.keys[key or found or ""]
  if not owner then
    return data.status, data.message
  end
  if data.hide and data.header then
    core.request.set_header(ctx, data.header, nil)
  end
  if data.hide and found then
    hide_in_query(args, data.query)
  end
  if data.forward then
    core.request.set_header(ctx, "X-Consumer-Name", owner)
  end
end

return function(_, ctx)
  ctx.galc.keys = authenticate
end
