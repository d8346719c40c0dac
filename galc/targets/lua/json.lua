-- A JSON reader, for gateways whose Lua has none. Raises an error at anything that isn't JSON.

local JSON_ESCAPES = {
  b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/",
}
local JSON_NULL = {}
local JSON_WORDS = { ["true"] = true, ["false"] = false, null = JSON_NULL }
local JSON_DEPTH = 32

local function utf8_text(code)
  if code < 0x80 then return string.char(code) end
  local tail, lead = "", 0x40
  local first = code < 0x800 and 0xC0 or code < 0x10000 and 0xE0 or 0xF0
  local count = code < 0x800 and 1 or code < 0x10000 and 2 or 3
  for _ = 1, count do
    tail = string.char(0x80 + code % lead) .. tail
    code = math.floor(code / lead)
  end
  return string.char(first + code) .. tail
end

local json_value

local function json_string(text, at)
  local parts = {}
  while true do
    local stop = string.find(text, '["\\%z\1-\31]', at)
    assert(stop, "unfinished string")
    parts[#parts + 1] = string.sub(text, at, stop - 1)
    local mark = string.sub(text, stop, stop)
    if mark == '"' then return table.concat(parts), stop + 1 end
    assert(mark == "\\", "control character in a string")
    local escape = string.sub(text, stop + 1, stop + 1)
    at = stop + 2
    if escape == "u" then
      local code = tonumber(assert(string.match(text, "^%x%x%x%x", at)), 16)
      at = at + 4
      if code >= 0xD800 and code < 0xDC00 then
        local low = tonumber(assert(string.match(text, "^\\u([Dd][C-Fc-f]%x%x)", at)), 16)
        code = 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00)
        at = at + 6
      end
      parts[#parts + 1] = utf8_text(code)
    else
      parts[#parts + 1] = assert(JSON_ESCAPES[escape], "unknown escape")
    end
  end
end

local function json_space(text, at)
  return string.find(text, "[^ \t\r\n]", at) or #text + 1
end

local function json_object(text, at, depth)
  local found = {}
  at = json_space(text, at)
  if string.sub(text, at, at) == "}" then return found, at + 1 end
  while true do
    assert(string.sub(text, at, at) == '"', "a name is missing")
    local name, value
    name, at = json_string(text, at + 1)
    at = json_space(text, at)
    assert(string.sub(text, at, at) == ":", "a colon is missing")
    value, at = json_value(text, json_space(text, at + 1), depth)
    found[name] = value
    at = json_space(text, at)
    local mark = string.sub(text, at, at)
    if mark == "}" then return found, at + 1 end
    assert(mark == ",", "a comma is missing")
    at = json_space(text, at + 1)
  end
end

local function json_array(text, at, depth)
  local found = {}
  at = json_space(text, at)
  if string.sub(text, at, at) == "]" then return found, at + 1 end
  while true do
    local value
    value, at = json_value(text, at, depth)
    found[#found + 1] = value
    at = json_space(text, at)
    local mark = string.sub(text, at, at)
    if mark == "]" then return found, at + 1 end
    assert(mark == ",", "a comma is missing")
    at = json_space(text, at + 1)
  end
end

function json_value(text, at, depth)
  assert(depth < JSON_DEPTH, "too deep")
  local mark = string.sub(text, at, at)
  if mark == "{" then return json_object(text, at + 1, depth + 1) end
  if mark == "[" then return json_array(text, at + 1, depth + 1) end
  if mark == '"' then return json_string(text, at + 1) end
  local word = string.match(text, "^%l+", at)
  if word then
    assert(JSON_WORDS[word] ~= nil, "unknown word")
    return JSON_WORDS[word], at + #word
  end
  local digits = assert(string.match(text, "^-?%d+%.?%d*[eE]?[+-]?%d*", at), "no value")
  assert(not string.find(digits, "^-?0%d") and not string.find(digits, "%.%D"), "not a number")
  assert(string.sub(digits, -1) ~= ".", "not a number")
  return assert(tonumber(digits), "not a number"), at + #digits
end

-- The object that a text holds, or nil.
local function json_read(text)
  local good, found = pcall(function()
    local value, at = json_value(text, json_space(text, 1), 0)
    assert(json_space(text, at) > #text, "text after the end")
    return value
  end)
  return good and type(found) == "table" and found or nil
end
