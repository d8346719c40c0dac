-- Asks an introspection endpoint with a socket of lua-nginx-module: Kong's sandbox has no HTTP
-- client, and lua-resty-http bounds neither an answer's size nor the time for the whole of it.
-- Needs introspection.lua before it.

-- How much is read of one answer, with its head.
local MOST_READ = INTROSPECTION_MOST + 16384
-- A connection that was used is kept for this many milliseconds, and so many of them.
local IDLE, KEPT = 10000, 32

-- The text of a chunked body and what comes after it; nil if more must come, false if it is none.
local function unchunked(text)
  local parts, at = {}, 1
  while true do
    local stop = string.find(text, "\r\n", at, true)
    if not stop then return nil end
    local size = tonumber(string.match(string.sub(text, at, stop - 1), "^(%x+)[ \t]*") or "", 16)
    if not size then return false end
    at = stop + 2
    if size == 0 then
      -- Behind the last chunk: fields, and an empty line.
      local _, last = string.find(text, "\r\n\r\n", at - 2, true)
      if not last then return nil end
      return table.concat(parts), string.sub(text, last + 1)
    end
    if #text < at + size + 1 then return nil end
    if string.sub(text, at + size, at + size + 1) ~= "\r\n" then return false end
    parts[#parts + 1] = string.sub(text, at, at + size - 1)
    at = at + size + 2
  end
end

local function fields_of(head)
  local fields = {}
  for name, value in string.gmatch(head, "\n([^:\r\n]+):[ \t]*([^\r\n]-)[ \t]*\r") do
    name = string.lower(name)
    -- Two lengths make one that is none.
    fields[name] = fields[name] and fields[name] .. "," .. value or value
  end
  return fields
end

-- Whether an answer is all there; then its status and body, as far as they can let anybody in, and
-- whether its connection may be used again. `ended`: nothing more will come.
local function http_answer(text, ended)
  local stop, start = string.find(text, "\r\n\r\n", 1, true)
  if not stop then return ended end
  local head, rest = string.sub(text, 1, stop + 1), string.sub(text, start + 1)
  local minor, status = string.match(head, "^HTTP/1%.(%d) (%d%d%d)[ \r]")
  if status ~= "200" then return true end
  local fields = fields_of(head)
  local reusable = minor == "1" and not string.find(string.lower(fields.connection or ""), "close")
  if string.lower(fields["content-encoding"] or "identity") ~= "identity" then return true end
  if fields["transfer-encoding"] then
    if string.lower(fields["transfer-encoding"]) ~= "chunked" then return true end
    local body, left = unchunked(rest)
    if body == nil then return ended end
    if not body then return true end
    return true, 200, body, reusable and left == ""
  end
  if fields["content-length"] then
    local length = tonumber(string.match(fields["content-length"], "^%d+$") or "")
    if not length or length > INTROSPECTION_MOST then return true end
    if #rest < length then return ended end
    return true, 200, string.sub(rest, 1, length), reusable and #rest == length
  end
  return ended, 200, rest
end

local function received(socket)
  local text = ""
  while #text <= MOST_READ do
    local part = socket:receiveany(8192)
    text = text .. (part or "")
    local done, status, body, reusable = http_answer(text, part == nil)
    if done then
      if reusable then socket:setkeepalive(IDLE, KEPT) else socket:close() end
      return status, body, text ~= ""
    end
  end
  socket:close()
  return nil, nil, true
end

-- A connection to the endpoint, or nil, and whether it was used before. The pool is ours alone: no
-- connection in it was made without a look at the certificate.
local function connected(to)
  local socket = ngx.socket.tcp()
  socket:settimeouts(INTROSPECTION_TIMEOUT, INTROSPECTION_TIMEOUT, INTROSPECTION_TIMEOUT)
  local pool = "galc-introspection/" .. to.scheme .. "/" .. to.host .. "/" .. to.port
  if not socket:connect(to.host, to.port, { pool = pool }) then return nil end
  if to.scheme == "https" and not socket:sslhandshake(false, to.host, true) then
    socket:close()
    return nil
  end
  return socket, socket:getreusedtimes() > 0
end

local function introspection_request(policy, token, credentials)
  local to, form = policy.endpoint, introspection_form(token)
  return table.concat({
    "POST " .. to.path .. " HTTP/1.1",
    "Host: " .. to.authority,
    "Authorization: Basic " .. ngx.encode_base64(credentials),
    "Content-Type: application/x-www-form-urlencoded",
    "Accept: application/json",
    "Content-Length: " .. #form,
    "\r\n" .. form,
  }, "\r\n")
end

-- The status and the body of the endpoint's answer. A kept connection may have been closed by the
-- other side: a question that got no byte of an answer on one is asked again on another.
local function asked(policy, token, variable)
  local credentials = client_credentials(policy, variable)
  if not credentials then return nil end
  local request = introspection_request(policy, token, credentials)
  while true do
    local socket, used = connected(policy.endpoint)
    if not socket then return nil end
    local status, body, heard
    if socket:send(request) then status, body, heard = received(socket) else socket:close() end
    if heard or not used then return status, body end
  end
end

-- Whether the bearer of the only line of `Authorization` is let in. `variable` reads the environment.
local function is_introspected(policy, lines, variable)
  local token = #lines == 1 and bearer_token(lines[1])
  if not token then return false end
  local asking = ngx.thread.spawn(function() return "answer", asked(policy, token, variable) end)
  local clock = ngx.thread.spawn(function() ngx.sleep(INTROSPECTION_TIMEOUT / 1000) end)
  -- The sockets' own timeouts are for each part of an answer; this one is for all of it.
  local good, came, status, body = ngx.thread.wait(asking, clock)
  if good and came ~= "answer" then
    ngx.thread.kill(asking)
    return false
  end
  ngx.thread.kill(clock)
  return good and lets_in(policy, status, body, ngx.now())
end
