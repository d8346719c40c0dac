-- The key of a rate limit, taken before authentication or a header rule changes the header. A
-- request without it counts under the empty key.

local function by_header(ctx, data)
  ctx.var.galc_limit_key = ctx.galc.headers(data.header)[1] or ""
end

local function by_claim(ctx, data)
  ctx.var.galc_limit_key = ctx.galc.claim_text(ctx.galc.claims, data.claim) or ""
end

return function(_, ctx)
  ctx.galc.limit_by_header = by_header
  ctx.galc.limit_by_claim = by_claim
end
