-- JSON bodies: Kong's part; `members.lua` stands before it.

local BODY_DIGESTS = { "Content-MD5", "Digest", "Content-Digest", "Repr-Digest" }
local NEEDS_NO_BODY = { GET = true, HEAD = true, DELETE = true, OPTIONS = true }

-- The sandbox has no source of random bytes, but nginx gives every request an id of OpenSSL's. All
-- of a worker's go into one chain of hashes, so that nobody who knows one id knows the next value.
local chance = "galc"

local BODY_SOURCE = {
  random = function()
    chance = ngx.hmac_sha1(chance, ngx.var.request_id)
    return string.sub(ngx.hmac_sha1(chance, "value"), 1, 16)
  end,
  time = function() return ngx.time() end,
}

-- The whole body; or nil, a status and a text. Of what nginx keeps in a file Kong reads as much as
-- the number says (3.9: kong/pdk/request.lua). Where HTTP/2 doesn't tell a body's length, it can't be
-- read at all (lua-nginx-module 0.10.26: src/ngx_http_lua_req_body.c): none must get by unread.
local function sent_body(method)
  if (tonumber(header("content-length")) or 0) > BODY_BYTES then
    return nil, 413, "Content Too Large"
  end
  local fine, text = pcall(kong.request.get_raw_body, BODY_BYTES)
  if not fine and NEEDS_NO_BODY[method] then
    ngx.req.discard_body()
    return ""
  end
  if not fine then return nil, 411, "Length Required" end
  if not text or #text > BODY_BYTES then return nil, 413, "Content Too Large" end
  return text
end

function galc.request_body(rules)
  local method = kong.request.get_method()
  local sent, status, message = sent_body(method)
  if not sent then return answer(status, message) end
  local outcome, text = body_of_request(method, sent, rules, BODY_SOURCE)
  if outcome == "refused" then return answer(400, "Bad Request") end
  if outcome == "changed" then
    kong.service.request.set_raw_body(text)
    for _, name in ipairs(BODY_DIGESTS) do kong.service.request.clear_header(name) end
  end
end

-- Where the answer will be changed: nothing may ask for one that can't be looked into.
function galc.ask_readable()
  for _, name in ipairs({ "Range", "If-Range", "Accept-Encoding" }) do
    kong.service.request.clear_header(name)
  end
  kong.service.request.set_header("Accept-Encoding", "identity")
end

-- The gateway's own answer stands in for the upstream's, without its headers.
local function stand_in()
  for name in pairs(kong.response.get_headers(1000)) do kong.response.clear_header(name) end
  kong.response.set_status(502)
  kong.response.set_header("Content-Type", PLAIN)
  kong.ctx.shared.galc_replaced = true
  kong.ctx.shared.galc_body = { instead = "Bad Gateway" }
end

local function is_readable(headers)
  local encodings = listed(headers["content-encoding"])
  if #encodings == 0 then return true end
  return #encodings == 1 and string.lower(encodings[1]) == "identity"
end

local function is_stream(headers)
  local kind = string.match(listed(headers["content-type"])[1] or "", "^%s*([^;,%s]*)")
  return string.lower(kind) == "text/event-stream"
end

-- Decides by the head of an answer; its body comes later.
function galc.answer_head(rules)
  local status = kong.response.get_status()
  if kong.response.get_source() ~= "service" then return end
  if status < 200 or status == 204 or status == 304 then return end
  local headers = kong.response.get_headers(1000)
  local length = tonumber(listed(headers["content-length"])[1]) or 0
  if status == 206 or not is_readable(headers) then return stand_in() end
  for _, name in ipairs(BODY_DIGESTS) do kong.response.clear_header(name) end
  kong.response.clear_header("Accept-Ranges")
  if is_stream(headers) then return end
  if length > BODY_BYTES and kong.request.get_method() ~= "HEAD" then return stand_in() end
  kong.response.clear_header("Content-Length")
  kong.ctx.shared.galc_body = { rules = rules, parts = {}, size = 0 }
end

-- What has been held back, changed; or nothing, where nobody can look into it: the head is sent.
local function answered_body(body)
  if body.instead then return body.instead end
  local text = table.concat(body.parts)
  local outcome, changed = body_of_answer(text, body.rules)
  if outcome == "refused" then return "" end
  return outcome == "changed" and changed or text
end

function galc.answer_body()
  local body = kong.ctx.shared.galc_body
  if not body then return end
  local chunk, is_last = ngx.arg[1], ngx.arg[2]
  ngx.arg[1] = nil -- whatever happens below
  if not body.instead and chunk then
    body.size = body.size + #chunk
    if body.size > BODY_BYTES then
      body.instead, body.parts = "", nil
    else
      body.parts[#body.parts + 1] = chunk
    end
  end
  if not is_last then return end
  kong.ctx.shared.galc_body = nil
  local text = answered_body(body)
  ngx.arg[1] = text ~= "" and text or nil
end
