"""What Traefik does with each feature of the language, and the live case that shows it."""

from galc.ir.features import all_features
from galc.targets import Support, approximate, emulated, native, unsupported
from galc.targets.bodies.support import transformation_cells

_JWT = unsupported(
    "Traefik verifies tokens in its commercial edition only",
    "use `type: basic` or `type: api_key`, or another target",
)
_OAUTH2 = unsupported(
    "Traefik introspects tokens in its commercial edition only, and its forwardAuth doesn't speak "
    "RFC 7662",
    "build for another target, or let a service behind Traefik introspect",
)
_TEMPLATE = unsupported("the headers middleware writes constant values only")
_NO_BODIES = unsupported(
    "the open-source edition has no middleware that looks into a body",
    "let the upstream do it, or use another target",
)
_TIMEOUT = approximate(
    "it counts to the answer's first byte and not to its end, and once more while connecting",
    "a-routes-timeout-ends-a-slow-request-with-504",
)
_PAUSES = approximate(
    "pauses grow evenly to twice `base_interval` at most, and vary by half of themselves",
    "a-pause-is-made-between-attempts",
)
_VARY = approximate(
    "of several `Vary` lines of the upstream only the first is kept",
    "an-answer-to-an-allowed-origin-echoes-it",
)

_CELLS: dict[str, Support] = {
    "global.host": native("entryPoints.web.address", "the-gateway-listens-on-its-host-only"),
    "global.port": native("entryPoints.web.address", "the-gateway-listens-on-its-host-only"),
    "global.admin_port": native(
        "entryPoints.traefik.address, on loopback", "the-gateway-listens-everywhere-by-default"
    ),
    "global.trusted_proxies": approximate(
        "other peers' X-Forwarded-For is replaced and not appended to, a client that comes both"
        " directly and through a proxy has two buckets, and ip_hash goes by the proxy's address",
        "clients-behind-a-trusted-proxy-have-a-bucket-each",
    ),
    "global.timeout": _TIMEOUT,
    "services.name": native("service name", "routes-of-one-service-and-of-another-are-told-apart"),
    "services.type=grpc": native(
        "servers with the scheme h2c",
        "a-grpc-call-reaches-an-upstream-of-type-grpc-and-protocol-grpc",
    ),
    "services.type=rest": native(
        "servers with the scheme http", "http-speaks-http-1-to-the-upstream"
    ),
    "services.protocol=grpc": native(
        "servers with the scheme h2c", "a-grpc-call-reaches-an-upstream-of-protocol-grpc"
    ),
    "services.protocol=http": approximate(
        "a `;` in a query reaches the upstream as `%3B`, what a client says itself in X-Real-Ip and"
        " X-Forwarded-Host, -Port and -Server doesn't, and for a client without `Accept-Encoding`"
        " Traefik asks for gzip and unpacks the answer",
        "http-speaks-http-1-to-the-upstream",
    ),
    "services.protocol=http2": native(
        "servers with the scheme h2c", "http2-speaks-http-2-to-the-upstream"
    ),
    "services.protocol=https": native(
        "servers with the scheme https, verified against the system's certificates and the"
        " target's name; disableHTTP2",
        "https-speaks-tls-to-the-upstream",
    ),
    "upstream.host": native("servers", "an-upstream-may-be-one-host-and-port"),
    "upstream.port": native("servers", "one-unhealthy-target-of-one-is-503"),
    "upstream.targets.host": native("servers", "an-upstream-may-be-a-list-of-one-target"),
    "upstream.targets.port": native("servers", "an-upstream-may-be-a-list-of-one-target"),
    "upstream.targets.weight": native("weight", "weights-count-under-round-robin"),
    "upstream.health_check.active": approximate(
        "one probe takes a target out or brings it back, and where several status codes are healthy"
        " all from 200 to 399 are",
        "a-target-that-is-down-gets-no-traffic-until-it-is-up",
    ),
    "upstream.health_check.active.http_path": native("path", "probes-go-to-the-path-of-the-file"),
    "upstream.health_check.active.interval": native(
        "interval", "a-target-that-is-down-gets-no-traffic-until-it-is-up"
    ),
    "upstream.health_check.active.timeout": native(
        "timeout", "a-probe-that-takes-too-long-has-failed"
    ),
    "upstream.health_check.active.healthy_threshold": approximate(
        "one good probe brings a target back"
    ),
    "upstream.health_check.active.unhealthy_threshold": approximate(
        "one failed probe takes a target out"
    ),
    "upstream.health_check.active.healthy_status_codes": approximate(
        "of several codes none is told apart: every status from 200 to 399 is healthy"
    ),
    "upstream.health_check.passive": approximate(
        "failures count together only as long as `recovery_time`",
        "a-target-that-keeps-failing-gets-no-traffic-for-a-while",
    ),
    "upstream.health_check.passive.max_failures": native(
        "maxFailedAttempts", "a-target-that-keeps-failing-gets-no-traffic-for-a-while"
    ),
    "upstream.health_check.passive.unhealthy_status_codes": approximate(
        "every status from 500 up counts",
        "500-502-503-and-504-count-by-default-and-404-does-not",
    ),
    "upstream.health_check.passive.recovery_time": native(
        "failureWindow", "a-target-comes-back-after-its-recovery-time"
    ),
    "upstream.load_balancer.algorithm=ip_hash": native(
        "strategy hrw", "ip-hash-keeps-an-address-at-its-target"
    ),
    "upstream.load_balancer.algorithm=least_conn": native(
        "strategy p2c", "least-conn-prefers-the-idle-target"
    ),
    "upstream.load_balancer.algorithm=round_robin": native(
        "strategy wrr", "targets-take-turns-by-default"
    ),
    "upstream.load_balancer.algorithm=weighted": native(
        "strategy wrr", "weights-count-under-weighted"
    ),
    "upstream.load_balancer.sticky_sessions": native(
        "sticky.cookie", "a-sticky-cookie-keeps-a-client-at-its-target"
    ),
    "upstream.load_balancer.cookie_name": native(
        "sticky.cookie.name", "a-sticky-cookie-may-have-another-name"
    ),
    "routes.path_prefix": emulated(
        "Path || PathPrefix with a slash", "a-prefix-matches-on-segment-boundaries"
    ),
    "routes.path": native("Path", "an-exact-path-matches-itself-only"),
    "routes.path_regex": native("PathRegexp, anchored", "a-regex-matches-the-whole-path"),
    "routes.methods": native("Method", "a-route-takes-only-its-methods"),
    "routes.hosts": native("Host and HostRegexp", "a-host-is-matched-without-port-and-case"),
    "routes.name": native("router name", "names-that-look-alike-do-not-collide"),
    "routes.strip_prefix": native("stripPrefix", "strip-prefix-takes-the-prefix-off"),
    "rate_limit": approximate(
        "a request up to half a token too early (at most 0.5 s) waits instead of being refused, a"
        " bucket unused for a token's time (at least 2 s) is full again, and the answer says `Too"
        " Many Requests`",
        "a-bucket-holds-the-burst-and-is-refilled-evenly",
    ),
    "rate_limit.requests_per_second": native(
        "average and period", "the-burst-is-one-seconds-rate-by-default"
    ),
    "rate_limit.requests_per_minute": native(
        "average and period", "the-burst-is-one-minutes-rate-by-default"
    ),
    "rate_limit.requests_per_hour": native(
        "average and period", "the-burst-is-one-hours-rate-by-default"
    ),
    "rate_limit.burst": native("burst", "a-bucket-never-holds-more-than-the-burst"),
    "rate_limit.key_type=header": native(
        "sourceCriterion.requestHeaderName", "each-value-of-the-key-header-has-a-bucket"
    ),
    "rate_limit.key_type=ip_address": native(
        "sourceCriterion.ipStrategy", "each-client-address-has-a-bucket"
    ),
    "rate_limit.key_type=jwt_claim": _JWT,
    "rate_limit.key_header": native(
        "sourceCriterion.requestHeaderName", "requests-without-the-key-header-share-a-bucket"
    ),
    "rate_limit.key_claim": _JWT,
    "rate_limit.response.status_code": native(
        "the rateLimit middleware's own 429", "a-limit-may-answer-429-too-many-requests"
    ),
    "rate_limit.response.message": approximate(
        "the answer is always `Too Many Requests`", "a-limit-may-answer-429-too-many-requests"
    ),
    "authentication": emulated(
        "basicAuth, or a router that only a key matches",
        "no-spelling-of-a-path-gets-around-its-authentication",
    ),
    "authentication.type=api_key": emulated(
        "a router that only a key matches, and one with an ipAllowList that admits nobody",
        "no-spelling-of-a-path-gets-around-its-authentication",
    ),
    "authentication.type=basic": native("basicAuth", "basic-lets-users-with-their-password-in"),
    "authentication.type=jwt": _JWT,
    "authentication.type=oauth2": _OAUTH2,
    "authentication.basic.realm": native("realm", "basic-asks-for-credentials-of-its-realm"),
    "authentication.basic.users.username": native(
        "users", "basic-lets-users-with-their-password-in"
    ),
    "authentication.basic.users.password": emulated(
        "{SHA} hash made at build time", "basic-lets-users-with-their-password-in"
    ),
    "authentication.basic.users.password=environment": emulated(
        "{SHA} hash made by a Go template of the file provider, when Traefik reads the file",
        "a-password-stands-in-the-environment",
    ),
    "authentication.basic.users.password_hash": native("users", "basic-takes-a-sha-hash"),
    "authentication.basic.users.password_hash=bcrypt": native("users", "basic-takes-a-bcrypt-hash"),
    "authentication.basic.users.password_hash=sha1": native("users", "basic-takes-a-sha-hash"),
    "authentication.basic.users.password_hash=apr1": native("users", "basic-takes-a-apr1-hash"),
    "authentication.basic.users.password_hash=sha512_crypt": unsupported(
        "basicAuth verifies bcrypt, {SHA} and apr1 hashes only",
        "give a bcrypt hash (`htpasswd -B`)",
    ),
    "authentication.basic.users.password_hash=environment": approximate(
        "a variable with another hash than bcrypt, {SHA} or apr1 lets nobody in",
        "a-password-hash-stands-in-the-environment",
    ),
    "authentication.api_key.header_name": native("Header", "a-key-in-the-default-header-lets-in"),
    "authentication.api_key.query_param": native(
        "Query", "the-upstream-sees-the-key-where-it-is-not-hidden"
    ),
    "authentication.api_key.keys.key": native("Header", "a-key-may-have-any-character"),
    "authentication.api_key.keys.key=environment": emulated(
        "a Go template of the file provider, run when Traefik reads the file",
        "a-key-stands-in-the-environment",
    ),
    "authentication.api_key.keys.name": emulated(
        "a router for each key", "an-owners-name-may-have-any-character"
    ),
    "authentication.api_key.hide_credentials": emulated(
        "headers removes the header", "one-route-hides-its-key-while-another-shows-it"
    ),
    "authentication.api_key.forward_name": emulated(
        "a router for each key, with the name as a header", "an-owners-name-may-have-any-character"
    ),
    "authentication.fail_status": native(
        "rejectStatusCode", "anything-but-a-key-is-refused-and-tells-no-difference"
    ),
    "authentication.fail_message": native(
        "the text of the status", "anything-but-a-key-is-refused-and-tells-no-difference"
    ),
    "headers": native("headers", "headers-of-service-and-route-accumulate-and-the-later-set-wins"),
    "headers.request_add": emulated(
        "a router for requests without the header, where it is set",
        "request-rules-are-remove-then-set-then-add",
    ),
    "headers.request_set": native("customRequestHeaders", "request-set-replaces-every-occurrence"),
    "headers.request_remove": native(
        "customRequestHeaders", "request-remove-takes-every-occurrence-in-any-case"
    ),
    "headers.response_add": emulated(
        "one value with that of `response_set`", "response-rules-are-remove-then-set-then-add"
    ),
    "headers.response_set": approximate(
        "answers of Traefik's own for an upstream that fails (502, 503, 504) have it too",
        "response-set-replaces-every-occurrence",
    ),
    "headers.response_remove": native(
        "customResponseHeaders", "response-remove-takes-every-occurrence-in-any-case"
    ),
    "cors": emulated(
        "headers with accessControl…, chosen by routers of their own",
        "a-preflight-from-an-allowed-origin-is-answered",
    ),
    "cors.allowed_origins": native(
        "accessControlAllowOriginList", "a-preflight-from-an-allowed-origin-is-answered"
    ),
    "cors.allowed_origins=*": native("accessControlAllowOriginList", "the-origin-star-allows-all"),
    "cors.allowed_origins=exact": _VARY,
    "cors.allowed_origins=subdomains": _VARY,
    "cors.allowed_methods": native(
        "accessControlAllowMethods", "a-preflight-from-an-allowed-origin-is-answered"
    ),
    "cors.allowed_headers": native(
        "accessControlAllowHeaders", "a-preflight-from-an-allowed-origin-is-answered"
    ),
    "cors.expose_headers": native("accessControlExposeHeaders", "exposed-headers-are-told"),
    "cors.allow_credentials": native(
        "accessControlAllowCredentials", "credentials-are-allowed-where-the-file-says-so"
    ),
    "cors.max_age": native("accessControlMaxAge", "a-preflight-from-an-allowed-origin-is-answered"),
    "circuit_breaker": approximate(
        "failures are counted for each target, and together only as long as `timeout`, and the"
        " answer says `no available server`",
        "a-breaker-opens-after-max-failures-in-a-row",
    ),
    "circuit_breaker.max_failures": native(
        "passiveHealthCheck.maxFailedAttempts", "a-breaker-opens-after-max-failures-in-a-row"
    ),
    "circuit_breaker.timeout": native(
        "passiveHealthCheck.failureWindow", "an-open-breaker-closes-after-its-timeout"
    ),
    "circuit_breaker.half_open_requests": approximate(
        "after the timeout all requests pass, until `max_failures` in a row fail again",
        "a-breaker-opens-again-as-long-as-the-upstream-fails",
    ),
    "circuit_breaker.unhealthy_status_codes": approximate(
        "every status from 500 up is a failure", "an-answer-503-is-a-failure-by-default"
    ),
    "circuit_breaker.response.status_code": native(
        "503 where no server is left", "an-open-breaker-answers-503-by-default"
    ),
    "circuit_breaker.response.message": approximate(
        "the answer is always `no available server`", "a-breaker-may-answer-no-available-server"
    ),
    "timeout": _TIMEOUT,
    "retry": native("retry", "an-answer-503-is-tried-again"),
    "retry.attempts": native("attempts", "attempts-count-the-first-one"),
    "retry.retry_on=connect_failure": native(
        "disableRetryOnNetworkError", "a-refused-connection-is-tried-at-another-target"
    ),
    "retry.retry_on=http_409": native("status", "each-status-of-retry-on-is-tried-again"),
    "retry.retry_on=http_429": native("status", "each-status-of-retry-on-is-tried-again"),
    "retry.retry_on=http_500": native("status", "each-status-of-retry-on-is-tried-again"),
    "retry.retry_on=http_502": native("status", "each-status-of-retry-on-is-tried-again"),
    "retry.retry_on=http_503": native("status", "an-answer-503-is-tried-again"),
    "retry.retry_on=http_504": native("status", "each-status-of-retry-on-is-tried-again"),
    "retry.retry_on=reset": approximate(
        "a request that broke a connection which was used before is sent once more by itself, also a"
        " POST if it has an `Idempotency-Key` and no body",
        "a-broken-connection-is-tried-again",
    ),
    "retry.retry_on=timeout": native("status 504", "an-attempt-that-takes-too-long-is-tried-again"),
    "retry.backoff=exponential": _PAUSES,
    "retry.backoff=linear": _PAUSES,
    "retry.base_interval": _PAUSES,
    "retry.max_interval": approximate(
        "pauses never grow up to it, but to twice `base_interval` at most"
    ),
    "timeout.connect": native(
        "forwardingTimeouts.dialTimeout of a serversTransport",
        "a-connect-timeout-ends-a-hanging-connection-with-504",
    ),
    "timeout.send": unsupported(
        "no option bounds the time between two writes of a request", "leave it out"
    ),
    "timeout.read": approximate(
        "it counts from the whole request to the answer's first byte, and not to its end",
        "a-read-timeout-ends-a-slow-request-with-504",
    ),
    "timeout.idle": native(
        "forwardingTimeouts.idleConnTimeout of a serversTransport",
        "an-unused-connection-to-the-upstream-is-closed",
    ),
    "websocket": approximate(
        "the upstream has `timeout` to answer a handshake, and a silent connection is never closed",
        "a-websocket-passes-frames-in-both-directions",
    ),
    "websocket.idle_timeout": unsupported(
        "Traefik closes no silent WebSocket", "leave it out, and let the upstream close it"
    ),
}


#: Its header rules are rules like others.
_TRANSFORMATION = transformation_cells(_CELLS)


def _cell(key: str) -> Support:
    """The answer for a feature; of a whole block there is one for all its fields."""
    if key in _CELLS:
        return _CELLS[key]
    if key in _TRANSFORMATION:
        return _TRANSFORMATION[key]
    for start, support in (
        ("authentication.jwt.", _JWT),
        ("authentication.oauth2.", _OAUTH2),
        ("headers.template=", _TEMPLATE),
        ("transformation.", _NO_BODIES),
        ("body_transformation", _NO_BODIES),
    ):
        if key.startswith(start):
            return support
    raise KeyError(key)


SUPPORT: dict[str, Support] = {key: _cell(key) for key in all_features()}
