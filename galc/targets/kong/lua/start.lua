-- The last part: runs once for every request, before Kong looks for a route, and hands the
-- functions above to the programs of the routes.

-- Before the plugins of the route Kong has decided what it tells the upstream of the connection.
-- An Upgrade isn't passed on, unless `websocket` does it later; `Via` is what the client sent.
function galc.forward()
  ngx.var.upstream_upgrade = ""
  ngx.var.upstream_connection = "keep-alive"
  ngx.var.upstream_via = table.concat(values("via"), ", ")
  -- Kong takes the first of several lines.
  local forwarded = values("x-forwarded-for")
  if #forwarded > 1 then
    forwarded = table.concat(forwarded, ", ") .. ", " .. ngx.var.realip_remote_addr
    ngx.var.upstream_x_forwarded_for = forwarded
  end
  local host = kong.ctx.shared.galc_host
  if host and ngx.var.upstream_host ~= "" then ngx.var.upstream_host = host end
end

-- What the router looks at beside path and method.
local ROUTED_BY = { "host", "origin", "access-control-request-method" }
-- What frames or routes a request is no option of its connection; Kong handles TE itself.
local FRAMING = {
  host = true, ["content-length"] = true, ["transfer-encoding"] = true, te = true,
}

-- The router remembers its choice by all these joined with bars (3.9: kong/router/fields.lua), so
-- a bar in one of them could make a request look like another one. None has a rightful one.
local function is_ambiguous(headers)
  for _, name in ipairs(ROUTED_BY) do
    for _, value in ipairs(listed(headers[name])) do
      if string.find(value, "|", 1, true) then return true end
    end
  end
  return false
end

-- An encoded slash or backslash could lead around the route that guards a path.
local function has_hidden_slash()
  local path = string.match(ngx.var.request_uri, "^[^?]*")
  return string.find(path, "%%2[Ff]") or string.find(path, "%%5[Cc]") or string.find(path, "[\\]")
end

-- Headers that a client calls options of its connection are removed here. Kong does it after the
-- programs (3.9: kong/runloop/handler.lua), and would remove what these have set.
local function drop_connection_options(headers)
  for _, list in ipairs(listed(headers.connection)) do
    for name in string.gmatch(list, "[^%s,]+") do
      if not FRAMING[string.lower(name)] then kong.service.request.clear_header(name) end
    end
  end
  kong.service.request.clear_header("Connection")
end

-- The host as the routes of the file name it: in lower case, without port and final dot.
local function host_name(sent)
  local name = string.match(sent, "^%[.-%]") or string.match(sent, "^[^:]*")
  return (string.gsub(string.lower(name), "%.$", ""))
end

return function()
  kong.ctx.shared.galc = galc
  -- Neither Kong's router nor its plugins read more headers than `lua_max_req_headers`.
  local headers, truncated = ngx.req.get_headers()
  if truncated then return answer(431, "Request Header Fields Too Large") end
  if has_hidden_slash() or is_ambiguous(headers) then return answer(400, "Bad Request") end
  if galc.note_handshake then galc.note_handshake(headers) end
  drop_connection_options(headers)
  -- Kong compares hosts with their case, their final dot, and a port that is no number; `forward`
  -- gives the client's back.
  local sent = ngx.var.http_host or ""
  local name = host_name(sent)
  if name ~= sent then
    kong.ctx.shared.galc_host = sent
    ngx.req.set_header("Host", name)
  end
  -- Kong may have read the headers before (3.9: kong/tools/http.lua, for kong/timing).
  ngx.ctx.cached_request_headers = nil
end
