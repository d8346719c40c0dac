"""The GAL 1 language: one Struct a construct, one sentence a field.

A `Document` is a file as its author wrote it, with every default filled in. Field names are the
language's keywords, in both spellings. Everything else that speaks about the language is derived
from here: the type check, the features that a target answers for (`ir.features`), the JSON
Schema, and the tables of the documentation.
"""

from typing import Annotated, Any, Final, Literal, TypeVar, Union

from msgspec import UNSET, Meta, Struct, UnsetType

_T = TypeVar("_T")
#: A field that may be left out and has no default value of its own.
Maybe = Union[_T, UnsetType]  # noqa: UP007  # `_T | …` is no generic alias in 3.11

Port = Annotated[int, Meta(ge=1, le=65535)]
Status = Annotated[int, Meta(ge=100, le=599)]
RejectStatus = Annotated[int, Meta(ge=400, le=599)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
_DURATION = r"([0-9]{1,9}(\.[0-9]{1,3})?(ms|s)|[0-9]{1,5}(\.[0-9]{1,3})?(m|h|d))$"
#: `10s`, `250ms`, `1.5m`, `2h`, `1d`; more than nothing, and at most some hundred years.
Duration = Annotated[str, Meta(pattern="^(?=.*[1-9])" + _DURATION)]
DurationOrZero = Annotated[str, Meta(pattern="^" + _DURATION)]
HeaderName = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", max_length=256)]
Method = Annotated[str, Meta(pattern="^[A-Z]+(-[A-Z]+)*$")]
Name = Annotated[str, Meta(pattern="^[A-Za-z0-9._-]+$", max_length=253)]
#: A path, and maybe a query, as they go out.
ProbePath = Annotated[str, Meta(pattern=r"^/[!\"$-\[\]-~]*$")]
CookieName = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", max_length=128)]
Text = Annotated[str, Meta(min_length=1)]
#: RFC 6749 section 3.3: one word of a token's `scope`, which has spaces between them.
Scope = Annotated[str, Meta(pattern=r"^[!#-\[\]-~]+$")]
#: Names from the outer object inwards, with dots between them.
Claim = Annotated[str, Meta(pattern=r"^[^.]+(\.[^.]+)*$")]

#: What `version` may be.
VERSIONS: Final = ("1", "1.0", 1, 1.0)


class _Node(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all constructs of the language have in common: immutable, and strict about names."""


class Response(_Node, frozen=True, kw_only=True):
    """The gateway's own answer when it rejects a request."""

    status_code: Annotated[Maybe[RejectStatus], Meta(description="Status of the answer.")] = UNSET
    message: Annotated[Maybe[str], Meta(description="Body of the answer, as plain text.")] = UNSET


class RateLimit(_Node, frozen=True, kw_only=True):
    """A token bucket for each route and key (language section 4.1)."""

    enabled: Annotated[bool, Meta(description="`false` switches an inherited limit off.")] = True
    requests_per_second: Annotated[Maybe[Count], Meta(description="Tokens added each second.")] = (
        UNSET
    )
    requests_per_minute: Annotated[
        Maybe[Count], Meta(description="Tokens added each minute, evenly.")
    ] = UNSET
    requests_per_hour: Annotated[
        Maybe[Count], Meta(description="Tokens added each hour, evenly.")
    ] = UNSET
    burst: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000)],
        Meta(description="Capacity of the bucket; `0` means one period's rate."),
    ] = 0
    key_type: Annotated[
        Literal["ip_address", "header", "jwt_claim"],
        Meta(description="What tells one bucket from another."),
    ] = "ip_address"
    key_header: Annotated[
        Maybe[HeaderName], Meta(description="The header whose value is the key.")
    ] = UNSET
    key_claim: Annotated[Maybe[Text], Meta(description="The JWT claim whose value is the key.")] = (
        UNSET
    )
    response: Annotated[
        Response, Meta(description='The answer over the limit: 429, "Rate limit exceeded".')
    ] = Response()


class BasicUser(_Node, frozen=True, kw_only=True):
    """One user of HTTP basic authentication."""

    username: Annotated[
        Annotated[str, Meta(pattern="^[^:]+$")], Meta(description="User name, without a colon.")
    ]
    password: Annotated[
        Maybe[Text], Meta(description="The password in clear text.", extra={"secret": True})
    ] = UNSET
    password_hash: Annotated[
        Maybe[Text],
        Meta(
            description="The password's hash: bcrypt, `{SHA}`, apr1 or sha512-crypt.",
            extra={"option": "password_scheme", "secret": True},
        ),
    ] = UNSET


class Basic(_Node, frozen=True, kw_only=True):
    """HTTP basic authentication against users in the file."""

    realm: Annotated[str, Meta(description="The realm in `WWW-Authenticate`.")] = "Protected"
    users: Annotated[
        Annotated[tuple[BasicUser, ...], Meta(min_length=1)],
        Meta(description="Who may pass."),
    ]


class ApiKey(_Node, frozen=True, kw_only=True):
    """One API key and the name of its owner."""

    key: Annotated[Text, Meta(description="The key itself.", extra={"secret": True})]
    name: Annotated[Maybe[Text], Meta(description="The owner's name.")] = UNSET


class ApiKeys(_Node, frozen=True, kw_only=True):
    """API keys in a header or in the query."""

    header_name: Annotated[
        Maybe[HeaderName],
        Meta(description="The header that holds the key; `X-API-Key` without `query_param`."),
    ] = UNSET
    query_param: Annotated[
        Maybe[Annotated[str, Meta(min_length=1, max_length=256)]],
        Meta(description="The query parameter that holds the key."),
    ] = UNSET
    keys: Annotated[
        Annotated[tuple[ApiKey, ...], Meta(min_length=1)], Meta(description="The keys accepted.")
    ]
    hide_credentials: Annotated[bool, Meta(description="The upstream doesn't see the key.")] = True
    forward_name: Annotated[
        bool, Meta(description="The upstream sees the owner's name as `X-Consumer-Name`.")
    ] = False


class ClaimHeader(_Node, frozen=True, kw_only=True):
    """A claim passed to the upstream in a header."""

    claim: Annotated[Claim, Meta(description="Name of the claim; a dot goes into an object.")]
    header: Annotated[HeaderName, Meta(description="Name of the header.")]


Algorithm = Literal[
    "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA"
]


class Jwt(_Node, frozen=True, kw_only=True):
    """JSON Web Tokens, verified against a key set."""

    issuer: Annotated[Maybe[Text], Meta(description="The `iss` that a token must have.")] = UNSET
    audiences: Annotated[
        tuple[Text, ...], Meta(description="A token must have one of these as `aud`.")
    ] = ()
    jwks_uri: Annotated[
        Maybe[Text], Meta(description="Where the gateway fetches the key set (RFC 7517).")
    ] = UNSET
    jwks: Annotated[
        Maybe[str | dict[str, Any]], Meta(description="The key set itself, as JSON.")
    ] = UNSET
    algorithms: Annotated[
        Annotated[tuple[Algorithm, ...], Meta(min_length=1)],
        Meta(description="Signature algorithms accepted."),
    ] = ("RS256",)
    header_name: Annotated[HeaderName, Meta(description="The header that holds the token.")] = (
        "Authorization"
    )
    header_prefix: Annotated[
        str, Meta(description="What stands before the token in that header.")
    ] = "Bearer "
    claims_to_headers: Annotated[
        tuple[ClaimHeader, ...],
        Meta(description="Claims passed to the upstream; a client can't forge these headers."),
    ] = ()
    required_claims: Annotated[
        tuple[Claim, ...], Meta(description="Claims that a token must have.")
    ] = ()


class OAuth2(_Node, frozen=True, kw_only=True):
    """Opaque tokens: an endpoint is asked, for each request, what the token is (RFC 7662)."""

    introspection_endpoint: Annotated[Text, Meta(description="URL of the endpoint.")]
    client_id: Annotated[Text, Meta(description="The gateway's client id there.")]
    client_secret: Annotated[
        Text, Meta(description="The gateway's client secret there.", extra={"secret": True})
    ]
    audiences: Annotated[
        tuple[Text, ...], Meta(description="A token must have one of these as `aud`.")
    ] = ()
    required_scopes: Annotated[
        tuple[Scope, ...], Meta(description="Scopes that a token must have, all of them.")
    ] = ()


class Authentication(_Node, frozen=True, kw_only=True):
    """Who may call a route (language section 4.2)."""

    enabled: Annotated[
        bool, Meta(description="`false` switches an inherited authentication off.")
    ] = True
    type: Annotated[
        Maybe[Literal["basic", "api_key", "jwt", "oauth2"]],
        Meta(description="The scheme; its settings stand in the block of the same name."),
    ] = UNSET
    basic: Annotated[Maybe[Basic], Meta(description="User name and password.")] = UNSET
    api_key: Annotated[Maybe[ApiKeys], Meta(description="API keys.")] = UNSET
    jwt: Annotated[Maybe[Jwt], Meta(description="JSON Web Tokens.")] = UNSET
    oauth2: Annotated[Maybe[OAuth2], Meta(description="Token introspection.")] = UNSET
    fail_status: Annotated[
        RejectStatus, Meta(description="Status of the answer to a request that fails.")
    ] = 401
    fail_message: Annotated[
        str, Meta(description="Body of the answer to a request that fails.")
    ] = "Unauthorized"


HeaderMap = dict[HeaderName, str]


class Headers(_Node, frozen=True, kw_only=True):
    """Header rules; per direction: remove, then set, then add (language section 4.3)."""

    enabled: Annotated[bool, Meta(description="`false` switches inherited rules off.")] = True
    request_add: Annotated[
        HeaderMap, Meta(description="Headers added to the request beside existing ones.")
    ] = {}
    request_set: Annotated[
        HeaderMap, Meta(description="Headers of the request that replace existing ones.")
    ] = {}
    request_remove: Annotated[
        tuple[HeaderName, ...], Meta(description="Headers removed from the request.")
    ] = ()
    response_add: Annotated[
        HeaderMap, Meta(description="Headers added to the answer beside existing ones.")
    ] = {}
    response_set: Annotated[
        HeaderMap, Meta(description="Headers of the answer that replace existing ones.")
    ] = {}
    response_remove: Annotated[
        tuple[HeaderName, ...], Meta(description="Headers removed from the answer.")
    ] = ()


class Cors(_Node, frozen=True, kw_only=True):
    """Cross-origin resource sharing (language section 4.4)."""

    enabled: Annotated[bool, Meta(description="`false` switches an inherited policy off.")] = True
    allowed_origins: Annotated[
        Maybe[Annotated[tuple[Text, ...], Meta(min_length=1)]],
        Meta(
            description="Origins: exact, `*`, or `https://*.example.com`.",
            extra={"option": "origin_form"},
        ),
    ] = UNSET
    allowed_methods: Annotated[
        Maybe[Annotated[tuple[Method, ...], Meta(min_length=1)]],
        Meta(description="Methods told to the browser; without it, the route's own."),
    ] = UNSET
    allowed_headers: Annotated[
        tuple[HeaderName, ...], Meta(description="Request headers told to the browser.")
    ] = ("Content-Type", "Authorization")
    expose_headers: Annotated[
        tuple[HeaderName, ...], Meta(description="Answer headers that a script may read.")
    ] = ()
    allow_credentials: Annotated[
        bool, Meta(description="Whether a browser may send cookies and credentials.")
    ] = False
    max_age: Annotated[
        Annotated[int, Meta(ge=0, le=86400000)] | DurationOrZero,
        Meta(description="How long a browser may keep a preflight's answer; a number is seconds."),
    ] = 86400


class CircuitBreaker(_Node, frozen=True, kw_only=True):
    """Stops calling an upstream that keeps failing (language section 4.5)."""

    enabled: Annotated[bool, Meta(description="`false` switches an inherited breaker off.")] = True
    max_failures: Annotated[Count, Meta(description="Failures in a row that open it.")] = 5
    timeout: Annotated[Duration, Meta(description="How long it stays open.")] = "30s"
    half_open_requests: Annotated[Count, Meta(description="Trial requests after that.")] = 3
    unhealthy_status_codes: Annotated[
        Annotated[tuple[Status, ...], Meta(min_length=1)],
        Meta(description="Answers that count as failures."),
    ] = (500, 502, 503, 504)
    response: Annotated[
        Response,
        Meta(description='The answer while it is open: 503, "Service temporarily unavailable".'),
    ] = Response()


class Timeouts(_Node, frozen=True, kw_only=True):
    """Timeouts by phase (language section 4.6)."""

    connect: Annotated[
        Duration, Meta(description="To establish the connection to the upstream.")
    ] = "5s"
    send: Annotated[Duration, Meta(description="Between two writes of the request.")] = "30s"
    read: Annotated[Maybe[Duration], Meta(description="For the upstream's answer.")] = UNSET
    idle: Annotated[Duration, Meta(description="Until an unused connection is closed.")] = "300s"


RetryCondition = Literal[
    "connect_failure",
    "http_409",
    "http_429",
    "http_500",
    "http_502",
    "http_503",
    "http_504",
    "reset",
    "timeout",
]


class Retry(_Node, frozen=True, kw_only=True):
    """Calls the upstream again after a failure (language section 4.6)."""

    enabled: Annotated[bool, Meta(description="`false` switches an inherited policy off.")] = True
    attempts: Annotated[
        Annotated[int, Meta(ge=1, le=100)], Meta(description="Attempts, the first included.")
    ] = 3
    retry_on: Annotated[
        tuple[RetryCondition, ...], Meta(description="What counts as a failure.")
    ] = ("connect_failure", "http_502", "http_503", "http_504", "reset", "timeout")
    backoff: Annotated[
        Literal["exponential", "linear"], Meta(description="How the pause grows.")
    ] = "exponential"
    base_interval: Annotated[Duration, Meta(description="The first pause.")] = "25ms"
    max_interval: Annotated[Duration, Meta(description="The longest pause.")] = "250ms"


class WebSocket(_Node, frozen=True, kw_only=True):
    """Lets a connection be upgraded (language section 4.7)."""

    enabled: Annotated[bool, Meta(description="Whether an upgrade passes.")] = True
    idle_timeout: Annotated[Duration, Meta(description="Until a silent connection is closed.")] = (
        "5m"
    )


class ComputedField(_Node, frozen=True, kw_only=True):
    """A field of a JSON body that the gateway computes."""

    field: Annotated[Text, Meta(description="Name of the field.")]
    generator: Annotated[
        Literal["uuid", "timestamp", "random"], Meta(description="What makes the value.")
    ]
    prefix: Annotated[str, Meta(description="Text before the value.")] = ""
    suffix: Annotated[str, Meta(description="Text after the value.")] = ""


class Validation(_Node, frozen=True, kw_only=True):
    """What a JSON body must have."""

    required_fields: Annotated[
        tuple[Text, ...], Meta(description="Fields without which the answer is 400.")
    ] = ()


class Transformation(_Node, frozen=True, kw_only=True):
    """Changes JSON request bodies of a service (language section 4.8)."""

    enabled: Annotated[bool, Meta(description="`false` switches it off.")] = True
    defaults: Annotated[dict[str, Any], Meta(description="Fields set where they are missing.")] = {}
    computed_fields: Annotated[
        tuple[ComputedField, ...], Meta(description="Fields that the gateway computes.")
    ] = ()
    validation: Annotated[Validation, Meta(description="What a body must have.")] = Validation()
    metadata: Annotated[dict[str, Any], Meta(description="Fields added to every body.")] = {}
    headers: Annotated[Headers, Meta(description="Header rules of the service.")] = Headers()


class RequestBody(_Node, frozen=True, kw_only=True):
    """Changes to a JSON request body."""

    add_fields: Annotated[dict[str, Any], Meta(description="Fields set.")] = {}
    remove_fields: Annotated[tuple[Text, ...], Meta(description="Fields removed.")] = ()
    rename_fields: Annotated[dict[str, Text], Meta(description="Old name to new name.")] = {}


class ResponseBody(_Node, frozen=True, kw_only=True):
    """Changes to a JSON answer."""

    filter_fields: Annotated[tuple[Text, ...], Meta(description="Fields removed.")] = ()
    add_fields: Annotated[dict[str, Any], Meta(description="Fields set.")] = {}


class BodyTransformation(_Node, frozen=True, kw_only=True):
    """Changes JSON bodies of a route (language section 4.8)."""

    enabled: Annotated[bool, Meta(description="`false` switches it off.")] = True
    request: Annotated[RequestBody, Meta(description="Changes to the request.")] = RequestBody()
    response: Annotated[ResponseBody, Meta(description="Changes to the answer.")] = ResponseBody()


class Policies(_Node, frozen=True, kw_only=True):
    """The policies that a service or a route may carry (language section 4)."""

    rate_limit: Annotated[Maybe[RateLimit], Meta(description="Limits how often.")] = UNSET
    authentication: Annotated[Maybe[Authentication], Meta(description="Says who.")] = UNSET
    headers: Annotated[Maybe[Headers], Meta(description="Header rules.")] = UNSET
    cors: Annotated[Maybe[Cors], Meta(description="Says from which origin.")] = UNSET
    circuit_breaker: Annotated[
        Maybe[CircuitBreaker], Meta(description="Spares a failing upstream.")
    ] = UNSET
    timeout: Annotated[
        Maybe[Duration | Timeouts],
        Meta(description="Upstream response timeout, or timeouts by phase."),
    ] = UNSET
    retry: Annotated[Maybe[Retry], Meta(description="Calls again after a failure.")] = UNSET
    websocket: Annotated[Maybe[WebSocket], Meta(description="Lets upgrades pass.")] = UNSET


class Route(Policies, frozen=True, kw_only=True):
    """Which requests go to the service, and what is done to them (language section 3)."""

    path_prefix: Annotated[
        Maybe[Text],
        Meta(description="Matches on path segments: `/api` takes `/api/x`, not `/apix`."),
    ] = UNSET
    path: Annotated[Maybe[Text], Meta(description="Matches this path only.")] = UNSET
    path_regex: Annotated[
        Maybe[Text], Meta(description="Matches the whole path, in the RE2 and PCRE subset.")
    ] = UNSET
    methods: Annotated[
        tuple[Method, ...], Meta(description="Methods taken, upper-case; none means all.")
    ] = ()
    hosts: Annotated[
        tuple[Text, ...], Meta(description="Hosts taken: exact or `*.suffix`; none means all.")
    ] = ()
    name: Annotated[
        Maybe[Name], Meta(description="Name of the route; by default from service and path.")
    ] = UNSET
    strip_prefix: Annotated[
        bool, Meta(description="The upstream sees the path without `path_prefix`.")
    ] = False
    use: Annotated[
        tuple[Name, ...],
        Meta(description="Named policies that apply here; the later one wins."),
    ] = ()
    body_transformation: Annotated[
        Maybe[BodyTransformation], Meta(description="Changes JSON bodies.")
    ] = UNSET


class Bundle(Policies, frozen=True, kw_only=True):
    """A named bundle of policies, which routes `use` (language section 4)."""

    body_transformation: Annotated[
        Maybe[BodyTransformation], Meta(description="Changes JSON bodies.")
    ] = UNSET
    use: Annotated[
        tuple[Name, ...],
        Meta(description="Other named policies that it brings along; its own win over theirs."),
    ] = ()


class ActiveCheck(_Node, frozen=True, kw_only=True):
    """Probes each target."""

    enabled: Annotated[bool, Meta(description="`false` switches it off.")] = True
    http_path: Annotated[ProbePath, Meta(description="Path of the probe.")] = "/health"
    interval: Annotated[Duration, Meta(description="Time between two probes.")] = "10s"
    timeout: Annotated[Duration, Meta(description="Time for an answer.")] = "5s"
    healthy_threshold: Annotated[
        Annotated[int, Meta(ge=1, le=255)],
        Meta(description="Good probes in a row that bring a target back."),
    ] = 2
    unhealthy_threshold: Annotated[
        Annotated[int, Meta(ge=1, le=255)],
        Meta(description="Bad probes in a row that take a target out."),
    ] = 3
    healthy_status_codes: Annotated[
        Annotated[tuple[Status, ...], Meta(min_length=1)],
        Meta(description="Statuses of a good probe."),
    ] = (200, 201, 204)


class PassiveCheck(_Node, frozen=True, kw_only=True):
    """Watches the answers of each target."""

    enabled: Annotated[bool, Meta(description="`false` switches it off.")] = True
    max_failures: Annotated[
        Annotated[int, Meta(ge=1, le=255)],
        Meta(description="Failures in a row that take a target out."),
    ] = 5
    unhealthy_status_codes: Annotated[
        Annotated[tuple[Status, ...], Meta(min_length=1)],
        Meta(description="Answers that count as failures, beside connection failures."),
    ] = (500, 502, 503, 504)
    recovery_time: Annotated[Duration, Meta(description="How long a target is left out.")] = "30s"


class HealthCheck(_Node, frozen=True, kw_only=True):
    """How the gateway learns which targets work."""

    active: Annotated[Maybe[ActiveCheck], Meta(description="Probes.")] = UNSET
    passive: Annotated[Maybe[PassiveCheck], Meta(description="Real traffic.")] = UNSET


class LoadBalancer(_Node, frozen=True, kw_only=True):
    """How requests are spread over the targets."""

    algorithm: Annotated[
        Literal["round_robin", "least_conn", "ip_hash", "weighted"],
        Meta(description="Which target is next; weights count under `round_robin` too."),
    ] = "round_robin"
    sticky_sessions: Annotated[bool, Meta(description="A cookie keeps a client at its target.")] = (
        False
    )
    cookie_name: Annotated[CookieName, Meta(description="Name of that cookie.")] = "galSession"


class Target(_Node, frozen=True, kw_only=True):
    """One server of an upstream."""

    host: Annotated[Text, Meta(description="Host name or IP address.")]
    port: Annotated[Port, Meta(description="TCP port.")]
    weight: Annotated[
        Annotated[int, Meta(ge=0, le=65535)], Meta(description="Its share of the requests.")
    ] = 1


class Upstream(_Node, frozen=True, kw_only=True):
    """Where a service's requests go."""

    host: Annotated[Maybe[Text], Meta(description="Host name or IP address of the one target.")] = (
        UNSET
    )
    port: Annotated[Maybe[Port], Meta(description="TCP port of the one target.")] = UNSET
    targets: Annotated[
        tuple[Target, ...], Meta(description="Several targets, instead of `host` and `port`.")
    ] = ()
    health_check: Annotated[HealthCheck, Meta(description="Which targets work.")] = HealthCheck()
    load_balancer: Annotated[LoadBalancer, Meta(description="How requests are spread.")] = (
        LoadBalancer()
    )


class Service(Policies, frozen=True, kw_only=True):
    """An upstream, its routes, and default policies for them (language section 3)."""

    name: Annotated[Name, Meta(description="Unique name.")]
    type: Annotated[Literal["rest", "grpc"], Meta(description="What the upstream speaks.")] = "rest"
    protocol: Annotated[
        Literal["http", "https", "http2", "grpc"],
        Meta(description="How the gateway speaks to the upstream."),
    ] = "http"
    upstream: Annotated[Upstream, Meta(description="Where requests go.")]
    routes: Annotated[
        Annotated[tuple[Route, ...], Meta(min_length=1)], Meta(description="Which requests.")
    ]
    transformation: Annotated[
        Maybe[Transformation], Meta(description="Changes JSON request bodies.")
    ] = UNSET


class Global(_Node, frozen=True, kw_only=True):
    """Settings of the whole gateway."""

    host: Annotated[str, Meta(description="IP address to listen on.")] = "0.0.0.0"
    port: Annotated[Port, Meta(description="Port to listen on.")] = 10000
    admin_port: Annotated[
        Port, Meta(description="Port of the gateway's own admin interface, on loopback.")
    ] = 9901
    trusted_proxies: Annotated[
        tuple[Text, ...],
        Meta(description="CIDRs of peers whose `X-Forwarded-For` and `X-Forwarded-Proto` count."),
    ] = ()
    timeout: Annotated[
        Duration, Meta(description="Upstream response timeout of routes that set none.")
    ] = "30s"


class Expectation(_Node, frozen=True, kw_only=True):
    """What must come of a request; what is left out isn't looked at."""

    status: Annotated[Maybe[Status], Meta(description="Status of the client's answer.")] = UNSET
    route: Annotated[
        Maybe[Text], Meta(description="Name of the route that takes it, as `galc trace` shows it.")
    ] = UNSET
    body: Annotated[Maybe[Text], Meta(description="Text within the client's answer.")] = UNSET
    header: Annotated[
        dict[HeaderName, str], Meta(description="Headers of the client's answer.")
    ] = {}
    absent: Annotated[
        tuple[HeaderName, ...], Meta(description="Headers that the client's answer hasn't.")
    ] = ()
    service: Annotated[
        Maybe[Name], Meta(description="Name of the service whose upstream is called.")
    ] = UNSET
    refused: Annotated[
        Maybe[bool], Meta(description="Whether the gateway answers without calling an upstream.")
    ] = UNSET
    upstream_path: Annotated[
        Maybe[Text], Meta(description="Path and query that the upstream gets.")
    ] = UNSET
    upstream_body: Annotated[Maybe[str], Meta(description="Body that the upstream gets.")] = UNSET
    upstream_header: Annotated[
        dict[HeaderName, str], Meta(description="Headers that the upstream gets.")
    ] = {}
    upstream_absent: Annotated[
        tuple[HeaderName, ...], Meta(description="Headers that the upstream doesn't get.")
    ] = ()


class TrialRequest(_Node, frozen=True, kw_only=True):
    """One request of a test, how the upstream would answer, and what must come of it."""

    method: Annotated[Method, Meta(description="Its method.")] = "GET"
    path: Annotated[ProbePath, Meta(description="Path and query, as a client writes them.")]
    header: Annotated[dict[HeaderName, str], Meta(description="Its headers.")] = {}
    body: Annotated[Maybe[str], Meta(description="Its body.")] = UNSET
    client: Annotated[Text, Meta(description="IP address that it comes from.")] = "192.0.2.1"
    claims: Annotated[
        Maybe[dict[str, Any]],
        Meta(description="It has a good token for the route, with these claims."),
    ] = UNSET
    times: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)],
        Meta(description="How often it is sent, at once; each must meet `expect`."),
    ] = 1
    after: Annotated[
        Maybe[Duration], Meta(description="Time that passes before it is sent, or sent first.")
    ] = UNSET
    upstream_status: Annotated[
        Annotated[int, Meta(ge=200, le=599)],
        Meta(description="Status with which the upstream answers, if it is called."),
    ] = 200
    reply_header: Annotated[
        dict[HeaderName, str], Meta(description="Headers of the upstream's answer.")
    ] = {}
    reply_body: Annotated[Maybe[str], Meta(description="Body of the upstream's answer.")] = UNSET
    expect: Annotated[Expectation, Meta(description="What must come of it.")] = Expectation()


class Trial(_Node, frozen=True, kw_only=True):
    """A test of the file: requests, one after the other, to a gateway that has just started."""

    name: Annotated[Text, Meta(description="What it shows, in a sentence.")]
    requests: Annotated[
        Annotated[tuple[TrialRequest, ...], Meta(min_length=1)], Meta(description="Its requests.")
    ]


class Document(_Node, frozen=True, kw_only=True, rename={"global_": "global"}):
    """A gateway file."""

    version: Annotated[str | int | float, Meta(description="Version of the language: `1`.")]
    provider: Annotated[
        Maybe[Text], Meta(description="The target when `--target` isn't given.")
    ] = UNSET
    vars: Annotated[
        dict[Name, str | int | float | bool],
        Meta(description="Variables, for `${var:NAME}` in any value."),
    ] = {}
    global_: Annotated[Global, Meta(description="The whole gateway.")] = Global()
    policies: Annotated[
        dict[Name, Bundle], Meta(description="Named bundles of policies, for `use` on routes.")
    ] = {}
    services: Annotated[
        Annotated[tuple[Service, ...], Meta(min_length=1)], Meta(description="The services.")
    ]
    tests: Annotated[
        tuple[Trial, ...], Meta(description="What the file must do; `galc test` runs them.")
    ] = ()
