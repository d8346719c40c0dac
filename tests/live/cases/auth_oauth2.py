"""Token introspection: which tokens are let in."""

from collections.abc import Mapping

from ..model import ABSENT, Case, Contains, Introspected, Send, SetToken
from .shorthand import Header, doc, get, ok, refused, request

DENIED = refused(401)
PLAIN = "http://127.0.0.1:@introspection@/introspect"


def auth(fields: str = "", fail: str = "", url: str = PLAIN) -> str:
    """The policy of a route; `fields` are more of `oauth2`, `fail` of `authentication`."""
    client = f"introspection_endpoint: '{url}', client_id: gateway, client_secret: s3cr3t"
    more = f", {fields}" if fields else ""
    return f"authentication: {{type: oauth2, oauth2: {{{client}{more}}}{fail}}}"


def guarded(fields: str = "", fail: str = "", url: str = PLAIN) -> str:
    """A document whose only route wants tokens."""
    return doc(f"{{path_prefix: /, {auth(fields, fail, url)}}}")


def bearer(token: str) -> Header:
    """The header with a token."""
    return "Authorization", f"Bearer {token}"


def denied(*tokens: str) -> tuple[Send, ...]:
    """A request with each token; none is let in."""
    return tuple(get("/", DENIED, bearer(token)) for token in tokens)


def let_in(*tokens: str) -> tuple[Send, ...]:
    """A request with each token; all are let in."""
    return tuple(get("/", ok(), bearer(token)) for token in tokens)


GOOD: Mapping[str, Introspected] = {"good": Introspected()}
_LONG = "t" * 10_000
_BODY = b"a" * 70_000
_ODD = "a+b/c~d._-=="
#: What is no token, although the endpoint would take each of them for one.
_NO_TOKENS = (
    "two words",
    "x&token=good",
    "x%26token%3Dgood",
    "good%20",
    "good%",
    "good,good",
    'go"od',
    "good;x",
    "=good",
    "go=od",
    "gr\u00fcn",
)

CASES = (
    Case(
        "an-active-token-lets-in-and-is-passed-on-unchanged",
        guarded(),
        (
            get("/", ok(upstream_headers={"Authorization": "Bearer good"}), bearer("good")),
            get("/", ok(), ("authorization", "bEARER   good")),
            request("POST", "/x?y", ok(upstream_body=b"hello"), bearer("good"), body=b"hello"),
            request("POST", "/", ok(upstream_body=_BODY), bearer("good"), body=_BODY),
            request("HEAD", "/", ok(), bearer("good")),
            *denied("unknown"),
        ),
        (
            "authentication.type=oauth2",
            "authentication.oauth2.introspection_endpoint",
            "authentication",
        ),
        tokens=GOOD,
    ),
    Case(
        "whatever-is-not-a-bearer-token-is-refused",
        guarded(),
        (
            get("/", DENIED),
            get("/", DENIED, ("Authorization", "")),
            get("/", DENIED, ("Authorization", "Bearer")),
            get("/", DENIED, ("Authorization", "Bearer ")),
            get("/", DENIED, ("Authorization", "good")),
            get("/", DENIED, ("Authorization", "Basic good")),
            get("/", DENIED, ("Authorization", "Bearergood")),
            get("/", DENIED, ("Authorization", "Bearer\tgood")),
            get("/", DENIED, ("Authorization", "x Bearer good")),
            get("/", DENIED, ("Authorization", "Bearer good good")),
            get("/", DENIED, ("Proxy-Authorization", "Bearer good")),
            get("/", DENIED, ("X-Token", "good")),
            get("/?access_token=good", DENIED),
            request(
                "POST",
                "/",
                DENIED,
                ("Content-Type", "application/x-www-form-urlencoded"),
                body=b"access_token=good",
            ),
            request("HEAD", "/", DENIED),
            *let_in("good"),
        ),
        ("authentication.type=oauth2",),
        tokens=GOOD,
    ),
    Case(
        "two-authorization-headers-are-no-token",
        guarded(),
        (
            get("/", DENIED, bearer("good"), bearer("good")),
            get("/", DENIED, bearer("good"), ("authorization", "Basic dTpw")),
            get("/", DENIED, bearer("bad"), bearer("good")),
            *let_in("good"),
        ),
        ("authentication.type=oauth2",),
        tokens=GOOD,
    ),
    Case(
        "no-spelling-of-a-token-changes-the-question",
        guarded(),
        (
            *denied(*_NO_TOKENS),
            *let_in(_ODD, "good"),
            *denied(_ODD.replace("+", " "), _ODD.replace("+", "%2B"), _ODD.rstrip("=")),
        ),
        ("authentication.type=oauth2",),
        tokens={**GOOD, **dict.fromkeys((*_NO_TOKENS, _ODD), Introspected())},
    ),
    Case(
        "a-long-token-is-a-token",
        guarded(),
        (*let_in("t" * 4_000), *denied("t" * 4_001)),
        ("authentication.type=oauth2",),
        tokens={"t" * 4_000: Introspected()},
    ),
    Case(
        "a-token-of-ten-thousand-letters-is-a-token",
        guarded(),
        (*let_in(_LONG), *denied(_LONG + "t")),
        ("authentication.type=oauth2",),
        tokens={_LONG: Introspected()},
        skips=dict.fromkeys(("apisix", "kong"), "nginx takes header lines of 8 kB by default"),
    ),
    Case(
        "only-the-word-true-is-active",
        guarded(),
        (*denied("no", "text", "one", "none", "null", "upper", "list"), *let_in("good")),
        ("authentication.type=oauth2",),
        tokens={
            **GOOD,
            "no": Introspected({"active": False}),
            "text": Introspected({"active": "true"}),
            "one": Introspected({"active": 1}),
            "null": Introspected({"active": None}),
            "none": Introspected(body=b'{"exp": 99999999999}'),
            "upper": Introspected(body=b'{"Active": true, "ACTIVE": true}'),
            "list": Introspected({"active": [True]}),
        },
    ),
    Case(
        "an-expired-or-early-introspected-token-is-refused",
        guarded(),
        (
            *denied("expired", "early", "text", "true", "list", "early-text"),
            *let_in("good", "late", "timeless", "null", "fraction", "far"),
        ),
        ("authentication.type=oauth2",),
        tokens={
            **GOOD,
            "expired": Introspected(expires_in=-2),
            "early": Introspected(not_before_in=60),
            "text": Introspected({"exp": "99999999999"}),
            "true": Introspected({"exp": True}),
            "list": Introspected({"exp": [99999999999]}),
            "early-text": Introspected({"nbf": "0"}),
            "late": Introspected(not_before_in=-60),
            "timeless": Introspected(expires_in=None),
            "null": Introspected({"exp": None, "nbf": None}),
            "fraction": Introspected({"exp": 99999999999.5, "nbf": 0.5}),
            "far": Introspected(body=b'{"active":true,"exp":1e300}'),
        },
    ),
    Case(
        "an-introspected-token-must-be-for-one-of-the-audiences",
        guarded("audiences: [api, admin, api]"),
        (
            *let_in("one", "other", "both"),
            *denied("good", "stranger", "strangers", "object", "number", "null", "part", "empty"),
        ),
        ("authentication.oauth2.audiences",),
        tokens={
            **GOOD,
            "one": Introspected({"aud": "api"}),
            "other": Introspected({"aud": "admin"}),
            "both": Introspected({"aud": ["x", "admin"]}),
            "stranger": Introspected({"aud": "other"}),
            "strangers": Introspected({"aud": ["other", ["api"], None, 1]}),
            "object": Introspected({"aud": {"1": "api", "api": "api"}}),
            "number": Introspected({"aud": 1}),
            "null": Introspected({"aud": None}),
            "part": Introspected({"aud": "api admin"}),
            "empty": Introspected({"aud": []}),
        },
    ),
    Case(
        "an-introspected-token-must-have-all-scopes",
        guarded("required_scopes: [write, read, write]"),
        (
            *let_in("exact", "more", "spaces"),
            *denied("good", "one", "case", "part", "commas", "list", "null", "tab"),
        ),
        ("authentication.oauth2.required_scopes",),
        tokens={
            **GOOD,
            "exact": Introspected({"scope": "read write"}),
            "more": Introspected({"scope": "a write b read c"}),
            "spaces": Introspected({"scope": "  read  write "}),
            "one": Introspected({"scope": "read"}),
            "case": Introspected({"scope": "Read write"}),
            "part": Introspected({"scope": "read writer"}),
            "commas": Introspected({"scope": "read,write"}),
            "list": Introspected({"scope": ["read", "write"]}),
            "null": Introspected({"scope": None}),
            "tab": Introspected({"scope": "read\twrite"}),
        },
    ),
    Case(
        "without-audiences-and-scopes-any-will-do",
        guarded("audiences: [], required_scopes: []"),
        let_in("good", "aud", "scope"),
        ("authentication.oauth2.audiences", "authentication.oauth2.required_scopes"),
        tokens={
            **GOOD,
            "aud": Introspected({"aud": "whatever"}),
            "scope": Introspected({"scope": 7}),
        },
    ),
    Case(
        "odd-names-of-audiences-and-scopes-are-compared-as-they-are",
        guarded(
            "audiences: ['a]]\"\\{{b}} %s', 'https://\u00fc'], required_scopes: ['%Sa[1]', '.*']"
        ),
        (*let_in("one", "two"), *denied("other")),
        ("authentication.oauth2.audiences", "authentication.oauth2.required_scopes"),
        tokens={
            "one": Introspected({"aud": 'a]]"\\{{b}} %s', "scope": ".* %Sa[1]"}),
            "two": Introspected({"aud": "https://\u00fc", "scope": ".* %Sa[1]"}),
            "other": Introspected({"aud": "https://\u00fc", "scope": "xx %Sa[1]"}),
        },
    ),
    Case(
        "a-revoked-token-stops-working-at-once",
        guarded(),
        (
            *denied("later"),
            *let_in("good", "good"),
            SetToken("good", None),
            *denied("good"),
            SetToken("good", Introspected()),
            SetToken("later", Introspected()),
            *let_in("good", "later"),
            SetToken("good", Introspected(status=500)),
            *denied("good"),
        ),
        ("authentication.type=oauth2",),
        tokens=GOOD,
    ),
    Case(
        "an-introspection-that-fails-answers-401-with-a-bearer-challenge",
        guarded("audiences: [api]"),
        tuple(
            get(
                "/",
                refused(
                    401,
                    headers={"WWW-Authenticate": "Bearer"},
                    body="Unauthorized",
                ),
                *headers,
            )
            for headers in ((), (bearer("good"),), (bearer("down"),), (bearer("two words"),))
        ),
        ("authentication.fail_status", "authentication.fail_message"),
        tokens={**GOOD, "down": Introspected(status=503)},
    ),
    Case(
        "an-introspection-that-fails-may-be-answered-in-its-own-way",
        guarded(
            "audiences: [api]", ", fail_status: 403, fail_message: 'No 100% \"token\" %REQ(x)%'"
        ),
        tuple(
            get(
                "/",
                refused(
                    403,
                    headers={"WWW-Authenticate": "Bearer"},
                    body=Contains('No 100% "token" %REQ(x)%'),
                ),
                *headers,
            )
            for headers in ((), (bearer("good"),), (bearer("unknown"),))
        ),
        ("authentication.fail_status", "authentication.fail_message"),
        tokens=GOOD,
    ),
    Case(
        "a-failed-introspection-takes-nothing-from-the-bucket",
        doc(f"{{path_prefix: /, {auth()}, rate_limit: {{requests_per_hour: 2}}}}"),
        (
            get("/", DENIED, bearer("bad"), times=4),
            get("/", DENIED, times=2),
            get("/", ok(), bearer("good"), times=2),
            get("/", refused(429), bearer("good")),
            get("/", DENIED, bearer("bad")),
        ),
        ("authentication.type=oauth2",),
        tokens=GOOD,
    ),
    Case(
        "a-preflight-needs-no-introspected-token",
        doc(
            f"{{path_prefix: /, methods: [GET], {auth()}, "
            "cors: {allowed_origins: ['https://app.test'], allowed_headers: [Authorization]}}"
        ),
        (
            request(
                "OPTIONS",
                "/",
                refused((200, 204), headers={"Access-Control-Allow-Origin": "https://app.test"}),
                ("Origin", "https://app.test"),
                ("Access-Control-Request-Method", "GET"),
            ),
            get(
                "/",
                ok(headers={"Access-Control-Allow-Origin": "https://app.test"}),
                ("Origin", "https://app.test"),
                bearer("good"),
            ),
            get(
                "/",
                refused(401, headers={"Access-Control-Allow-Origin": "https://app.test"}),
                ("Origin", "https://app.test"),
            ),
        ),
        ("authentication.type=oauth2",),
        tokens=GOOD,
    ),
    Case(
        "introspection-goes-with-http2-clients-and-header-rules",
        doc(
            f"{{path_prefix: /, {auth()}, headers: {{request_set: {{X-A: b}}, "
            "request_remove: [Authorization]}}",
        ),
        (
            get(
                "/",
                ok(upstream_headers={"X-A": "b", "Authorization": ABSENT}),
                bearer("good"),
                http2=True,
            ),
            get("/", DENIED, bearer("bad"), http2=True),
            get("/", DENIED, http2=True),
        ),
        ("authentication.type=oauth2",),
        tokens=GOOD,
    ),
    Case(
        "a-route-may-switch-introspection-off",
        doc(
            "{path_prefix: /}",
            "{path_prefix: /open, authentication: {enabled: false}}",
            policies=auth(),
        ),
        (
            get("/", DENIED),
            get("/", ok(), bearer("good")),
            get("/open", ok()),
            get("/open", ok(), bearer("bad")),
        ),
        ("authentication.type=oauth2",),
        tokens=GOOD,
    ),
)
