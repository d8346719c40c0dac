-- The key of a rate limit, taken before authentication or a header rule changes the header. A
-- request without it counts under the empty key.
local core = require("apisix.core")

local function by_header(ctx, data)
  local value = core.request.headers(ctx)[string.lower(data.header)]
  if type(value) == "table" then
    value = table.concat(value, ",")
  end
  ctx.var.galc_limit_key = type(value) == "string" and value or ""
end

local function by_claim(ctx, data)
  ctx.var.galc_limit_key = ctx.galc.claim_text(ctx.galc.claims, data.claim) or ""
end

return function(_, ctx)
  ctx.galc.limit_by_header = by_header
  ctx.galc.limit_by_claim = by_claim
end
