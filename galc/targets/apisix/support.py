"""What APISIX does with each feature of the language, and the live case that shows it."""

from galc.targets import Support, approximate, emulated, native, unsupported
from galc.targets.bodies.support import body_cells, transformation_cells
from galc.targets.introspection import oauth2_cells
from galc.targets.nginx import retry_cells

_PASSIVE = "constant Lua that counts in shared memory and picks another target; APISIX's passive checks don't work without probes"
_BASIC = "constant Lua; basic-auth knows a user name only once for all routes and cuts passwords at a colon"
_ENVIRONMENT = "constant Lua with os.getenv; config.yaml hands the variable down to the workers"
_KEYS = "constant Lua; key-auth sends a challenge and status of its own and knows a key only once for all routes"
_JWT = "constant Lua with lua-resty-openssl; jwt-auth has no key sets, openid-connect no nbf and no other header"
_RESPONSE = "constant Lua in phase header_filter; response-rewrite adds before it sets and also changes the gateway's own answers"
_CORS = "a route of its own for preflights, and constant Lua; the cors plugin answers every OPTIONS request"
_BREAKER = "constant Lua with its state in shared memory; api-breaker counts for each path and has no trials"
_TIMEOUT = "each phase (connecting, sending, every wait for more of the answer) may take that long, so a slow but steady answer isn't cut off"
_LIMIT = "limit-req with nodelay"
_OAUTH2 = "constant Lua that asks over a socket of nginx; openid-connect keeps answers under the token alone, for all routes, and checks no nbf"
_SLOW_HASH = "a slow hash would hold up all other requests of the worker while it is computed"
_SHA_INSTEAD = "give a {SHA} hash (`htpasswd -s`), or the clear text as `password`"

_NEXT = "proxy_next_upstream of config.yaml"

_BODIES = "constant Lua that holds a body back until it is complete"

_CELLS: dict[str, Support] = {
    "global.host": native(
        "apisix.node_listen in config.yaml", "the-gateway-listens-on-its-host-only"
    ),
    "global.port": native(
        "apisix.node_listen in config.yaml", "the-gateway-listens-on-its-host-only"
    ),
    "global.admin_port": native(
        "apisix.control in config.yaml, on loopback", "the-gateway-listens-everywhere-by-default"
    ),
    "global.trusted_proxies": emulated(
        "constant Lua that walks X-Forwarded-For; nginx's realip module would also change what is appended to it",
        "the-client-is-the-peer-where-no-proxy-is-trusted",
    ),
    "global.timeout": approximate(_TIMEOUT),
    "services.name": native("upstream id", "routes-of-one-service-and-of-another-are-told-apart"),
    "services.type=grpc": native(
        "upstream scheme grpc", "a-grpc-call-reaches-an-upstream-of-type-grpc-and-protocol-grpc"
    ),
    "services.type=rest": native("upstream scheme http", "http-speaks-http-1-to-the-upstream"),
    "services.protocol=grpc": native(
        "upstream scheme grpc", "a-grpc-call-reaches-an-upstream-of-protocol-grpc"
    ),
    "services.protocol=http": native(
        "upstream scheme http", "routes-of-one-service-and-of-another-are-told-apart"
    ),
    "services.protocol=http2": approximate(
        "nginx speaks HTTP/2 to upstreams as gRPC only: requests arrive with `Content-Type: application/grpc` and `TE: trailers`, whatever the client sent"
    ),
    "services.protocol=https": emulated(
        "upstream scheme https; a location snippet in config.yaml verifies the certificate against the target's name",
        "https-speaks-tls-to-the-upstream",
    ),
    "upstream.host": native("upstream node", "routes-of-one-service-and-of-another-are-told-apart"),
    "upstream.port": native("upstream node", "one-unhealthy-target-of-one-is-503"),
    "upstream.targets.host": native("upstream node", "an-upstream-may-be-a-list-of-one-target"),
    "upstream.targets.port": native("upstream node", "an-upstream-may-be-a-list-of-one-target"),
    "upstream.targets.weight": native(
        "node weight; a target with the weight 0 is left out", "weights-count-under-round-robin"
    ),
    "upstream.health_check.active": approximate(
        "probes begin after the upstream's first request, and each worker has its own results"
    ),
    "upstream.health_check.active.http_path": native(
        "checks.active.http_path", "probes-go-to-the-path-of-the-file"
    ),
    "upstream.health_check.active.interval": native(
        "checks.active.healthy.interval and unhealthy.interval",
        "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers",
    ),
    "upstream.health_check.active.timeout": native(
        "checks.active.timeout", "a-probe-that-takes-too-long-has-failed"
    ),
    "upstream.health_check.active.healthy_threshold": native(
        "checks.active.healthy.successes",
        "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers",
    ),
    "upstream.health_check.active.unhealthy_threshold": native(
        "checks.active.unhealthy.http_failures, tcp_failures and timeouts",
        "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers",
    ),
    "upstream.health_check.active.healthy_status_codes": native(
        "checks.active.healthy.http_statuses, and all others under unhealthy",
        "200-201-and-204-are-healthy-by-default",
    ),
    "upstream.health_check.passive": emulated(
        _PASSIVE, "a-target-that-keeps-failing-gets-no-traffic-for-a-while"
    ),
    "upstream.health_check.passive.max_failures": emulated(
        _PASSIVE, "a-target-that-keeps-failing-gets-no-traffic-for-a-while"
    ),
    "upstream.health_check.passive.unhealthy_status_codes": emulated(
        _PASSIVE, "only-the-status-codes-listed-count-against-a-target"
    ),
    "upstream.health_check.passive.recovery_time": emulated(
        _PASSIVE, "a-target-comes-back-after-its-recovery-time"
    ),
    "upstream.load_balancer.algorithm=ip_hash": native(
        "type chash on the client's address", "ip-hash-keeps-an-address-at-its-target"
    ),
    "upstream.load_balancer.algorithm=least_conn": approximate(
        "each worker counts its own requests, and of three or more idle targets some may get none",
        "least-conn-prefers-the-idle-target",
    ),
    "upstream.load_balancer.algorithm=round_robin": native(
        "type roundrobin", "targets-take-turns-by-default"
    ),
    "upstream.load_balancer.algorithm=weighted": native(
        "type roundrobin", "weights-count-under-weighted"
    ),
    "upstream.load_balancer.sticky_sessions": emulated(
        "constant Lua that sets the cookie and keeps to the target that it names",
        "a-sticky-cookie-keeps-a-client-at-its-target",
    ),
    "upstream.load_balancer.cookie_name": emulated(
        "constant Lua that sets the cookie and keeps to the target that it names",
        "a-sticky-cookie-may-have-another-name",
    ),
    "routes.path_prefix": emulated(
        "uris with the bare path and `/*`; a condition where it has regex characters",
        "a-prefix-matches-on-segment-boundaries",
    ),
    "routes.path": native("uris", "an-exact-path-matches-itself-only"),
    "routes.path_regex": emulated(
        "vars with an anchored regex on uri", "a-regex-matches-the-whole-path"
    ),
    "routes.methods": native("methods", "a-route-takes-only-its-methods"),
    "routes.hosts": emulated(
        "hosts; a wildcard route also stands under narrower hosts, so that the path decides",
        "a-host-is-matched-without-port-and-case",
    ),
    "routes.name": native("route id and name", "names-that-look-alike-do-not-collide"),
    "routes.strip_prefix": native("proxy-rewrite regex_uri", "strip-prefix-takes-the-prefix-off"),
    "rate_limit": native(_LIMIT, "a-bucket-holds-the-burst-and-is-refilled-evenly"),
    "rate_limit.requests_per_second": native(
        _LIMIT, "a-bucket-holds-the-burst-and-is-refilled-evenly"
    ),
    "rate_limit.requests_per_minute": native(_LIMIT, "the-burst-is-one-minutes-rate-by-default"),
    "rate_limit.requests_per_hour": native(_LIMIT, "the-burst-is-one-hours-rate-by-default"),
    "rate_limit.burst": native(_LIMIT, "a-bucket-holds-the-burst-and-is-refilled-evenly"),
    "rate_limit.key_type=header": emulated(
        "limit-req by a variable that constant Lua sets before any rule changes the header",
        "each-value-of-the-key-header-has-a-bucket",
    ),
    "rate_limit.key_type=ip_address": native(_LIMIT, "each-client-address-has-a-bucket"),
    "rate_limit.key_type=jwt_claim": emulated(
        "limit-req by a variable that constant Lua sets from the token",
        "each-value-of-the-key-claim-has-a-bucket",
    ),
    "rate_limit.key_header": emulated(
        "limit-req by a variable that constant Lua sets before any rule changes the header",
        "each-value-of-the-key-header-has-a-bucket",
    ),
    "rate_limit.key_claim": emulated(
        "limit-req by a variable that constant Lua sets from the token",
        "each-value-of-the-key-claim-has-a-bucket",
    ),
    "rate_limit.response.status_code": native(
        "limit-req rejected_code", "the-answer-over-the-limit-is-429-and-says-so"
    ),
    "rate_limit.response.message": native(
        "_meta.error_response", "the-answer-over-the-limit-is-429-and-says-so"
    ),
    "authentication": emulated(
        "constant Lua in phase rewrite, before the limit", "an-encoded-slash-or-backslash-is-400"
    ),
    "authentication.type=api_key": emulated(
        _KEYS, "no-spelling-of-a-path-gets-around-its-authentication"
    ),
    "authentication.type=basic": emulated(_BASIC, "basic-lets-users-with-their-password-in"),
    "authentication.type=jwt": emulated(_JWT, "a-good-token-lets-in"),
    "authentication.type=oauth2": emulated(
        _OAUTH2, "an-active-token-lets-in-and-is-passed-on-unchanged"
    ),
    "authentication.basic.realm": emulated(_BASIC, "basic-asks-for-credentials-of-its-realm"),
    "authentication.basic.users.username": emulated(
        _BASIC, "basic-lets-users-with-their-password-in"
    ),
    "authentication.basic.users.password": emulated(
        _BASIC, "basic-lets-users-with-their-password-in"
    ),
    "authentication.basic.users.password_hash": emulated(_BASIC, "basic-takes-a-sha-hash"),
    "authentication.basic.users.password_hash=bcrypt": unsupported(_SLOW_HASH, _SHA_INSTEAD),
    "authentication.basic.users.password=environment": emulated(
        _ENVIRONMENT, "a-password-stands-in-the-environment"
    ),
    "authentication.basic.users.password_hash=environment": approximate(
        "a variable with another hash than {SHA} lets nobody in",
        "a-password-hash-stands-in-the-environment",
    ),
    "authentication.basic.users.password_hash=sha1": emulated(_BASIC, "basic-takes-a-sha-hash"),
    "authentication.basic.users.password_hash=apr1": unsupported(_SLOW_HASH, _SHA_INSTEAD),
    "authentication.basic.users.password_hash=sha512_crypt": unsupported(_SLOW_HASH, _SHA_INSTEAD),
    "authentication.api_key.header_name": emulated(_KEYS, "a-key-in-the-default-header-lets-in"),
    "authentication.api_key.query_param": emulated(_KEYS, "a-key-in-the-query"),
    "authentication.api_key.keys.key": emulated(_KEYS, "a-key-in-the-default-header-lets-in"),
    "authentication.api_key.keys.key=environment": emulated(
        _ENVIRONMENT, "a-key-stands-in-the-environment"
    ),
    "authentication.api_key.keys.name": emulated(
        _KEYS, "the-owners-name-is-passed-and-cannot-be-forged"
    ),
    "authentication.api_key.hide_credentials": emulated(_KEYS, "the-upstream-does-not-see-the-key"),
    "authentication.api_key.forward_name": emulated(
        _KEYS, "the-owners-name-is-passed-and-cannot-be-forged"
    ),
    "authentication.jwt.issuer": emulated(_JWT, "a-good-token-lets-in"),
    "authentication.jwt.audiences": emulated(_JWT, "one-of-the-audiences-must-be-the-tokens"),
    "authentication.jwt.jwks_uri": emulated(_JWT, "keys-are-fetched-from-a-uri"),
    "authentication.jwt.jwks": emulated(_JWT, "a-good-token-lets-in"),
    "authentication.jwt.algorithms=ES256": emulated(
        _JWT, "only-the-algorithms-listed-are-accepted"
    ),
    "authentication.jwt.algorithms=ES384": emulated(
        _JWT, "a-token-signed-with-es384-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=ES512": emulated(
        _JWT, "a-token-signed-with-es512-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=EdDSA": emulated(
        _JWT, "a-token-signed-with-eddsa-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=PS256": emulated(
        _JWT, "a-token-signed-with-ps256-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=PS384": emulated(
        _JWT, "a-token-signed-with-ps384-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=PS512": emulated(
        _JWT, "a-token-signed-with-ps512-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=RS256": emulated(_JWT, "only-rs256-is-accepted-by-default"),
    "authentication.jwt.algorithms=RS384": emulated(
        _JWT, "a-token-signed-with-rs384-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=RS512": emulated(
        _JWT, "a-token-signed-with-rs512-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.header_name": emulated(
        _JWT, "a-token-in-a-header-of-its-own-without-prefix"
    ),
    "authentication.jwt.header_prefix": emulated(
        _JWT, "a-token-in-a-header-of-its-own-without-prefix"
    ),
    "authentication.jwt.claims_to_headers.claim": emulated(
        _JWT, "claims-are-passed-in-headers-that-cannot-be-forged"
    ),
    "authentication.jwt.claims_to_headers.header": emulated(
        _JWT, "claims-are-passed-in-headers-that-cannot-be-forged"
    ),
    "authentication.jwt.required_claims": emulated(_JWT, "required-claims-must-be-there"),
    **oauth2_cells(_OAUTH2, _ENVIRONMENT),
    "authentication.fail_status": emulated(
        "constant Lua in phase rewrite, before the limit",
        "basic-may-answer-a-failure-in-its-own-way",
    ),
    "authentication.fail_message": emulated(
        "constant Lua in phase rewrite, before the limit",
        "basic-may-answer-a-failure-in-its-own-way",
    ),
    "headers": native(
        "proxy-rewrite headers", "headers-of-service-and-route-accumulate-and-the-later-set-wins"
    ),
    "headers.request_add": native("proxy-rewrite headers", "request-add-leaves-existing-values"),
    "headers.request_set": native("proxy-rewrite headers", "request-set-replaces-every-occurrence"),
    "headers.request_remove": native(
        "proxy-rewrite headers", "request-remove-takes-every-occurrence-in-any-case"
    ),
    "headers.response_add": emulated(_RESPONSE, "response-add-leaves-existing-values"),
    "headers.response_set": emulated(_RESPONSE, "response-set-replaces-every-occurrence"),
    "headers.response_remove": emulated(
        _RESPONSE, "response-remove-takes-every-occurrence-in-any-case"
    ),
    "cors": emulated(_CORS, "a-preflight-from-an-allowed-origin-is-answered"),
    "cors.allowed_origins": emulated(_CORS, "a-preflight-from-an-allowed-origin-is-answered"),
    "cors.allowed_origins=*": emulated(_CORS, "the-origin-star-allows-all"),
    "cors.allowed_origins=exact": emulated(_CORS, "an-answer-to-an-allowed-origin-echoes-it"),
    "cors.allowed_origins=subdomains": emulated(_CORS, "a-wildcard-origin-allows-subdomains"),
    "cors.allowed_methods": emulated(_CORS, "a-preflight-from-an-allowed-origin-is-answered"),
    "cors.allowed_headers": emulated(_CORS, "a-preflight-from-an-allowed-origin-is-answered"),
    "cors.expose_headers": emulated(_CORS, "exposed-headers-are-told"),
    "cors.allow_credentials": emulated(_CORS, "credentials-are-allowed-where-the-file-says-so"),
    "cors.max_age": emulated(_CORS, "a-preflight-from-an-allowed-origin-is-answered"),
    "circuit_breaker": emulated(_BREAKER, "a-breaker-opens-after-max-failures-in-a-row"),
    "circuit_breaker.max_failures": emulated(
        _BREAKER, "a-breaker-opens-after-max-failures-in-a-row"
    ),
    "circuit_breaker.timeout": emulated(_BREAKER, "an-open-breaker-closes-after-its-timeout"),
    "circuit_breaker.half_open_requests": emulated(
        _BREAKER, "a-breaker-opens-again-as-long-as-the-upstream-fails"
    ),
    "circuit_breaker.unhealthy_status_codes": emulated(
        _BREAKER, "answers-below-500-are-no-failures"
    ),
    "circuit_breaker.response.status_code": emulated(
        _BREAKER, "an-open-breaker-answers-503-by-default"
    ),
    "circuit_breaker.response.message": emulated(
        _BREAKER, "an-open-breaker-may-answer-in-its-own-way"
    ),
    "timeout": approximate(_TIMEOUT),
    "timeout.connect": native(
        "timeout.connect of a route", "a-connect-timeout-ends-a-hanging-connection-with-504"
    ),
    "timeout.send": native(
        "timeout.send of a route", "an-upstream-that-takes-no-more-of-a-request-ends-it-with-504"
    ),
    "timeout.read": approximate(
        "every wait for more of the answer may take that long, so a slow but steady answer isn't cut off",
        "a-read-timeout-ends-a-slow-request-with-504",
    ),
    "timeout.idle": native(
        "keepalive_pool.idle_timeout of an upstream for routes with the same time",
        "an-unused-connection-to-the-upstream-is-closed",
    ),
    "retry": native("retries of the upstream", "an-answer-503-is-tried-again"),
    "retry.attempts": native("retries of the upstream", "attempts-count-the-first-one"),
    **retry_cells(_NEXT),
    "websocket": native(
        "enable_websocket of a route for handshakes",
        "a-websocket-passes-frames-in-both-directions",
    ),
    "websocket.idle_timeout": native(
        "timeout.read of a route for handshakes", "a-silent-websocket-is-closed"
    ),
    "headers.template=uuid": emulated(
        "a variable that constant Lua registers", "templates-in-a-request-header"
    ),
    "headers.template=now": emulated(
        "a variable that constant Lua registers", "templates-in-a-request-header"
    ),
    "headers.template=client_ip": native("$realip_remote_addr", "templates-in-a-request-header"),
    "headers.template=method": native("$request_method", "templates-in-a-request-header"),
    "headers.template=path": emulated(
        "a variable that constant Lua registers", "templates-in-a-request-header"
    ),
    "headers.template=host": native("$http_host", "templates-in-a-request-header"),
}
SUPPORT: dict[str, Support] = {**_CELLS, **transformation_cells(_CELLS), **body_cells(_BODIES)}
