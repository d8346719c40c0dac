"""WebSocket: handshakes, what holds for them, and tunnels."""

from ..model import ABSENT, Case, Contains, Expect, Matches, Not, Send, Talk, Wait
from .shorthand import Header, answered, doc, document, get, ok, refused, request, service

_KEYS = "authentication: {type: api_key, api_key: {keys: [{key: k1}]}}"
_WEBSOCKET = Matches("(?i)websocket")
_ORIGIN: Header = ("Origin", "https://app.example.com")


def _upgraded(path: str, *headers: Header, talk: Talk | None = None, **more: object) -> Send:
    """A handshake that the upstream takes, and a talk."""
    expect = Expect(101, reached="a", **more)  # type: ignore[arg-type]
    return get(path, expect, *headers, talk=talk or Talk())


def _handshake(path: str, expect: Expect, *headers: Header) -> Send:
    """A handshake that doesn't come to a talk."""
    return get(path, expect, *headers, talk=Talk())


CASES = (
    Case(
        "a-websocket-passes-frames-in-both-directions",
        doc("{path_prefix: /ws, websocket: {}}"),
        (
            _upgraded(
                "/ws?room=1",
                talk=Talk(("one", "two", "three")),
                headers={"Upgrade": _WEBSOCKET},
                upstream_method="GET",
                upstream_path="/ws?room=1",
                upstream_version="1.1",
                upstream_headers={
                    "Upgrade": _WEBSOCKET,
                    "Connection": Matches("(?i).*upgrade.*"),
                    "Sec-WebSocket-Version": "13",
                    "Host": "gateway.test",
                    "X-Forwarded-For": "127.0.0.1",
                    "X-Forwarded-Proto": "http",
                },
            ),
            get("/ws", ok(upstream_headers={"Upgrade": ABSENT})),
            get("/ws", ok(upstream_headers={"Upgrade": ABSENT}), ("Connection", "keep-alive")),
        ),
        ("websocket",),
    ),
    Case(
        "a-handshake-may-be-spelled-in-other-ways",
        doc("{path_prefix: /ws, websocket: {}}"),
        (
            _upgraded("/ws", ("Connection", "keep-alive, Upgrade")),
            _upgraded("/ws", ("Upgrade", "WebSocket"), ("connection", "upgrade")),
        ),
        ("websocket",),
    ),
    Case(
        "a-route-without-websocket-tunnels-nothing",
        document(
            service(
                "{path_prefix: /on}",
                "{path_prefix: /off, websocket: {enabled: false}}",
                policies="websocket: {}",
            ),
            service("{path_prefix: /}", name="other"),
        ),
        (
            _upgraded("/on"),
            _handshake("/off", Expect(Not(101))),
            _handshake("/", Expect(Not(101))),
        ),
        ("websocket",),
    ),
    Case(
        "an-upgrade-to-another-protocol-is-not-tunnelled",
        doc("{path_prefix: /ws, websocket: {}}"),
        (
            get("/ws", Expect(Not(101)), ("Connection", "Upgrade"), ("Upgrade", "other/1")),
            get(
                "/ws",
                Expect(Not(101)),
                ("Connection", "Upgrade, HTTP2-Settings"),
                ("Upgrade", "h2c"),
                ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
            ),
            get("/ws", Expect(Not(101)), ("Connection", "Upgrade"), ("Upgrade", "websocket, h2c")),
            get("/ws", Expect(Not(101)), ("Connection", "Upgrade"), ("Upgrade", "websockets")),
            get("/ws", Expect(Not(101)), ("Upgrade", "websocket")),
            request(
                "POST",
                "/ws",
                Expect(Not(101)),
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ),
            _upgraded("/ws"),
        ),
        ("websocket",),
    ),
    Case(
        "a-handshake-is-authenticated",
        doc(f"{{path_prefix: /ws, websocket: {{}}, {_KEYS}}}"),
        (
            _handshake("/ws", refused(401)),
            _handshake("/ws", refused(401), ("X-API-Key", "k2")),
            _upgraded("/ws", ("X-API-Key", "k1"), upstream_absent=("x-api-key",)),
        ),
        ("websocket", "authentication"),
    ),
    Case(
        "handshakes-and-other-requests-take-tokens-of-one-bucket",
        doc("{path_prefix: /ws, websocket: {}, rate_limit: {requests_per_hour: 3}}"),
        (
            _upgraded("/ws"),
            get("/ws", ok()),
            _upgraded("/ws"),
            get("/ws", refused(429)),
            _handshake("/ws", refused(429)),
        ),
        ("websocket", "rate_limit"),
    ),
    Case(
        "rules-for-the-request-hold-for-a-handshake",
        doc(
            "{path_prefix: /ws, websocket: {}, strip_prefix: true,"
            " headers: {request_set: {X-Set: '1'}, request_remove: [X-Gone]}}"
        ),
        (
            _upgraded(
                "/ws/room",
                ("X-Set", "2"),
                ("X-Gone", "x"),
                upstream_path="/room",
                upstream_headers={"X-Set": "1"},
                upstream_absent=("x-gone",),
            ),
            get("/ws/room", ok(upstream_path="/room", upstream_headers={"X-Set": "1"})),
        ),
        ("websocket", "headers", "routes.strip_prefix"),
    ),
    Case(
        "rules-for-the-answer-hold-for-a-handshake",
        doc(
            "{path_prefix: /ws, websocket: {},"
            " headers: {response_set: {X-Set: '1'}, response_remove: [X-Powered-By]},"
            " cors: {allowed_origins: ['https://app.example.com']}}"
        ),
        (
            _upgraded(
                "/ws",
                _ORIGIN,
                headers={"X-Set": "1", "Access-Control-Allow-Origin": "https://app.example.com"},
                absent=("x-powered-by",),
            ),
        ),
        ("websocket", "headers", "cors"),
    ),
    Case(
        "cors-is-no-obstacle-to-a-handshake",
        doc(
            "{path_prefix: /ws, websocket: {},"
            " cors: {allowed_origins: ['https://app.example.com'], allow_credentials: true}}"
        ),
        (_upgraded("/ws", _ORIGIN), get("/ws", ok(), _ORIGIN)),
        ("websocket", "cors"),
    ),
    Case(
        "the-timeout-does-not-cut-a-websocket",
        doc("{path_prefix: /ws, websocket: {}, timeout: 400ms}"),
        (
            _upgraded("/ws", talk=Talk(("a", "b", "c", "d"), pause=0.3, silent=1.0)),
            get("/ws", answered(504, "a"), ("X-Echo-Delay", "1.5")),
        ),
        ("websocket", "timeout"),
    ),
    Case(
        "a-silent-websocket-is-closed",
        doc("{path_prefix: /ws, websocket: {idle_timeout: 1s}}"),
        (
            _upgraded("/ws", talk=Talk(("a", "b", "c"), pause=0.6, silent=5.0, closed=(0.7, 3.0))),
            get("/ws", ok(), ("X-Echo-Delay", "1.5")),
        ),
        ("websocket.idle_timeout",),
    ),
    Case(
        "a-websocket-may-be-silent-for-a-while-by-default",
        doc("{path_prefix: /ws, websocket: {}, timeout: 500ms}"),
        (_upgraded("/ws", talk=Talk(("a",), silent=2.0)),),
        ("websocket.idle_timeout",),
    ),
    Case(
        "an-unanswered-handshake-is-a-silent-connection",
        doc("{path_prefix: /ws, websocket: {idle_timeout: 1s}, timeout: 300ms}"),
        (
            _upgraded("/ws", ("X-Echo-Delay", "0.6")),
            _handshake("/ws", Expect(504, reached="a", seconds=(0.7, 2.4)), ("X-Echo-Delay", "3")),
        ),
        ("websocket.idle_timeout", "timeout"),
    ),
    Case(
        "a-handshake-comes-by-http-also-where-proxies-are-trusted",
        doc("{path_prefix: /ws, websocket: {}}", settings="trusted_proxies: [127.0.0.1/32]"),
        (_upgraded("/ws", upstream_headers={"X-Forwarded-Proto": "http"}),),
        ("websocket", "global.trusted_proxies"),
    ),
    Case(
        "a-route-with-websocket-may-strip-the-whole-path",
        doc("{path_prefix: /ws, strip_prefix: true, websocket: {}}"),
        (
            get("/ws", ok(upstream_path="/")),
            get("/ws?x=1", ok(upstream_path="/?x=1")),
            get("/ws/", ok(upstream_path="/")),
            _upgraded("/ws", upstream_path="/"),
            _upgraded("/ws/x", upstream_path="/x"),
        ),
        ("websocket", "routes.strip_prefix"),
    ),
    Case(
        "an-upstream-may-refuse-a-handshake",
        doc("{path_prefix: /ws, websocket: {}}"),
        (
            _handshake(
                "/ws",
                answered(403, "a", body=Contains("upstream")),
                ("X-Echo-Status", "403"),
            ),
            _upgraded("/ws"),
        ),
        ("websocket",),
    ),
    Case(
        "an-open-breaker-refuses-handshakes",
        doc("{path_prefix: /ws, websocket: {}, circuit_breaker: {max_failures: 2, timeout: 30s}}"),
        (
            get("/ws", answered(503, "a"), ("X-Echo-Status", "503"), times=2),
            Wait(0.3),
            _handshake("/ws", refused(503)),
            get("/ws", refused(503)),
        ),
        ("websocket", "circuit_breaker"),
    ),
    Case(
        "a-websocket-over-tls-to-the-upstream",
        document(
            service(
                "{path_prefix: /ws, websocket: {}}",
                upstream="{host: localhost, port: @a_tls@}",
                policies="protocol: https",
            )
        ),
        (_upgraded("/ws", talk=Talk(("one", "two"))),),
        ("websocket", "services.protocol=https"),
    ),
)
