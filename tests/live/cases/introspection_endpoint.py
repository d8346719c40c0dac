"""What comes of the introspection endpoint: how it is asked, and what if it doesn't answer well."""

import json

from ..introspection import ALWAYS, CLIENTS, STRANGE_ADDRESS
from ..model import Case, Distribution, Introspected
from .auth_oauth2 import DENIED, GOOD, PLAIN, auth, bearer, denied, guarded, let_in
from .shorthand import document, get, ok, refused, request, service

_HOSTILE = next(name for name in CLIENTS if name != "gateway")
_LARGE = b"b" * 3_000_000
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


def _signing_in(path: str, client: str, variable: str) -> str:
    """A route whose secret at the endpoint stands in the environment."""
    return (
        f"{{path: {path}, authentication: {{type: oauth2, oauth2: {{"
        f"introspection_endpoint: '{PLAIN}', client_id: {json.dumps(client)}, "
        f'client_secret: "${{env:{variable}}}"}}}}}}'
    )


CASES = (
    Case(
        "the-gateway-signs-in-with-its-id-and-secret-whatever-they-hold",
        document(
            service(
                f"{{path: /, {auth()}}}",
                "{path: /odd, authentication: {type: oauth2, oauth2: {"
                f"introspection_endpoint: '{PLAIN}', client_id: {json.dumps(_HOSTILE)}, "
                f"client_secret: {json.dumps(CLIENTS[_HOSTILE])}}}}}}}",
                "{path: /wrong, authentication: {type: oauth2, oauth2: {"
                f"introspection_endpoint: '{PLAIN}', client_id: gateway, client_secret: no}}}}}}",
            )
        ),
        (
            get("/", ok(), bearer("good")),
            get("/odd", ok(), bearer("good")),
            get("/wrong", DENIED, bearer("good")),
        ),
        ("authentication.oauth2.client_id", "authentication.oauth2.client_secret"),
        tokens=GOOD,
    ),
    Case(
        "a-client-secret-stands-in-the-environment",
        document(
            service(
                _signing_in("/", "gateway", "GALC_CLIENT_SECRET"),
                _signing_in("/odd", _HOSTILE, "GALC_ODD_SECRET"),
                _signing_in("/wrong", "gateway", "GALC_KEY"),
                _signing_in("/unset", "gateway", "GALC_UNSET"),
                _signing_in("/empty", "gateway", "GALC_EMPTY"),
            )
        ),
        (
            get("/", ok(), bearer("good")),
            get("/", DENIED, bearer("bad")),
            get("/odd", ok(), bearer("good")),
            *(get(path, DENIED, bearer("good")) for path in ("/wrong", "/unset", "/empty")),
        ),
        ("authentication.oauth2.client_secret=environment",),
        tokens=GOOD,
    ),
    Case(
        "an-endpoint-that-answers-nonsense-lets-nobody-in",
        guarded(),
        (*denied(*_NONSENSE), *let_in("good")),
        ("authentication.oauth2.introspection_endpoint",),
        tokens={**GOOD, **{name: Introspected(body=body) for name, body in _NONSENSE.items()}},
    ),
    Case(
        "only-an-answer-of-status-200-lets-in",
        guarded(),
        (
            *denied("201", "204", "301", "302", "307", "400", "401", "403", "500", "503"),
            *let_in("good"),
        ),
        ("authentication.oauth2.introspection_endpoint",),
        tokens={
            **GOOD,
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
                f"{{path: /down, {auth(url='http://127.0.0.1:1/introspect')}}}",
                f"{{path: /nowhere, {auth(url='http://127.0.0.1:@introspection@/other')}}}",
                f"{{path: /up, {auth()}}}",
            )
        ),
        (
            get("/down", DENIED, bearer("good")),
            get("/nowhere", DENIED, bearer("good")),
            get("/up", ok(), bearer("good")),
        ),
        ("authentication.oauth2.introspection_endpoint",),
        tokens=GOOD,
    ),
    Case(
        "a-slow-introspection-endpoint-lets-nobody-in",
        guarded(),
        (
            get("/", refused(401, seconds=(0.0, 6.5)), bearer("slow")),
            *let_in("patience", "good"),
            request("POST", "/", ok(upstream_body=_LARGE), bearer("patience"), body=_LARGE),
        ),
        ("authentication.oauth2.introspection_endpoint",),
        tokens={
            **GOOD,
            "slow": Introspected(delay=8.0),
            "patience": Introspected(delay=1.0),
        },
    ),
    Case(
        "many-ask-about-their-tokens-at-once",
        guarded(),
        (
            Distribution(60, get("/", ok(), bearer("good")), concurrency=20),
            Distribution(20, get("/", DENIED, bearer("bad")), concurrency=20),
        ),
        ("authentication.type=oauth2",),
        tokens={"good": Introspected(delay=0.05)},
    ),
    Case(
        "an-answer-of-the-endpoint-may-come-in-pieces",
        guarded("audiences: [api]"),
        (*let_in("chunked", "escaped", "spaced", "twice"), *denied("no")),
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
        guarded(url="https://localhost:@introspection_tls@/introspect"),
        (*let_in("good"), *denied("bad")),
        ("authentication.oauth2.introspection_endpoint",),
        tokens=GOOD,
    ),
    Case(
        "a-stranger-in-the-place-of-the-endpoint-lets-nobody-in",
        guarded(url=f"https://{STRANGE_ADDRESS}:@introspection_tls@/introspect"),
        denied("good"),
        ("authentication.oauth2.introspection_endpoint",),
        tokens=GOOD,
    ),
    Case(
        "two-routes-ask-one-endpoint-for-different-audiences",
        document(
            service(f"{{path_prefix: /one, {auth('audiences: [one], required_scopes: [a]')}}}"),
            service(f"{{path_prefix: /two, {auth('audiences: [two]')}}}", name="two", upstream="b"),
            service("{path_prefix: /open}", name="open", upstream="c"),
        ),
        (
            get("/one", ok("a"), bearer("one")),
            get("/two", refused(401), bearer("one")),
            get("/two", ok("b"), bearer("two")),
            get("/one", refused(401), bearer("two")),
            get("/one", ok("a"), bearer("both")),
            get("/two", ok("b"), bearer("both")),
            get("/open", ok("c")),
            get("/open", ok("c"), bearer("unknown")),
        ),
        ("authentication.oauth2.audiences", "authentication.oauth2.required_scopes"),
        tokens={
            "one": Introspected({"aud": "one", "scope": "a"}),
            "two": Introspected({"aud": "two", "scope": "a"}),
            "both": Introspected({"aud": ["two", "one"], "scope": "b a"}),
        },
    ),
)
