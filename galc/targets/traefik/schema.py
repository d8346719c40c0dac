"""Traefik's static and dynamic configuration, as far as galc writes it.

Source: `pkg/config/static` and `pkg/config/dynamic` (`http_config.go`, `middlewares.go`) of
traefik/traefik v3.7; the documentation is https://doc.traefik.io/traefik/v3.7/reference/. Every
construct here is loaded and driven in a real Traefik 3.7 by the tests.
"""

from msgspec import Struct, field


class _Section(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A section; a field with its default is left out, because an empty one (`middlewares: {}`)
    makes Traefik drop the whole file."""


# pkg/config/static: entrypoints.go, static_config.go


class EncodedCharacters(_Section, frozen=True):
    allow_encoded_slash: bool = True
    allow_encoded_back_slash: bool = True


class EntryPointHttp(_Section, frozen=True):
    encoded_characters: EncodedCharacters
    encode_query_semicolons: bool = False


class ForwardedHeaders(_Section, frozen=True):
    insecure: bool = False
    trusted_ips: tuple[str, ...] = field(default=(), name="trustedIPs")


class EntryPoint(_Section, frozen=True):
    address: str
    http: EntryPointHttp | None = None
    forwarded_headers: ForwardedHeaders | None = None


class FileProvider(_Section, frozen=True):
    filename: str


class Providers(_Section, frozen=True):
    file: FileProvider


class Api(_Section, frozen=True):
    insecure: bool = False
    dashboard: bool = True


class Ping(_Section, frozen=True):
    entry_point: str


class Global(_Section, frozen=True):
    check_new_version: bool = True


class Static(_Section, frozen=True):
    entry_points: dict[str, EntryPoint]
    providers: Providers
    api: Api
    ping: Ping
    global_: Global = field(name="global")


# pkg/config/dynamic/middlewares.go


class Headers(_Section, frozen=True):
    custom_request_headers: dict[str, str] = {}
    custom_response_headers: dict[str, str] = {}
    access_control_allow_credentials: bool = False
    access_control_allow_headers: tuple[str, ...] = ()
    access_control_allow_methods: tuple[str, ...] = ()
    access_control_allow_origin_list: tuple[str, ...] = ()
    access_control_allow_origin_list_regex: tuple[str, ...] = ()
    access_control_expose_headers: tuple[str, ...] = ()
    access_control_max_age: int | None = None
    add_vary_header: bool = False


class BasicAuth(_Section, frozen=True):
    users: tuple[str, ...]
    realm: str


class IpStrategy(_Section, frozen=True):
    excluded_ips: tuple[str, ...] = field(name="excludedIPs")


class SourceCriterion(_Section, frozen=True):
    ip_strategy: IpStrategy | None = None
    request_header_name: str = ""


class RateLimit(_Section, frozen=True):
    average: int
    period: str
    burst: int
    source_criterion: SourceCriterion | None = None


class IpAllowList(_Section, frozen=True):
    source_range: tuple[str, ...]
    reject_status_code: int


class StripPrefix(_Section, frozen=True):
    prefixes: tuple[str, ...]


class Middleware(_Section, frozen=True):
    """Exactly one is set."""

    headers: Headers | None = None
    basic_auth: BasicAuth | None = None
    rate_limit: RateLimit | None = None
    ip_allow_list: IpAllowList | None = None
    strip_prefix: StripPrefix | None = None


# pkg/config/dynamic/http_config.go


class Router(_Section, frozen=True):
    rule: str
    priority: int
    entry_points: tuple[str, ...] = ()
    parent_refs: tuple[str, ...] = ()
    middlewares: tuple[str, ...] = ()
    service: str = ""


class Server(_Section, frozen=True):
    url: str
    weight: int = 1


class Cookie(_Section, frozen=True):
    name: str
    http_only: bool = False


class Sticky(_Section, frozen=True):
    cookie: Cookie


class HealthCheck(_Section, frozen=True):
    path: str
    interval: str
    timeout: str
    status: int = 0
    follow_redirects: bool = True


class PassiveHealthCheck(_Section, frozen=True):
    failure_window: str
    max_failed_attempts: int


class LoadBalancer(_Section, frozen=True):
    servers: tuple[Server, ...]
    servers_transport: str
    strategy: str = "wrr"
    sticky: Sticky | None = None
    health_check: HealthCheck | None = None
    passive_health_check: PassiveHealthCheck | None = None


class Service(_Section, frozen=True):
    load_balancer: LoadBalancer


class ForwardingTimeouts(_Section, frozen=True):
    dial_timeout: str
    response_header_timeout: str
    idle_conn_timeout: str | None = None


class ServersTransport(_Section, frozen=True):
    forwarding_timeouts: ForwardingTimeouts
    max_idle_conns_per_host: int = 0
    disable_http2: bool = field(default=False, name="disableHTTP2")


class Http(_Section, frozen=True):
    routers: dict[str, Router]
    services: dict[str, Service]
    middlewares: dict[str, Middleware]
    servers_transports: dict[str, ServersTransport]


class Dynamic(_Section, frozen=True):
    http: Http
