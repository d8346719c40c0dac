-- Phase header_filter: the CORS headers of every answer of a route with CORS, the gateway's own
-- rejections included. What the upstream says about CORS is dropped: the route's policy speaks.
local core = require("apisix.core")

local DROPPED = {
  "Access-Control-Allow-Origin",
  "Access-Control-Allow-Credentials",
  "Access-Control-Allow-Methods",
  "Access-Control-Allow-Headers",
  "Access-Control-Expose-Headers",
  "Access-Control-Max-Age",
}

return function(_, ctx)
  local origin = ctx.galc and ctx.galc.origin
  if not origin then
    return
  end
  for _, name in ipairs(DROPPED) do
    ngx.header[name] = nil
  end
  local policy = origin.policy
  if not policy.any then
    core.response.add_header("Vary", "Origin")
  end
  if not origin.value or not (policy.any or ngx.re.find(origin.value, policy.origins, "jo")) then
    return
  end
  ngx.header["Access-Control-Allow-Origin"] = policy.any and "*" or origin.value
  for _, pair in ipairs(policy.headers) do
    ngx.header[pair[1]] = pair[2]
  end
end
