"""Requests that try to get around what the file says, at places where Kong itself gives way."""

import base64
import json

import pytest

from ..live.keys import Keys
from ..live.model import Token
from .test_kong_running import OneService
from .test_kong_world import MOST_HEADERS, Request

_KEYS = Keys()
_GUARDED = "authentication: {type: api_key, api_key: {keys: [{key: k}]}}"
_ORIGIN = "https://a.test"


def _many(count: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"X-Filler-{number}", "x") for number in range(count))


# Headers that Kong doesn't see


def test_a_host_behind_many_headers_still_decides_the_route() -> None:
    gateway = OneService(f"{{path_prefix: /, hosts: [a.test], {_GUARDED}}}", "{path_prefix: /}")
    for before in (0, 150, MOST_HEADERS - 1):
        request = Request("GET", "/x", [*_many(before), ("Host", "a.test")])
        assert gateway.kong.handle(request).status == 401


@pytest.mark.parametrize("before", [MOST_HEADERS, 5 * MOST_HEADERS])
def test_more_headers_than_the_router_reads_are_refused(before: int) -> None:
    gateway = OneService(f"{{path_prefix: /, hosts: [a.test], {_GUARDED}}}", "{path_prefix: /}")
    reply = gateway.kong.handle(Request("GET", "/x", [*_many(before), ("Host", "a.test")]))
    assert (reply.status, reply.body) == (431, b"Request Header Fields Too Large")


# Options of the connection


def test_a_client_can_not_take_away_what_the_gateway_has_set() -> None:
    claims = "claims_to_headers: [{claim: sub, header: X-User}]"
    jwt = f"jwt: {{issuer: me, jwks: '{_KEYS.jwks}', {claims}}}"
    gateway = OneService(
        f"{{path: /, authentication: {{type: jwt, {jwt}}}, headers: {{request_set: {{X-Set: s}}}}}}"
    )
    token = _KEYS.sign(Token({"iss": "me", "sub": "root"}))
    for options in ("close, X-User, x-set", "X-User,X-Set,keep-alive", "x-user"):
        gateway.get("/", ("Authorization", token), ("Connection", options))
        assert gateway.seen.header("X-User") == ["root"]
        assert gateway.seen.header("X-Set") == ["s"]


def test_options_of_the_connection_go_no_further() -> None:
    gateway = OneService("{path: /}")
    gateway.get("/", ("Connection", "close"), ("Connection", "X-Hop,"), ("X-Hop", "1"), ("A", "1"))
    assert gateway.seen.header("X-Hop") == []
    assert gateway.seen.header("A") == ["1"]
    assert gateway.seen.header("Connection") == ["keep-alive"]


def test_the_host_is_no_option_of_the_connection() -> None:
    gateway = OneService(f"{{path: /, hosts: [x], {_GUARDED}}}", "{path: /}")
    assert gateway.get("/", ("Connection", "Host")).status == 401


@pytest.mark.parametrize(
    "host", ["a.test:", "a.test:x", "A.test.:", "a.test:8080", "a.test:80:81", "a.test."]
)
def test_no_spelling_of_a_host_leads_to_another_route(host: str) -> None:
    gateway = OneService(f"{{path_prefix: /, hosts: [a.test], {_GUARDED}}}", "{path_prefix: /}")
    assert gateway.kong.handle(Request("GET", "/", [("Host", host)])).status == 401
    request = Request("GET", "/", [("Host", host), ("X-API-Key", "k")])
    assert gateway.kong.handle(request).status == 200
    assert gateway.seen.header("Host") == [host]


# What the router remembers


@pytest.mark.parametrize("name", ["Host", "Origin", "Access-Control-Request-Method"])
def test_no_request_is_taken_for_another_one(name: str) -> None:
    """The router's memory joins what it looks at with bars: the first of these two requests would
    lead the second one, which has a bar in its path only, to the open route."""
    gateway = OneService(
        f"{{path_prefix: /guarded, {_GUARDED}}}",
        f"{{path_prefix: /open, cors: {{allowed_origins: ['{_ORIGIN}']}}}}",
    )
    host = ("Host", "x")
    first: list[tuple[str, str]] = {
        "Host": [("Host", "x|GET|/guarded/1")],
        "Origin": [("Origin", "b|c|GET|/guarded/1"), host],
        "Access-Control-Request-Method": [
            ("Access-Control-Request-Method", "a|b|c|GET|/guarded/1"), ("Origin", "o"), host,
        ],
    }[name]  # fmt: skip
    second: list[tuple[str, str]] = {
        "Host": [host],
        "Origin": [("Access-Control-Request-Method", ""), ("Origin", "b"), ("Host", "c")],
        "Access-Control-Request-Method": [
            ("Access-Control-Request-Method", "a"), ("Origin", "b"), ("Host", "c"),
        ],
    }[name]  # fmt: skip
    path = {
        "Host": "/guarded/1|GET|/open",
        "Origin": "/guarded/1|x|GET|/open",
        "Access-Control-Request-Method": "/guarded/1|o|x|GET|/open",
    }[name]
    assert gateway.kong.handle(Request("GET", "/open", first)).status == 400
    assert gateway.kong.handle(Request("GET", path, second)).status == 401


def test_a_bar_in_a_path_is_a_character_like_any_other() -> None:
    gateway = OneService("{path_prefix: /a}", f"{{path_prefix: /b, {_GUARDED}}}")
    assert gateway.get("/a/x|y").status == 200
    assert gateway.seen.path == "/a/x%7Cy"
    assert gateway.get("/b/x|y").status == 401


# Paths


@pytest.mark.parametrize("path", ["/g/a%0Ab", "/g/%0a", "/g/x%0D%0A"])
def test_a_line_break_does_not_lead_around_a_regex(path: str) -> None:
    gateway = OneService(f"{{path_regex: '/g/(.*)', {_GUARDED}}}", "{path_regex: '/[^!]*'}")
    assert gateway.get(path).status == 401


def test_a_line_break_is_no_end_of_a_path() -> None:
    gateway = OneService("{path: /x}", "{path_regex: '/v[0-9]'}")
    assert gateway.get("/x").status == gateway.get("/v1").status == 200
    assert gateway.get("/x%0A").status == gateway.get("/v1%0A").status == 404


# Tokens whose key Kong would stumble over


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("name", [7, None, True, ["RS256"], {"RS256": 1}, "", "other", "\udcff"])
@pytest.mark.parametrize("inside", ["header", "claims"])
def test_a_key_is_named_by_a_text_that_is_known(name: object, inside: str) -> None:
    """Kong's plugin looks a key up by whatever the token says, and fails at what is no text. It
    looks into the claims first, also for a null."""
    jwt = f"jwt: {{issuer: me, jwks: '{_KEYS.jwks}'}}"
    gateway = OneService(f"{{path: /, authentication: {{type: jwt, {jwt}}}}}")
    head: dict[str, object] = {"alg": "RS256", "kid": "RS256"}
    claims: dict[str, object] = {"iss": "me", "exp": 1_800_000_000}
    (head if inside == "header" else claims)["kid"] = name
    signature = _KEYS.sign(Token({"iss": "me"})).rpartition(".")[2]
    token = f"Bearer {_part(head)}.{_part(claims)}.{signature}"
    assert gateway.get("/", ("Authorization", token)).status == 401
    assert gateway.kong.request.header("X-Galc-Token") == []


def test_a_null_is_no_claim() -> None:
    claims = "claims_to_headers: [{claim: sub, header: X-User}, {claim: a.b, header: X-Deep}]"
    jwt = f"jwt: {{issuer: me, jwks: '{_KEYS.jwks}', required_claims: [%s], {claims}}}"
    token = ("Authorization", _KEYS.sign(Token({"iss": "me", "sub": None, "a": {"b": None}})))
    for required, status in (("iss", 200), ("sub", 401), ("a.b", 401), ("a", 200)):
        gateway = OneService(f"{{path: /, authentication: {{type: jwt, {jwt % required}}}}}")
        assert gateway.get("/", token).status == status
        if status == 200:
            assert gateway.seen.header("X-User") == gateway.seen.header("X-Deep") == []


# Forwarding


def test_every_line_of_x_forwarded_for_is_passed_on() -> None:
    gateway = OneService("{path: /}")
    lines = ("1.1.1.1", "2.2.2.2, 3.3.3.3")
    for count, wanted in (
        (0, "127.0.0.1"),
        (1, "1.1.1.1, 127.0.0.1"),
        (2, "1.1.1.1, 2.2.2.2, 3.3.3.3, 127.0.0.1"),
    ):
        gateway.get("/", *(("X-Forwarded-For", line) for line in lines[:count]))
        assert gateway.seen.header("X-Forwarded-For") == [wanted]


# Headers that nginx has a place of its own for


@pytest.mark.parametrize("name", ["User-Agent", "Accept-Encoding", "X-Any"])
def test_set_replaces_every_line(name: str) -> None:
    gateway = OneService(f"{{path: /, headers: {{request_set: {{{name}: new}}}}}}")
    for count in range(3):
        gateway.get("/", *((name, str(number)) for number in range(count)))
        assert gateway.seen.header(name) == ["new"]


def test_a_request_header_may_be_set_to_nothing() -> None:
    gateway = OneService("{path: /, headers: {request_set: {X-A: ''}, request_add: {X-B: ''}}}")
    gateway.get("/", ("X-A", "1"), ("X-A", "2"), ("X-B", "1"))
    assert gateway.seen.header("X-A") == [""]
    assert gateway.seen.header("X-B") == ["1", ""]
    gateway.get("/", ("X-B", ""))
    assert gateway.seen.header("X-B") == ["", ""]


def test_an_added_answer_header_leaves_the_upstreams() -> None:
    gateway = OneService("{path: /, headers: {response_add: {Server: mine, X-A: mine}}}")
    gateway.answer_headers = [("Server", "theirs"), ("X-A", "theirs")]
    headers = gateway.get("/").headers
    assert [value for name, value in headers if name == "Server"] == ["theirs, mine"]
    assert [value for name, value in headers if name == "X-A"] == ["theirs", "mine"]
    gateway.answer_headers = []
    assert dict(gateway.get("/").headers)["Server"] == "mine"


# What the health check of a target hears of


@pytest.mark.parametrize(
    ("status", "listed", "told"),
    [
        (200, "500", 200),
        (500, "500", 500),
        (503, "500", 200),
        (404, "404", 500),
        # By itself Kong counts these as a timeout and as an unreachable target.
        (504, "500, 504", 500),
        (504, "500", 200),
        (502, "500", 200),
        (0, "500", 500),
        (0, "429", 500),
    ],
)
def test_a_health_check_counts_what_the_file_says(status: int, listed: str, told: int) -> None:
    check = f", health_check: {{passive: {{max_failures: 2, unhealthy_status_codes: [{listed}]}}}}"
    gateway = OneService("{path: /}", more=check)
    gateway.status = status
    gateway.get("/")
    assert gateway.kong.outcome == told
    [upstream] = gateway.kong.file["upstreams"]
    passive = upstream["healthchecks"]["passive"]
    assert passive["healthy"] == {"successes": 255, "http_statuses": [200]}
    assert passive["unhealthy"] == {
        "http_statuses": [500], "http_failures": 2, "tcp_failures": 0, "timeouts": 0,
    }  # fmt: skip


def test_the_gateways_own_answers_are_no_outcome_of_a_target() -> None:
    check = ", health_check: {passive: {max_failures: 2}}"
    gateway = OneService(f"{{path: /, {_GUARDED}}}", more=check)
    assert gateway.get("/").status == 401
    assert gateway.kong.outcome is None
