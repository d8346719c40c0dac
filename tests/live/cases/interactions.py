"""Policies together: their order, and their limits."""

from ..model import ABSENT, Case, Contains, Expect, Matches, Token, Wait
from .shorthand import Header, answered, doc, document, get, ok, refused, request, service

_KEYS = "authentication: {type: api_key, api_key: {keys: [{key: k1, name: ann}]}}"
_BASIC = "authentication: {type: basic, basic: {users: [{username: u, password: p}]}}"
_JWT = (
    "authentication: {type: jwt, jwt: {issuer: me, jwks: '@jwks_inline@',"
    " claims_to_headers: [{claim: sub, header: X-User}]}}"
)
_LIMIT = "rate_limit: {requests_per_hour: 2}"
_KEY = ("X-API-Key", "k1")
_LOGIN = ("Authorization", "Basic dTpw")
_MOMENT = Wait(0.15)
_ORIGIN = ("Origin", "https://app.test")
_CORS = "cors: {allowed_origins: ['https://app.test'], allow_credentials: true}"

_PATH = "/a=b"


def _asking(method: str) -> Header:
    return "Access-Control-Request-Method", method


def _token(subject: str) -> Header:
    return "Authorization", Token({"iss": "me", "sub": subject})


CASES = (
    Case(
        "failed-authentication-does-not-use-the-bucket",
        doc(f"{{path_prefix: /, {_KEYS}, {_LIMIT}}}"),
        (
            get("/", refused(401), times=5),
            get("/", refused(401), ("X-API-Key", "wrong"), times=5),
            get("/", ok(), _KEY, times=2),
            get("/", refused(429), _KEY),
            get("/", refused(401)),
        ),
        ("authentication", "rate_limit"),
    ),
    Case(
        "failed-basic-authentication-does-not-use-the-bucket",
        doc(f"{{path_prefix: /, {_BASIC}, {_LIMIT}}}"),
        (
            get("/", refused(401), times=5),
            get("/", ok(), _LOGIN, times=2),
            get("/", refused(429), _LOGIN),
            get("/", refused(401)),
        ),
        ("authentication.type=basic", "rate_limit"),
    ),
    Case(
        "failed-tokens-do-not-use-the-bucket",
        doc(f"{{path_prefix: /, {_JWT}, {_LIMIT}}}"),
        (
            get("/", refused(401), times=5),
            get("/", ok(upstream_headers={"X-User": "ann"}), _token("ann"), times=2),
            get("/", refused(429), _token("bob")),
            get("/", refused(401)),
        ),
        ("authentication.type=jwt", "rate_limit"),
    ),
    Case(
        "routes-with-each-kind-of-authentication-live-side-by-side",
        doc(
            f"{{path_prefix: /key, {_KEYS}}}",
            f"{{path_prefix: /basic, {_BASIC}}}",
            f"{{path_prefix: /jwt, {_JWT}}}",
            "{path_prefix: /open}",
        ),
        (
            get("/key", ok(), _KEY),
            get("/key", refused(401, headers={"WWW-Authenticate": ABSENT}), _LOGIN),
            get("/basic", ok(), _LOGIN),
            get("/basic", refused(401, headers={"WWW-Authenticate": Matches("Basic .*")}), _KEY),
            get("/jwt", ok(), _token("ann")),
            get("/jwt", refused(401, headers={"WWW-Authenticate": Matches("Bearer.*")}), _LOGIN),
            get("/open", ok(upstream_headers={"Authorization": "Basic dTpw"}), _LOGIN),
        ),
        ("authentication",),
    ),
    Case(
        "each-route-says-no-in-its-own-words",
        doc(
            f"{{path_prefix: /key, {_KEYS[:-1]}, fail_status: 403, fail_message: Key}}}}",
            f"{{path_prefix: /basic, {_BASIC[:-1]}, fail_message: Basic}}}}",
            f"{{path_prefix: /jwt, {_JWT[:-1]}, fail_status: 404, fail_message: Token}}}}",
        ),
        (
            get("/key", refused(403, body=Contains("Key"))),
            get("/basic", refused(401, body=Contains("Basic"))),
            get("/jwt", refused(404, body=Contains("Token"))),
        ),
        ("authentication.fail_status", "authentication.fail_message"),
    ),
    Case(
        "methods-of-one-prefix-have-their-own-policies",
        document(
            service(
                "{path_prefix: /api, methods: [GET], headers: {request_set: {X-A: read}}}",
                f"{{path_prefix: /api, methods: [POST], {_KEYS}, {_LIMIT},"
                " headers: {request_set: {X-A: write}}}",
            )
        ),
        (
            get("/api", ok(upstream_headers={"X-A": "read"}), times=5),
            request("POST", "/api", refused(401)),
            request("POST", "/api", ok(upstream_headers={"X-A": "write"}), _KEY, times=2),
            request("POST", "/api", refused(429), _KEY),
            get("/api", ok()),
            request("DELETE", "/api", refused(404), _KEY),
        ),
        ("routes.methods", "authentication", "rate_limit", "headers"),
    ),
    Case(
        "a-method-that-falls-through-has-the-policies-of-the-shorter-prefix",
        document(
            service(f"{{path_prefix: /api/admin, methods: [GET], {_KEYS}}}"),
            service("{path_prefix: /api, rate_limit: {requests_per_hour: 1}}", name="open"),
        ),
        (
            get("/api/admin", refused(401)),
            get("/api/admin", ok(), _KEY, times=3),
            request("POST", "/api/admin", ok()),
            request("POST", "/api/admin", refused(429)),
        ),
        ("routes.methods", "authentication"),
    ),
    Case(
        "hosts-have-their-own-policies",
        document(
            service(f"{{path_prefix: /, hosts: [one.test], {_KEYS}}}"),
            service(f"{{path_prefix: /, hosts: [two.test], {_LIMIT}}}", name="two", upstream="b"),
        ),
        (
            get("/", refused(401), ("Host", "one.test")),
            get("/", ok("a"), ("Host", "one.test"), _KEY),
            get("/", ok("b"), ("Host", "two.test"), times=2),
            get("/", refused(429), ("Host", "TWO.test:80")),
            get("/", ok("a"), ("Host", "one.test"), _KEY),
        ),
        ("routes.hosts", "authentication", "rate_limit"),
    ),
    Case(
        "request-rules-see-what-authentication-left",
        doc(
            f"{{path_prefix: /, {_JWT},"
            " headers: {request_set: {X-A: '{{method}}'}, request_remove: [Authorization]}}"
        ),
        (
            get(
                "/",
                ok(upstream_headers={"Authorization": ABSENT, "X-User": "ann", "X-A": "GET"}),
                _token("ann"),
            ),
            get("/", refused(401)),
        ),
        ("authentication", "headers.request_remove"),
    ),
    Case(
        "a-request-rule-cannot-serve-as-a-credential",
        doc(f"{{path_prefix: /, {_KEYS}, headers: {{request_set: {{X-API-Key: k1}}}}}}"),
        (
            get("/", refused(401)),
            get("/", ok(upstream_headers={"X-API-Key": "k1"}), _KEY),
        ),
        ("authentication", "headers.request_set"),
    ),
    Case(
        "the-limit-is-counted-by-the-header-that-the-client-sent",
        doc(
            "{path_prefix: /, headers: {request_set: {X-Tenant: same}},"
            " rate_limit: {requests_per_hour: 1, key_type: header, key_header: X-Tenant}}"
        ),
        (
            get("/", ok(upstream_headers={"X-Tenant": "same"}), ("X-Tenant", "one")),
            get("/", ok(upstream_headers={"X-Tenant": "same"}), ("X-Tenant", "two")),
            get("/", refused(429), ("X-Tenant", "one")),
        ),
        ("rate_limit.key_type=header", "headers.request_set"),
    ),
    Case(
        "a-limit-may-be-counted-by-a-hidden-api-key",
        doc(
            "{path_prefix: /, authentication: {type: api_key,"
            " api_key: {keys: [{key: k1}, {key: k2}]}},"
            " rate_limit: {requests_per_hour: 1, key_type: header, key_header: X-API-Key}}"
        ),
        (
            get("/", ok(upstream_headers={"X-API-Key": ABSENT}), _KEY),
            get("/", refused(429), _KEY),
            get("/", ok(), ("X-API-Key", "k2")),
            get("/", refused(429), ("X-API-Key", "k2")),
        ),
        ("rate_limit.key_type=header", "authentication.api_key.hide_credentials"),
    ),
    Case(
        "rejections-do-not-open-the-breaker",
        doc(
            f"{{path_prefix: /, {_KEYS[:-1]}, fail_status: 503}},"
            " rate_limit: {requests_per_hour: 2, response: {status_code: 503, message: Slow}},"
            " circuit_breaker: {max_failures: 2, timeout: 30s, response: {message: Open}}}"
        ),
        (
            get("/", refused(503, body=Contains("Unauthorized")), times=4),
            _MOMENT,
            get("/", ok(), _KEY, times=2),
            get("/", refused(503, body=Contains("Slow")), _KEY, times=4),
        ),
        ("circuit_breaker", "rate_limit", "authentication"),
    ),
    Case(
        "an-open-breaker-does-not-let-strangers-in",
        doc(f"{{path_prefix: /, {_KEYS}, circuit_breaker: {{max_failures: 1, timeout: 30s}}}}"),
        (
            get("/", answered(500, "a"), _KEY, ("X-Echo-Status", "500")),
            _MOMENT,
            get("/", refused(503), _KEY),
            get("/", refused(401)),
        ),
        ("circuit_breaker", "authentication"),
    ),
    Case(
        "all-policies-together",
        doc(
            f"{{path_prefix: /api, methods: [GET, POST], strip_prefix: true, {_JWT},"
            " rate_limit: {requests_per_hour: 3, key_type: jwt_claim, key_claim: sub},"
            " cors: {allowed_origins: ['https://app.test'], allow_credentials: true},"
            " circuit_breaker: {max_failures: 3, timeout: 30s}, timeout: 2s,"
            " headers: {request_set: {X-Gateway: GAL}, response_set: {X-Via: GAL},"
            " response_remove: [X-Powered-By]}}"
        ),
        (
            request(
                "OPTIONS",
                "/api/x",
                refused((200, 204), headers={"Access-Control-Allow-Origin": "https://app.test"}),
                ("Origin", "https://app.test"),
                ("Access-Control-Request-Method", "POST"),
            ),
            get("/api/x", refused(401, headers={"X-Via": ABSENT}), ("X-User", "forged")),
            request(
                "POST",
                "/api/x?y=1",
                ok(
                    headers={
                        "X-Via": "GAL",
                        "X-Powered-By": ABSENT,
                        "Access-Control-Allow-Origin": "https://app.test",
                        "Access-Control-Allow-Credentials": "true",
                    },
                    upstream_path="/x?y=1",
                    upstream_headers={"X-User": "ann", "X-Gateway": "GAL"},
                    upstream_body=b"body",
                ),
                _token("ann"),
                ("Origin", "https://app.test"),
                ("X-User", "forged"),
                body=b"body",
            ),
            get("/api/x", ok(), _token("ann"), times=2),
            get("/api/x", refused(429), _token("ann")),
            get("/api/x", ok(), _token("bob")),
            request("DELETE", "/api/x", Expect(404, reached=None), _token("bob")),
        ),
        ("authentication", "rate_limit", "cors", "headers", "routes.strip_prefix"),
    ),
    Case(
        "requests-that-only-look-like-preflights-count-like-others",
        doc(
            f"{{path_prefix: /, {_LIMIT}, {_CORS}}}",
            "{path: /one, methods: [PUT]}",
            "{path: /two, methods: [PUT]}",
        ),
        (
            request("OPTIONS", "/one", ok(), _ORIGIN, _asking("PUT")),
            request("OPTIONS", "/two", ok()),
            request(
                "OPTIONS",
                "/one",
                refused(429, absent=("access-control-.*",)),
                _ORIGIN,
                _asking("PUT"),
            ),
            request("OPTIONS", "/two", refused(429), _ORIGIN, _asking("PUT")),
            request("OPTIONS", "/two", refused(429)),
            get("/", refused(429)),
            request("PUT", "/one", ok()),
        ),
        ("rate_limit", "cors"),
    ),
    Case(
        "all-methods-of-a-route-with-cors-count-in-one-bucket-for-each-key",
        doc(
            f"{{path_prefix: {_PATH}, methods: [GET, OPTIONS], {_CORS}, rate_limit:"
            " {requests_per_hour: 2, key_type: header, key_header: X-Tenant}}",
        ),
        (
            *(
                step
                for tenant in ("one", "")
                for step in (
                    request("OPTIONS", _PATH, ok(), _ORIGIN, _asking("PUT"), ("X-Tenant", tenant)),
                    get(_PATH, ok(), ("X-Tenant", tenant)),
                    get(_PATH, refused(429), ("X-Tenant", tenant)),
                    request(
                        "OPTIONS",
                        _PATH,
                        refused(429),
                        _ORIGIN,
                        _asking("PUT"),
                        ("X-Tenant", tenant),
                    ),
                )
            ),
            get(_PATH, refused(429)),
        ),
        ("rate_limit.key_type=header", "cors"),
    ),
    Case(
        "all-methods-of-a-route-with-cors-count-in-one-bucket-for-each-claim",
        doc(
            f"{{path_prefix: /, methods: [GET, OPTIONS], {_JWT}, {_CORS}, rate_limit:"
            " {requests_per_hour: 2, key_type: jwt_claim, key_claim: sub}}",
        ),
        (
            *(
                step
                for name in ("ann", "bob")
                for step in (
                    request("OPTIONS", "/", ok(), _ORIGIN, _asking("PUT"), _token(name)),
                    get("/", ok(upstream_absent=("x-galc-.*",)), _token(name)),
                    request("OPTIONS", "/", refused(429), _ORIGIN, _asking("PUT"), _token(name)),
                    get("/", refused(429), _token(name)),
                )
            ),
            request("OPTIONS", "/", refused(401), _ORIGIN, _asking("PUT")),
        ),
        ("rate_limit.key_type=jwt_claim", "cors"),
    ),
    Case(
        "an-empty-origin-or-requested-method-makes-no-preflight",
        doc(
            f"{{path_prefix: /one, {_KEYS}, {_CORS}}}",
            f"{{path_prefix: /all, {_KEYS}, cors: {{allowed_origins: ['*']}}}}",
        ),
        tuple(
            request("OPTIONS", path, expect, ("Origin", origin), _asking(method), *key)
            for path, origin, method in (
                ("/one", "https://app.test", ""),
                ("/all", "https://app.test", ""),
                ("/all", "", "GET"),
                ("/all", "", ""),
            )
            for expect, key in ((refused(401), ()), (ok(), (_KEY,)))
        ),
        ("cors", "authentication"),
    ),
)
