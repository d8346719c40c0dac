"""Runs a case on a gateway: compile, boot, take the steps, and say what is wrong."""

import itertools
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from galc.compiler import compile_text
from galc.diagnostics.fields import NotYet
from galc.diagnostics.targets import Unsupported
from galc.live.programs import reserved_ports

from .checks import Answer, Exchange, Headers, complaints, talk_complaints
from .client import Request
from .client import send as send_request
from .gateways import Gateway, Ports, RunningGateway
from .jwks import jwks_server
from .keys import Authority, Keys
from .model import (
    Case,
    CookieFrom,
    Distribution,
    HeaderValue,
    ReachedBy,
    Send,
    SetUpstream,
    Step,
    Token,
    Wait,
)
from .processes import PortTakenError
from .upstream import REQUEST_ID, Upstreams
from .websocket import with_handshake

_BOOT_ATTEMPTS = 5
_GLOBAL = "global: {host: 127.0.0.1, port: @gateway@, admin_port: @admin@}\n"


class CaseFailedError(AssertionError):
    """The gateway doesn't do what the case says; the message tells what happened."""


@dataclass(frozen=True)
class World:
    """What stands around the gateway, for all cases of a session."""

    upstreams: Upstreams
    keys: Keys
    authority: Authority
    placeholders: dict[str, str]


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Upstreams, keys and the JWKS server; `folder` is for their files."""
    keys, authority = Keys(), Authority(folder)
    jwks_file = folder / "jwks.json"
    jwks_file.write_text(keys.jwks, "utf-8")
    with Upstreams(authority) as upstreams, jwks_server(keys.jwks) as jwks_port:
        texts = {name: str(port) for name, port in upstreams.ports().items()}
        texts |= {"jwks": str(jwks_port), "jwks_file": str(jwks_file)}
        texts |= {"jwks_inline": keys.jwks, "jwks_bare": keys.bare_jwks}
        yield World(upstreams, keys, authority, texts)


class RefusedError(Exception):
    """The target's capability table says that it can't do what the case asks for."""


def run(case: Case, gateway: Gateway, around: World) -> None:
    """Raises `CaseFailedError` at the first step that goes wrong."""
    around.upstreams.reset()
    for attempt in itertools.count(1):
        try:
            with reserved_ports(2) as (port, admin):
                ports = Ports(port, admin)
                artifacts = _compile(case, gateway.target, text_of(case, around, ports))
                with gateway.boot(artifacts, ports, around.authority.certificates) as running:
                    Run(around.keys, Live(around.upstreams, running, port)).take(case)
        except PortTakenError:
            if attempt == _BOOT_ATTEMPTS:
                raise
        else:
            return


def text_of(case: Case, around: World, ports: Ports) -> str:
    """The case's document with the ports and keys of this run."""
    own = {"gateway": str(ports.gateway), "admin": str(ports.admin)}
    return fill_in(case.document, {**around.placeholders, **own})


def fill_in(document: str, known: Mapping[str, str]) -> str:
    """A document with what stands behind its placeholders, on loopback unless it says else."""
    text = document
    if not re.search(r"^global:", text, re.MULTILINE):
        text = _GLOBAL + text
    return re.sub(r"@([a-z_]+)@", lambda found: known[found[1]], text)


def _compile(case: Case, target: str, text: str) -> dict[str, str]:
    compilation = compile_text(text, f"{case.name}.yaml", target)
    if not compilation.ok:
        refused = [d for d in compilation.diagnostics if d.severity == "error"]
        if all(isinstance(d, (Unsupported, NotYet)) for d in refused):
            raise RefusedError("; ".join(sorted({d.message() for d in refused})))
        found = "\n".join(f"  {diagnostic}" for diagnostic in compilation.diagnostics)
        raise CaseFailedError(f"{case.name}: {target} refuses the document:\n{found}\n{text}")
    return dict(compilation.artifacts)


class Driver(Protocol):
    """What takes a case's steps: a real gateway with its upstreams, or a model of both."""

    def send(self, requests: Sequence["Sent"], concurrency: int) -> list[Exchange]:
        """What came of each request; so many are on their way at any time."""

    def wait(self, seconds: float) -> None:
        """Lets time pass."""

    def change(self, name: str, step: SetUpstream) -> None:
        """Changes an upstream's behaviour."""

    def story(self) -> str:
        """What there is to know when something went wrong."""


@dataclass(frozen=True)
class Sent:
    """A request, the gateway's address that it goes to, and the client's own."""

    request: Request
    to: str
    source: str


class Live:
    """A gateway that runs, and the upstreams around it."""

    _ids = itertools.count(1)

    def __init__(self, upstreams: Upstreams, gateway: RunningGateway, port: int) -> None:
        self._upstreams = upstreams
        self._gateway = gateway
        self._port = port

    def send(self, requests: Sequence[Sent], concurrency: int) -> list[Exchange]:
        if len(requests) == 1:
            return [self._send(requests[0])]
        with ThreadPoolExecutor(concurrency) as pool:
            return list(pool.map(self._send, requests))

    def _send(self, sent: Sent) -> Exchange:
        number = str(next(self._ids))
        headers = (*sent.request.headers, (REQUEST_ID, number))
        request = replace(sent.request, headers=headers)
        answer = send_request(request, (sent.to, self._port), sent.source)
        return Exchange(answer, self._upstreams.records.take(number))

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def change(self, name: str, step: SetUpstream) -> None:
        self._upstreams.change(name, step)

    def story(self) -> str:
        how = "runs" if self._gateway.running else "HAS ENDED"
        return f"gateway {how}, its log:\n{self._gateway.log_tail()}"


class Run:
    """Takes the steps of a case; remembers what came of some of them."""

    def __init__(self, keys: Keys, driver: Driver) -> None:
        self._keys = keys
        self._driver = driver
        self._memory: dict[str, Exchange] = {}

    def take(self, case: Case) -> None:
        """Raises `CaseFailedError` at the first step that goes wrong."""
        for number, step in enumerate(case.steps, 1):
            try:
                problem = self._step(step)
            except (OSError, EOFError, ValueError) as error:
                problem = f"no proper answer: {error!r}"
            if problem:
                raise CaseFailedError(
                    f"{case.name}, step {number} of {len(case.steps)}: {step}\n{problem}\n"
                    f"{self._driver.story()}"
                )

    def _step(self, step: Step) -> str | None:
        if isinstance(step, Wait):
            self._driver.wait(step.seconds)
        elif isinstance(step, SetUpstream):
            self._driver.change(self._name(step.name), step)
        elif isinstance(step, Distribution):
            return self._distribute(step)
        else:
            for turn in range(1, step.times + 1):
                sent = self.request(step, step.source)
                exchange = self._driver.send([sent], 1)[0]
                problem = self._problem(step, sent.request, exchange)
                if problem:
                    return f"request {turn} of {step.times}:\n{problem}"
                if step.remember:
                    self._memory[step.remember] = exchange
        return None

    def _name(self, name: str | ReachedBy) -> str:
        if isinstance(name, ReachedBy):
            reached = self._memory[name.remembered].reached
            assert reached is not None, f"{name.remembered} reached no upstream"
            return reached
        return name

    def request(self, step: Send, source: str) -> Sent:
        """The request that a step sends from a source."""
        headers = self._headers(step)
        if step.talk:
            headers = with_handshake(headers)
        request = Request(
            step.method, step.path, headers, step.body, step.chunked, step.http2, step.talk
        )
        return Sent(request, step.to, source)

    def _problem(self, step: Send, request: Request, exchange: Exchange) -> str:
        """What is wrong with an exchange; empty for nothing."""
        problems = complaints(step.expect, exchange, self._memory)
        if step.talk:
            problems += talk_complaints(step.talk, exchange.answer)
        lines = [f"  ✗ {problem}" for problem in problems]
        return "\n".join((*lines, *_story(request, exchange))) if lines else ""

    def _headers(self, step: Send) -> Headers:
        named = tuple((name, self._value(value)) for name, value in step.headers)
        host = () if any(n.lower() == "host" for n, _ in named) else (("Host", "gateway.test"),)
        return (*host, *named)

    def _value(self, value: HeaderValue) -> str:
        if isinstance(value, Token):
            return self._keys.sign(value)
        if isinstance(value, CookieFrom):
            return self._cookie(value)
        return value

    def _cookie(self, wanted: CookieFrom) -> str:
        answer = self._memory[wanted.remembered].answer
        for name, value in answer.headers:
            if name.lower() == "set-cookie" and value.startswith(f"{wanted.cookie}="):
                return value.partition(";")[0]
        raise ValueError(f"{wanted.remembered} set no cookie {wanted.cookie}: {answer.headers}")

    def _distribute(self, step: Distribution) -> str | None:
        sources = itertools.islice(itertools.cycle(step.sources), step.count)
        sent = [self.request(step.send, source) for source in sources]
        exchanges = self._driver.send(sent, step.concurrency)
        pairs = zip(sent, exchanges, strict=True)
        told = [self._problem(step.send, one.request, exchange) for one, exchange in pairs]
        problems = [problem for problem in told if problem]
        if problems:
            return f"{len(problems)} of {step.count} requests went wrong, the first:\n{problems[0]}"
        reached = Counter(exchange.reached for exchange in exchanges)
        fair = reached.keys() <= step.shares.keys() and all(
            low <= reached[name] <= high for name, (low, high) in step.shares.items()
        )
        if step.shares and not fair:
            return f"  ✗ shares: expected {dict(step.shares)}, got {dict(reached)}"
        low, high = step.distinct or (0, len(reached))
        if not low <= len(reached) <= high:
            return f"  ✗ upstreams reached: expected {low} to {high}, got {dict(reached)}"
        return None


def _story(request: Request, exchange: Exchange) -> Iterator[str]:
    yield f"  request: {request.method} {request.path} {_lines(request.headers)}"
    yield f"  answer: {_told(exchange.answer)}"
    for call in exchange.received or ():
        yield f"  upstream {call.upstream} got: {call.method} {call.path} {_lines(call.headers)}"
    if not exchange.received:
        yield "  no upstream was called"


def _told(answer: Answer) -> str:
    return f"{answer.status} {_lines(answer.headers)} {answer.body[:300]!r}"


def _lines(headers: Headers) -> str:
    return "".join(f"\n      {name}: {value}" for name, value in headers)
