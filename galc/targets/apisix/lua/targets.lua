-- Phase before_proxy: APISIX has picked a target; this keeps a client at the target of its cookie,
-- leaves targets that failed too often or that the probes call unhealthy, and answers 503 when none
-- is left. APISIX itself would then try the unhealthy ones.
local health = require("apisix.healthcheck_manager")
local state = ngx.shared["plugin-api-breaker"]

local function address(node)
  return (node.domain or node.host) .. ":" .. node.port
end

-- What the cookie holds tells a client nothing, and names no target that isn't one.
local function mark(node)
  return string.sub(ngx.md5(address(node)), 1, 16)
end

local function usable(ctx, data, node)
  if data.passive and state:get("galc out " .. data.name .. " " .. address(node)) then
    return false
  end
  local checker = ctx.up_checker
  -- Its first result only: the second is an error about a target that isn't known yet.
  return not checker or (health.fetch_node_status(checker, node.host, node.port)) and true or false
end

local function of_cookie(ctx, data)
  local value = data.cookie and ctx.var["cookie_" .. data.cookie]
  for _, node in ipairs(value and ctx.upstream_conf.nodes or {}) do
    if mark(node) == value then
      return node
    end
  end
end

-- One of the usable targets, by weight: by chance, or always the same for one client.
local function another(ctx, data)
  local left, total = {}, 0
  for _, node in ipairs(ctx.upstream_conf.nodes) do
    if usable(ctx, data, node) then
      left[#left + 1] = node
      total = total + node.weight
    end
  end
  local at = data.hash and ngx.crc32_short(ctx.var[data.hash]) % math.max(total, 1)
    or math.random() * total
  for _, node in ipairs(left) do
    at = at - node.weight
    if at < 0 then
      return node
    end
  end
  return left[#left]
end

local function choose(ctx, data)
  local picked = ctx.picked_server
  if not picked then
    -- nginx sends the request once more, because the connection that it had kept was closed, and
    -- APISIX has picked by itself.
    local again = ctx.upstream_unresolved_host .. ":" .. ctx.balancer_port
    ctx.galc.target = { address = again, mark = ctx.galc.target.mark, data = data }
    return
  end
  local node = of_cookie(ctx, data)
  if not node or not usable(ctx, data, node) then
    node = usable(ctx, data, picked) and picked or another(ctx, data)
  end
  if not node then
    return 503, "no healthy upstream"
  end
  if node ~= picked then
    ctx.picked_server = node
    ctx.balancer_ip, ctx.balancer_port = node.host, node.port
    ctx.var.upstream_unresolved_host = node.domain or node.host
  end
  ctx.galc.target = { address = address(node), mark = mark(node), data = data }
end

return function(_, ctx)
  ctx.galc.choose = choose
end
