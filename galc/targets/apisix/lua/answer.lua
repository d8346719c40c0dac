-- First program of the global rule in phase header_filter: takes back what APISIX itself did to an
-- answer of an upstream, and tells the later programs whether it is one.
return function(_, ctx)
  ngx.header["X-APISIX-Upstream-Status"] = nil
  -- "-" where the upstream gave no answer, nil where it wasn't called. Not `ctx.var`, which turns
  -- "-" into 0 (apisix/core/response.lua).
  local time = ngx.var.upstream_header_time
  local answered = time ~= nil and string.find(time, "%d$") ~= nil
  if answered then
    ngx.header["Server"] = ngx.var.upstream_http_server
  end
  if ctx.galc then
    ctx.galc.answered = answered
  end
end
