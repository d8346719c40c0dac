-- JSON bodies: APISIX's part; `members.lua` stands before it. Leaves functions for the request and
-- for the body of its answer. body-transformer can't be used: it decodes and encodes, and lets the
-- beginning of an answer through that is too long for it.
local core = require("apisix.core")
local random = require("resty.random")

local DIGESTS = { "Content-MD5", "Digest", "Content-Digest", "Repr-Digest" }
local NEEDS_NO_BODY = { GET = true, HEAD = true, DELETE = true, OPTIONS = true }
local SOURCE = {
  random = function() return assert(random.bytes(16, true)) end,
  time = function() return ngx.time() end,
}

-- nginx writes a body to a file that doesn't fit its buffer.
local function read_body()
  ngx.req.read_body()
  local text = ngx.req.get_body_data()
  local name = not text and ngx.req.get_body_file()
  if not name then
    return text or ""
  end
  local file = assert(io.open(name, "rb"))
  text = file:read(BODY_BYTES + 1)
  file:close()
  return text or ""
end

-- The whole body; or nil, a status and a text. `core.request.get_body` refuses every body of HTTP/2
-- whose length isn't told, and older versions of lua-nginx-module can't read one.
local function sent_body(ctx, method)
  if (tonumber(ctx.galc.header("Content-Length")) or 0) > BODY_BYTES then
    return nil, 413, "Content Too Large"
  end
  local fine, text = pcall(read_body)
  if not fine and NEEDS_NO_BODY[method] then
    ngx.req.discard_body()
    return ""
  end
  if not fine then
    return nil, 411, "Length Required"
  end
  if #text > BODY_BYTES then
    return nil, 413, "Content Too Large"
  end
  return text
end

local function change_request(ctx, data)
  local method = ctx.var.request_method
  local sent, status, message = sent_body(ctx, method)
  if not sent then
    return status, message
  end
  local outcome, text = body_of_request(method, sent, data, SOURCE)
  if outcome == "refused" then
    return 400, "Bad Request"
  end
  if outcome == "changed" then
    ngx.req.set_body_data(text)
    for _, name in ipairs(DIGESTS) do
      core.request.set_header(ctx, name, nil)
    end
  end
end

-- Where the answer will be changed: nothing may ask for one that can't be looked into.
local function ask_readable(ctx, data)
  -- Also what is set after: of some headers nginx would replace the first line only.
  for _, name in ipairs({ "Range", "If-Range", "Accept-Encoding" }) do
    core.request.set_header(ctx, name, nil)
  end
  core.request.set_header(ctx, "Accept-Encoding", "identity")
  ctx.galc.answer_rules = data
end

-- What has been held back, changed; or nothing, where nobody can look into it: the head is sent.
local function answered_body(held)
  if held.instead then
    return held.instead
  end
  local text = table.concat(held.parts)
  local outcome, changed = body_of_answer(text, held.rules)
  if outcome == "refused" then
    return ""
  end
  return outcome == "changed" and changed or text
end

-- Phase body_filter, for what bodies_answer.lua has decided.
local function filter(held)
  local chunk, is_last = ngx.arg[1], ngx.arg[2]
  ngx.arg[1] = nil -- whatever happens below: an error would let it pass
  if not held.instead and chunk then
    held.size = held.size + #chunk
    if held.size > BODY_BYTES then
      held.instead, held.parts = "", nil
    else
      held.parts[#held.parts + 1] = chunk
    end
  end
  if is_last then
    local text = answered_body(held)
    ngx.arg[1] = text ~= "" and text or nil
  end
end

return function(_, ctx)
  ctx.galc.change_request = change_request
  ctx.galc.ask_readable = ask_readable
  ctx.galc.filter_body = filter
end
