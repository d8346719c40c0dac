"""The tests that stand in a file (language section 2, `tests`), run on the interpreter.

Each begins with a gateway that has just started. Time passes only where `after` says so.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from galc.diagnostics.trials import TestFailed
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir.gateway import Gateway, Jwt, Route
from galc.ir.units import milliseconds
from galc.semantics import Decision, Reply, Request, State, routing, serve
from galc.semantics.messages import Answer, Forwarded, Headers, first, values
from galc.semantics.paths import normalised
from galc.semantics.places import Places
from galc.semantics.tokens import Claims, made_up


class Outcome(Struct, frozen=True):
    """What came of a request: on the interpreter with the decision, on a real gateway without."""

    answer: Answer
    forwarded: Forwarded | None
    service: str | None
    decision: Decision | None = None


#: Sends one request of a test after so many seconds, and says what came of it.
Send = Callable[[Request, doc.TrialRequest, float], Outcome]
#: Makes a good token for a scheme, with these claims, at that time.
Sign = Callable[[Jwt, Claims, float], str]


def interpreted(gateway: Gateway) -> Send:
    """Requests to a gateway that has just started, as the language has it."""
    state, now = State(), time.time()

    def send(request: Request, trial: doc.TrialRequest, after: float) -> Outcome:
        nonlocal state, now
        now += after
        reply = Reply(trial.upstream_status)
        decision, state = serve(gateway, state, request, now, lambda _: reply)
        assert decision.answer is not None
        service = decision.route.service if decision.forwarded and decision.route else None
        return Outcome(decision.answer, decision.forwarded, service, decision)

    return send


def run(
    gateway: Gateway, trial: doc.Trial, path: Path, send: Send, sign: Sign = made_up
) -> Iterator[TestFailed]:
    """What goes wrong in a test, at most one finding for each expectation of a request."""
    places = Places(gateway)
    for number, asked in enumerate(trial.requests):
        here = (*path, "requests", number)
        after = 0.0 if asked.after is UNSET else milliseconds(str(asked.after)) / 1000
        failed: set[str] = set()
        for turn in range(1, asked.times + 1):
            outcome = send(request_of(gateway, asked, sign), asked, after if turn == 1 else 0.0)
            for field, expected, actual in _disappointments(asked.expect, outcome):
                if field not in failed:
                    failed.add(field)
                    of = f" (request {turn} of {asked.times})" if asked.times > 1 else ""
                    place = Place((*here, "expect", field))
                    decides, because = _reason(outcome.decision, places)
                    yield TestFailed(
                        place, trial.name, _SPOKEN[field], expected, actual, because, of, decides
                    )


def request_of(gateway: Gateway, asked: doc.TrialRequest, sign: Sign) -> Request:
    """The request of a test, with a token where it has `claims`."""
    headers: Headers = tuple(asked.header.items())
    if first(headers, "Host") is None:
        headers = (("Host", "gateway.example"), *headers)
    body = "" if asked.body is UNSET else str(asked.body)
    request = Request(asked.method, asked.path, headers, body.encode(), asked.client)
    scheme = _token_scheme(gateway, request) if isinstance(asked.claims, dict) else None
    if scheme is None or not isinstance(asked.claims, dict):
        return request
    token = scheme.prefix + sign(scheme, asked.claims, time.time())
    return replace(request, headers=(*headers, (scheme.header, token)))


def _token_scheme(gateway: Gateway, request: Request) -> Jwt | None:
    """How the route that takes a request wants its token."""
    split = normalised(request.target)
    host = routing.host_name(first(request.headers, "Host") or "")
    route: Route | None = None
    if split is not None:
        route = routing.choose(gateway, request.method, host, split.path)
    scheme = route.authentication.scheme if route and route.authentication else None
    return scheme if isinstance(scheme, Jwt) else None


_SPOKEN = {
    "status": "status",
    "route": "route",
    "body": "body",
    "header": "header",
    "absent": "header",
    "service": "service",
    "refused": "the upstream",
    "upstream_path": "path at the upstream",
    "upstream_header": "header at the upstream",
    "upstream_absent": "header at the upstream",
}


def _disappointments(expect: doc.Expectation, outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    """Field, what was expected and what there was instead."""
    answer, forwarded = outcome.answer, outcome.forwarded
    route = outcome.decision.route if outcome.decision else None
    compared: list[tuple[str, Any, Any]] = [
        ("status", expect.status, answer.status),
        ("service", expect.service, outcome.service or "none"),
        ("upstream_path", expect.upstream_path, forwarded.target if forwarded else "no request"),
    ]
    if outcome.decision is not None:
        compared.append(("route", expect.route, route.name if route else "none"))
    for field, wanted, got in compared:
        if wanted is not UNSET and wanted != got:
            yield field, f"`{wanted}`", f"`{got}`"
    if expect.refused is not UNSET and expect.refused == (forwarded is not None):
        wanted = "not to be called" if expect.refused else "to be called"
        yield "refused", wanted, "the opposite"
    body = answer.body.decode("utf-8", "replace")
    if expect.body is not UNSET and str(expect.body) not in body:
        yield "body", f"`{expect.body}` in it", f"`{body}`"
    yield from _headers("header", "absent", expect.header, expect.absent, answer.headers)
    sent = forwarded.headers if forwarded else ()
    wanted_there, unwanted = expect.upstream_header, expect.upstream_absent
    yield from _headers("upstream_header", "upstream_absent", wanted_there, unwanted, sent)


def _headers(
    present: str, absent: str, wanted: dict[str, str], unwanted: tuple[str, ...], got: Headers
) -> Iterator[tuple[str, str, str]]:
    for name, value in wanted.items():
        found = values(got, name)
        if value not in (found, ", ".join(found), *found):
            shown = f"`{name}: {', '.join(found)}`" if found else f"no `{name}`"
            yield present, f"`{name}: {value}`", shown
    for name in unwanted:
        found = values(got, name)
        if found:
            yield absent, f"no `{name}`", f"`{name}: {', '.join(found)}`"


def _reason(decision: Decision | None, places: Places) -> tuple[Place | None, str]:
    """The place that decided what came of a request, and in which words."""
    if decision is None or decision.route is None:
        return None, ""
    stopped = next((step for step in decision.steps if step.stops), None)
    if stopped is None:
        return Place(decision.route.origin), "this route takes it"
    return places.of(decision.route, stopped.policy), stopped.text
