-- The circuit breaker of a route: closed, open until a time, then half-open for a few trials.
-- Its state lies in the shared dictionary, so that all workers have one; every step is one atomic
-- operation on it.

local CIRCUITS = ngx.shared.kong_rate_limiting_counters

local function circuit_open(name, policy)
  CIRCUITS:delete(name .. ":failures")
  CIRCUITS:delete(name .. ":trials")
  CIRCUITS:delete(name .. ":passed")
  CIRCUITS:set(name .. ":until", ngx.now() + policy.open)
end

function galc.breaker(policy)
  local name = "galc:breaker:" .. route_name()
  local open_until = CIRCUITS:get(name .. ":until")
  if open_until then
    if ngx.now() < open_until then return answer(policy.status, policy.message) end
    -- Trials that nobody hears of again give way to new ones after a while.
    local trial = CIRCUITS:incr(name .. ":trials", 1, 0, math.max(policy.open, 1))
    if trial and trial > policy.trials then return answer(policy.status, policy.message) end
  end
  kong.ctx.shared.galc_admitted = { name = name, open_until = open_until }
end

-- What became of a request that the breaker has let through. An answer that isn't the upstream's
-- is a failure: nobody was there, or too late.
function galc.breaker_result(policy)
  local admitted = kong.ctx.shared.galc_admitted
  if not admitted then return end
  kong.ctx.shared.galc_admitted = nil
  local name = admitted.name
  -- It was let through in another state than the present one: its outcome is old news.
  if CIRCUITS:get(name .. ":until") ~= admitted.open_until then return end
  local failed = kong.response.get_source() ~= "service"
    or policy.statuses[kong.response.get_status()]
  if admitted.open_until then
    if failed then return circuit_open(name, policy) end
    if CIRCUITS:incr(name .. ":passed", 1, 0) >= policy.trials then
      CIRCUITS:delete(name .. ":until")
      CIRCUITS:delete(name .. ":trials")
      CIRCUITS:delete(name .. ":passed")
    end
  elseif not failed then
    CIRCUITS:delete(name .. ":failures")
  elseif CIRCUITS:incr(name .. ":failures", 1, 0) >= policy.failures then
    circuit_open(name, policy)
  end
end
