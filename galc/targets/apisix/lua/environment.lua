-- Credentials in APISIX's environment; `nginx_config.envs` of config.yaml hands the variables down to
-- the workers. An unset variable is nil, and an empty one is none here: nobody gets in by either.
local function variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

-- Once a worker: the environment of a process doesn't change.
local function add_keys(data)
  for _, entry in ipairs(data.environment) do
    local key = variable(entry.variable)
    if key and not data.keys[key] then
      data.keys[key] = entry.owner
    end
  end
  data.environment = nil
end

return function(_, ctx)
  ctx.galc.variable = variable
  ctx.galc.add_keys = add_keys
end
