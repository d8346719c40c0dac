-- Phase before_proxy: the circuit breaker of a route. Open until a time; then some trial requests
-- pass, and they decide (breaker_answer.lua). The api-breaker plugin counts for each path and has
-- no trials. The state is shared by all workers:
--   galc open NAME    until when; there while the breaker isn't closed
--   galc trials NAME  trial requests let through; forgotten after a while, because a client that
--                     goes away leaves a trial without an answer
local state = ngx.shared["plugin-api-breaker"]

local function pass(ctx, data)
  if ctx.galc.called then
    return -- sent once more by nginx, because the connection that it had kept was closed
  end
  local until_time = state:get("galc open " .. data.name)
  if until_time then
    local keep = math.max(data.seconds, 1)
    if
      ngx.now() < until_time
      or (state:incr("galc trials " .. data.name, 1, 0, keep) or 0) > data.trials
    then
      return data.status, data.message
    end
  end
  ctx.galc.called = { data = data, trial = until_time ~= nil }
end

return function(_, ctx)
  ctx.galc.breaker = pass
end
