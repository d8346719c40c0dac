-- Phase header_filter: whether the body of an answer will be held back and changed, by its head. One
-- that nobody can look into is replaced by the gateway's own answer, without the upstream's headers.
local MOST = 4194304
local DROPPED = { "Content-MD5", "Digest", "Content-Digest", "Repr-Digest", "Accept-Ranges" }

local function listed(found)
  return type(found) == "table" and found or { found }
end

local function is_readable(headers)
  local encodings = listed(headers["content-encoding"])
  return #encodings == 0 or (#encodings == 1 and string.lower(encodings[1]) == "identity")
end

local function is_stream(headers)
  local kind = string.match(listed(headers["content-type"])[1] or "", "^%s*([^;,%s]*)")
  return string.lower(kind) == "text/event-stream"
end

local function stand_in(ctx, headers)
  for name in pairs(headers) do
    ngx.header[name] = nil
  end
  ngx.status = 502
  ngx.header["Content-Type"] = "text/plain; charset=utf-8"
  ctx.galc.held = { instead = "Bad Gateway" }
  ctx.galc.answered = false
end

return function(_, ctx)
  local rules = ctx.galc and ctx.galc.answered and ctx.galc.answer_rules
  if not rules or ngx.status < 200 or ngx.status == 204 or ngx.status == 304 then
    return
  end
  local headers = ngx.resp.get_headers(0)
  local length = tonumber(listed(headers["content-length"])[1]) or 0
  if ngx.status == 206 or not is_readable(headers) then
    return stand_in(ctx, headers)
  end
  for _, name in ipairs(DROPPED) do
    ngx.header[name] = nil
  end
  if is_stream(headers) then
    return
  end
  if length > MOST and ctx.var.request_method ~= "HEAD" then
    return stand_in(ctx, headers)
  end
  ngx.header["Content-Length"] = nil
  ctx.galc.held = { rules = rules, parts = {}, size = 0 }
end
