-- A token bucket for each route and key, kept as one number: the time at which it is full again
-- (the generic cell rate algorithm, https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm).

local BUCKETS = ngx.shared.kong_rate_limiting_counters

local LIMIT_KEYS = {
  address = function() return ngx.var.remote_addr end,
  header = function(policy) return values(policy.name)[1] or "" end,
  claim = function(policy)
    local value = claim(kong.ctx.shared.galc_claims, policy.name)
    return type(value) == "table" and "" or tostring(value or "")
  end,
}

-- Workers share the dictionary, and reading and writing are two steps. Nothing yields in between,
-- so the lock is held for microseconds; it lapses by itself should a worker die.
local function locked(name, action)
  local lock = name .. ":lock"
  for _ = 1, 1000 do
    if BUCKETS:add(lock, true, 0.05) then break end
  end
  local result = action()
  BUCKETS:delete(lock)
  return result
end

function galc.limit(policy)
  local name = "galc:limit:" .. route_name() .. ":" .. ngx.md5(LIMIT_KEYS[policy.key](policy))
  local passes = locked(name, function()
    local now = ngx.now()
    local full = math.max(BUCKETS:get(name) or now, now) + policy.interval
    -- A hair's breadth for the rounding of fractions.
    if full - now > policy.interval * policy.burst + 1e-6 then return false end
    BUCKETS:set(name, full, full - now + 1)
    return true
  end)
  if not passes then return answer(policy.status, policy.message) end
end
