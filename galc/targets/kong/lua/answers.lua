-- What every other program here builds on: answers of the gateway itself, and reading headers.
-- Runs in Kong's default sandbox: no `require`, no metatables, no JSON, no bit operations.

local PLAIN = "text/plain; charset=utf-8"

local function answer(status, message, headers)
  headers = headers or {}
  headers["Content-Type"] = PLAIN
  return kong.response.exit(status, message, headers)
end

-- Every failed authentication looks the same, whatever was wrong.
local function deny(policy)
  return answer(policy.status, policy.message, { ["WWW-Authenticate"] = policy.challenge })
end

-- What `ngx.req.get_headers` has for a header, as a list.
local function listed(found)
  if found == nil then return {} end
  if type(found) == "table" then return found end
  return { found }
end

-- All values of a request header. 0 lifts the limit of 100 headers, behind which a client could
-- hide one.
local function values(name)
  return listed(ngx.req.get_headers(0)[string.lower(name)])
end

-- The value of a request header that stands there once, else nil.
local function header(name)
  local found = values(name)
  return #found == 1 and found[1] or nil
end

-- One Kong service stands for one route of the file, also where that takes several Kong routes.
local function route_name()
  return kong.router.get_service().name
end

-- The host as the client sent it: `start` may have changed its case.
local function sent_host()
  return kong.ctx.shared.galc_host or ngx.var.http_host
end
