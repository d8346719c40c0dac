-- Runs before the plugin in each of its phases (apisix/plugin.lua, `run_meta_pre_function`), and is
-- there for phase body_filter: the plugin itself has its functions in another one.
return function(_, ctx)
  local held = ngx.get_phase() == "body_filter" and ctx.galc and ctx.galc.held
  if held then
    ctx.galc.filter_body(held)
  end
end
