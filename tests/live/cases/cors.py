"""Cross-origin resource sharing: preflights and the headers of real answers."""

from ..model import ABSENT, Case, Expect, Matches, Members, Send
from .shorthand import Header, answered, doc, document, get, ok, refused, request, service

_APP = "https://app.example.com"
_EVIL = "https://evil.test"
_NO_CORS = ("access-control-.*",)
_VARY = Members(("Origin",), others=True)
_KEY = "authentication: {type: api_key, api_key: {keys: [{key: k1}]}}"


def _cors(fields: str = "", origins: str = f"['{_APP}']") -> str:
    return f"cors: {{allowed_origins: {origins}{', ' + fields if fields else ''}}}"


def preflight(path: str, method: str, expect: Expect, *headers: Header, origin: str = _APP) -> Send:
    """A browser's question before a request with `method`."""
    question = (("Origin", origin), ("Access-Control-Request-Method", method))
    return request("OPTIONS", path, expect, *question, *headers)


def allowed(origin: str = _APP, **headers: str | Members) -> Expect:
    """The gateway's yes to a preflight; `headers` without `Access-Control-`, `_` for `-`."""
    more = {f"Access-Control-{name.replace('_', '-')}": rule for name, rule in headers.items()}
    named = {"Access-Control-Allow-Origin": origin, "Vary": _VARY, **more}
    return refused((200, 204), headers=named)


_DENIED = Expect(absent=_NO_CORS)

CASES = (
    Case(
        "a-preflight-from-an-allowed-origin-is-answered",
        doc(
            "{path_prefix: /api, "
            + _cors(
                "allowed_methods: [GET, PUT], allowed_headers: [X-Token, Content-Type],"
                " max_age: 600"
            )
            + "}"
        ),
        (
            preflight(
                "/api/x",
                "PUT",
                allowed(
                    Allow_Methods=Members(("GET", "PUT")),
                    Allow_Headers=Members(("X-Token", "Content-Type")),
                    Max_Age="600",
                ),
                ("Access-Control-Request-Headers", "x-token"),
            ),
        ),
        (
            "cors",
            "cors.allowed_origins",
            "cors.allowed_methods",
            "cors.allowed_headers",
            "cors.max_age",
        ),
    ),
    Case(
        "an-origin-not-allowed-gets-no-cors-header",
        doc("{path_prefix: /api, " + _cors("allow_credentials: true, expose_headers: [X-A]") + "}"),
        (
            *(
                preflight("/api", "GET", _DENIED, origin=origin)
                for origin in (
                    _EVIL,
                    "http://app.example.com",
                    "https://app.example.com:8443",
                    "https://app.example.com.evil.test",
                    "https://xapp.example.com",
                    "https://appxexample.com",
                    "null",
                )
            ),
            get("/api", ok(absent=_NO_CORS), ("Origin", _EVIL)),
            get("/api", ok(absent=_NO_CORS)),
        ),
        ("cors.allowed_origins",),
    ),
    Case(
        "an-answer-to-an-allowed-origin-echoes-it",
        doc("{path_prefix: /api, " + _cors("", f"['{_APP}', 'https://b.test:8443']") + "}"),
        (
            get(
                "/api",
                ok(headers={"Access-Control-Allow-Origin": _APP, "Vary": _VARY}),
                ("Origin", _APP),
            ),
            get(
                "/api",
                ok(headers={"Access-Control-Allow-Origin": "https://b.test:8443", "Vary": _VARY}),
                ("Origin", "https://b.test:8443"),
            ),
            request(
                "POST",
                "/api",
                answered(500, "a", headers={"Access-Control-Allow-Origin": _APP}),
                ("Origin", _APP),
                ("X-Echo-Status", "500"),
            ),
        ),
        ("cors.allowed_origins", "cors.allowed_origins=exact"),
    ),
    Case(
        "an-upstreams-own-vary-is-kept",
        doc("{path_prefix: /api, " + _cors() + "}"),
        (
            get(
                "/api",
                ok(headers={"Vary": Members(("Accept-Encoding", "Origin"))}),
                ("Origin", _APP),
                ("X-Echo-Header", "Vary: Accept-Encoding"),
            ),
        ),
        ("cors.allowed_origins",),
    ),
    Case(
        "an-upstreams-own-cors-headers-do-not-double",
        doc("{path_prefix: /api, " + _cors() + "}"),
        (
            get(
                "/api",
                ok(headers={"Access-Control-Allow-Origin": _APP}),
                ("Origin", _APP),
                ("X-Echo-Header", "Access-Control-Allow-Origin: *"),
            ),
        ),
        ("cors.allowed_origins",),
    ),
    Case(
        "the-origin-star-allows-all",
        doc("{path_prefix: /api, " + _cors("", "['*']") + "}"),
        (
            preflight(
                "/api",
                "GET",
                refused(
                    (200, 204),
                    headers={
                        "Access-Control-Allow-Origin": Matches(r"\*|https://evil\.test"),
                        "Access-Control-Allow-Credentials": ABSENT,
                    },
                ),
                origin=_EVIL,
            ),
            get(
                "/api",
                ok(headers={"Access-Control-Allow-Origin": Matches(r"\*|https://x\.test")}),
                ("Origin", "https://x.test"),
            ),
        ),
        ("cors.allowed_origins=*",),
    ),
    Case(
        "a-wildcard-origin-allows-subdomains",
        doc("{path_prefix: /api, " + _cors("", "['https://*.example.com']") + "}"),
        (
            preflight(
                "/api", "GET", allowed("https://a.example.com"), origin="https://a.example.com"
            ),
            get(
                "/api",
                ok(headers={"Access-Control-Allow-Origin": "https://b.example.com", "Vary": _VARY}),
                ("Origin", "https://b.example.com"),
            ),
            *(
                preflight("/api", "GET", _DENIED, origin=origin)
                for origin in (
                    "https://example.com",
                    "http://a.example.com",
                    "https://aexample.com",
                    "https://a.examplexcom",
                    "https://a.example.com.evil.test",
                    "https://evil.test/.example.com",
                )
            ),
        ),
        ("cors.allowed_origins=subdomains",),
    ),
    Case(
        "credentials-are-allowed-where-the-file-says-so",
        doc(
            "{path_prefix: /yes, " + _cors("allow_credentials: true") + "}",
            "{path_prefix: /no, " + _cors("allow_credentials: false") + "}",
        ),
        (
            preflight("/yes", "GET", allowed(Allow_Credentials="true")),
            get(
                "/yes",
                ok(headers={"Access-Control-Allow-Credentials": "true"}),
                ("Origin", _APP),
            ),
            preflight("/no", "GET", refused((200, 204), absent=("access-control-allow-cred.*",))),
            get("/no", ok(absent=("access-control-allow-cred.*",)), ("Origin", _APP)),
        ),
        ("cors.allow_credentials",),
    ),
    Case(
        "exposed-headers-are-told",
        doc("{path_prefix: /api, " + _cors("expose_headers: [X-Total, X-Page]") + "}"),
        (
            get(
                "/api",
                ok(headers={"Access-Control-Expose-Headers": Members(("X-Total", "X-Page"))}),
                ("Origin", _APP),
            ),
        ),
        ("cors.expose_headers",),
    ),
    Case(
        "a-preflight-may-be-kept-for-a-day-by-default",
        doc(
            "{path_prefix: /default, " + _cors() + "}",
            "{path_prefix: /ten, " + _cors("max_age: 10m") + "}",
        ),
        (
            preflight("/default", "GET", allowed(Max_Age="86400")),
            preflight("/ten", "GET", allowed(Max_Age="600")),
        ),
        ("cors.max_age",),
    ),
    Case(
        "a-preflight-is-answered-on-a-route-without-options",
        doc("{path_prefix: /api, methods: [PUT], " + _cors() + "}"),
        (
            preflight("/api/x", "PUT", allowed()),
            preflight("/api/x", "DELETE", Expect(reached=None, absent=_NO_CORS)),
            request("OPTIONS", "/api/x", refused(404)),
        ),
        ("cors",),
    ),
    Case(
        "an-options-request-that-is-no-preflight-reaches-the-upstream",
        doc("{path_prefix: /api, " + _cors() + "}"),
        (
            request("OPTIONS", "/api", ok(upstream_method="OPTIONS")),
            request(
                "OPTIONS",
                "/api",
                ok(headers={"Access-Control-Allow-Origin": _APP}),
                ("Origin", _APP),
            ),
        ),
        ("cors",),
    ),
    Case(
        "a-preflight-passes-authentication-and-uses-up-no-bucket",
        doc(
            "{path_prefix: /api, methods: [GET], rate_limit: {requests_per_hour: 1}, "
            + f"{_KEY}, {_cors()}}}"
        ),
        (
            *(preflight("/api", "GET", allowed()) for _ in range(3)),
            get("/api", ok(), ("X-API-Key", "k1"), ("Origin", _APP)),
            get("/api", refused(429), ("X-API-Key", "k1")),
            preflight("/api", "GET", allowed()),
            request("OPTIONS", "/api", refused(404)),
        ),
        ("cors", "authentication", "rate_limit"),
    ),
    Case(
        "a-real-options-request-is-authenticated",
        doc(f"{{path_prefix: /api, {_KEY}, {_cors()}}}"),
        (
            request("OPTIONS", "/api", refused(401)),
            request("OPTIONS", "/api", refused(401), ("Origin", _APP)),
            request("OPTIONS", "/api", refused(401), ("Access-Control-Request-Method", "GET")),
            preflight("/api", "GET", allowed()),
        ),
        ("cors", "authentication"),
    ),
    Case(
        "the-gateways-own-rejections-have-cors-headers",
        doc(
            f"{{path_prefix: /auth, {_KEY}, {_cors()}}}",
            f"{{path_prefix: /limit, rate_limit: {{requests_per_hour: 1}}, {_cors()}}}",
        ),
        (
            get(
                "/auth",
                refused(401, headers={"Access-Control-Allow-Origin": _APP, "Vary": _VARY}),
                ("Origin", _APP),
            ),
            get("/auth", refused(401, absent=_NO_CORS), ("Origin", _EVIL)),
            get("/limit", ok(), ("Origin", _APP)),
            get(
                "/limit",
                refused(429, headers={"Access-Control-Allow-Origin": _APP}),
                ("Origin", _APP),
            ),
            get("/limit", refused(429, absent=_NO_CORS), ("Origin", _EVIL)),
        ),
        ("cors",),
    ),
    Case(
        "the-requested-method-decides-which-routes-cors-holds",
        document(
            service(
                "{path_prefix: /api, methods: [GET], " + _cors("max_age: 1") + "}",
                "{path_prefix: /api, methods: [PUT], " + _cors("max_age: 2") + "}",
                "{path_prefix: /api, methods: [POST]}",
            )
        ),
        (
            preflight("/api", "GET", allowed(Max_Age="1")),
            preflight("/api", "PUT", allowed(Max_Age="2")),
            preflight("/api", "POST", _DENIED),
        ),
        ("cors", "routes.methods"),
    ),
    Case(
        "a-preflight-falls-through-to-a-shorter-prefix-as-its-request-would",
        document(
            service("{path_prefix: /api/users, methods: [GET], " + _cors("max_age: 1") + "}"),
            service("{path_prefix: /api, " + _cors("max_age: 2") + "}", name="api", upstream="b"),
        ),
        (
            preflight("/api/users/1", "GET", allowed(Max_Age="1")),
            preflight("/api/users/1", "DELETE", allowed(Max_Age="2")),
            preflight("/api/other", "GET", allowed(Max_Age="2")),
            request("OPTIONS", "/api/users/1", ok("b")),
        ),
        ("cors", "routes.methods"),
    ),
    Case(
        "a-route-without-cors-in-front-of-one-with-cors-gives-no-cors-header",
        document(
            service("{path_prefix: /api/internal, methods: [GET]}"),
            service("{path_prefix: /api, " + _cors() + "}", name="api", upstream="b"),
        ),
        (
            preflight("/api/internal/x", "GET", _DENIED),
            get("/api/internal/x", ok("a", absent=_NO_CORS), ("Origin", _APP)),
            preflight("/api/internal/x", "POST", allowed()),
            preflight("/api/x", "GET", allowed()),
        ),
        ("cors",),
    ),
    Case(
        "each-route-has-its-own-origins",
        doc(
            "{path_prefix: /one, " + _cors("", "['https://one.test']") + "}",
            "{path_prefix: /two, " + _cors("", "['https://two.test']") + "}",
        ),
        (
            preflight("/one", "GET", allowed("https://one.test"), origin="https://one.test"),
            preflight("/one", "GET", _DENIED, origin="https://two.test"),
            preflight("/two", "GET", allowed("https://two.test"), origin="https://two.test"),
            get("/two", ok(absent=_NO_CORS), ("Origin", "https://one.test")),
        ),
        ("cors.allowed_origins",),
    ),
    Case(
        "a-services-cors-is-inherited-replaced-or-switched-off",
        doc(
            "{path_prefix: /inherits}",
            "{path_prefix: /own, " + _cors("max_age: 2") + "}",
            f"{{path_prefix: /off, cors: {{enabled: false, allowed_origins: ['{_APP}']}}}}",
            policies=_cors("max_age: 1, allow_credentials: true"),
        ),
        (
            preflight("/inherits", "GET", allowed(Max_Age="1", Allow_Credentials="true")),
            preflight("/own", "GET", allowed(Max_Age="2")),
            preflight(
                "/own", "GET", refused((200, 204), absent=("access-control-allow-credentials",))
            ),
            preflight("/off", "GET", _DENIED),
            get("/off", ok(absent=_NO_CORS), ("Origin", _APP)),
        ),
        ("cors", "cors"),
    ),
)
