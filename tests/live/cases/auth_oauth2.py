"""Token introspection."""

import json
from collections.abc import Mapping

from ..introspection import ALWAYS, CLIENTS, STRANGE_ADDRESS
from ..model import ABSENT, Case, Contains, Distribution, Introspected, Send, SetToken
from .shorthand import Header, doc, document, get, ok, refused, request, service

_DENIED = refused(401)
_PLAIN = "http://127.0.0.1:@introspection@/introspect"
_HOSTILE = next(name for name in CLIENTS if name != "gateway")


def _auth(fields: str = "", fail: str = "", url: str = _PLAIN) -> str:
    client = f"introspection_endpoint: '{url}', client_id: gateway, client_secret: s3cr3t"
    more = f", {fields}" if fields else ""
    return f"authentication: {{type: oauth2, oauth2: {{{client}{more}}}{fail}}}"


def _doc(fields: str = "", fail: str = "", url: str = _PLAIN) -> str:
    return doc(f"{{path_prefix: /, {_auth(fields, fail, url)}}}")


def _bearer(token: str) -> Header:
    return "Authorization", f"Bearer {token}"


def _denied(*tokens: str) -> tuple[Send, ...]:
    return tuple(get("/", _DENIED, _bearer(token)) for token in tokens)


def _let_in(*tokens: str) -> tuple[Send, ...]:
    return tuple(get("/", ok(), _bearer(token)) for token in tokens)


def _quoted(text: str) -> str:
    return json.dumps(text)


_GOOD: Mapping[str, Introspected] = {"good": Introspected()}
_LONG = "t" * 10_000
_BODY = b"a" * 70_000
_LARGE = b"b" * 3_000_000
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
_NONSENSE = {
    "nothing": b"",
    "word": b"active",
    "true": b"true",
    "null": b"null",
    "list": b'[{"active": true}]',
    "text": b'"active"',
    "half": b'{"active": true',
    "more": b'{"active": true} {"active": true}',
    "single": b"{'active': true}",
    "nan": b'{"active": true, "exp": NaN}',
    "hexadecimal": b'{"active": true, "exp": 0xfffffffff}',
    "octal": b'{"active": true, "exp": 099999999999}',
    "comma": b'{"active": true,}',
    "html": b"<html>active: true</html>",
    "huge": b'{"active": true, "x": "' + b"x" * 100_000 + b'"}',
    "deep": b'{"active": true, "x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
}

CASES = (
    Case(
        "an-active-token-lets-in-and-is-passed-on-unchanged",
        _doc(),
        (
            get("/", ok(upstream_headers={"Authorization": "Bearer good"}), _bearer("good")),
            get("/", ok(), ("authorization", "bEARER   good")),
            request("POST", "/x?y", ok(upstream_body=b"hello"), _bearer("good"), body=b"hello"),
            request("POST", "/", ok(upstream_body=_BODY), _bearer("good"), body=_BODY),
            request("HEAD", "/", ok(), _bearer("good")),
            *_denied("unknown"),
        ),
        (
            "authentication.type=oauth2",
            "authentication.oauth2.introspection_endpoint",
            "authentication",
        ),
        tokens=_GOOD,
    ),
    Case(
        "whatever-is-not-a-bearer-token-is-refused",
        _doc(),
        (
            get("/", _DENIED),
            get("/", _DENIED, ("Authorization", "")),
            get("/", _DENIED, ("Authorization", "Bearer")),
            get("/", _DENIED, ("Authorization", "Bearer ")),
            get("/", _DENIED, ("Authorization", "good")),
            get("/", _DENIED, ("Authorization", "Basic good")),
            get("/", _DENIED, ("Authorization", "Bearergood")),
            get("/", _DENIED, ("Authorization", "Bearer\tgood")),
            get("/", _DENIED, ("Authorization", "x Bearer good")),
            get("/", _DENIED, ("Authorization", "Bearer good good")),
            get("/", _DENIED, ("Proxy-Authorization", "Bearer good")),
            get("/", _DENIED, ("X-Token", "good")),
            get("/?access_token=good", _DENIED),
            request(
                "POST",
                "/",
                _DENIED,
                ("Content-Type", "application/x-www-form-urlencoded"),
                body=b"access_token=good",
            ),
            request("HEAD", "/", _DENIED),
            *_let_in("good"),
        ),
        ("authentication.type=oauth2",),
        tokens=_GOOD,
    ),
    Case(
        "two-authorization-headers-are-no-token",
        _doc(),
        (
            get("/", _DENIED, _bearer("good"), _bearer("good")),
            get("/", _DENIED, _bearer("good"), ("authorization", "Basic dTpw")),
            get("/", _DENIED, _bearer("bad"), _bearer("good")),
            *_let_in("good"),
        ),
        ("authentication.type=oauth2",),
        tokens=_GOOD,
    ),
    Case(
        "no-spelling-of-a-token-changes-the-question",
        _doc(),
        (
            *_denied(*_NO_TOKENS),
            *_let_in(_ODD, "good"),
            *_denied(_ODD.replace("+", " "), _ODD.replace("+", "%2B"), _ODD.rstrip("=")),
        ),
        ("authentication.type=oauth2",),
        tokens={**_GOOD, **dict.fromkeys((*_NO_TOKENS, _ODD), Introspected())},
    ),
    Case(
        "a-long-token-is-a-token",
        _doc(),
        (*_let_in("t" * 4_000), *_denied("t" * 4_001)),
        ("authentication.type=oauth2",),
        tokens={"t" * 4_000: Introspected()},
    ),
    Case(
        "a-token-of-ten-thousand-letters-is-a-token",
        _doc(),
        (*_let_in(_LONG), *_denied(_LONG + "t")),
        ("authentication.type=oauth2",),
        tokens={_LONG: Introspected()},
        skips=dict.fromkeys(("apisix", "kong"), "nginx takes header lines of 8 kB by default"),
    ),
    Case(
        "only-the-word-true-is-active",
        _doc(),
        (*_denied("no", "text", "one", "none", "null", "upper", "list"), *_let_in("good")),
        ("authentication.type=oauth2",),
        tokens={
            **_GOOD,
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
        _doc(),
        (
            *_denied("expired", "early", "text", "true", "list", "early-text"),
            *_let_in("good", "late", "timeless", "null", "fraction", "far"),
        ),
        ("authentication.type=oauth2",),
        tokens={
            **_GOOD,
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
        _doc("audiences: [api, admin, api]"),
        (
            *_let_in("one", "other", "both"),
            *_denied("good", "stranger", "strangers", "object", "number", "null", "part", "empty"),
        ),
        ("authentication.oauth2.audiences",),
        tokens={
            **_GOOD,
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
        _doc("required_scopes: [write, read, write]"),
        (
            *_let_in("exact", "more", "spaces"),
            *_denied("good", "one", "case", "part", "commas", "list", "null", "tab"),
        ),
        ("authentication.oauth2.required_scopes",),
        tokens={
            **_GOOD,
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
        _doc("audiences: [], required_scopes: []"),
        _let_in("good", "aud", "scope"),
        ("authentication.oauth2.audiences", "authentication.oauth2.required_scopes"),
        tokens={
            **_GOOD,
            "aud": Introspected({"aud": "whatever"}),
            "scope": Introspected({"scope": 7}),
        },
    ),
    Case(
        "odd-names-of-audiences-and-scopes-are-compared-as-they-are",
        _doc("audiences: ['a]]\"\\{{b}} %s', 'https://\u00fc'], required_scopes: ['%Sa[1]', '.*']"),
        (*_let_in("one", "two"), *_denied("other")),
        ("authentication.oauth2.audiences", "authentication.oauth2.required_scopes"),
        tokens={
            "one": Introspected({"aud": 'a]]"\\{{b}} %s', "scope": ".* %Sa[1]"}),
            "two": Introspected({"aud": "https://\u00fc", "scope": ".* %Sa[1]"}),
            "other": Introspected({"aud": "https://\u00fc", "scope": "xx %Sa[1]"}),
        },
    ),
    Case(
        "the-gateway-signs-in-with-its-id-and-secret-whatever-they-hold",
        document(
            service(
                f"{{path: /, {_auth()}}}",
                "{path: /odd, authentication: {type: oauth2, oauth2: {"
                f"introspection_endpoint: '{_PLAIN}', client_id: {_quoted(_HOSTILE)}, "
                f"client_secret: {_quoted(CLIENTS[_HOSTILE])}}}}}}}",
                "{path: /wrong, authentication: {type: oauth2, oauth2: {"
                f"introspection_endpoint: '{_PLAIN}', client_id: gateway, client_secret: no}}}}}}",
            )
        ),
        (
            get("/", ok(), _bearer("good")),
            get("/odd", ok(), _bearer("good")),
            get("/wrong", _DENIED, _bearer("good")),
        ),
        ("authentication.oauth2.client_id", "authentication.oauth2.client_secret"),
        tokens=_GOOD,
    ),
    Case(
        "a-revoked-token-stops-working-at-once",
        _doc(),
        (
            *_denied("later"),
            *_let_in("good", "good"),
            SetToken("good", None),
            *_denied("good"),
            SetToken("good", Introspected()),
            SetToken("later", Introspected()),
            *_let_in("good", "later"),
            SetToken("good", Introspected(status=500)),
            *_denied("good"),
        ),
        ("authentication.type=oauth2",),
        tokens=_GOOD,
    ),
    Case(
        "an-endpoint-that-answers-nonsense-lets-nobody-in",
        _doc(),
        (*_denied(*_NONSENSE), *_let_in("good")),
        ("authentication.oauth2.introspection_endpoint",),
        tokens={**_GOOD, **{name: Introspected(body=body) for name, body in _NONSENSE.items()}},
    ),
    Case(
        "only-an-answer-of-status-200-lets-in",
        _doc(),
        (
            *_denied("201", "204", "301", "302", "307", "400", "401", "403", "500", "503"),
            *_let_in("good"),
        ),
        ("authentication.oauth2.introspection_endpoint",),
        tokens={
            **_GOOD,
            **{
                str(status): Introspected(status=status, headers=(("Location", ALWAYS),))
                for status in (201, 301, 302, 307, 400, 401, 403, 500, 503)
            },
            "204": Introspected(status=204, body=b""),
        },
    ),
    Case(
        "an-introspection-endpoint-that-is-down-lets-nobody-in",
        document(
            service(
                f"{{path: /down, {_auth(url='http://127.0.0.1:1/introspect')}}}",
                f"{{path: /nowhere, {_auth(url='http://127.0.0.1:@introspection@/other')}}}",
                f"{{path: /up, {_auth()}}}",
            )
        ),
        (
            get("/down", _DENIED, _bearer("good")),
            get("/nowhere", _DENIED, _bearer("good")),
            get("/up", ok(), _bearer("good")),
        ),
        ("authentication.oauth2.introspection_endpoint",),
        tokens=_GOOD,
    ),
    Case(
        "a-slow-introspection-endpoint-lets-nobody-in",
        _doc(),
        (
            get("/", refused(401, seconds=(0.0, 6.5)), _bearer("slow")),
            *_let_in("patience", "good"),
            request("POST", "/", ok(upstream_body=_LARGE), _bearer("patience"), body=_LARGE),
        ),
        ("authentication.oauth2.introspection_endpoint",),
        tokens={
            **_GOOD,
            "slow": Introspected(delay=8.0),
            "patience": Introspected(delay=1.0),
        },
    ),
    Case(
        "many-ask-about-their-tokens-at-once",
        _doc(),
        (
            Distribution(60, get("/", ok(), _bearer("good")), concurrency=20),
            Distribution(20, get("/", _DENIED, _bearer("bad")), concurrency=20),
        ),
        ("authentication.type=oauth2",),
        tokens={"good": Introspected(delay=0.05)},
    ),
    Case(
        "an-answer-of-the-endpoint-may-come-in-pieces",
        _doc("audiences: [api]"),
        (*_let_in("chunked", "escaped", "spaced", "twice"), *_denied("no")),
        ("authentication.oauth2.introspection_endpoint",),
        tokens={
            "chunked": Introspected({"aud": "api", "more": "x" * 500}, chunked=True),
            "no": Introspected({"aud": "other", "more": "x" * 500}, chunked=True),
            "escaped": Introspected(
                body=b'{"\\u0061ctive":true,"aud":"\\u0061pi","x":"\\ud83d\\ude00\\n\\"}"}'
            ),
            "spaced": Introspected(body=b' \r\n\t{ "active" : true , "aud" : [ "api" ] }\n\n'),
            "twice": Introspected(body=b'{"active":false,"active":true,"aud":"api"}'),
        },
    ),
    Case(
        "an-endpoint-with-tls-must-have-the-certificate-of-its-name",
        _doc(url="https://localhost:@introspection_tls@/introspect"),
        (*_let_in("good"), *_denied("bad")),
        ("authentication.oauth2.introspection_endpoint",),
        tokens=_GOOD,
    ),
    Case(
        "a-stranger-in-the-place-of-the-endpoint-lets-nobody-in",
        _doc(url=f"https://{STRANGE_ADDRESS}:@introspection_tls@/introspect"),
        _denied("good"),
        ("authentication.oauth2.introspection_endpoint",),
        tokens=_GOOD,
    ),
    Case(
        "two-routes-ask-one-endpoint-for-different-audiences",
        document(
            service(f"{{path_prefix: /one, {_auth('audiences: [one], required_scopes: [a]')}}}"),
            service(
                f"{{path_prefix: /two, {_auth('audiences: [two]')}}}", name="two", upstream="b"
            ),
            service("{path_prefix: /open}", name="open", upstream="c"),
        ),
        (
            get("/one", ok("a"), _bearer("one")),
            get("/two", refused(401), _bearer("one")),
            get("/two", ok("b"), _bearer("two")),
            get("/one", refused(401), _bearer("two")),
            get("/one", ok("a"), _bearer("both")),
            get("/two", ok("b"), _bearer("both")),
            get("/open", ok("c")),
            get("/open", ok("c"), _bearer("unknown")),
        ),
        ("authentication.oauth2.audiences", "authentication.oauth2.required_scopes"),
        tokens={
            "one": Introspected({"aud": "one", "scope": "a"}),
            "two": Introspected({"aud": "two", "scope": "a"}),
            "both": Introspected({"aud": ["two", "one"], "scope": "b a"}),
        },
    ),
    Case(
        "an-introspection-that-fails-answers-401-with-a-bearer-challenge",
        _doc("audiences: [api]"),
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
            for headers in ((), (_bearer("good"),), (_bearer("down"),), (_bearer("two words"),))
        ),
        ("authentication.fail_status", "authentication.fail_message"),
        tokens={**_GOOD, "down": Introspected(status=503)},
    ),
    Case(
        "an-introspection-that-fails-may-be-answered-in-its-own-way",
        _doc("audiences: [api]", ", fail_status: 403, fail_message: 'No 100% \"token\" %REQ(x)%'"),
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
            for headers in ((), (_bearer("good"),), (_bearer("unknown"),))
        ),
        ("authentication.fail_status", "authentication.fail_message"),
        tokens=_GOOD,
    ),
    Case(
        "a-failed-introspection-takes-nothing-from-the-bucket",
        doc(f"{{path_prefix: /, {_auth()}, rate_limit: {{requests_per_hour: 2}}}}"),
        (
            get("/", _DENIED, _bearer("bad"), times=4),
            get("/", _DENIED, times=2),
            get("/", ok(), _bearer("good"), times=2),
            get("/", refused(429), _bearer("good")),
            get("/", _DENIED, _bearer("bad")),
        ),
        ("authentication.type=oauth2",),
        tokens=_GOOD,
    ),
    Case(
        "a-preflight-needs-no-introspected-token",
        doc(
            f"{{path_prefix: /, methods: [GET], {_auth()}, "
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
                _bearer("good"),
            ),
            get(
                "/",
                refused(401, headers={"Access-Control-Allow-Origin": "https://app.test"}),
                ("Origin", "https://app.test"),
            ),
        ),
        ("authentication.type=oauth2",),
        tokens=_GOOD,
    ),
    Case(
        "introspection-goes-with-http2-clients-and-header-rules",
        doc(
            f"{{path_prefix: /, {_auth()}, headers: {{request_set: {{X-A: b}}, "
            "request_remove: [Authorization]}}",
        ),
        (
            get(
                "/",
                ok(upstream_headers={"X-A": "b", "Authorization": ABSENT}),
                _bearer("good"),
                http2=True,
            ),
            get("/", _DENIED, _bearer("bad"), http2=True),
            get("/", _DENIED, http2=True),
        ),
        ("authentication.type=oauth2",),
        tokens=_GOOD,
    ),
    Case(
        "a-route-may-switch-introspection-off",
        doc(
            "{path_prefix: /}",
            "{path_prefix: /open, authentication: {enabled: false}}",
            policies=_auth(),
        ),
        (
            get("/", _DENIED),
            get("/", ok(), _bearer("good")),
            get("/open", ok()),
            get("/open", ok(), _bearer("bad")),
        ),
        ("authentication.type=oauth2",),
        tokens=_GOOD,
    ),
)
