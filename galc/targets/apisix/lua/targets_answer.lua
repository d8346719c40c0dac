-- Phase header_filter: counts a target's failures in a row and takes it out for a while; sets the
-- cookie of sticky sessions. Counts are shared by all workers.
local core = require("apisix.core")
local state = ngx.shared["plugin-api-breaker"]

local function count(galc, target, passive)
  local key = target.data.name .. " " .. target.address
  if galc.answered and not passive.statuses[ngx.status] then
    state:delete("galc fail " .. key)
    return
  end
  local failures = state:incr("galc fail " .. key, 1, 0) or 0
  if failures >= passive.failures then
    state:set("galc out " .. key, true, passive.recovery)
    state:delete("galc fail " .. key)
  end
end

return function(_, ctx)
  local target = ctx.galc and ctx.galc.target
  if not target then
    return
  end
  if target.data.passive then
    count(ctx.galc, target, target.data.passive)
  end
  local cookie = target.data.cookie
  if cookie and ctx.galc.answered and ctx.var["cookie_" .. cookie] ~= target.mark then
    core.response.add_header("Set-Cookie", cookie .. "=" .. target.mark .. "; Path=/; HttpOnly")
  end
end
