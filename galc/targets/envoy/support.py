"""What Envoy does with each feature of the language, and the live case that shows it."""

from galc.targets import Support, approximate, emulated, native, unsupported
from galc.targets.bodies.support import body_cells, transformation_cells

_OAUTH2 = "constant Lua that asks by httpCall; no filter of Envoy introspects tokens"
_RANDOM = approximate(
    "a pause is random: what the language has is the longest that it may be",
    "a-pause-is-made-between-attempts",
)
_STATUS = native("retriable_status_codes", "each-status-of-retry-on-is-tried-again")

_CELLS: dict[str, Support] = {
    "global.host": native("listener address", "the-gateway-listens-on-its-host-only"),
    "global.port": native("listener address", "the-gateway-listens-on-its-host-only"),
    "global.admin_port": native(
        "admin address, on loopback", "the-gateway-listens-everywhere-by-default"
    ),
    "global.trusted_proxies": emulated(
        "original_ip_detection xff with xff_trusted_cidrs; X-Forwarded-Proto of others overwritten",
        "the-client-is-the-peer-where-no-proxy-is-trusted",
    ),
    "global.timeout": native(
        "route timeout", "the-documents-timeout-holds-for-routes-that-set-none"
    ),
    "services.name": native("cluster name", "routes-of-one-service-and-of-another-are-told-apart"),
    "services.type=grpc": native(
        "cluster with explicit HTTP/2",
        "a-grpc-call-reaches-an-upstream-of-type-grpc-and-protocol-grpc",
    ),
    "services.type=rest": native(
        "cluster with explicit HTTP/1.1", "http-speaks-http-1-to-the-upstream"
    ),
    "services.protocol=grpc": native(
        "explicit_http_config.http2_protocol_options",
        "a-grpc-call-reaches-an-upstream-of-protocol-grpc",
    ),
    "services.protocol=http": native(
        "explicit_http_config.http_protocol_options",
        "routes-of-one-service-and-of-another-are-told-apart",
    ),
    "services.protocol=http2": native(
        "explicit_http_config.http2_protocol_options", "http2-speaks-http-2-to-the-upstream"
    ),
    "services.protocol=https": native(
        "UpstreamTlsContext, verified against the system's certificates and the target's name",
        "https-speaks-tls-to-the-upstream",
    ),
    "upstream.host": native(
        "endpoint of an envoy.cluster.dns cluster",
        "routes-of-one-service-and-of-another-are-told-apart",
    ),
    "upstream.port": native(
        "endpoint of an envoy.cluster.dns cluster", "one-unhealthy-target-of-one-is-503"
    ),
    "upstream.targets.host": native(
        "endpoint of an envoy.cluster.dns cluster", "an-upstream-may-be-a-list-of-one-target"
    ),
    "upstream.targets.port": native(
        "endpoint of an envoy.cluster.dns cluster", "an-upstream-may-be-a-list-of-one-target"
    ),
    "upstream.targets.weight": native(
        "load_balancing_weight; a target with the weight 0 is left out",
        "weights-count-under-round-robin",
    ),
    "upstream.health_check.active": native(
        "health_checks with an http_health_check",
        "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers",
    ),
    "upstream.health_check.active.http_path": native(
        "http_health_check.path", "probes-go-to-the-path-of-the-file"
    ),
    "upstream.health_check.active.interval": native(
        "interval, no_traffic_interval and unhealthy_interval",
        "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers",
    ),
    "upstream.health_check.active.timeout": native(
        "timeout", "a-probe-that-takes-too-long-has-failed"
    ),
    "upstream.health_check.active.healthy_threshold": native(
        "healthy_threshold", "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers"
    ),
    "upstream.health_check.active.unhealthy_threshold": native(
        "unhealthy_threshold, with every status retriable",
        "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers",
    ),
    "upstream.health_check.active.healthy_status_codes": native(
        "expected_statuses", "200-201-and-204-are-healthy-by-default"
    ),
    "upstream.health_check.passive": native(
        "outlier_detection with consecutive_5xx",
        "a-target-that-keeps-failing-gets-no-traffic-for-a-while",
    ),
    "upstream.health_check.passive.max_failures": native(
        "consecutive_5xx", "a-target-that-keeps-failing-gets-no-traffic-for-a-while"
    ),
    "upstream.health_check.passive.unhealthy_status_codes": native(
        "HttpProtocolOptions.outlier_detection.error_matcher",
        "only-the-status-codes-listed-count-against-a-target",
    ),
    "upstream.health_check.passive.recovery_time": native(
        "base_ejection_time and max_ejection_time", "a-target-comes-back-after-its-recovery-time"
    ),
    "upstream.load_balancer.algorithm=ip_hash": native(
        "maglev policy with a hash_policy on source_ip", "ip-hash-keeps-an-address-at-its-target"
    ),
    "upstream.load_balancer.algorithm=least_conn": native(
        "least_request policy with FULL_SCAN", "least-conn-prefers-the-idle-target"
    ),
    "upstream.load_balancer.algorithm=round_robin": native(
        "round_robin policy", "targets-take-turns-by-default"
    ),
    "upstream.load_balancer.algorithm=weighted": native(
        "round_robin policy", "weights-count-under-weighted"
    ),
    "upstream.load_balancer.sticky_sessions": native(
        "stateful_session with cookie_based_session_state",
        "a-sticky-cookie-keeps-a-client-at-its-target",
    ),
    "upstream.load_balancer.cookie_name": native(
        "stateful_session with cookie_based_session_state", "a-sticky-cookie-may-have-another-name"
    ),
    "routes.path_prefix": native("path_separated_prefix", "a-prefix-matches-on-segment-boundaries"),
    "routes.path": native("path", "an-exact-path-matches-itself-only"),
    "routes.path_regex": native("safe_regex", "a-regex-matches-the-whole-path"),
    "routes.methods": native("header match on :method", "a-route-takes-only-its-methods"),
    "routes.hosts": native("header match on :authority", "a-host-is-matched-without-port-and-case"),
    "routes.name": native("route name", "names-that-look-alike-do-not-collide"),
    "routes.strip_prefix": native("regex_rewrite", "strip-prefix-takes-the-prefix-off"),
    "rate_limit": native(
        "local_ratelimit with a dynamic descriptor per key",
        "a-bucket-holds-the-burst-and-is-refilled-evenly",
    ),
    "rate_limit.requests_per_second": native(
        "token_bucket.tokens_per_fill and fill_interval",
        "a-bucket-holds-the-burst-and-is-refilled-evenly",
    ),
    "rate_limit.requests_per_minute": native(
        "token_bucket.tokens_per_fill and fill_interval", "the-burst-is-one-minutes-rate-by-default"
    ),
    "rate_limit.requests_per_hour": native(
        "token_bucket.tokens_per_fill and fill_interval", "the-burst-is-one-hours-rate-by-default"
    ),
    "rate_limit.burst": native(
        "token_bucket.max_tokens", "a-bucket-holds-the-burst-and-is-refilled-evenly"
    ),
    "rate_limit.key_type=header": native(
        "request_headers action, and header_value_match for requests without the header",
        "each-value-of-the-key-header-has-a-bucket",
    ),
    "rate_limit.key_type=ip_address": native(
        "remote_address action", "each-client-address-has-a-bucket"
    ),
    "rate_limit.key_type=jwt_claim": emulated(
        "claim_to_headers into a header that only the limit sees",
        "each-value-of-the-key-claim-has-a-bucket",
    ),
    "rate_limit.key_header": native(
        "request_headers action, and header_value_match for requests without the header",
        "each-value-of-the-key-header-has-a-bucket",
    ),
    "rate_limit.key_claim": emulated(
        "claim_to_headers into a header that only the limit sees",
        "each-value-of-the-key-claim-has-a-bucket",
    ),
    "rate_limit.response.status_code": native(
        "local_reply_config", "the-answer-over-the-limit-is-429-and-says-so"
    ),
    "rate_limit.response.message": native(
        "local_reply_config", "the-answer-over-the-limit-is-429-and-says-so"
    ),
    "authentication": native(
        "basic_auth, api_key_auth, jwt_authn or lua", "an-encoded-slash-or-backslash-is-400"
    ),
    "authentication.type=api_key": native(
        "api_key_auth", "no-spelling-of-a-path-gets-around-its-authentication"
    ),
    "authentication.type=basic": native("basic_auth", "basic-lets-users-with-their-password-in"),
    "authentication.type=jwt": emulated(
        "jwt_authn, and rbac for what it leaves open", "a-good-token-lets-in"
    ),
    "authentication.type=oauth2": emulated(
        _OAUTH2, "an-active-token-lets-in-and-is-passed-on-unchanged"
    ),
    "authentication.basic.realm": native(
        "local_reply_config", "basic-asks-for-credentials-of-its-realm"
    ),
    "authentication.basic.users.username": native(
        "users", "basic-lets-users-with-their-password-in"
    ),
    "authentication.basic.users.password": emulated(
        "{SHA} hash made at build time", "basic-lets-users-with-their-password-in"
    ),
    "authentication.basic.users.password_hash": native("users", "basic-takes-a-sha-hash"),
    "authentication.basic.users.password_hash=bcrypt": unsupported(
        "the basic_auth filter verifies {SHA} hashes only",
        "give a {SHA} hash (`htpasswd -s`), or the clear text as `password`",
    ),
    "authentication.basic.users.password_hash=sha1": native("users", "basic-takes-a-sha-hash"),
    "authentication.basic.users.password_hash=apr1": unsupported(
        "the basic_auth filter verifies {SHA} hashes only",
        "give a {SHA} hash (`htpasswd -s`), or the clear text as `password`",
    ),
    "authentication.basic.users.password=environment": emulated(
        "constant Lua with os.getenv, in place of basic_auth",
        "a-password-stands-in-the-environment",
    ),
    "authentication.basic.users.password_hash=environment": unsupported(
        "the basic_auth filter reads hashes from the file only, and its Lua can't hash",
        "give the clear text as `password`, also by a reference",
    ),
    "authentication.basic.users.password_hash=sha512_crypt": unsupported(
        "the basic_auth filter verifies {SHA} hashes only",
        "give a {SHA} hash (`htpasswd -s`), or the clear text as `password`",
    ),
    "authentication.api_key.header_name": native(
        "key_sources", "a-key-in-the-default-header-lets-in"
    ),
    "authentication.api_key.query_param": native("key_sources", "a-key-in-the-query"),
    "authentication.api_key.keys.key": native("credentials", "a-key-in-the-default-header-lets-in"),
    "authentication.api_key.keys.key=environment": emulated(
        "constant Lua with os.getenv, in place of api_key_auth", "a-key-stands-in-the-environment"
    ),
    "authentication.api_key.keys.name": native(
        "credentials", "the-owners-name-is-passed-and-cannot-be-forged"
    ),
    "authentication.api_key.hide_credentials": emulated(
        "header removed by the route, parameter by a constant Lua program",
        "the-upstream-does-not-see-the-key",
    ),
    "authentication.api_key.forward_name": native(
        "forwarding.header (1.35 or newer)", "the-owners-name-is-passed-and-cannot-be-forged"
    ),
    "authentication.jwt.issuer": native("issuer", "a-good-token-lets-in"),
    "authentication.jwt.audiences": native("audiences", "one-of-the-audiences-must-be-the-tokens"),
    "authentication.jwt.jwks_uri": native(
        "remote_jwks, fetched at the start", "keys-are-fetched-from-a-uri"
    ),
    "authentication.jwt.jwks": native("local_jwks", "a-good-token-lets-in"),
    "authentication.jwt.algorithms=ES256": emulated(
        "rbac on the token's alg", "only-the-algorithms-listed-are-accepted"
    ),
    "authentication.jwt.algorithms=ES384": emulated(
        "rbac on the token's alg", "a-token-signed-with-es384-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=ES512": emulated(
        "rbac on the token's alg", "a-token-signed-with-es512-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=EdDSA": emulated(
        "rbac on the token's alg", "a-token-signed-with-eddsa-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=PS256": emulated(
        "rbac on the token's alg", "a-token-signed-with-ps256-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=PS384": emulated(
        "rbac on the token's alg", "a-token-signed-with-ps384-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=PS512": emulated(
        "rbac on the token's alg", "a-token-signed-with-ps512-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=RS256": emulated(
        "rbac on the token's alg", "only-rs256-is-accepted-by-default"
    ),
    "authentication.jwt.algorithms=RS384": emulated(
        "rbac on the token's alg", "a-token-signed-with-rs384-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.algorithms=RS512": emulated(
        "rbac on the token's alg", "a-token-signed-with-rs512-lets-in-where-it-is-listed"
    ),
    "authentication.jwt.header_name": native(
        "from_headers", "a-token-in-a-header-of-its-own-without-prefix"
    ),
    "authentication.jwt.header_prefix": emulated(
        "from_headers with value_prefix, and rbac on the header",
        "a-token-in-a-header-of-its-own-without-prefix",
    ),
    "authentication.jwt.claims_to_headers.claim": native(
        "claim_to_headers, which also removes a client's own header",
        "claims-are-passed-in-headers-that-cannot-be-forged",
    ),
    "authentication.jwt.claims_to_headers.header": native(
        "claim_to_headers, which also removes a client's own header",
        "claims-are-passed-in-headers-that-cannot-be-forged",
    ),
    "authentication.jwt.required_claims": emulated(
        "rbac on the token's claims", "required-claims-must-be-there"
    ),
    "authentication.oauth2.introspection_endpoint": emulated(
        "a cluster of its own, and httpCall of the lua filter",
        "an-active-token-lets-in-and-is-passed-on-unchanged",
    ),
    "authentication.oauth2.client_id": emulated(
        _OAUTH2, "the-gateway-signs-in-with-its-id-and-secret-whatever-they-hold"
    ),
    "authentication.oauth2.client_secret": emulated(
        _OAUTH2, "the-gateway-signs-in-with-its-id-and-secret-whatever-they-hold"
    ),
    "authentication.oauth2.client_secret=environment": emulated(
        "constant Lua with os.getenv", "a-client-secret-stands-in-the-environment"
    ),
    "authentication.oauth2.audiences": emulated(
        _OAUTH2, "an-introspected-token-must-be-for-one-of-the-audiences"
    ),
    "authentication.oauth2.required_scopes": emulated(
        _OAUTH2, "an-introspected-token-must-have-all-scopes"
    ),
    "authentication.fail_status": native(
        "local_reply_config", "basic-may-answer-a-failure-in-its-own-way"
    ),
    "authentication.fail_message": native(
        "local_reply_config", "basic-may-answer-a-failure-in-its-own-way"
    ),
    "headers": native(
        "request_headers_to_add and request_headers_to_remove",
        "headers-of-service-and-route-accumulate-and-the-later-set-wins",
    ),
    "headers.request_add": native(
        "request_headers_to_add and request_headers_to_remove", "request-add-leaves-existing-values"
    ),
    "headers.request_set": native(
        "request_headers_to_add and request_headers_to_remove",
        "request-set-replaces-every-occurrence",
    ),
    "headers.request_remove": native(
        "request_headers_to_add and request_headers_to_remove",
        "request-remove-takes-every-occurrence-in-any-case",
    ),
    "headers.response_add": native(
        "header_mutation among the upstream's filters", "response-add-leaves-existing-values"
    ),
    "headers.response_set": native(
        "header_mutation among the upstream's filters", "a-header-may-be-set-to-nothing"
    ),
    "headers.response_remove": native(
        "header_mutation among the upstream's filters",
        "response-remove-takes-every-occurrence-in-any-case",
    ),
    "cors": emulated(
        "cors filter, with entries of their own for preflights and a Vary header",
        "a-preflight-from-an-allowed-origin-is-answered",
    ),
    "cors.allowed_origins": native(
        "allow_origin_string_match", "a-preflight-from-an-allowed-origin-is-answered"
    ),
    "cors.allowed_origins=*": native("allow_origin_string_match", "the-origin-star-allows-all"),
    "cors.allowed_origins=exact": native(
        "allow_origin_string_match", "an-answer-to-an-allowed-origin-echoes-it"
    ),
    "cors.allowed_origins=subdomains": native(
        "allow_origin_string_match", "a-wildcard-origin-allows-subdomains"
    ),
    "cors.allowed_methods": native(
        "allow_methods", "a-preflight-from-an-allowed-origin-is-answered"
    ),
    "cors.allowed_headers": native(
        "allow_headers", "a-preflight-from-an-allowed-origin-is-answered"
    ),
    "cors.expose_headers": native("expose_headers", "exposed-headers-are-told"),
    "cors.allow_credentials": native(
        "allow_credentials", "credentials-are-allowed-where-the-file-says-so"
    ),
    "cors.max_age": native("max_age", "a-preflight-from-an-allowed-origin-is-answered"),
    "circuit_breaker": approximate(
        "failures are counted for each target, so of several each opens by itself",
        "a-breaker-opens-after-max-failures-in-a-row",
    ),
    "circuit_breaker.max_failures": native(
        "consecutive_5xx", "a-breaker-opens-after-max-failures-in-a-row"
    ),
    "circuit_breaker.timeout": native(
        "base_ejection_time", "an-open-breaker-closes-after-its-timeout"
    ),
    "circuit_breaker.half_open_requests": approximate(
        "after the timeout all requests pass, until `max_failures` in a row fail again",
        "a-breaker-opens-again-as-long-as-the-upstream-fails",
    ),
    "circuit_breaker.unhealthy_status_codes": native(
        "HttpProtocolOptions.outlier_detection.error_matcher", "answers-below-500-are-no-failures"
    ),
    "circuit_breaker.response.status_code": native(
        "local_reply_config on no_healthy_upstream", "an-open-breaker-answers-503-by-default"
    ),
    "circuit_breaker.response.message": native(
        "local_reply_config on no_healthy_upstream", "an-open-breaker-may-answer-in-its-own-way"
    ),
    "timeout": native("route timeout", "a-routes-timeout-ends-a-slow-request-with-504"),
    "timeout.connect": native(
        "connect_timeout of a cluster for routes with the same times, and 504 by"
        " local_reply_config",
        "a-connect-timeout-ends-a-hanging-connection-with-504",
    ),
    "timeout.send": approximate(
        "what ends is a request in which nothing moves for `send` and `read` together, also where"
        " the client is the slow one",
        "an-upstream-that-takes-no-more-of-a-request-ends-it-with-504",
    ),
    "timeout.read": native("route timeout", "a-read-timeout-ends-a-slow-request-with-504"),
    "timeout.idle": native(
        "common_http_protocol_options.idle_timeout of that cluster",
        "an-unused-connection-to-the-upstream-is-closed",
    ),
    "retry": native("retry_policy", "an-answer-503-is-tried-again"),
    "retry.attempts": native("num_retries", "attempts-count-the-first-one"),
    "retry.retry_on=connect_failure": native(
        "retry_on connect-failure", "a-refused-connection-is-tried-at-another-target"
    ),
    "retry.retry_on=http_409": _STATUS,
    "retry.retry_on=http_429": _STATUS,
    "retry.retry_on=http_500": _STATUS,
    "retry.retry_on=http_502": _STATUS,
    "retry.retry_on=http_503": _STATUS,
    "retry.retry_on=http_504": _STATUS,
    "retry.retry_on=reset": native("retry_on reset", "a-broken-connection-is-tried-again"),
    "retry.retry_on=timeout": native(
        "retry_on reset with per_try_timeout", "an-attempt-that-takes-too-long-is-tried-again"
    ),
    "retry.backoff=exponential": _RANDOM,
    "retry.backoff=linear": approximate(
        "a pause is random, and the longest that it may be doubles, up to the last one of the"
        " language"
    ),
    "retry.base_interval": _RANDOM,
    "retry.max_interval": native("retry_back_off.max_interval", "a-pause-is-made-between-attempts"),
    "websocket": native(
        "upgrade_configs of an entry for handshakes",
        "a-websocket-passes-frames-in-both-directions",
    ),
    "websocket.idle_timeout": native(
        "idle_timeout of an entry for handshakes", "a-silent-websocket-is-closed"
    ),
    "headers.template=uuid": native("%UNIQUE_ID%", "templates-in-a-request-header"),
    "headers.template=now": native("%START_TIME%", "templates-in-a-request-header"),
    "headers.template=client_ip": native(
        "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "templates-in-a-request-header"
    ),
    "headers.template=method": native("%REQ(:METHOD)%", "templates-in-a-request-header"),
    "headers.template=path": native("%PATH(NQ:PATH)%", "templates-in-a-request-header"),
    "headers.template=host": native("%REQ(:AUTHORITY)%", "templates-in-a-request-header"),
}
_BODIES = "one constant Lua filter for all routes, with a route's rules as its context"
SUPPORT: dict[str, Support] = {**_CELLS, **transformation_cells(_CELLS), **body_cells(_BODIES)}
