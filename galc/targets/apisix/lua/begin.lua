-- First program of the global rule, phase rewrite: the table that the other programs put their
-- functions and a request's state into, and variables that header rules may name.
local core = require("apisix.core")

core.ctx.register_var("galc_uuid", function()
  return core.id.gen_uuid_v4()
end)
core.ctx.register_var("galc_now", function()
  return os.date("!%Y-%m-%dT%H:%M:%SZ", ngx.time())
end)
-- The path as it was matched, before a prefix is stripped, encoded as proxy-rewrite does it.
core.ctx.register_var("galc_path", function(ctx)
  return core.utils.uri_safe_encode(ctx.var.uri)
end)

-- All values of a request's header. `core.request.header` knows the first hundred headers only, and
-- takes `X-A` for `X_A`.
local function values(name)
  local found = rawget(ngx.req.get_headers(0), string.lower(name))
  return type(found) == "table" and found or { found }
end

local function first(name)
  return values(name)[1]
end

return function(_, ctx)
  ctx.galc = { header = first, headers = values }
  -- nginx forgets a query that is empty; proxy-rewrite asks this variable whether there is one.
  if string.find(ctx.var.real_request_uri, "^[^?]*%?$") then
    ctx.var.is_args = "?"
  end
end
