"""What path a request has: normalisation, attempts to get around a route, and stripping."""

from ..model import Case, Expect
from .shorthand import NOT_FOUND, doc, document, get, ok, refused, request, service

_GUARD = "authentication: {type: api_key, api_key: {keys: [{key: k1, name: one}]}}"
_GUARDED = document(
    service("{path_prefix: /}", name="open", upstream="b"),
    service("{path_prefix: /admin, " + _GUARD + "}", name="admin", upstream="a"),
)
#: Whether `//` is merged before or after `..` is resolved, the upstream never sees `/admin`.
_NEVER_ADMIN = Expect((200, 401), upstream_path="/api/admin")
_BAD_ENCODINGS = (
    "/api/a%2fb",
    "/api/a%2Fb",
    "/api/a%5cb",
    "/api/a%5Cb",
    "/api%2f..%2fadmin",
    "/api/..%2fadmin",
    "/%2fadmin",
    "/admin%2f",
)


CASES = (
    Case(
        "slashes-are-merged",
        doc("{path_prefix: /api}"),
        (
            get("/api//x", ok(upstream_path="/api/x")),
            get("//api/x", ok(upstream_path="/api/x")),
            get("/api///x//y", ok(upstream_path="/api/x/y")),
        ),
        ("routes.path_prefix",),
    ),
    Case(
        "a-path-of-slashes-is-the-root",
        document(
            service("{path_prefix: /}", name="open", upstream="b"),
            service(
                "{path: /, " + _GUARD + ", rate_limit: {requests_per_hour: 2}}", name="guarded"
            ),
        ),
        (
            get("//", refused(401)),
            get("///?x", refused(401)),
            get("//?x=//", ok("a", upstream_path="/?x=//"), ("X-API-Key", "k1")),
            get("/", ok("a", upstream_path="/"), ("X-API-Key", "k1")),
            get("///", refused(429), ("X-API-Key", "k1")),
            get("//x", ok("b", upstream_path="/x")),
        ),
        ("routes.path", "routes.path_prefix"),
    ),
    Case(
        "a-path-of-slashes-is-no-other-path",
        document(
            service("{path_regex: '/[^/]*/'}"),
            service(
                "{path_prefix: /, methods: [GET], headers: {request_set: {X-P: '{{path}}'}}}",
                name="root",
                upstream="b",
            ),
        ),
        (
            get("//", ok("b", upstream_path="/", upstream_headers={"X-P": "/"})),
            request("POST", "//", NOT_FOUND),
            request("POST", "/a/", ok("a")),
        ),
        ("routes.path_regex", "routes.path_prefix"),
    ),
    Case(
        "dot-segments-are-resolved",
        doc("{path_prefix: /api}"),
        (
            get("/api/./x", ok(upstream_path="/api/x")),
            get("/api/y/../x", ok(upstream_path="/api/x")),
            get("/other/../api/x", ok(upstream_path="/api/x")),
            get("/api/../other", NOT_FOUND),
            get("/api/.hidden", ok(upstream_path="/api/.hidden")),
            get("/api/x..y", ok(upstream_path="/api/x..y")),
        ),
        ("routes.path_prefix",),
    ),
    Case(
        "encoded-unreserved-characters-are-decoded",
        doc("{path_prefix: /api}"),
        (
            get("/%61pi/%7e%2d%5f%2e%41z9", ok(upstream_path="/api/~-_.Az9")),
            get("/api/%2e/x", ok(upstream_path="/api/x")),
            get("/api/y/%2E%2e/x", ok(upstream_path="/api/x")),
        ),
        ("routes.path_prefix",),
    ),
    Case(
        "other-encoded-characters-stay-encoded",
        doc("{path_prefix: /api}"),
        (
            get("/api/a%20b", ok(upstream_path="/api/a%20b")),
            get("/api/%C3%A9", ok(upstream_path="/api/%C3%A9")),
            get("/api/%3Fx", ok(upstream_path="/api/%3Fx")),
            get("/api/%25", ok(upstream_path="/api/%25")),
            get("/api/%252fadmin", ok(upstream_path="/api/%252fadmin")),
        ),
        ("routes.path_prefix",),
    ),
    Case(
        "an-encoded-slash-or-backslash-is-400",
        _GUARDED,
        tuple(get(path, refused(400)) for path in _BAD_ENCODINGS),
        ("routes.path_prefix", "authentication"),
    ),
    Case(
        "an-encoded-slash-in-the-query-passes",
        doc("{path_prefix: /api}"),
        (
            get("/api?next=%2Fhome%5Cx", ok(upstream_path="/api?next=%2Fhome%5Cx")),
            get("/api/x?a=//b/../c/./d", ok(upstream_path="/api/x?a=//b/../c/./d")),
            get("/api?a=%61%2e", ok(upstream_path="/api?a=%61%2e")),
        ),
        ("routes.path_prefix",),
    ),
    Case(
        "no-spelling-of-a-path-gets-around-its-authentication",
        _GUARDED,
        (
            *(
                get(path, refused(401))
                for path in (
                    "/admin",
                    "/admin/",
                    "/admin/x",
                    "//admin",
                    "///admin//x",
                    "/./admin",
                    "/%61dmin",
                    "/adm%69n/x",
                    "/%2e/admin",
                    "/api/../admin",
                    "/api/%2e%2e/admin",
                    "/api/.%2E/admin/x",
                    "/api/./../admin",
                    "/x/y/../../admin",
                    "/admin/.",
                    "/admin/x/..",
                )
            ),
            get("/../admin", refused((400, 401))),
            get("/%2e%2e/admin", refused((400, 401))),
            get("/api//../admin", _NEVER_ADMIN),
            get("/admin?k1", refused(401)),
            get("/api", ok("b")),
            get("/admin/../api", ok("b", upstream_path="/api")),
            get("/api/../admin", ok("a", upstream_path="/admin"), ("X-API-Key", "k1")),
        ),
        ("authentication", "authentication.type=api_key", "routes.path_prefix"),
    ),
    Case(
        "no-spelling-gets-around-the-authentication-of-an-exact-path-or-regex",
        document(
            service("{path_regex: '/.*'}", name="open", upstream="b"),
            service(
                "{path: /admin, " + _GUARD + "}",
                "{path_regex: '/secret/[a-z]+', " + _GUARD + "}",
                name="guarded",
            ),
        ),
        tuple(
            get(path, refused(401))
            for path in (
                "//admin",
                "/%61dmin",
                "/x/../admin",
                "/secret//x",
                "/%73ecret/x",
                "/secret/./x",
                "/secret/%78",
            )
        ),
        ("authentication", "routes.path", "routes.path_regex"),
    ),
    Case(
        "the-case-of-hexadecimal-digits-gets-around-no-authentication",
        document(
            service("{path_prefix: /}", name="open", upstream="b"),
            service(
                "{path_prefix: /café, " + _GUARD + "}",
                "{path: '/naïve', " + _GUARD + "}",
                name="guarded",
            ),
        ),
        tuple(
            get(path, refused(401))
            for path in (
                "/caf%C3%A9",
                "/caf%c3%a9",
                "/caf%c3%A9/x",
                "/na%C3%AFve",
                "/na%c3%afve",
            )
        ),
        ("authentication", "routes.path_prefix", "routes.path"),
    ),
    Case(
        "the-query-is-kept-as-it-is",
        doc("{path_prefix: /api}"),
        tuple(
            get(path, ok(upstream_path=path))
            for path in (
                "/api?",
                "/api?a=1&a=2&b=",
                "/api/x?q=%20%C3%BC+&%%25",
                "/api?x=a?b&c=d;e",
            )
        ),
        ("routes.path_prefix",),
    ),
    Case(
        "strip-prefix-takes-the-prefix-off",
        doc("{path_prefix: /api/v1, strip_prefix: true}"),
        (
            get("/api/v1/users/7", ok(upstream_path="/users/7")),
            get("/api/v1/users/", ok(upstream_path="/users/")),
            get("/api/v1", ok(upstream_path="/")),
            get("/api/v1/", ok(upstream_path="/")),
            get("/api/v1?x=1", ok(upstream_path="/?x=1")),
            get("/api/v1/x?y=/api/v1", ok(upstream_path="/x?y=/api/v1")),
            get("/api/v1/api/v1/x", ok(upstream_path="/api/v1/x")),
            get("/api/v1x", NOT_FOUND),
        ),
        ("routes.strip_prefix",),
    ),
    Case(
        "strip-prefix-of-a-prefix-with-a-trailing-slash",
        doc("{path_prefix: /api/, strip_prefix: true}"),
        (
            get("/api/x", ok(upstream_path="/x")),
            get("/api/", ok(upstream_path="/")),
            get("/api", ok(upstream_path="/")),
        ),
        ("routes.strip_prefix",),
    ),
    Case(
        "strip-prefix-of-slash-changes-nothing",
        doc("{path_prefix: /, strip_prefix: true}"),
        (
            get("/", ok(upstream_path="/")),
            get("/x/y?z", ok(upstream_path="/x/y?z")),
        ),
        ("routes.strip_prefix",),
    ),
    Case(
        "strip-prefix-sees-the-normalised-path",
        doc("{path_prefix: /api, strip_prefix: true}"),
        (
            get("//api//x", ok(upstream_path="/x")),
            get("/%61pi/./y", ok(upstream_path="/y")),
        ),
        ("routes.strip_prefix",),
    ),
    Case(
        "strip-prefix-is-text-not-a-pattern",
        doc("{path_prefix: /a.b, strip_prefix: true}", "{path_prefix: /, strip_prefix: false}"),
        (
            get("/a.b/x", ok(upstream_path="/x")),
            get("/axb/x", ok(upstream_path="/axb/x")),
        ),
        ("routes.strip_prefix", "routes.strip_prefix"),
    ),
    Case(
        "one-route-strips-while-another-does-not",
        document(
            service("{path_prefix: /one, strip_prefix: true}", upstream="a"),
            service("{path_prefix: /two, strip_prefix: false}", name="two", upstream="b"),
        ),
        (
            get("/one/x", ok("a", upstream_path="/x")),
            request("POST", "/two/x", ok("b", upstream_path="/two/x")),
        ),
        ("routes.strip_prefix",),
    ),
)
