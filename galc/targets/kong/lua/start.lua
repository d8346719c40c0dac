-- The last part: runs once for every request, before Kong looks for a route, and hands the
-- functions above to the programs of the routes.

-- Before the plugins of the route Kong has decided what it tells the upstream of the connection.
-- No route tunnels, so an Upgrade is never passed on; `Via` is what the client sent.
function galc.forward()
  ngx.var.upstream_upgrade = ""
  ngx.var.upstream_connection = "keep-alive"
  ngx.var.upstream_via = table.concat(values("via"), ", ")
  local host = kong.ctx.shared.galc_host
  if host and ngx.var.upstream_host ~= "" then ngx.var.upstream_host = host end
end

return function()
  kong.ctx.shared.galc = galc
  -- An encoded slash or backslash could lead around the route that guards a path.
  local path = string.match(ngx.var.request_uri, "^[^?]*")
  if string.find(path, "%%2[Ff]") or string.find(path, "%%5[Cc]") or string.find(path, "[\\]") then
    return answer(400, "Bad Request")
  end
  -- Kong compares hosts with their case and their final dot; `forward` gives the client's back.
  local sent = ngx.var.http_host or ""
  local name = string.gsub(string.gsub(string.lower(sent), "%.$", ""), "%.(:%d+)$", "%1")
  if name ~= sent then
    kong.ctx.shared.galc_host = sent
    ngx.req.set_header("Host", name)
  end
end
