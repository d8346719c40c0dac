-- Passive health checks: what counts as a failure of a target. Kong itself counts timeouts apart from
-- other failures, and an unreachable target like an answer of 502 (3.9: kong/runloop/handler.lua).

-- The statuses that the file has for a good and a bad outcome.
local GOOD, BAD = 200, 500

function galc.watch(policy)
  local source = kong.response.get_source()
  if source == "exit" then return end
  local failed = source ~= "service" or policy.statuses[kong.response.get_status()]
  -- Where Kong's own report looks for the status first.
  ngx.ctx.buffered_status = failed and BAD or GOOD
end
