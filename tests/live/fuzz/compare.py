"""Runs a program on a gateway and on the interpreter, and says where the two disagree.

What is compared is what the language defines; each leniency below says why it is one.
"""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from galc.compiler import compile_texts
from galc.live.programs import reserved_ports

from ..checks import Exchange, Headers, values
from ..gateways import Gateway, Ports
from ..model import Case, Send, SetUpstream, Step, UpstreamName
from ..processes import PortTakenError
from ..reference import Reference, compiled, placeholders
from ..run import DOCUMENT, Driver, Live, Run, World, filled, texts_of
from ..upstream import NAMES

#: Headers that a connection, a server or a client library adds for itself.
_OWN = frozenset(
    "connection content-length date keep-alive transfer-encoding accept-encoding server "
    "x-real-ip x-forwarded-host x-forwarded-port x-forwarded-server x-content-type-options "
    "x-live-request x-echo-upstream sec-websocket-accept sec-websocket-key "
    "sec-websocket-version upgrade".split()
)
#: Rejections whose words are the gateway's own: the table says so of the policy.
_OWN_WORDS = {"traefik": ("rate_limit", "circuit_breaker")}
#: Of the gateway's own answers only these are the language's matter.
_OF_REFUSALS = ("access-control-", "vary", "www-authenticate")
#: A gateway may take a moment from a failure to the open breaker.
_MOMENT = 0.15


class DisagreementError(AssertionError):
    """A gateway did otherwise than the interpreter."""


@dataclass
class Counts:
    """What a run has seen."""

    programs: int = 0
    requests: int = 0


def compare(program: Case, gateway: Gateway, around: World, counts: Counts) -> None:
    """Raises `DisagreementError` at the first request on which the two don't agree."""
    around.upstreams.reset()
    around.introspection.tokens = dict(program.tokens)
    for attempt in itertools.count(1):
        try:
            with reserved_ports(2) as (port, admin):
                texts = texts_of(program, around, Ports(port, admin))
                compilation = compile_texts(texts, (DOCUMENT,), gateway.target)
                artifacts = compilation.artifacts
                ports = Ports(port, admin)
                with gateway.boot(artifacts, ports, around.authority.certificates) as running:
                    live = Live(around, running, port)
                    _take(program, gateway.target, live, around, counts)
        except PortTakenError:
            if attempt == 5:
                raise
        else:
            return


def _take(program: Case, target: str, live: Live, around: World, counts: Counts) -> None:
    texts = filled(program, placeholders(around.keys))
    reference = Reference(compiled(texts, "program"), around.keys, program.tokens)
    counts.programs += 1
    for number, step in enumerate(program.steps, 1):
        if isinstance(step, SetUpstream):
            assert isinstance(step.name, str)
            reference.change(step.name, step)
            live.change(step.name, step)
            continue
        assert isinstance(step, Send)
        sent = Run(around.keys, live).request(step, step.source)
        before = reference.state
        expected = reference.send([sent], 1)[0]
        if step.talk and _is_free(reference):
            reference.state = before
            _calm(reference, live)
            continue
        got = live.send([sent], 1)[0]
        counts.requests += 1
        _calm(reference, live)
        problems = list(_differences(expected, got, reference, target))
        if problems:
            raise DisagreementError(_story(program, number, problems, reference))
        if expected.answer.status >= 500:
            time.sleep(_MOMENT)


def _calm(*drivers: Driver) -> None:
    """Targets take turns, so what one has left to do wrong isn't what the other has."""
    for name in cast("tuple[UpstreamName, ...]", NAMES):
        for driver in drivers:
            driver.change(name, SetUpstream(name, first=()))


def _is_free(reference: Reference) -> bool:
    """Whether a handshake may be refused or passed as a plain request, as the gateway likes."""
    route = reference.last.route if reference.last else None
    return route is None or route.websocket is None


def _story(program: Case, number: int, problems: list[str], reference: Reference) -> str:
    decision = reference.last
    assert decision is not None
    lines = [*problems, f"route: {decision.route.name if decision.route else None}"]
    lines += [f"{step.policy}: {step.text}" for step in decision.steps]
    lines += [f"{n}. {_told(s)}" for n, s in enumerate(program.steps[:number], 1)]
    return "\n  ".join((f"request {number}:", *lines)) + f"\n{program.document}"


def _told(step: Step) -> str:
    if isinstance(step, SetUpstream):
        return f"{step.name} does first {step.first}"
    assert isinstance(step, Send)
    named = "".join(f" {name}: {value};" for name, value in step.headers)
    handshake = " (WebSocket)" if step.talk else ""
    return f"{step.source} {step.method} {step.path}{named}{handshake} {step.body!r}"


def _differences(
    expected: Exchange, got: Exchange, reference: Reference, target: str
) -> Iterator[str]:
    """Whose turn it is among an upstream's targets isn't compared."""
    names, free = reference.names_behind_last(), _free(reference)
    steps = reference.last.steps if reference.last else ()
    own_words = bool(steps) and steps[-1].policy in _OWN_WORDS.get(target, ())
    if _kind(expected.answer.status) != _kind(got.answer.status):
        yield f"status: expected {expected.answer.status}, got {got.answer.status}"
    if bool(expected.received) != bool(got.received):
        yield f"reached: expected {expected.reached}, got {got.reached}"
    elif expected.received:
        if got.reached not in names:
            yield f"reached: expected one of {names}, got {got.reached}"
        yield from _upstream_differences(expected, got)
        answers = expected.answer.headers, got.answer.headers
        if not values(expected.answer.headers, "X-Echo-Upstream"):
            # No answer came, or none that may be passed on: the gateway has one of its own.
            answers = _of_refusal(answers[0]), _of_refusal(answers[1])
        yield from _header_differences("answer", *answers, free)
        if expected.answer.said != got.answer.said:
            yield f"said: expected {expected.answer.said}, got {got.answer.said}"
        same = expected.reached == got.reached and expected.answer.status < 500
        if same and expected.answer.body != got.answer.body:
            yield f"body: expected {expected.answer.body!r}, got {got.answer.body!r}"
    else:
        wanted, found = _of_refusal(expected.answer.headers), _of_refusal(got.answer.headers)
        yield from _header_differences("answer", wanted, found, free)
        if expected.answer.body not in got.answer.body and not own_words:
            yield f"body: expected {expected.answer.body!r}, got {got.answer.body!r}"


def _of_refusal(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower().startswith(_OF_REFUSALS))


def _kind(status: int) -> int:
    """Statuses that the language doesn't tell apart: a preflight's yes, and a lost upstream."""
    return {204: 200, 502: 503}.get(status, status)


def _upstream_differences(expected: Exchange, got: Exchange) -> Iterator[str]:
    wanted, found = expected.received[-1], got.received[-1]
    for name in ("method", "path", "version", "body"):
        if getattr(wanted, name) != getattr(found, name):
            yield (
                f"upstream {name}: expected {getattr(wanted, name)!r}, got {getattr(found, name)!r}"
            )
    if len(got.received) != len(expected.received):
        yield f"upstreams called: expected {len(expected.received)}, got {len(got.received)}"
    yield from _header_differences("upstream", wanted.headers, found.headers, frozenset())


def _free(reference: Reference) -> frozenset[str]:
    """Headers that may be there or not: where every origin is allowed, so is nobody's."""
    decision = reference.last
    policy = decision.route.cors if decision and decision.route else None
    anybody = policy is not None and any(origin.kind == "any" for origin in policy.origins)
    no_origin = decision is not None and decision.cross_origin is None
    return frozenset(["access-control-allow-origin"] if anybody and no_origin else [])


def _header_differences(
    where: str, expected: Headers, got: Headers, free: frozenset[str]
) -> Iterator[str]:
    wanted, found = _by_name(expected), _by_name(got)
    if found.get("vary") == ", ".join(filter(None, (wanted.get("vary"), "Origin"))):
        # An answer without CORS headers may say that another origin would get another answer.
        wanted["vary"] = found["vary"]
    if wanted.get("access-control-allow-origin") == "*" and "access-control-allow-origin" in found:
        # Where every origin is allowed, the answer may name the one that asked.
        wanted["access-control-allow-origin"] = found["access-control-allow-origin"]
    if "access-control-allow-methods" in found.keys() & wanted.keys():
        # A browser looks for these in real answers only.
        found.pop("access-control-expose-headers", None)
    for name in sorted((wanted.keys() | found.keys()) - free):
        if wanted.get(name) != found.get(name):
            yield f"{where} header {name}: expected {wanted.get(name)}, got {found.get(name)}"


def _by_name(headers: Headers) -> dict[str, str]:
    """The values of each header, as one list; the members of a list may stand in any lines."""
    joined: dict[str, list[str]] = {}
    for name, value in headers:
        if name.lower() not in _OWN:
            joined.setdefault(name.lower(), []).extend(part.strip() for part in value.split(","))
    return {name: ", ".join(values) for name, values in joined.items()}
