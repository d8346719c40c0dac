-- Phase header_filter: what an answer means for the circuit breaker. No answer is a failure.
--   galc failures NAME   failures in a row while it is closed
--   galc successes NAME  trial requests that succeeded
local state = ngx.shared["plugin-api-breaker"]

local function open(data)
  state:set("galc open " .. data.name, ngx.now() + data.seconds)
  state:delete("galc failures " .. data.name)
  state:delete("galc trials " .. data.name)
  state:delete("galc successes " .. data.name)
end

local function close(data)
  state:delete("galc open " .. data.name)
  state:delete("galc failures " .. data.name)
  state:delete("galc trials " .. data.name)
  state:delete("galc successes " .. data.name)
end

local function after_trial(data, failed)
  if failed then
    open(data)
  elseif (state:incr("galc successes " .. data.name, 1, 0) or 0) >= data.trials then
    close(data)
  end
end

local function after_call(data, failed)
  if not failed then
    state:delete("galc failures " .. data.name)
  elseif (state:incr("galc failures " .. data.name, 1, 0) or 0) >= data.failures then
    open(data)
  end
end

return function(_, ctx)
  local called = ctx.galc and ctx.galc.called
  if not called then
    return
  end
  local failed = not ctx.galc.answered or called.data.statuses[ngx.status] == true
  local is_open = state:get("galc open " .. called.data.name) ~= nil
  if called.trial and is_open then
    after_trial(called.data, failed)
  elseif not called.trial and not is_open then
    -- An answer that comes after the breaker has opened decides nothing.
    after_call(called.data, failed)
  end
end
