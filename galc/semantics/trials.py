"""The tests that stand in a file (language section 2, `tests`), run on the interpreter.

Each begins with a gateway that has just started. Time passes only where `after` says so.
"""

import time
from collections.abc import Iterator
from typing import Protocol

from msgspec import UNSET
from msgspec.structs import replace

from galc.diagnostics.trials import TestFailed
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir.gateway import Gateway, Jwt, Route
from galc.ir.units import milliseconds
from galc.semantics import Decision, Reply, Request, State, bearers, routing, serve
from galc.semantics.bearers import TokenScheme
from galc.semantics.expectations import Miss, Outcome, misses
from galc.semantics.messages import Headers, first
from galc.semantics.paths import normalised
from galc.semantics.places import Places
from galc.semantics.tokens import Claims
from galc.semantics.trace import passed_over


class Player(Protocol):
    """Where the requests of one test go: to the interpreter, or to a real gateway."""

    #: The gateway's title, or nothing for the interpreter.
    on: str

    def wait(self, seconds: float) -> float:
        """Let time pass; the time that it is then, in seconds since 1970."""

    def sign(self, scheme: TokenScheme, claims: Claims, now: float) -> str:
        """A good token with these claims."""

    def send(self, request: Request, reply: Reply) -> Outcome:
        """Send a request; the upstream replies so, if it is called."""


class Interpreted:
    """Requests to a gateway that has just started, as the language has it."""

    on = ""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._state = State()
        self._now = time.time()

    def wait(self, seconds: float) -> float:
        """See `Player`."""
        self._now += seconds
        return self._now

    def sign(self, scheme: TokenScheme, claims: Claims, now: float) -> str:
        """See `Player`."""
        return bearers.made_up(scheme, claims, now)

    def send(self, request: Request, reply: Reply) -> Outcome:
        """See `Player`."""
        decision, self._state = serve(
            self._gateway, self._state, request, self._now, lambda _: reply
        )
        answer = decision.answer
        assert answer is not None
        if request.method == "HEAD":
            answer = replace(answer, body=b"")
        service = decision.route.service if decision.forwarded and decision.route else None
        return Outcome(answer, decision.forwarded, service, decision)


def failures(document: doc.Document, gateway: Gateway) -> Iterator[TestFailed]:
    """What goes wrong in all tests of a sound document."""
    for index, trial in enumerate(document.tests):
        yield from run(gateway, trial, ("tests", index), Interpreted(gateway))


def run(gateway: Gateway, trial: doc.Trial, path: Path, player: Player) -> Iterator[TestFailed]:
    """What goes wrong in a test, at most one finding for each expectation of a request."""
    told = _Teller(gateway, trial, player)
    for number, asked in enumerate(trial.requests):
        here = (*path, "requests", number, "expect")
        after = 0.0 if asked.after is UNSET else milliseconds(str(asked.after)) / 1000
        now = player.wait(after)
        request = request_of(gateway, asked, player, now)
        text = "" if asked.reply_body is UNSET else str(asked.reply_body)
        headers = tuple(asked.reply_header.items())
        reply = Reply(asked.upstream_status, headers, text.encode())
        failed: set[Path] = set()
        for turn in range(1, asked.times + 1):
            outcome = player.send(request, reply)
            for miss in misses(asked.expect, outcome):
                if miss.path not in failed:
                    failed.add(miss.path)
                    place = Place((*here, *miss.path))
                    yield told.failure(place, miss, asked, turn, outcome)


def request_of(gateway: Gateway, asked: doc.TrialRequest, player: Player, now: float) -> Request:
    """The request of a test, with a token where it has `claims`."""
    request = plain_request(asked)
    if asked.claims is UNSET:
        return request
    scheme = token_scheme(gateway, request)
    assert isinstance(asked.claims, dict) and scheme is not None, "the pass `trials` reports these"
    token = bearers.header(scheme, player.sign(scheme, asked.claims, now))
    return replace(request, headers=(*request.headers, token))


def plain_request(asked: doc.TrialRequest) -> Request:
    """The request of a test without the token of its claims."""
    headers: Headers = tuple(asked.header.items())
    if first(headers, "Host") is None:
        headers = (("Host", "gateway.example"), *headers)
    body = "" if asked.body is UNSET else str(asked.body)
    return Request(asked.method, asked.path, headers, body.encode(), asked.client)


def reached_route(gateway: Gateway, request: Request) -> Route | None:
    """The route that takes a request."""
    split = normalised(request.target)
    if split is None:
        return None
    host = routing.host_name(first(request.headers, "Host") or "")
    return routing.choose(gateway, request.method, host, split.path)


def token_scheme(gateway: Gateway, request: Request) -> TokenScheme | None:
    """How the route that takes a request wants its token, if it wants one."""
    return bearers.wanted(reached_route(gateway, request))


class _Teller:
    """Makes findings of a test: what decided otherwise, and where that stands."""

    def __init__(self, gateway: Gateway, trial: doc.Trial, player: Player) -> None:
        self._places = Places(gateway)
        self._trial = trial
        self._player = player

    def failure(
        self, place: Place, miss: Miss, asked: doc.TrialRequest, turn: int, outcome: Outcome
    ) -> TestFailed:
        """What to say of an expectation that isn't met."""
        decides: Place | None = None
        because, differs = "", ""
        meant = outcome.meant
        if meant is not None and miss.path not in {m.path for m in misses(asked.expect, meant)}:
            differs = f"the language would meet this, {self._player.on} does otherwise"
            differs += f": {'; '.join(outcome.differs)}" if outcome.differs else ""
        elif outcome.decision is not None:
            decides, because = self._reason(outcome.decision, miss.path)
        return TestFailed(
            place,
            self._trial.name,
            miss.expected,
            miss.actual,
            turn,
            asked.times,
            self._player.on,
            because,
            decides,
            differs,
        )

    def _reason(self, decision: Decision, path: Path) -> tuple[Place | None, str]:
        """The place that decided what came of a request, and in which words."""
        route = decision.route
        if route is None:
            near = next(iter(decision.candidates), None)
            return (Place(near.route.origin), passed_over(near, None)) if near else (None, "")
        stopped = next((step for step in decision.steps if step.stops), None)
        if stopped is not None:
            return self._places.of(route, stopped.policy), stopped.text
        if len(path) > 1:
            policy = _maker(route, str(path[1]))
            if policy is not None:
                return self._places.of(route, policy), "this makes the headers"
        return Place(route.origin), "this route takes it"


def _maker(route: Route, header: str) -> str | None:
    """The policy of a route that has to do with a header."""
    if header.lower().startswith("access-control-") and route.cors is not None:
        return "cors"
    scheme = route.authentication.scheme if route.authentication else None
    claimed = [name for _, name in scheme.claims_to_headers] if isinstance(scheme, Jwt) else []
    if header.lower() in map(str.lower, claimed):
        return "authentication"
    return "headers" if route.headers is not None else None
