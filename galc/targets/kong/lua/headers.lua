-- Header rules. A value is text, or a list of texts and names of variables ({"method"}).

-- Kong writes these itself, from variables that it has set by now.
local FORWARDED = {
  ["x-forwarded-for"] = "upstream_x_forwarded_for",
  ["x-forwarded-proto"] = "upstream_x_forwarded_proto",
  ["x-forwarded-host"] = "upstream_x_forwarded_host",
  ["x-forwarded-port"] = "upstream_x_forwarded_port",
  ["x-forwarded-path"] = "upstream_x_forwarded_path",
  ["x-forwarded-prefix"] = "upstream_x_forwarded_prefix",
  via = "upstream_via",
}

local VARIABLES = {
  uuid = function()
    local id = ngx.var.request_id -- 32 random hexadecimal digits; two of them tell the version
    return string.sub(id, 1, 8) .. "-" .. string.sub(id, 9, 12) .. "-4" .. string.sub(id, 14, 16)
      .. "-a" .. string.sub(id, 18, 20) .. "-" .. string.sub(id, 21)
  end,
  now = function() return os.date("!%Y-%m-%dT%H:%M:%SZ", ngx.time()) end,
  client_ip = function() return ngx.var.remote_addr end,
  method = function() return kong.request.get_method() end,
  -- Kong decodes more than the language does; what it sends to the upstream is encoded again.
  path = function()
    return (string.gsub(kong.request.get_path(), "[^%w!#$&'()*+,/:;=?@%[%]_.~%%-]", function(char)
      return string.format("%%%02X", string.byte(char))
    end))
  end,
  host = function() return sent_host() or "" end,
}

local function text_of(value)
  if type(value) == "string" then return value end
  local parts = {}
  for at, part in ipairs(value) do
    parts[at] = type(part) == "string" and part or VARIABLES[part[1]]()
  end
  return table.concat(parts)
end

-- Replaces a request header by these lines. What nginx is given first replaces one line only of
-- some headers, and clears the header where it is empty (lua-nginx-module 0.10.26:
-- src/ngx_http_lua_headers_in.c); every further line is added, also an empty one.
local function set_lines(name, lines)
  table.insert(lines, 1, "")
  ngx.req.set_header(name, lines)
end

function galc.request_headers(rules)
  for _, name in ipairs(rules.remove) do
    local variable = FORWARDED[string.lower(name)]
    if variable then ngx.var[variable] = "" end
    kong.service.request.clear_header(name)
  end
  for _, rule in ipairs(rules.set) do
    local variable, text = FORWARDED[string.lower(rule[1])], text_of(rule[2])
    if variable then
      ngx.var[variable] = text
    else
      set_lines(rule[1], { text })
    end
  end
  for _, rule in ipairs(rules.add) do
    local name, text = rule[1], text_of(rule[2])
    local variable = FORWARDED[string.lower(name)]
    if variable then
      local before = ngx.var[variable]
      ngx.var[variable] = (before and before ~= "") and before .. ", " .. text or text
    else
      -- Not `add_header`: it looks for the existing values among the first 100 headers only.
      local all = {}
      for at, before in ipairs(values(name)) do all[at] = before end
      all[#all + 1] = text
      set_lines(name, all)
    end
  end
end

-- nginx leaves a header without a value out; a blank is no part of a value in HTTP/1, and may not
-- stand alone in HTTP/2.
local function response_text(value)
  local text = text_of(value)
  if text == "" and ngx.req.http_version() < 2 then return " " end
  return text
end

-- Headers of an answer that nginx has one line for, so that an added one would replace it
-- (lua-nginx-module 0.10.26: src/ngx_http_lua_headers_out.c).
local SINGLE = {
  server = true, date = true, location = true, refresh = true, expires = true, etag = true,
  ["content-type"] = true, ["content-encoding"] = true, ["content-range"] = true,
  ["accept-ranges"] = true, ["last-modified"] = true, ["www-authenticate"] = true,
}

local function add_to_answer(name, text)
  local before = SINGLE[string.lower(name)] and kong.response.get_header(name)
  if before then return kong.response.set_header(name, before .. ", " .. text) end
  kong.response.add_header(name, text)
end

-- Only what the upstream has answered: the gateway's own rejections stay as they are.
function galc.response_headers(rules)
  if kong.response.get_source() ~= "service" or kong.ctx.shared.galc_replaced then return end
  for _, name in ipairs(rules.remove) do kong.response.clear_header(name) end
  for _, rule in ipairs(rules.set) do kong.response.set_header(rule[1], response_text(rule[2])) end
  for _, rule in ipairs(rules.add) do add_to_answer(rule[1], response_text(rule[2])) end
end
