-- Envoy's part of the body rules; `members.lua` stands before it. Where a script fails, Envoy goes on
-- with a body as it is, so whatever fails here ends in a refusal.
-- https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/lua_filter

-- Set among the upstream's filters, so that the gateway's own answers don't have it.
local ANSWERED = "galc/answered"
local DIGESTS = { "content-md5", "digest", "content-digest", "repr-digest" }

local chance
local SOURCE = {
  -- Envoy has no random numbers for scripts; the file keeps some in its buffer.
  random = function()
    chance = chance or assert(io.open("/dev/urandom", "rb"))
    local bytes = assert(chance:read(16))
    return assert(#bytes == 16 and bytes)
  end,
  time = function() return nil end,
}

local function remove(headers, names)
  for _, name in ipairs(names) do headers:remove(name) end
end

local function all_of(body)
  return body and body:getBytes(0, body:length()) or ""
end

local function answer(handle, status, text)
  handle:respond({ [":status"] = status, ["content-type"] = "text/plain; charset=utf-8" }, text)
end

-- What follows an upgrade is no body, and doesn't end. A request that says how long its body is, or
-- could have one, is no upgrade, whatever else it says.
local function is_upgrade(headers, method)
  local length = headers:get("content-length") or "0"
  return method == "GET" and headers:get("upgrade") ~= nil
    and length == "0" and headers:get("transfer-encoding") == nil
end

-- While it waits here, Envoy refuses what is too long. But what has come while a filter before this
-- one waited for something else isn't counted, and where that is more than the bound, nothing follows.
local function is_too_long(length) return (tonumber(length) or 0) > BODY_BYTES end

local function change_request(handle)
  local rules = handle:filterContext():get("request")
  local headers = handle:headers()
  local method = headers:get(":method")
  if rules == nil or is_upgrade(headers, method) then return end
  local too_long = is_too_long(headers:get("content-length"))
  local body = not too_long and handle:body() -- waits; `headers` can't be used any more
  if too_long or (body and is_too_long(body:length())) then
    return answer(handle, "413", "Content Too Large")
  end
  local outcome, text = body_of_request(method, all_of(body), rules, SOURCE)
  if outcome == "refused" then
    answer(handle, "400", "Bad Request")
  elseif outcome == "changed" then
    body:setBytes(text)
    remove(handle:headers(), DIGESTS)
  end
end

function envoy_on_request(handle)
  if not pcall(change_request, handle) then answer(handle, "500", "Internal Server Error") end
end

-- An answer that nobody can look into: the gateway's own stands in for it, without its headers.
local function replace(handle)
  local body = handle:body()
  local headers, names = handle:headers(), {}
  for name in pairs(headers) do
    if string.sub(name, 1, 1) ~= ":" then names[#names + 1] = name end
  end
  remove(headers, names)
  headers:replace(":status", "502")
  headers:replace("content-type", "text/plain; charset=utf-8")
  if body then body:setBytes("Bad Gateway") end
end

local function is_stream(headers)
  local kind = string.match(headers:get("content-type") or "", "^%s*([^;,%s]*)")
  return string.lower(kind) == "text/event-stream"
end

local function change_answer(handle, rules)
  local headers = handle:headers()
  local status = headers:get(":status")
  if status < "200" or status == "204" or status == "304" then return end
  local encoding = string.lower(headers:get("content-encoding") or "identity")
  if encoding ~= "identity" or status == "206" then return replace(handle) end
  remove(headers, DIGESTS)
  headers:remove("accept-ranges")
  if is_stream(headers) then return end
  local body = handle:body()
  if body == nil then
    handle:headers():remove("content-length") -- of what an answer to HEAD doesn't have
    return
  end
  local outcome, text = body_of_answer(all_of(body), rules)
  if outcome == "refused" then
    replace(handle)
  elseif outcome == "changed" then
    body:setBytes(text)
  end
end

function envoy_on_response(handle)
  local answered = handle:headers():get(ANSWERED)
  handle:headers():remove(ANSWERED)
  local rules = handle:filterContext():get("answer")
  if rules == nil or answered == nil then return end
  if not pcall(change_answer, handle, rules) then replace(handle) end
end
