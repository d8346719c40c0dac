"""The part of Kong's API that the programs use, in Lua, and the sandbox's list of functions.

kong/tools/kong-lua-sandbox.lua and kong/pdk/ of Kong/kong 3.9. `test_kong_world` uses it.
"""

SANDBOX = """
_VERSION assert error ipairs next pairs pcall select tonumber tostring type unpack xpcall
coroutine.create coroutine.resume coroutine.running coroutine.status coroutine.wrap coroutine.yield
math.abs math.ceil math.floor math.fmod math.huge math.log math.max math.min math.modf math.pi
math.pow math.random math.sqrt os.clock os.date os.difftime os.time string.byte string.char
string.find string.format string.gmatch string.gsub string.len string.lower string.match string.rep
string.reverse string.sub string.upper table.concat table.insert table.maxn table.remove table.sort
"""
#: The API that the programs use, on top of functions of the model (`host`).
API = """
local host, names, cosockets = ...
local exits = {}

local function case_blind(found)
  return setmetatable({}, {__index = function(_, name)
    return found[string.lower(name)] or found[(string.gsub(string.lower(name), "_", "-"))]
  end})
end

local function dictionary()
  local items = {}
  local function live(name)
    local item = items[name]
    if item and item.ends and item.ends <= host.now() then items[name] = nil return nil end
    return items[name]
  end
  local function put(name, value, ttl)
    local ends = ttl and ttl > 0 and host.now() + ttl or nil
    items[name] = {value = value, ends = ends}
  end
  return {
    get = function(_, name) local item = live(name) return item and item.value end,
    set = function(_, name, value, ttl) put(name, value, ttl) return true end,
    add = function(_, name, value, ttl)
      if live(name) then return false, "exists" end
      put(name, value, ttl)
      return true
    end,
    delete = function(_, name) items[name] = nil end,
    incr = function(_, name, step, init, ttl)
      local item = live(name)
      if not item then
        if not init then return nil, "not found" end
        put(name, init, ttl)
        item = items[name]
      end
      item.value = item.value + step
      return item.value
    end,
  }
end

local function text(value)
  assert(type(value) == "string" or type(value) == "number" or type(value) == "boolean")
  return tostring(value)
end

local shared = dictionary()
ngx = {
  shared = {kong_rate_limiting_counters = shared},
  now = host.now, time = function() return math.floor(host.now()) end,
  sleep = cosockets.sleep, socket = cosockets.socket, thread = cosockets.thread,
  md5 = host.md5, md5_bin = host.md5_bin, sha1_bin = host.sha1_bin,
  hmac_sha1 = host.hmac_sha1,
  encode_base64 = host.encode_base64, decode_base64 = host.decode_base64,
  req = {
    get_headers = function(most)
      local found, problem = host.headers(most)
      return case_blind(found), problem
    end,
    set_header = function(name, value)
      if type(value) ~= "table" then value = {text(value)} end
      host.set_header(name, value)
    end,
    http_version = host.version,
    discard_body = function() host.set_body("") end,
  },
  arg = {},
}
kong = {
  ctx = {},
  request = {get_method = host.method, get_path = host.path, get_raw_body = function(most)
    local body = host.body()
    if body == nil then error("http2 requests are not supported without content-length header") end
    if #body > most then return nil, "request body file too big" end
    return body
  end},
  router = {get_service = function() return {name = host.service()} end},
  vault = {get = host.vault},
  client = {get_credential = host.credential},
  service = {set_timeouts = host.set_timeouts, request = {
    set_header = function(name, value) host.set_header(name, {text(value)}) end,
    clear_header = function(name) host.set_header(name, {}) end,
    set_raw_query = host.set_query,
    set_raw_body = function(body)
      assert(type(body) == "string")
      host.set_body(body)
    end,
  }},
  response = {
    exit = function(status, body, headers)
      assert(type(status) == "number" and (body == nil or type(body) == "string"))
      local listed = {}
      for name, value in pairs(headers or {}) do listed[#listed + 1] = {name, text(value)} end
      host.exit(status, body or "", listed)
      error(exits)
    end,
    get_header = host.answer_header,
    set_header = function(name, value) host.set_answer_header(name, text(value)) end,
    add_header = function(name, value) host.add_answer_header(name, text(value)) end,
    clear_header = function(name) host.set_answer_header(name, "") end,
    get_headers = function(most)
      assert(most == 1000)
      return host.answer_headers()
    end,
    set_status = function(status) host.set_status(status) end,
    get_source = host.source, get_status = host.status,
  },
}

local function environment()
  local env = {ngx = ngx, kong = kong}
  for name in string.gmatch(names, "%S+") do
    local module, item = string.match(name, "^(%w+)%.(%w+)$")
    if module then
      env[module] = env[module] or {}
      env[module][item] = _G[module][item]
    else
      env[name] = _G[name]
    end
  end
  return env
end

local programs = {}
local function run(code)
  if not programs[code] then
    local chunk = setfenv(assert(loadstring(code)), environment())
    programs[code] = assert(chunk(), "a program returns a function")
  end
  local good, problem = pcall(programs[code])
  if not good and problem ~= exits then error(problem, 0) end
  return good
end

local function begin(var)
  kong.ctx.shared = {}
  ngx.ctx = {cached_request_headers = true}
  ngx.var = setmetatable({}, {__index = function(_, name) return var[name] end,
    __newindex = function(_, name, value) var[name] = value end})
end

-- One turn of the phase body_filter; what is left of the chunk.
local function filter(codes, chunk, last)
  ngx.arg = {chunk, last}
  for _, code in ipairs(codes) do run(code) end
  return ngx.arg[1] or ""
end

return {run = run, filter = filter, begin = begin, context = function() return kong.ctx.shared end,
  read_again = function() return ngx.ctx.cached_request_headers == nil end,
  told = function() return ngx.ctx.buffered_status end}
"""
