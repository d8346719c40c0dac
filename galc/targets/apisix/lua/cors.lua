-- CORS: answers preflights, and keeps for the answer of any other request what it needs. The cors
-- plugin can't be used: it answers every OPTIONS request, has no header for refused methods, takes
-- `*` in a list for all, and refuses origins whose scheme has a dash.

-- The route's conditions have checked the origin and the method asked for.
local function preflight(ctx, data)
  for _, pair in ipairs(data.headers) do
    ngx.header[pair[1]] = pair[2]
  end
  if not data.any then
    ngx.header["Access-Control-Allow-Origin"] = ctx.galc.header("Origin")
    ngx.header["Vary"] = "Origin"
  end
  return 204
end

local function keep(ctx, data)
  local origin = ctx.galc.header("Origin")
  -- A preflight that got here isn't allowed: for the route it is a request like any other.
  local asks = ctx.var.request_method == "OPTIONS"
    and ctx.galc.header("Access-Control-Request-Method")
  ctx.galc.origin = { value = not asks and origin or nil, policy = data }
end

return function(_, ctx)
  ctx.galc.preflight = preflight
  ctx.galc.cors = keep
end
