"""The programs for Kong in LuaJIT: what the live cases on the model don't reach."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galc.printers.lua import lua_literal
from galc.targets.kong.programs import _source

from ..live.keys import Keys
from ..live.model import Token
from .test_kong_running import OneService
from .test_kong_world import Request

_KEYS = Keys()


# Rate limits


def test_a_bucket_is_refilled_evenly() -> None:
    gateway = OneService("{path: /, rate_limit: {requests_per_second: 4, burst: 3}}")
    assert [gateway.get().status for _ in range(4)] == [200, 200, 200, 429]
    gateway.now += 0.24
    assert gateway.get().status == 429
    gateway.now += 0.02
    assert [gateway.get().status for _ in range(2)] == [200, 429]
    gateway.now += 1000
    assert [gateway.get().status for _ in range(4)] == [200, 200, 200, 429]


@given(
    st.integers(1, 50),
    st.integers(1, 20),
    st.lists(st.floats(0, 1), min_size=1, max_size=60),
)
def test_a_bucket_never_gives_more_than_burst_and_rate(
    rate: int, burst: int, pauses: list[float]
) -> None:
    gateway = OneService(
        f"{{path: /, rate_limit: {{requests_per_second: {rate}, burst: {burst}}}}}"
    )
    tokens = float(burst)
    for pause in pauses:
        gateway.now += pause
        tokens = min(burst, tokens + pause * rate)
        status = gateway.get().status
        if abs(tokens - 1) > 1e-3:
            assert status == (200 if tokens >= 1 else 429)
        if status == 200:
            tokens -= 1


def test_a_missing_key_header_and_an_empty_one_share_a_bucket() -> None:
    limit = "rate_limit: {requests_per_hour: 1, key_type: header, key_header: X-Key}"
    gateway = OneService(f"{{path: /, {limit}}}")
    assert gateway.get().status == 200
    assert gateway.get("/", ("X-Key", "")).status == 429
    assert gateway.get("/", ("X-Key", "a" * 5000)).status == 200
    assert gateway.get("/", ("X-Key", "a" * 5000)).status == 429


# Circuit breakers


def _breaker(fields: str) -> OneService:
    return OneService(f"{{path: /, circuit_breaker: {{{fields}}}}}")


def test_trials_are_limited_until_they_are_heard_of() -> None:
    gateway = _breaker("max_failures: 1, timeout: 10s, half_open_requests: 2")
    gateway.status = 500
    gateway.get()
    gateway.status = 200
    gateway.now += 10
    [plugin] = gateway.kong.file["services"][0]["routes"][0]["plugins"]
    outcome = plugin["config"].pop("header_filter")  # on their way, or lost for ever
    assert [gateway.get().status for _ in range(4)] == [200, 200, 503, 503]
    plugin["config"]["header_filter"] = outcome
    assert gateway.get().status == 503
    gateway.now += 10.1
    assert [gateway.get().status for _ in range(5)] == [200] * 5


def test_an_upstream_that_is_not_there_counts_whatever_the_statuses() -> None:
    gateway = _breaker("max_failures: 2, timeout: 10s, unhealthy_status_codes: [429]")
    gateway.status = 0
    assert [gateway.get().status for _ in range(3)] == [502, 502, 503]


def test_an_open_breaker_opens_again_at_the_first_failed_trial() -> None:
    gateway = _breaker("max_failures: 3, timeout: 10s, half_open_requests: 3")
    gateway.status = 503
    assert [bool(gateway.get() and gateway.sent) for _ in range(4)] == [True] * 3 + [False]
    for _ in range(3):
        gateway.now += 10
        assert [bool(gateway.get() and gateway.sent) for _ in range(3)] == [True, False, False]


# Tokens


def _jwt(fields: str = "") -> OneService:
    jwt = f"jwt: {{issuer: me, jwks: '{_KEYS.jwks}'{fields}}}"
    return OneService(f"{{path: /, authentication: {{type: jwt, {jwt}}}}}")


def _part(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _bearer(**claims: object) -> tuple[str, str]:
    return "Authorization", _KEYS.sign(Token({"iss": "me", **claims}))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        "a.b.c.d",
        f"{_part('1')}.{_part({})}.aa",
        f"{_part([])}.{_part({})}.aa",
        f"{_part({'alg': ['RS256']})}.{_part({})}.aa",
        f"{_part({'alg': 'RS256', 'kid': 'RS256'})}.{_part('[')}.aa",
        f"{_part({'alg': 'RS256', 'kid': 'RS256'})}.{_part('7')}.aa",
        f"{_part({'alg': 'RS256', 'kid': 'RS256', 'crit': ['x']})}.{_part({})}.aa",
        f"{_part({'alg': 'RS256', 'kid': 'RS256'})}.{_part({})}.",
        f"{_part('[' * 5000)}.{_part({})}.aa",
    ],
)
def test_a_malformed_token_is_refused_before_the_plugin_sees_it(token: str) -> None:
    gateway = _jwt()
    assert gateway.get("/", ("Authorization", f"Bearer {token}")).status == 401
    assert gateway.kong.request.header("X-Galc-Token") == []


def test_a_signature_of_a_wrong_length_never_reaches_the_plugin() -> None:
    gateway = _jwt(", algorithms: [ES256, PS256]")
    for algorithm in ("ES256", "PS256"):
        head = _part({"alg": algorithm, "kid": algorithm})
        assert gateway.get("/", ("Authorization", f"Bearer {head}.{_part({})}.AAAA")).status == 401
        assert gateway.kong.request.header("X-Galc-Token") == []


def test_neither_the_token_nor_kongs_consumer_reaches_the_upstream() -> None:
    gateway = _jwt()
    forged = (("X-Galc-Token", "Bearer x"), ("X-Consumer-Username", "root"))
    assert gateway.get("/", *forged).status == 401
    assert gateway.get("/", _bearer(), *forged).status == 200
    assert not gateway.seen.header("X-Galc-Token") + gateway.seen.header("X-Consumer-Username")
    assert gateway.seen.header("Authorization") == [_bearer()[1]]


def test_a_key_of_another_route_does_not_open_this_one() -> None:
    keys = {key["kid"]: key for key in json.loads(_KEYS.jwks)["keys"]}
    routes = []
    for kid in ("RS256", "ES256"):
        jwt = f"jwt: {{jwks: '{json.dumps({'keys': [keys[kid]]})}', algorithms: [RS256, ES256]}}"
        routes.append(f"{{path: /{kid}, authentication: {{type: jwt, {jwt}}}}}")
    gateway = OneService(*routes)
    for path in ("RS256", "ES256"):
        for alg in ("RS256", "ES256"):
            token = _KEYS.sign(Token({}, alg=alg))
            wanted = 200 if path == alg else 401
            assert gateway.get(f"/{path}", ("Authorization", token)).status == wanted


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"exp": 1_699_999_999}, 401),
        ({"exp": 1_700_000_001}, 200),
        ({"exp": "1_800_000_000"}, 401),
        ({"exp": None}, 401),
        ({"nbf": 1_700_000_001}, 401),
        ({"nbf": 1_700_000_000}, 200),
        ({"nbf": [1]}, 401),
        ({"iss": ["me"]}, 401),
        ({"aud": {"api": "api"}}, 401),
        ({"aud": ["x", "api"]}, 200),
    ],
)
def test_claims_are_checked(claims: dict[str, object], status: int) -> None:
    gateway = _jwt(", audiences: [api]")
    signed = Token({"iss": "me", "aud": "api", "exp": 1_700_000_001, **claims}, expires_in=None)
    assert gateway.get("/", ("Authorization", _KEYS.sign(signed))).status == status


def test_claims_become_headers() -> None:
    pairs = ("s", "i", "f", "b", "list", "map", "none", "evil", "a.b")
    listed = ", ".join(f"{{claim: {name}, header: X-{name.replace('.', '-')}}}" for name in pairs)
    gateway = _jwt(f", claims_to_headers: [{listed}]")
    claims = {
        "s": "grüße \U0001f600 \\u",
        "i": 9007199254740991,
        "f": 1.5,
        "b": False,
        "list": [1],
        "map": {},
        "none": None,
        "evil": "a\r\nX-B: c",
        "a": {"b": "deep"},
    }
    forged = tuple((f"x-{name.replace('.', '-')}", "forged") for name in pairs)
    assert gateway.get("/", _bearer(**claims), *forged).status == 200
    seen = {name: gateway.seen.header(f"X-{name.replace('.', '-')}") for name in pairs}
    wire = "grüße \U0001f600 \\u".encode().decode("latin-1")
    assert seen == {
        "s": [wire],
        "i": ["9007199254740991"],
        "f": ["1.5"],
        "b": ["false"],
        "list": [],
        "map": [],
        "none": [],
        "evil": [],
        "a.b": ["deep"],
    }


def _read(text: str) -> Any:
    """What the JSON reader makes of a text, as Python's values."""
    lua = _jwt().kong.lua
    read = lua.execute(b"local galc = {}\n" + _source("json").encode() + b"\nreturn json_read")
    return _plain(read(text.encode()), lua)


def _plain(value: Any, lua: Any) -> Any:
    if lua.globals().type(value) == b"table":
        items = {(_plain(k, lua)): _plain(v, lua) for k, v in value.items()}
        if items and all(isinstance(key, (int, float)) for key in items):
            return [items[key] for key in sorted(items)]
        return items
    return value.decode() if isinstance(value, bytes) else value


_JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4)
        | st.dictionaries(st.text('ab"\\/é{}[],: ', max_size=4), inner, min_size=1, max_size=4)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), _JSON, min_size=1, max_size=5), st.booleans())
def test_the_reader_reads_json(value: dict[str, Any], ascii_only: bool) -> None:
    assert _read(json.dumps(value, ensure_ascii=ascii_only)) == value


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"a"}', '{"a":}', '{"a":1,}', "[1,]", '{"a":1}x', '{"a":nul}', '{"a":"\\x"}',
     '{"a":"\n"}', '{"a":1-2}', '{"a":.5}', '{a:1}', '"text"', "7", '{"a":"\\ud800"}'],
)  # fmt: skip
def test_the_reader_refuses_what_is_not_an_object(text: str) -> None:
    assert _read(text) is None


# Basic authentication


@pytest.mark.parametrize(
    ("password", "hashed"),
    [
        ("secret", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/"),
        ("secret", "$apr1$x$12YdXEY0/hH4rDNkmZupO0"),
        ("", "$apr1$abcdefgh$L.PT565ESX4Tp2bqNs7Ie."),
        ("a", "$apr1$x$16j9.5e7KiXmuYFAYpPJM/"),
        ("a long passphrase of more than sixteen bytes", "$apr1$x$usIE653XgX8S9gnRTRRRk/"),
        ("grüße", "$apr1$abcdefgh$msN752xwLas66Z5urL5fF."),
    ],
)
def test_apr1_hashes(password: str, hashed: str) -> None:
    user = f"{{username: u, password_hash: '{hashed}'}}"
    gateway = OneService(
        f"{{path: /, authentication: {{type: basic, basic: {{users: [{user}]}}}}}}"
    )
    login = base64.b64encode(f"u:{password}".encode()).decode()
    assert gateway.get("/", ("Authorization", f"Basic {login}")).status == 200
    wrong = base64.b64encode(f"u:{password}x".encode()).decode()
    assert gateway.get("/", ("Authorization", f"Basic {wrong}")).status == 401


# Headers


def _many(count: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"X-Filler-{number}", "x") for number in range(count))


def test_no_header_hides_behind_a_hundred_others() -> None:
    gateway = OneService(
        "{path: /, headers: {request_remove: [X-Gone], request_set: {X-Set: s},"
        " request_add: {X-More: m}}}"
    )
    hidden = (("X-Gone", "1"), ("X-Set", "1"), ("X-More", "1"))
    gateway.get("/", *_many(150), *hidden)
    assert gateway.seen.header("X-Gone") == []
    assert gateway.seen.header("X-Set") == ["s"]
    assert gateway.seen.header("X-More") == ["1", "m"]
    keyed = OneService("{path: /, authentication: {type: api_key, api_key: {keys: [{key: k}]}}}")
    assert keyed.get("/", *_many(150), ("X-API-Key", "k")).status == 200
    assert keyed.seen.header("X-API-Key") == []


def test_headers_that_kong_writes_follow_the_rules_too() -> None:
    gateway = OneService(
        "{path: /set, headers: {request_set: {X-Forwarded-Proto: https, Via: v}}}",
        "{path: /add, headers: {request_add: {X-Forwarded-For: 1.1.1.1}}}",
        "{path: /remove, headers: {request_remove: [X-Forwarded-For]}}",
        "{path: /plain}",
    )
    gateway.get("/set", ("X-Forwarded-Proto", "x"))
    assert gateway.seen.header("X-Forwarded-Proto") == ["https"]
    assert gateway.seen.header("Via") == ["v"]
    gateway.get("/add")
    assert gateway.seen.header("X-Forwarded-For") == ["127.0.0.1, 1.1.1.1"]
    gateway.get("/remove", ("X-Forwarded-For", "2.2.2.2"))
    assert gateway.seen.header("X-Forwarded-For") == []
    gateway.get("/plain")
    assert gateway.seen.header("Via") == []


def test_an_empty_answer_header_has_no_blank_in_http2() -> None:
    gateway = OneService("{path: /, headers: {response_set: {X-A: ''}}}")
    gateway.answer_headers = [("X-A", "upstream")]
    assert dict(gateway.get("/").headers)["X-A"] == ""
    assert "X-A" not in dict(gateway.get("/", http2=True).headers)


def test_the_host_is_sent_on_as_it_came() -> None:
    gateway = OneService("{path: /, hosts: [a.test], headers: {request_set: {X-Host: '{{host}}'}}}")
    for host in ("a.test", "A.Test", "A.TEST:8080", "a.test.", "a.test.:80"):
        request = Request("GET", "/", [("Host", host)])
        assert gateway.kong.handle(request).status == 200
        assert gateway.seen.header("Host") == gateway.seen.header("X-Host") == [host]
    assert gateway.kong.handle(Request("GET", "/", [("Host", "A.1")])).status == 404


def test_no_upgrade_reaches_the_upstream() -> None:
    gateway = OneService("{path: /}", "{path: /ws, websocket: {}}")
    gateway.get("/", ("Upgrade", "websocket"), ("Connection", "Upgrade"))
    assert gateway.seen.header("Upgrade") == []
    assert gateway.seen.header("Connection") == ["keep-alive"]


def test_a_handshake_reaches_the_upstream_with_the_times_of_a_tunnel() -> None:
    gateway = OneService("{path: /ws, websocket: {idle_timeout: 7s}, timeout: {connect: 2s}}")
    asks = ("Upgrade", "WebSocket"), ("Connection", "keep-alive, Upgrade, X-Secret")
    gateway.get("/ws", *asks, ("X-Secret", "x"))
    assert gateway.seen.header("Upgrade") == ["websocket"]
    assert gateway.seen.header("Connection") == ["Upgrade"]
    assert gateway.seen.header("X-Secret") == []
    assert gateway.sent is not None
    service = gateway.sent.service
    assert (service["connect_timeout"], service["read_timeout"]) == (2000, 7000)
    gateway.get("/ws")
    assert gateway.sent.service["read_timeout"] == 30_000


@pytest.mark.parametrize(
    "asks",
    [
        (("Upgrade", "websocket"),),
        (("Connection", "Upgrade"),),
        (("Upgrade", "websocket"), ("Upgrade", "h2c"), ("Connection", "Upgrade")),
        (("Upgrade", "websocket, h2c"), ("Connection", "Upgrade")),
        (("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings")),
        (("Upgrade", "websocket"), ("Connection", "Upgrades")),
    ],
)
def test_what_is_no_handshake_is_not_upgraded(asks: tuple[tuple[str, str], ...]) -> None:
    gateway = OneService("{path: /ws, websocket: {}}")
    gateway.get("/ws", *asks)
    assert gateway.seen.header("Upgrade") == []
    gateway.get("/ws", ("Upgrade", "websocket"), ("Connection", "Upgrade"), http2=True)
    assert gateway.seen.header("Upgrade") == []


@pytest.mark.parametrize("path", ["/a\\b", "/a%5Cb", "/a%5cb", "/a%2fb", "/%2F?x"])
def test_a_hidden_slash_is_refused_before_a_route_is_looked_for(path: str) -> None:
    assert OneService("{path_prefix: /}").get(path).status == 400


def test_a_slash_in_the_query_is_none() -> None:
    assert OneService("{path_prefix: /}").get("/?a=%2F\\%252F").status == 200


# API keys


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("key=k", ""),
        ("a=1&key=k&b=%26", "?a=1&b=%26"),
        ("k%65y=k&a", "?a"),
        ("key=%6b&a=b+c", "?a=b+c"),
        ("key=k&key", "?key=k&key"),
    ],
)
def test_the_key_is_taken_out_of_the_query(query: str, left: str) -> None:
    gateway = OneService(
        "{path: /, authentication: {type: api_key, api_key: {query_param: key, keys: [{key: k}]}}}"
    )
    reply = gateway.get(f"/?{query}")
    if left.endswith("key"):
        assert reply.status == 401  # twice
    else:
        assert gateway.seen.path == f"/{left}"


# Literals


@given(st.text())
def test_a_literal_is_the_text(text: str) -> None:
    lua = _LUA.kong.lua
    assert lua.eval(lua_literal(text).encode()) == text.encode("utf-8", "surrogatepass")


_LUA = OneService("{path: /}")
