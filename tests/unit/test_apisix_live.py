"""The live cases, against the model of APISIX: what can be said of them where none runs."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from ..live.cases import ALL_CASES
from ..live.checks import Exchange, complaints, talk_complaints, values
from ..live.model import Case, CookieFrom, Distribution, ReachedBy, Send, SetUpstream, Token, Wait
from ..live.websocket import played, with_handshake
from .test_apisix_model import KEYS, Apisix, compiled, document_of


class Replay:
    """Takes the steps of a live case."""

    def __init__(self, apisix: Apisix) -> None:
        self.apisix = apisix
        self.memory: dict[str, Exchange] = {}

    def take(self, case: Case) -> None:
        for step in case.steps:
            if isinstance(step, Wait):
                self.apisix.world.clock += step.seconds
            elif isinstance(step, SetUpstream):
                self._change(step)
            elif isinstance(step, Distribution):
                self._distribute(step)
            else:
                for _ in range(step.times):
                    exchange = self._send(step, step.source)
                    if step.remember:
                        self.memory[step.remember] = exchange

    def _change(self, step: SetUpstream) -> None:
        named = step.name
        name = self.memory[named.remembered].reached if isinstance(named, ReachedBy) else named
        behaviour = self.apisix.behaviours[str(name)]
        behaviour.state = step.state or behaviour.state
        behaviour.status = behaviour.status if step.status is None else step.status
        behaviour.delay = behaviour.delay if step.delay is None else step.delay

    def _send(self, step: Send, source: str) -> Exchange:
        headers = [(name, self._value(value)) for name, value in step.headers]
        if not any(name.lower() == "host" for name, _ in headers):
            headers.insert(0, ("Host", "gateway.test"))
        if step.talk:
            headers = list(with_handshake(tuple(headers)))
        exchange = self.apisix.send(step, headers, source)
        if step.talk and exchange.answer.status == 101:
            said, closed = played(step.talk, self.apisix.idle)
            exchange = replace(exchange, answer=replace(exchange.answer, said=said, closed=closed))
        problems = complaints(step.expect, exchange, self.memory)
        if step.talk:
            problems += talk_complaints(step.talk, exchange.answer)
        assert not problems, f"{step}\n{problems}\n{exchange}"
        return exchange

    def _value(self, value: Any) -> str:
        if isinstance(value, Token):
            return KEYS.sign(value)
        if isinstance(value, CookieFrom):
            for name, cookie in self.memory[value.remembered].answer.headers:
                if name.lower() == "set-cookie" and cookie.startswith(f"{value.cookie}="):
                    return cookie.partition(";")[0]
            raise AssertionError(f"no cookie {value.cookie}")
        return str(value)

    def _distribute(self, step: Distribution) -> None:
        reached: Counter[str | None] = Counter()
        for index in range(step.count):
            exchange = self._send(step.send, step.sources[index % len(step.sources)])
            reached[exchange.reached] += 1
        for name, (low, high) in step.shares.items():
            assert low <= reached[name] <= high, reached
        if step.distinct:
            assert step.distinct[0] <= len(reached) <= step.distinct[1], reached


_LEFT_OUT = {
    "a-header-may-be-set-to-nothing": "nginx sends no empty header, as a warning says",
    "templates-in-a-request-header": "the model's uuid is always the same",
    "least-conn-prefers-the-idle-target": "the model answers one request after the other",
    "the-gateway-listens-on-its-host-only": "the model listens nowhere",
    "a-plain-upstream-is-no-https-upstream": "the model speaks no TLS",
}


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_the_model_does_what_the_case_says(case: Case) -> None:
    probes = "probes need timers" if "health_check: {active: {" in case.document else None
    why_not = case.reason_to_skip("apisix") or _LEFT_OUT.get(case.name) or probes
    if why_not:
        pytest.skip(why_not)
    result = compiled(document_of(case))
    if not result.ok:
        pytest.skip("; ".join(str(d.message()) for d in result.diagnostics))
    Replay(Apisix(result.artifacts)).take(case)


_ACAO = "Access-Control-Allow-Origin"
_ONE, _TWO = "https://one.test", "https://two.test"


def _preflight(document: str, path: str, method: str, origin: str) -> Exchange:
    result = compiled(document)
    assert result.ok, [d.message() for d in result.diagnostics]
    step = Send("OPTIONS", path)
    asked = [("Origin", origin), ("Access-Control-Request-Method", method), ("Host", "x.test")]
    return Apisix(result.artifacts).send(step, asked, "127.0.0.1")


def _origin(exchange: Exchange) -> list[str]:
    return values(exchange.answer.headers, _ACAO)


def _two_services(first: str, second: str) -> str:
    upstream = "upstream: {host: 127.0.0.1, port: %d}"
    return (
        "version: 1\nservices:\n"
        f"- {{name: one, {upstream % 7001}, routes: [{{{first}}}]}}\n"
        f"- {{name: two, {upstream % 7002}, routes: [{{{second}}}]}}\n"
    )


def test_a_refused_preflight_is_not_answered_by_a_shorter_prefix() -> None:
    document = _two_services(
        f"path_prefix: /api/users, methods: [GET], cors: {{allowed_origins: ['{_ONE}']}}",
        f"path_prefix: /api, cors: {{allowed_origins: ['{_TWO}']}}",
    )
    assert _origin(_preflight(document, "/api/users", "GET", _ONE)) == [_ONE]
    refused = _preflight(document, "/api/users/1", "GET", _TWO)
    assert (refused.answer.status, refused.reached, _origin(refused)) == (200, "b", [])
    assert _origin(_preflight(document, "/api/users/1", "PUT", _TWO)) == [_TWO]
    assert _origin(_preflight(document, "/api/x", "GET", _TWO)) == [_TWO]


def test_a_refused_preflight_goes_nowhere_where_nothing_takes_options() -> None:
    document = _two_services(
        "path_prefix: /api/users, methods: [GET]",
        f"path_prefix: /api, methods: [GET, PUT], cors: {{allowed_origins: ['{_ONE}']}}",
    )
    refused = _preflight(document, "/api/users", "GET", _ONE)
    assert (refused.answer.status, refused.reached, _origin(refused)) == (404, None, [])
    assert _origin(_preflight(document, "/api/users", "PUT", _ONE)) == [_ONE]


def test_a_route_that_takes_options_itself_leaves_others_preflights_alone() -> None:
    document = _two_services(
        "path_prefix: /api/users, methods: [GET, OPTIONS]",
        f"path_prefix: /api, cors: {{allowed_origins: ['{_ONE}']}}",
    )
    own = _preflight(document, "/api/users", "GET", _ONE)
    assert (own.reached, _origin(own)) == ("a", [])
    assert _origin(_preflight(document, "/api/users", "PUT", _ONE)) == [_ONE]


def test_an_upstreams_own_cors_headers_reach_no_refused_origin() -> None:
    document = _two_services(
        f"path: /one, cors: {{allowed_origins: ['{_ONE}'], expose_headers: [X-A]}}", "path: /two"
    )
    step = Send("GET", "/one")
    asked = [("Host", "x.test"), ("Origin", _TWO), ("X-Echo-Header", f"{_ACAO}: {_TWO}")]
    exchange = Apisix(compiled(document).artifacts).send(step, asked, "127.0.0.1")
    names = {name.lower() for name, _ in exchange.answer.headers}
    assert exchange.reached == "a" and "vary" in names
    assert not any(name.startswith("access-control-") for name in names)


def test_a_preflight_that_is_no_preflight_takes_from_the_bucket_of_its_route() -> None:
    document = _two_services(
        "path_prefix: /api/users, methods: [GET]",
        f"path_prefix: /api, cors: {{allowed_origins: ['{_ONE}']}},"
        " rate_limit: {requests_per_hour: 2}",
    )
    apisix = Apisix(compiled(document).artifacts)
    host = [("Host", "x.test")]
    asked = [*host, ("Origin", _ONE), ("Access-Control-Request-Method", "GET")]
    assert apisix.send(Send("GET", "/api"), host, "127.0.0.1").answer.status == 200
    assert apisix.send(Send("OPTIONS", "/api/users"), asked, "127.0.0.1").reached == "b"
    assert apisix.send(Send("GET", "/api"), host, "127.0.0.1").answer.status == 429
