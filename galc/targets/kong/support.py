"""What Kong does with each feature of the language, and the live case that shows it."""

from galc.targets import Support, approximate, emulated, native, unsupported
from galc.targets.bodies.support import body_cells, transformation_cells
from galc.targets.introspection import oauth2_cells
from galc.targets.nginx import retry_cells

_TIMEOUT = (
    "what is bounded is the time to connect and between two parts of the request or "
    "the answer, not the whole"
)
_HTTP2 = (
    "an HTTP/2 upstream gets the path as the client wrote it, not in the normal form "
    "that it was matched in"
)
_ENVIRONMENT = "constant Lua, which asks Kong's vault `env` for the variable"
_URI = (
    "the jwt plugin takes keys from the file only, and no program of the default "
    "sandbox can verify a signature"
)
_OAUTH2 = (
    "constant Lua that asks over a socket of nginx, the default sandbox's only way out; the "
    "introspection plugin isn't part of the open-source edition"
)

_NEXT = "nginx_proxy_proxy_next_upstream of kong.conf"

_CELLS: dict[str, Support] = {
    "global.host": native("proxy_listen in kong.conf", "the-gateway-listens-on-its-host-only"),
    "global.port": native("proxy_listen in kong.conf", "the-gateway-listens-on-its-host-only"),
    "global.admin_port": native(
        "admin_listen on loopback, in kong.conf", "the-gateway-listens-everywhere-by-default"
    ),
    "global.trusted_proxies": native(
        "trusted_ips, real_ip_header and real_ip_recursive in kong.conf",
        "the-client-is-the-peer-where-no-proxy-is-trusted",
    ),
    "global.timeout": approximate(
        _TIMEOUT,
        "the-documents-timeout-holds-for-routes-that-set-none",
    ),
    "services.name": native(
        "service and upstream name", "routes-of-one-service-and-of-another-are-told-apart"
    ),
    "services.type=grpc": approximate(
        _HTTP2,
        "a-grpc-call-reaches-an-upstream-of-type-grpc-and-protocol-grpc",
    ),
    "services.type=rest": native("protocol http or https", "http-speaks-http-1-to-the-upstream"),
    "services.protocol=grpc": approximate(
        _HTTP2,
        "a-grpc-call-reaches-an-upstream-of-protocol-grpc",
    ),
    "services.protocol=http": native(
        "protocol http", "routes-of-one-service-and-of-another-are-told-apart"
    ),
    "services.protocol=http2": approximate(
        _HTTP2,
        "http2-speaks-http-2-to-the-upstream",
    ),
    "services.protocol=https": approximate(
        "the upstream sees its own name as `Host`, the one that its certificate is checked against",
        "https-speaks-tls-to-the-upstream",
    ),
    "upstream.host": native(
        "target of an upstream", "routes-of-one-service-and-of-another-are-told-apart"
    ),
    "upstream.port": native("target of an upstream", "one-unhealthy-target-of-one-is-503"),
    "upstream.targets.host": native(
        "target of an upstream", "an-upstream-may-be-a-list-of-one-target"
    ),
    "upstream.targets.port": native(
        "target of an upstream", "an-upstream-may-be-a-list-of-one-target"
    ),
    "upstream.targets.weight": native(
        "weight; a target with the weight 0 is left out", "weights-count-under-round-robin"
    ),
    "upstream.health_check.active": native(
        "healthchecks.active", "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers"
    ),
    "upstream.health_check.active.http_path": native(
        "http_path", "probes-go-to-the-path-of-the-file"
    ),
    "upstream.health_check.active.interval": native(
        "interval of healthy and unhealthy",
        "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers",
    ),
    "upstream.health_check.active.timeout": native(
        "timeout", "a-probe-that-takes-too-long-has-failed"
    ),
    "upstream.health_check.active.healthy_threshold": native(
        "healthy.successes", "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers"
    ),
    "upstream.health_check.active.unhealthy_threshold": approximate(
        "bad statuses, refused connections and timeouts are counted apart, each to the threshold",
        "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers",
    ),
    "upstream.health_check.active.healthy_status_codes": native(
        "healthy.http_statuses, and all others as unhealthy.http_statuses",
        "200-201-and-204-are-healthy-by-default",
    ),
    "upstream.health_check.passive": approximate(
        "a target comes back when a probe for `/` gets any answer, at some moment within `recovery_time`",
        "a-target-that-keeps-failing-gets-no-traffic-for-a-while",
    ),
    "upstream.health_check.passive.max_failures": emulated(
        "unhealthy.http_failures, with constant Lua that tells Kong what failed",
        "a-target-that-keeps-failing-gets-no-traffic-for-a-while",
    ),
    "upstream.health_check.passive.unhealthy_status_codes": emulated(
        "constant Lua that tells Kong what failed",
        "only-the-status-codes-listed-count-against-a-target",
    ),
    "upstream.health_check.passive.recovery_time": approximate(
        "a target comes back when a probe for `/` gets any answer, at some moment within it",
        "a-target-comes-back-after-its-recovery-time",
    ),
    "upstream.load_balancer.algorithm=ip_hash": native(
        "consistent-hashing with hash_on ip", "ip-hash-keeps-an-address-at-its-target"
    ),
    "upstream.load_balancer.algorithm=least_conn": native(
        "least-connections", "least-conn-prefers-the-idle-target"
    ),
    "upstream.load_balancer.algorithm=round_robin": native(
        "round-robin", "targets-take-turns-by-default"
    ),
    "upstream.load_balancer.algorithm=weighted": native(
        "round-robin", "weights-count-under-weighted"
    ),
    "upstream.load_balancer.sticky_sessions": native(
        "consistent-hashing with hash_on cookie", "a-sticky-cookie-keeps-a-client-at-its-target"
    ),
    "upstream.load_balancer.cookie_name": native(
        "hash_on_cookie", "a-sticky-cookie-may-have-another-name"
    ),
    "routes.path_prefix": native(
        "regex path that ends at a segment's end", "a-prefix-matches-on-segment-boundaries"
    ),
    "routes.path": native("regex path with an end", "an-exact-path-matches-itself-only"),
    "routes.path_regex": native("regex path", "a-regex-matches-the-whole-path"),
    "routes.methods": native("methods", "a-route-takes-only-its-methods"),
    "routes.hosts": emulated(
        "hosts, with the request's Host in lower case and without port while Kong looks for the route",
        "a-host-is-matched-without-port-and-case",
    ),
    "routes.name": native("service and route name", "names-that-look-alike-do-not-collide"),
    "routes.strip_prefix": native("strip_path", "strip-prefix-takes-the-prefix-off"),
    "rate_limit": emulated(
        "constant Lua: a bucket for each route and key in the shared dictionary",
        "a-bucket-holds-the-burst-and-is-refilled-evenly",
    ),
    "rate_limit.requests_per_second": emulated(
        "constant Lua: a bucket for each route and key in the shared dictionary",
        "a-bucket-holds-the-burst-and-is-refilled-evenly",
    ),
    "rate_limit.requests_per_minute": emulated(
        "constant Lua: a bucket for each route and key in the shared dictionary",
        "the-burst-is-one-minutes-rate-by-default",
    ),
    "rate_limit.requests_per_hour": emulated(
        "constant Lua: a bucket for each route and key in the shared dictionary",
        "the-burst-is-one-hours-rate-by-default",
    ),
    "rate_limit.burst": emulated(
        "constant Lua: a bucket for each route and key in the shared dictionary",
        "a-bucket-holds-the-burst-and-is-refilled-evenly",
    ),
    "rate_limit.key_type=header": emulated(
        "constant Lua, which reads the header", "each-value-of-the-key-header-has-a-bucket"
    ),
    "rate_limit.key_type=ip_address": emulated(
        "constant Lua: a bucket for each route and key in the shared dictionary",
        "each-client-address-has-a-bucket",
    ),
    "rate_limit.key_type=jwt_claim": emulated(
        "constant Lua, which reads the claim of the verified token",
        "each-value-of-the-key-claim-has-a-bucket",
    ),
    "rate_limit.key_header": emulated(
        "constant Lua, which reads the header", "each-value-of-the-key-header-has-a-bucket"
    ),
    "rate_limit.key_claim": emulated(
        "constant Lua, which reads the claim of the verified token",
        "each-value-of-the-key-claim-has-a-bucket",
    ),
    "rate_limit.response.status_code": emulated(
        "constant Lua, which answers over the limit", "the-answer-over-the-limit-is-429-and-says-so"
    ),
    "rate_limit.response.message": emulated(
        "constant Lua, which answers over the limit", "the-answer-over-the-limit-is-429-and-says-so"
    ),
    "authentication": emulated(
        "constant Lua, with the jwt plugin for signatures", "an-encoded-slash-or-backslash-is-400"
    ),
    "authentication.type=api_key": emulated(
        "constant Lua with the route's own keys",
        "no-spelling-of-a-path-gets-around-its-authentication",
    ),
    "authentication.type=basic": emulated(
        "constant Lua with the route's own users", "basic-lets-users-with-their-password-in"
    ),
    "authentication.type=jwt": emulated(
        "jwt plugin for the signature, constant Lua for the rest", "a-good-token-lets-in"
    ),
    "authentication.type=oauth2": emulated(
        _OAUTH2, "an-active-token-lets-in-and-is-passed-on-unchanged"
    ),
    "authentication.basic.realm": emulated(
        "constant Lua, which answers a failure", "basic-asks-for-credentials-of-its-realm"
    ),
    "authentication.basic.users.username": emulated(
        "constant Lua with the route's own users", "basic-lets-users-with-their-password-in"
    ),
    "authentication.basic.users.password": emulated(
        "SHA-1 hash made at build time, compared by constant Lua",
        "basic-lets-users-with-their-password-in",
    ),
    "authentication.basic.users.password=environment": emulated(
        _ENVIRONMENT, "a-password-stands-in-the-environment"
    ),
    "authentication.basic.users.password_hash=environment": approximate(
        "a variable with another hash than {SHA} or apr1 lets nobody in",
        "a-password-hash-stands-in-the-environment",
    ),
    "authentication.basic.users.password_hash": emulated("constant Lua", "basic-takes-a-sha-hash"),
    "authentication.basic.users.password_hash=bcrypt": unsupported(
        "SHA-1 and MD5 are what Kong lets a program compute",
        "give an apr1 hash (`htpasswd -m`) or a {SHA} hash (`htpasswd -s`), or the clear text as `password`",
    ),
    "authentication.basic.users.password_hash=sha1": emulated(
        "constant Lua with ngx.sha1_bin", "basic-takes-a-sha-hash"
    ),
    "authentication.basic.users.password_hash=apr1": emulated(
        "constant Lua with ngx.md5_bin", "basic-takes-a-apr1-hash"
    ),
    "authentication.basic.users.password_hash=sha512_crypt": unsupported(
        "SHA-1 and MD5 are what Kong lets a program compute",
        "give an apr1 hash (`htpasswd -m`) or a {SHA} hash (`htpasswd -s`), or the clear text as `password`",
    ),
    "authentication.api_key.header_name": emulated(
        "constant Lua, which reads the header", "a-key-in-the-default-header-lets-in"
    ),
    "authentication.api_key.query_param": emulated(
        "constant Lua, which reads the parameter", "a-key-in-the-query"
    ),
    "authentication.api_key.keys.key": emulated(
        "constant Lua with the route's own keys", "a-key-in-the-default-header-lets-in"
    ),
    "authentication.api_key.keys.key=environment": emulated(
        _ENVIRONMENT, "a-key-stands-in-the-environment"
    ),
    "authentication.api_key.keys.name": emulated(
        "constant Lua with the route's own keys", "the-owners-name-is-passed-and-cannot-be-forged"
    ),
    "authentication.api_key.hide_credentials": emulated(
        "constant Lua, which removes header and parameter", "the-upstream-does-not-see-the-key"
    ),
    "authentication.api_key.forward_name": emulated(
        "constant Lua, which sets X-Consumer-Name", "the-owners-name-is-passed-and-cannot-be-forged"
    ),
    "authentication.jwt.issuer": emulated(
        "constant Lua, which reads the verified token", "a-good-token-lets-in"
    ),
    "authentication.jwt.audiences": emulated(
        "constant Lua, which reads the verified token", "one-of-the-audiences-must-be-the-tokens"
    ),
    "authentication.jwt.jwks_uri": unsupported(
        _URI,
        "build with `--fetch-keys`, and again whenever the keys change",
    ),
    "authentication.jwt.jwks": emulated(
        "jwt_secrets: each key as PEM by its `kid`", "a-good-token-lets-in"
    ),
    "authentication.jwt.algorithms=ES256": native(
        "jwt_secrets.algorithm", "only-the-algorithms-listed-are-accepted"
    ),
    "authentication.jwt.algorithms=ES384": native(
        "jwt_secrets.algorithm", "a-token-signed-with-es384-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=ES512": native(
        "jwt_secrets.algorithm", "a-token-signed-with-es512-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=EdDSA": native(
        "jwt_secrets.algorithm", "a-token-signed-with-eddsa-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=PS256": native(
        "jwt_secrets.algorithm", "a-token-signed-with-ps256-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=PS384": native(
        "jwt_secrets.algorithm", "a-token-signed-with-ps384-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=PS512": native(
        "jwt_secrets.algorithm", "a-token-signed-with-ps512-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=RS256": native(
        "jwt_secrets.algorithm", "only-rs256-is-accepted-by-default"
    ),
    "authentication.jwt.algorithms=RS384": native(
        "jwt_secrets.algorithm", "a-token-signed-with-rs384-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=RS512": native(
        "jwt_secrets.algorithm", "a-token-signed-with-rs512-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.header_name": emulated(
        "constant Lua, which finds the token for the jwt plugin",
        "a-token-in-a-header-of-its-own-without-prefix",
    ),
    "authentication.jwt.header_prefix": emulated(
        "constant Lua, which finds the token for the jwt plugin",
        "a-token-in-a-header-of-its-own-without-prefix",
    ),
    "authentication.jwt.claims_to_headers.claim": emulated(
        "constant Lua, which removes a client's own header first",
        "claims-are-passed-in-headers-that-cannot-be-forged",
    ),
    "authentication.jwt.claims_to_headers.header": emulated(
        "constant Lua, which removes a client's own header first",
        "claims-are-passed-in-headers-that-cannot-be-forged",
    ),
    "authentication.jwt.required_claims": emulated(
        "constant Lua, which reads the verified token", "required-claims-must-be-there"
    ),
    **oauth2_cells(_OAUTH2, _ENVIRONMENT),
    "authentication.fail_status": emulated(
        "constant Lua, which answers a failure", "basic-may-answer-a-failure-in-its-own-way"
    ),
    "authentication.fail_message": emulated(
        "constant Lua, which answers a failure", "basic-may-answer-a-failure-in-its-own-way"
    ),
    "headers": emulated(
        "constant Lua", "headers-of-service-and-route-accumulate-and-the-later-set-wins"
    ),
    "headers.request_add": emulated(
        "constant Lua before the request goes on", "request-add-leaves-existing-values"
    ),
    "headers.request_set": emulated(
        "constant Lua before the request goes on", "request-set-replaces-every-occurrence"
    ),
    "headers.request_remove": emulated(
        "constant Lua before the request goes on",
        "request-remove-takes-every-occurrence-in-any-case",
    ),
    "headers.response_add": emulated(
        "constant Lua on the upstream's answers only", "response-add-leaves-existing-values"
    ),
    "headers.response_set": emulated(
        "constant Lua on the upstream's answers only", "a-header-may-be-set-to-nothing"
    ),
    "headers.response_remove": emulated(
        "constant Lua on the upstream's answers only",
        "response-remove-takes-every-occurrence-in-any-case",
    ),
    "cors": emulated(
        "routes of their own for preflights, constant Lua for the headers",
        "a-preflight-from-an-allowed-origin-is-answered",
    ),
    "cors.allowed_origins": emulated(
        "headers of the preflight's route, and constant Lua",
        "a-preflight-from-an-allowed-origin-is-answered",
    ),
    "cors.allowed_origins=*": emulated(
        "headers of the preflight's route, and constant Lua", "the-origin-star-allows-all"
    ),
    "cors.allowed_origins=exact": emulated(
        "headers of the preflight's route, and constant Lua",
        "an-answer-to-an-allowed-origin-echoes-it",
    ),
    "cors.allowed_origins=subdomains": emulated(
        "headers of the preflight's route, and constant Lua", "a-wildcard-origin-allows-subdomains"
    ),
    "cors.allowed_methods": emulated(
        "constant Lua", "a-preflight-from-an-allowed-origin-is-answered"
    ),
    "cors.allowed_headers": emulated(
        "constant Lua", "a-preflight-from-an-allowed-origin-is-answered"
    ),
    "cors.expose_headers": emulated("constant Lua", "exposed-headers-are-told"),
    "cors.allow_credentials": emulated(
        "constant Lua", "credentials-are-allowed-where-the-file-says-so"
    ),
    "cors.max_age": emulated("constant Lua", "a-preflight-from-an-allowed-origin-is-answered"),
    "circuit_breaker": emulated(
        "constant Lua with its state in the shared dictionary",
        "a-breaker-opens-after-max-failures-in-a-row",
    ),
    "circuit_breaker.max_failures": emulated(
        "constant Lua with its state in the shared dictionary",
        "a-breaker-opens-after-max-failures-in-a-row",
    ),
    "circuit_breaker.timeout": emulated(
        "constant Lua with its state in the shared dictionary",
        "an-open-breaker-closes-after-its-timeout",
    ),
    "circuit_breaker.half_open_requests": emulated(
        "constant Lua with its state in the shared dictionary",
        "a-trial-request-that-fails-opens-the-breaker-at-once",
    ),
    "circuit_breaker.unhealthy_status_codes": emulated(
        "constant Lua with its state in the shared dictionary", "answers-below-500-are-no-failures"
    ),
    "circuit_breaker.response.status_code": emulated(
        "constant Lua with its state in the shared dictionary",
        "an-open-breaker-answers-503-by-default",
    ),
    "circuit_breaker.response.message": emulated(
        "constant Lua with its state in the shared dictionary",
        "an-open-breaker-may-answer-in-its-own-way",
    ),
    "timeout": approximate(
        _TIMEOUT,
        "a-routes-timeout-ends-a-slow-request-with-504",
    ),
    "timeout.connect": native(
        "connect_timeout of a service", "a-connect-timeout-ends-a-hanging-connection-with-504"
    ),
    "timeout.send": native(
        "write_timeout of a service",
        "an-upstream-that-takes-no-more-of-a-request-ends-it-with-504",
    ),
    "timeout.read": approximate(
        "what is bounded is the time between two parts of the answer, not the whole",
        "a-read-timeout-ends-a-slow-request-with-504",
    ),
    "timeout.idle": approximate(
        "one time holds for the whole gateway, the shortest that the file gives",
        "an-unused-connection-to-the-upstream-is-closed",
    ),
    "retry": native("retries of the service", "an-answer-503-is-tried-again"),
    "retry.attempts": native("retries of the service", "attempts-count-the-first-one"),
    **retry_cells(_NEXT),
    "websocket": emulated(
        "Kong's own upgrade, which constant Lua keeps from all other routes and protocols",
        "a-websocket-passes-frames-in-both-directions",
    ),
    "websocket.idle_timeout": emulated(
        "read_timeout, set by constant Lua for handshakes", "a-silent-websocket-is-closed"
    ),
    "headers.template=uuid": emulated("constant Lua", "templates-in-a-request-header"),
    "headers.template=now": emulated("constant Lua", "templates-in-a-request-header"),
    "headers.template=client_ip": emulated("constant Lua", "templates-in-a-request-header"),
    "headers.template=method": emulated("constant Lua", "templates-in-a-request-header"),
    "headers.template=path": emulated("constant Lua", "templates-in-a-request-header"),
    "headers.template=host": emulated("constant Lua", "templates-in-a-request-header"),
}
_BODIES = "constant Lua that holds a body back until it is complete"
SUPPORT: dict[str, Support] = {**_CELLS, **transformation_cells(_CELLS), **body_cells(_BODIES)}
