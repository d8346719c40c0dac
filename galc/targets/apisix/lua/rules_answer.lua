-- Phase header_filter: a route's response rules, applied to answers of the upstream only: remove,
-- then set, then add. The response-rewrite plugin can't be used: it adds before it sets, refuses a
-- colon in an added value, and also changes the gateway's own rejections.
local core = require("apisix.core")

-- A value is a list of texts and of names of variables, each of these in a table of its own.
local function text(ctx, parts)
  local found = {}
  for index, part in ipairs(parts) do
    found[index] = type(part) == "table" and tostring(ctx.var[part[1]] or "") or part
  end
  return table.concat(found)
end

return function(_, ctx)
  local rules = ctx.galc and ctx.galc.answered and ctx.galc.response_rules
  if not rules then
    return
  end
  for _, name in ipairs(rules.remove) do
    ngx.header[name] = nil
  end
  for _, rule in ipairs(rules.set) do
    ngx.header[rule[1]] = text(ctx, rule[2])
  end
  for _, rule in ipairs(rules.add) do
    core.response.add_header(rule[1], text(ctx, rule[2]))
  end
end
