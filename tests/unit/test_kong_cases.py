"""The live cases on a model of Kong: what the router and the programs decide, a Kong not needed.

Not run: cases about probes and balancing, which are Kong's own, and those that the table refuses.
"""

import itertools
import re
import time
from dataclasses import replace

import pytest

from galc.compiler import build, check
from galc.frontend.source import Source
from galc.targets.kong import TARGET
from tests.live.cases import ALL_CASES
from tests.live.checks import Answer, Exchange, Received, complaints, talk_complaints, values
from tests.live.keys import Keys
from tests.live.model import (
    Case,
    CookieFrom,
    Distribution,
    HeaderValue,
    Send,
    SetUpstream,
    Token,
    Wait,
)
from tests.live.websocket import played, with_handshake

from .test_kong_world import Kong, Reply, Request, Sent

_PORTS = {"a": 8001, "b": 8002, "c": 8003, "a_tls": 8441, "b_tls": 8442, "c_tls": 8443}
_UPSTREAMS = {str(port): name[0] for name, port in _PORTS.items()}
#: What the model has no part of, by the features that a case proves or the name it has.
_OUTSIDE = re.compile(
    r"upstream\.health_check|upstream\.load_balancer|upstream\.targets|upstream\.host|"
    r"global\.(host|port|admin_port|trusted_proxies)|services\.protocol=https"
)
_KEYS = Keys()


def text_of(case: Case) -> str:
    known = {name: str(port) for name, port in _PORTS.items()}
    known |= {"gateway": "10000", "admin": "9901", "jwks": "9000", "jwks_file": "/nowhere"}
    known |= {"jwks_inline": _KEYS.jwks, "jwks_bare": _KEYS.bare_jwks}
    return re.sub(r"@([a-z_]+)@", lambda found: known[found[1]], case.document)


class _World:
    """Upstreams that echo as the live suite's do, and a clock that only waits move."""

    def __init__(self, text: str) -> None:
        self.now = time.time()
        self.kong = Kong(text, self.answer, lambda: self.now)
        #: Seconds without traffic after which nginx ends what was upgraded last.
        self.idle = 0.0
        self.states: dict[str, SetUpstream] = {}
        self.received: list[Received] = []
        self.memory: dict[str, Exchange] = {}

    def answer(self, sent: Sent) -> Reply:
        name = _UPSTREAMS[sent.upstream["targets"][0]["target"].rpartition(":")[2]]
        state, request = self.states.get(name), sent.request
        if state and state.state == "down":
            return Reply(502, [], b"", "error")
        if state and state.state == "unreachable":
            self.now += sent.service["connect_timeout"] / 1000
            return Reply(504, [], b"", "error")
        headers = tuple((n, _utf8(v)) for n, v in request.headers)
        version = "2" if request.http2 else "1.1"
        if values(headers, "X-Echo-Deaf"):
            self.now += sent.service["write_timeout"] / 1000
            return Reply(504, [], b"", "error")
        self.received.append(
            Received(name, version, request.method, request.path, headers, request.body)
        )
        delay = float((values(headers, "X-Echo-Delay") or ["0"])[0])
        if delay * 1000 > sent.service["read_timeout"]:
            self.now += sent.service["read_timeout"] / 1000
            return Reply(504, [], b"", "error")
        self.now += delay
        self.idle = sent.service["read_timeout"] / 1000
        status = int(
            (values(headers, "X-Echo-Status") or [str((state and state.status) or 200)])[0]
        )
        own = [("Server", "upstream"), ("X-Powered-By", "echo"), ("X-Echo-Upstream", name)]
        wanted = [line.partition(":") for line in values(headers, "X-Echo-Header")]
        more = [(n.strip(), v.strip()) for n, _, v in wanted]
        if request.header("Upgrade") and status == 200:
            assert "upgrade" in request.header("Connection")[0].lower()
            taken = [("Upgrade", request.header("Upgrade")[0]), ("Connection", "upgrade")]
            return Reply(101, [*own, *taken, *more])
        body = b"" if request.method == "HEAD" else f'{{"upstream": "{name}"}}'.encode()
        # The live suite's HTTP/2 server answers gRPC in kind.
        kind = (values(headers, "Content-Type") if version == "2" else []) or ["application/json"]
        return Reply(status, [*own, ("Content-Type", kind[0]), *more], body)

    def send(self, step: Send, source: str) -> list[str]:
        named = [(name, self.value(value)) for name, value in step.headers]
        host = [] if any(n.lower() == "host" for n, _ in named) else [("Host", "gateway.test")]
        headers = [(n, v.encode().decode("latin-1")) for n, v in (*host, *named)]
        if step.talk:
            headers = list(with_handshake(tuple(headers)))
        request = Request(step.method, step.path, headers, step.body, source, step.http2)
        begin, self.received = self.now, []
        reply = self.kong.handle(request)
        told = tuple((n, _utf8(v)) for n, v in reply.headers)
        answer = Answer(reply.status, told, reply.body, seconds=self.now - begin)
        if step.talk and reply.status == 101:
            said, closed = played(step.talk, self.idle)
            answer = replace(answer, said=said, closed=closed)
        exchange = Exchange(answer, tuple(self.received))
        if step.remember:
            self.memory[step.remember] = exchange
        expect = replace(step.expect, trailers={})
        problems = complaints(expect, exchange, self.memory)
        if step.talk:
            problems += talk_complaints(step.talk, answer)
        return [f"{step}: {problem}: {exchange}" for problem in problems]

    def value(self, value: HeaderValue) -> str:
        assert not isinstance(value, CookieFrom)
        return _KEYS.sign(value) if isinstance(value, Token) else value


def _utf8(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


def _built(case: Case) -> str | None:
    checked = check(Source("x.yaml", text_of(case), "yaml"))
    return build(checked, TARGET).artifacts.get("kong.yaml")


_FITTING = [
    case for case in ALL_CASES if not any(map(_OUTSIDE.match, case.proves)) and _built(case)
]


@pytest.mark.parametrize("case", _FITTING, ids=lambda case: case.name)
def test_a_model_of_kong_does_what_the_case_says(case: Case) -> None:
    text = _built(case)
    assert text
    world = _World(text)
    for step in case.steps:
        if isinstance(step, Wait):
            world.now += step.seconds
        elif isinstance(step, SetUpstream):
            assert isinstance(step.name, str)
            world.states[step.name] = step
        else:
            send = step.send if isinstance(step, Distribution) else step
            count = step.count if isinstance(step, Distribution) else step.times
            sources = step.sources if isinstance(step, Distribution) else (step.source,)
            for source in itertools.islice(itertools.cycle(sources), count):
                assert not world.send(send, source)


def test_most_cases_are_run() -> None:
    assert len(_FITTING) > 230
