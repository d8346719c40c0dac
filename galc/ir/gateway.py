"""The normal form: what a gateway file means, with nothing left to decide.

Every default is filled in, durations are integer milliseconds, every route holds the policies that
are in force on it, and routes stand in the order in which they are tried. Routes that share a
policy share the object, and policies remember their hash, since targets keep by it what they make
of one. No word here belongs to a target.
"""

from typing import Literal

from msgspec import Struct

from galc.frontend.source import Path
from galc.ir.document import RetryCondition
from galc.ir.units import Rate

PathKind = Literal["exact", "prefix", "regex"]
OriginKind = Literal["any", "exact", "subdomains"]
VariableName = Literal["uuid", "now", "client_ip", "method", "path", "host"]
Algorithm = Literal["round_robin", "least_conn", "ip_hash"]
#: Methods that may do something else the second time (RFC 9110 section 9.2.2, RFC 4918 9.10.9).
NON_IDEMPOTENT = ("POST", "PATCH", "LOCK")
PasswordScheme = Literal["plain", "bcrypt", "sha1", "apr1", "sha512_crypt", "unknown"]


class PathMatch(Struct, frozen=True):
    """`value` is normalised: no trailing slash on a prefix (but `/`), no dot segments, and only
    the percent-encoding that a normalised request has. A regex matches the whole path."""

    kind: PathKind
    value: str


class Variable(Struct, frozen=True):
    """A template in a header value: it stands for a property of the request."""

    name: VariableName


#: Text and variables, to be joined; never two texts in a row.
Template = tuple[str | Variable, ...]


class HeaderRules(Struct, frozen=True, cache_hash=True):
    """Applied in this order. Names in `set` are unique without regard to case."""

    remove: tuple[str, ...] = ()
    set: tuple[tuple[str, Template], ...] = ()
    add: tuple[tuple[str, Template], ...] = ()


class Headers(Struct, frozen=True, cache_hash=True):
    """Rules for both directions."""

    request: HeaderRules
    response: HeaderRules


class RateLimit(Struct, frozen=True, cache_hash=True):
    """A token bucket for each route and key: `burst` tokens, refilled at `rate`."""

    rate: Rate
    burst: int
    key: Literal["address", "header", "claim"]
    #: The header's name or the claim's; empty for an address.
    key_name: str
    status: int
    message: str


class FromEnvironment(Struct, frozen=True):
    """A value that the gateway itself reads from its environment when it runs. Where the variable
    isn't set, or is empty, nothing is equal to it: nobody gets in by it."""

    name: str

    def __str__(self) -> str:
        return f"${{env:{self.name}}}"


#: A secret of the file: its text, or where the gateway finds it.
Secret = str | FromEnvironment


class BasicUser(Struct, frozen=True):
    """`secret` is clear text under the scheme `plain`, else the hash as `htpasswd` writes it. The
    scheme of a hash that only the running gateway knows is `unknown`."""

    username: str
    scheme: PasswordScheme
    secret: Secret


class Basic(Struct, frozen=True, cache_hash=True):
    """HTTP basic authentication."""

    realm: str
    users: tuple[BasicUser, ...]


class ApiKey(Struct, frozen=True):
    """A key; `name` is unique among the keys of its policy, made up where the file gives none."""

    key: Secret
    name: str


class ApiKeys(Struct, frozen=True, cache_hash=True):
    """At least one of `header` and `query` is set."""

    header: str | None
    query: str | None
    keys: tuple[ApiKey, ...]
    hide: bool
    forward_name: bool


class Jwt(Struct, frozen=True, cache_hash=True):
    """Exactly one of `jwks_uri` and `jwks` (canonical JSON) is set."""

    issuer: str | None
    audiences: tuple[str, ...]
    jwks_uri: str | None
    jwks: str | None
    algorithms: tuple[str, ...]
    header: str
    prefix: str
    claims_to_headers: tuple[tuple[str, str], ...]
    required_claims: tuple[str, ...]


class Introspection(Struct, frozen=True, cache_hash=True):
    """RFC 7662: a token is good if the endpoint says so now, for one of the audiences (any, where
    there are none) and with all scopes. Neither list has repetitions."""

    endpoint: str
    client_id: str
    client_secret: Secret
    audiences: tuple[str, ...]
    scopes: tuple[str, ...]


class Authentication(Struct, frozen=True, cache_hash=True):
    """One scheme, and the answer to a request that fails it."""

    scheme: Basic | ApiKeys | Jwt | Introspection
    status: int
    message: str


class Origin(Struct, frozen=True):
    """`value` is the whole origin, or for `subdomains` the origin of the parent domain."""

    kind: OriginKind
    value: str


class Cors(Struct, frozen=True, cache_hash=True):
    """`methods` is None for "those that the route takes"."""

    origins: tuple[Origin, ...]
    methods: tuple[str, ...] | None
    headers: tuple[str, ...]
    expose: tuple[str, ...]
    credentials: bool
    max_age_s: int


class CircuitBreaker(Struct, frozen=True, cache_hash=True):
    """Opens after `max_failures` in a row, for `open_ms`."""

    max_failures: int
    open_ms: int
    half_open_requests: int
    statuses: tuple[int, ...]
    status: int
    message: str


class Phases(Struct, frozen=True, cache_hash=True):
    """Bounds on a request's phases, beside the one on the whole answer. `send_ms` bounds the pause
    between two writes of the request, `idle_ms` how long an unused connection is kept."""

    connect_ms: int
    send_ms: int
    idle_ms: int


class Retry(Struct, frozen=True, cache_hash=True):
    """`attempts` has the first one in it, and is at least 2; each may take the route's whole
    timeout. The pause before attempt n + 1 is `base_ms` · 2ⁿ⁻¹ (exponential) or `base_ms` · n
    (linear), and at most `max_ms`, which is no less than `base_ms`. There is a condition. A request
    whose method isn't idempotent is sent again only after a failure to connect, whatever the
    conditions say."""

    attempts: int
    conditions: tuple[RetryCondition, ...]
    backoff: Literal["exponential", "linear"]
    base_ms: int
    max_ms: int

    @property
    def statuses(self) -> tuple[int, ...]:
        """The upstream's own answers that count as a failure."""
        return tuple(int(c[5:]) for c in self.conditions if c.startswith("http_"))

    def pause_ms(self, attempt: int) -> int:
        """The pause after the attempt of that number, of which the first is 1."""
        if self.backoff == "linear":
            return min(self.base_ms * attempt, self.max_ms)
        return min(self.base_ms << (attempt - 1), self.max_ms)


class WebSocket(Struct, frozen=True, cache_hash=True):
    """Upgrades to `websocket` pass; a connection without traffic for `idle_ms` is closed."""

    idle_ms: int


class Edit(Struct, frozen=True):
    """One change to the members of a JSON object: `default` sets `field` where it is missing,
    `set` whatever is there; `value` is JSON text. `compute` sets it to the text `prefix`, made
    value, `suffix`, where `value` names the generator. `rename` moves it to the name in `value`."""

    action: Literal["default", "set", "compute", "remove", "rename"]
    field: str
    value: str = ""
    prefix: str = ""
    suffix: str = ""


class BodyRules(Struct, frozen=True, cache_hash=True):
    """Changes to a body that is a JSON object, in this order; any other body passes as it is.
    `required` speaks of the body as it arrives: 400 where it lacks one of these members."""

    edits: tuple[Edit, ...]
    required: tuple[str, ...] = ()


class Target(Struct, frozen=True):
    """A server; `weight` is at least 1."""

    host: str
    port: int
    weight: int


class ActiveCheck(Struct, frozen=True):
    """A probe by GET on `path`."""

    path: str
    interval_ms: int
    timeout_ms: int
    healthy_threshold: int
    unhealthy_threshold: int
    statuses: tuple[int, ...]


class PassiveCheck(Struct, frozen=True):
    """Watches real answers; connection failures count too."""

    max_failures: int
    statuses: tuple[int, ...]
    recovery_ms: int


class Upstream(Struct, frozen=True):
    """Where a service's requests go. `name` is the service's."""

    name: str
    targets: tuple[Target, ...]
    algorithm: Algorithm
    sticky_cookie: str | None
    active: ActiveCheck | None
    passive: PassiveCheck | None
    tls: bool
    http2: bool


class Route(Struct, frozen=True):
    """One route with all that holds for it. `origin` is its path in the document; `bundles` are
    the named policies that it uses, the weakest first."""

    name: str
    service: str
    origin: Path
    match: PathMatch
    methods: tuple[str, ...]
    hosts: tuple[str, ...]
    strip_prefix: bool
    upstream: Upstream
    grpc: bool
    #: For the whole of the upstream's answer, of each attempt.
    timeout_ms: int
    rate_limit: RateLimit | None = None
    authentication: Authentication | None = None
    headers: Headers | None = None
    cors: Cors | None = None
    circuit_breaker: CircuitBreaker | None = None
    #: None where the file gives no time for single phases.
    phases: Phases | None = None
    retry: Retry | None = None
    websocket: WebSocket | None = None
    request_body: BodyRules | None = None
    response_body: BodyRules | None = None
    bundles: tuple[str, ...] = ()

    @property
    def owners(self) -> tuple[Path, ...]:
        """Where the policies in force on it may be written, the strongest first."""
        bundles = (("policies", name) for name in reversed(self.bundles))
        return (self.origin, *bundles, self.origin[:2])


class Use(Struct, frozen=True):
    """Features of the language that the document uses, at the places where it writes them.

    `written` holds (feature, path below the place); `defaulted` the features of the same construct
    that the document leaves to their defaults.
    """

    written: tuple[tuple[str, Path], ...]
    defaulted: tuple[str, ...]
    places: list[Path]


class Gateway(Struct, frozen=True):
    """A whole gateway; `routes` in the order in which they are tried."""

    host: str
    port: int
    admin_port: int
    trusted_proxies: tuple[str, ...]
    upstreams: tuple[Upstream, ...]
    routes: tuple[Route, ...]
    uses: tuple[Use, ...] = ()
