-- The client's address where proxies are trusted (`data.trusted`, networks): the last address of
-- X-Forwarded-For that isn't a trusted proxy's. nginx's realip module isn't used, because it would
-- also change the address that is appended to X-Forwarded-For.
local core = require("apisix.core")
local ipmatcher = require("resty.ipmatcher")
local networks = ipmatcher.new(data.trusted)

local function forwarded(ctx)
  local found = {}
  for address in string.gmatch(table.concat(ctx.galc.headers("X-Forwarded-For"), ","), "[^,%s]+") do
    found[#found + 1] = address
  end
  return found
end

local function client(ctx)
  local address = ctx.var.realip_remote_addr
  local addresses = forwarded(ctx)
  for index = #addresses, 1, -1 do
    local next_one = addresses[index]
    local is_address = core.utils.parse_ipv4(next_one) or core.utils.parse_ipv6(next_one)
    if not networks:match(address) or not is_address then
      return address
    end
    address = next_one
  end
  return address
end

core.ctx.register_var("galc_client_ip", client)

return function(_, ctx)
  local _ = ctx.var.galc_client_ip -- looked up now, before a rule changes the header
  local proto = ctx.var.original_x_forwarded_proto
  if proto and proto ~= "" and networks:match(ctx.var.realip_remote_addr) then
    core.request.set_header(ctx, "X-Forwarded-Proto", proto)
  end
end
