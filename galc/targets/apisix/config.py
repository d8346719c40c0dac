"""config.yaml: what apisix.yaml can't hold (conf/config.yaml.example, apisix/cli/ngx_tpl.lua)."""

from galc.ir.gateway import Gateway
from galc.targets.apisix import schema as s
from galc.targets.nginx import directives
from galc.targets.references import all_variables

#: Without it nginx makes `X-A-B` of `X_A_B` in an answer.
_UNDERSCORES = "lua_transform_underscores_in_response_headers off;\n"
#: By default nginx verifies no upstream, and asks it for the name that the client sent.
_VERIFY = """\
proxy_ssl_verify on;
proxy_ssl_verify_depth 5;
proxy_ssl_name $upstream_unresolved_host;
"""


def config(gateway: Gateway) -> s.Config:
    """Listens where the file says and nowhere else; the control API on loopback."""
    host = f"[{gateway.host}]" if ":" in gateway.host else gateway.host
    tls = any(route.upstream.tls for route in gateway.routes)
    snippet = "".join(f"{name} {value};\n" for name, value in directives(gateway))
    if any(_underscores(gateway)):
        snippet = _UNDERSCORES + snippet
    return s.Config(
        apisix=s.Apisix(
            node_listen=(s.Listen(host, gateway.port),),
            enable_admin=False,
            enable_control=True,
            control=s.Listen("127.0.0.1", gateway.admin_port),
            enable_server_tokens=False,
            ssl=s.Ssl(enable=False),
        ),
        deployment=s.Deployment("data_plane", s.DataPlane("yaml")),
        nginx_config=s.NginxConfig(
            # No charset added to an answer's type; no peer's X-Real-IP believed.
            http=s.Http(charset="off", real_ip_from=()),
            http_configuration_snippet=snippet,
            http_server_location_configuration_snippet=_VERIFY if tls else "",
            # nginx clears the environment of its workers but for these.
            envs=all_variables(gateway),
        ),
        plugin_attr=s.PluginAttr(s.Prometheus(enable_export_server=False)),
    )


def _underscores(gateway: Gateway) -> "list[bool]":
    return [
        "_" in name
        for route in gateway.routes
        if route.headers
        for name in (
            *route.headers.response.remove,
            *(name for name, _ in route.headers.response.set),
            *(name for name, _ in route.headers.response.add),
        )
    ]
