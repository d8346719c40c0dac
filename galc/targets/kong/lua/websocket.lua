-- WebSocket (RFC 6455). A client's `Connection` and `Upgrade` are gone when the programs of a route
-- run, so what they asked for is noted before.

local function names_upgrade(headers)
  for _, list in ipairs(listed(headers.connection)) do
    for name in string.gmatch(list, "[^%s,]+") do
      if string.lower(name) == "upgrade" then return true end
    end
  end
  return false
end

-- Section 4.1: a GET of HTTP/1.1 that asks for this one protocol.
function galc.note_handshake(headers)
  local upgrade = listed(headers.upgrade)
  kong.ctx.shared.galc_handshake = #upgrade == 1
    and string.lower(upgrade[1]) == "websocket"
    and names_upgrade(headers)
    and kong.request.get_method() == "GET"
    and ngx.req.http_version() == 1.1
end

-- nginx tunnels what the upstream takes up. Its time for an answer counts between any two reads, so
-- it also ends a tunnel in which nothing moves.
function galc.websocket(policy)
  if not kong.ctx.shared.galc_handshake then return end
  ngx.var.upstream_upgrade = "websocket"
  ngx.var.upstream_connection = "Upgrade"
  kong.service.set_timeouts(policy.connect, policy.send, policy.idle)
end
