"""APISIX's resources and plugins, as far as galc writes them: a Struct an object, a field a field.

Sources: apisix/schema_def.lua and the plugins' own schemas under apisix/plugins/ of apache/apisix,
3.18; config.yaml after conf/config.yaml.example. The tests check what is written against the
schemas that a running APISIX 3.18 gives.
"""

from typing import Any

from msgspec import Struct

from galc.printers.yaml import Inline


class _Object(Struct, frozen=True, omit_defaults=True):
    """An object; a field with its default is left out."""


#: A condition, as lua-resty-expr reads it.
Expression = tuple[Any, ...]

# apisix/plugin.lua: what every plugin takes


class Meta(_Object, frozen=True):
    error_response: str | None = None
    pre_function: str | None = None


# apisix/plugins


class Serverless(_Object, frozen=True, rename={"meta": "_meta"}):
    phase: str
    functions: tuple[str, ...]
    meta: Meta | None = None


class Headers(_Object, frozen=True):
    add: dict[str, Any] = {}
    set: dict[str, Any] = {}
    remove: tuple[str, ...] = ()


class ProxyRewrite(_Object, frozen=True):
    use_real_request_uri_unsafe: bool
    regex_uri: tuple[str, ...] = ()
    headers: Headers | None = None


class LimitReq(_Object, frozen=True, rename={"meta": "_meta"}):
    """Every property is written: the key of a counter holds a checksum of the configuration, in
    which workers would otherwise see different defaults."""

    rate: float
    burst: int
    key: str
    key_type: str
    policy: str
    rejected_code: int
    nodelay: bool
    allow_degradation: bool
    meta: Meta


class Abort(_Object, frozen=True):
    http_status: int
    vars: tuple[Expression, ...] = ()


class FaultInjection(_Object, frozen=True):
    abort: Abort


class Plugins(_Object, frozen=True, rename="kebab"):
    fault_injection: FaultInjection | None = None
    serverless_pre_function: Serverless | None = None
    proxy_rewrite: ProxyRewrite | None = None
    limit_req: LimitReq | None = None
    serverless_post_function: Serverless | None = None


# apisix/schema_def.lua


class Timeout(_Object, frozen=True):
    connect: float
    send: float
    read: float


class Route(_Object, frozen=True):
    id: str
    name: str
    uris: tuple[str, ...]
    plugins: Plugins
    hosts: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    vars: tuple[Expression, ...] = ()
    priority: int = 0
    service_id: str | None = None
    upstream_id: str | None = None
    timeout: Timeout | None = None
    enable_websocket: bool = False


class Service(_Object, frozen=True):
    id: str
    plugins: Plugins


class Node(_Object, frozen=True):
    host: str
    port: int
    weight: int


class Healthy(_Object, frozen=True):
    interval: int
    successes: int
    http_statuses: tuple[int, ...]


class Unhealthy(_Object, frozen=True):
    interval: int
    http_failures: int
    tcp_failures: int
    timeouts: int
    http_statuses: tuple[int, ...]


class Active(_Object, frozen=True):
    type: str
    timeout: float
    http_path: str
    healthy: Healthy
    unhealthy: Unhealthy


class Checks(_Object, frozen=True):
    active: Active


class KeepalivePool(_Object, frozen=True):
    """Only its time is set; the rest has the defaults of the schema."""

    idle_timeout: float


class Upstream(_Object, frozen=True):
    id: str
    type: str
    scheme: str
    pass_host: str
    nodes: tuple[Node, ...]
    #: 0 has to be written: by default every other target is tried.
    retries: int
    timeout: Timeout
    hash_on: str | None = None
    key: str | None = None
    checks: Checks | None = None
    keepalive_pool: KeepalivePool | None = None


class GlobalRule(_Object, frozen=True):
    id: str
    plugins: Plugins


class Resources(_Object, frozen=True):
    """apisix.yaml."""

    routes: tuple[Route | Inline, ...]
    upstreams: tuple[Upstream | Inline, ...]
    global_rules: tuple[GlobalRule, ...]
    services: tuple[Service | Inline, ...] = ()


# config.yaml


class Listen(_Object, frozen=True):
    ip: str
    port: int


class Ssl(_Object, frozen=True):
    enable: bool


class Apisix(_Object, frozen=True):
    node_listen: tuple[Listen, ...]
    enable_admin: bool
    enable_control: bool
    control: Listen
    enable_server_tokens: bool
    ssl: Ssl


class DataPlane(_Object, frozen=True):
    config_provider: str


class Deployment(_Object, frozen=True):
    role: str
    role_data_plane: DataPlane


class Http(_Object, frozen=True):
    charset: str
    real_ip_from: tuple[str, ...]


class NginxConfig(_Object, frozen=True):
    http: Http
    http_configuration_snippet: str = ""
    http_server_location_configuration_snippet: str = ""
    envs: tuple[str, ...] = ()


class Prometheus(_Object, frozen=True):
    enable_export_server: bool


class PluginAttr(_Object, frozen=True):
    prometheus: Prometheus


class Config(_Object, frozen=True):
    apisix: Apisix
    deployment: Deployment
    nginx_config: NginxConfig
    plugin_attr: PluginAttr
