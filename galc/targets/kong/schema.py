"""Kong's declarative file, as far as galc writes it: a Struct an entity, a field a field.

Source: the entity and plugin schemas of Kong 3.9 (`kong/db/schema/entities/`, `kong/plugins/*/
schema.lua` of Kong/kong); the tests check what is built against a dump of them. A field that is
left out has Kong's own default; where that isn't what the language says, the field here has none.
"""

from typing import Any

from msgspec import Struct

from galc.printers.yaml import Inline


class _Entity(Struct, frozen=True, omit_defaults=True):
    pass


# kong/plugins/pre-function/_schema.lua, kong/plugins/jwt/schema.lua


class Functions(_Entity, frozen=True):
    """The configuration of `pre-function` and `post-function`: programs by phase."""

    rewrite: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    header_filter: tuple[str, ...] = ()
    body_filter: tuple[str, ...] = ()


class JwtConfig(_Entity, frozen=True):
    header_names: tuple[str, ...]
    uri_param_names: tuple[str, ...]
    cookie_names: tuple[str, ...]
    key_claim_name: str
    anonymous: str


class Termination(_Entity, frozen=True):
    """kong/plugins/request-termination/schema.lua"""

    status_code: int
    message: str


class Plugin(_Entity, frozen=True):
    name: str
    config: Any


# kong/db/schema/entities/{routes,services}.lua


class Route(_Entity, frozen=True):
    name: str
    paths: tuple[str, ...]
    regex_priority: int
    strip_path: bool
    preserve_host: bool
    protocols: tuple[str, ...]
    methods: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    headers: dict[str, tuple[str, ...]] = {}
    snis: tuple[str, ...] = ()
    plugins: tuple[Plugin, ...] = ()


class Service(_Entity, frozen=True):
    name: str
    host: str
    protocol: str
    connect_timeout: int
    write_timeout: int
    read_timeout: int
    retries: int
    routes: tuple[Route, ...]
    tls_verify: bool | None = None


# kong/db/schema/entities/{upstreams,targets}.lua


class Target(_Entity, frozen=True):
    target: str
    weight: int


class ActiveHealthy(_Entity, frozen=True):
    interval: float
    successes: int
    http_statuses: tuple[int, ...]


class ActiveUnhealthy(_Entity, frozen=True):
    interval: float
    http_statuses: tuple[int, ...]
    http_failures: int
    tcp_failures: int
    timeouts: int


class Active(_Entity, frozen=True):
    type: str
    http_path: str
    timeout: float
    healthy: ActiveHealthy
    unhealthy: ActiveUnhealthy


class PassiveHealthy(_Entity, frozen=True):
    successes: int
    http_statuses: tuple[int, ...]


class PassiveUnhealthy(_Entity, frozen=True):
    http_statuses: tuple[int, ...]
    http_failures: int
    tcp_failures: int
    timeouts: int


class Passive(_Entity, frozen=True):
    type: str
    healthy: PassiveHealthy
    unhealthy: PassiveUnhealthy


class HealthChecks(_Entity, frozen=True):
    active: Active | None = None
    passive: Passive | None = None


class Upstream(_Entity, frozen=True):
    name: str
    algorithm: str
    targets: tuple[Target, ...]
    hash_on: str = "none"
    hash_on_cookie: str | None = None
    hash_on_cookie_path: str | None = None
    healthchecks: HealthChecks | None = None


# kong/db/schema/entities/consumers.lua, kong/plugins/jwt/daos.lua


class JwtSecret(_Entity, frozen=True):
    key: str
    algorithm: str
    rsa_public_key: str


class Consumer(_Entity, frozen=True):
    username: str
    jwt_secrets: tuple[JwtSecret, ...] = ()


class File(Struct, frozen=True, rename={"format_version": "_format_version"}):
    """kong/db/schema/others/declarative_config.lua; the version must be text."""

    format_version: str
    services: tuple[Service | Inline, ...]
    upstreams: tuple[Upstream | Inline, ...]
    consumers: tuple[Consumer, ...] = ()
    plugins: tuple[Plugin, ...] = ()
