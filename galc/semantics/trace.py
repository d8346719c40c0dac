"""A decision told to a person, or to a program: the data behind `galc trace`."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from galc.frontend.source import Place, Source, Span
from galc.ir.gateway import ApiKeys, Authentication, Gateway, Jwt, PathMatch, Route
from galc.semantics import routing
from galc.semantics.interpreter import Decision
from galc.semantics.messages import Headers, Request
from galc.semantics.places import Places
from galc.semantics.upstreams import spelled

MASK = "***"
_MATCHES = {"exact": "{}", "prefix": "{}/*", "regex": "~ {}"}


class Where(Struct, frozen=True):
    """A place for people: 1-based."""

    file: str
    line: int
    column: int


class ToldStep(Struct, frozen=True):
    """What a policy did, and where it is written."""

    policy: str
    text: str
    stops: bool
    place: Where | None


class ToldCandidate(Struct, frozen=True):
    """A route whose path fits, and why it doesn't get the request; empty for the one that does."""

    route: str
    match: str
    reason: str
    place: Where


class Passed(Struct, frozen=True):
    """What the upstream gets."""

    service: str
    server: str
    method: str
    path: str
    headers: Headers
    body: str = ""


class Answered(Struct, frozen=True):
    """What the client gets."""

    status: int
    headers: Headers
    body: str


class Difference(Struct, frozen=True):
    """How a target treats such a request otherwise."""

    target: str
    feature: str
    how: str
    place: Where


class Trace(Struct, frozen=True):
    """The whole of one request's way. Credentials are masked."""

    request: str
    client: str
    path: str | None
    candidates: tuple[ToldCandidate, ...]
    steps: tuple[ToldStep, ...]
    upstream: Passed | None
    answer: Answered | None
    targets: tuple[Difference, ...] = ()


class Teller:
    """Makes traces of decisions of one gateway; `span_of` finds places in its source."""

    def __init__(self, gateway: Gateway, source: Source, span_of: Callable[[Place], Span]) -> None:
        self._places = Places(gateway)
        self._source = source
        self._span_of = span_of

    def where(self, place: Place) -> Where:
        """The line and column of a place."""
        span = self._span_of(place)
        return Where(self._source.files[span.file].name, span.line + 1, span.column + 1)

    def trace(
        self, request: Request, decision: Decision, differences: Iterable[Difference] = ()
    ) -> Trace:
        """What there is to say about a decision."""
        policy = decision.route.authentication if decision.route else None
        return Trace(
            f"{request.method} {masked_query(request.target, policy)}",
            decision.client,
            decision.path,
            tuple(self._candidates(decision)),
            tuple(self._steps(decision)),
            _passed(decision, policy),
            _answered(decision),
            tuple(differences),
        )

    def _candidates(self, decision: Decision) -> Iterable[ToldCandidate]:
        for candidate in decision.candidates:
            route = candidate.route
            place = self.where(Place(route.origin))
            reason = passed_over(candidate, decision.route)
            yield ToldCandidate(route.name, matched(route.match), reason, place)

    def _steps(self, decision: Decision) -> Iterable[ToldStep]:
        for step in decision.steps:
            place = None
            if decision.route is not None and step.policy not in ("path", "route"):
                place = self.where(self._places.of(decision.route, step.policy))
            yield ToldStep(step.policy, step.text, step.stops, place)


def passed_over(candidate: routing.Candidate, winner: Route | None) -> str:
    """Why a route whose path fits doesn't get the request; empty for the one that does."""
    route, lacks = candidate
    if route is winner:
        return ""
    if lacks == "method":
        return f"takes {', '.join(route.methods)} only"
    if lacks == "host":
        return f"is for {', '.join(route.hosts)} only"
    return f"comes later: {routing.decides(winner, route)}" if winner else "isn't asked"


def matched(match: PathMatch) -> str:
    """A route's path as a file would have it."""
    value = match.value.rstrip("/") if match.kind == "prefix" else match.value
    return _MATCHES[match.kind].format(value)


def _passed(decision: Decision, policy: Authentication | None) -> Passed | None:
    forwarded, route = decision.forwarded, decision.route
    if forwarded is None or route is None:
        return None
    return Passed(
        route.service,
        spelled(forwarded.server),
        forwarded.method,
        masked_query(forwarded.target, policy),
        masked(forwarded.headers, policy),
        forwarded.body.decode("utf-8", "replace"),
    )


def _answered(decision: Decision) -> Answered | None:
    answer = decision.answer
    if answer is None:
        return None
    return Answered(answer.status, answer.headers, answer.body.decode("utf-8", "replace"))


def masked(headers: Headers, policy: Authentication | None) -> Headers:
    """The headers without the values of credentials."""
    secret = {"authorization", "proxy-authorization", "cookie"}
    scheme = policy.scheme if policy else None
    if isinstance(scheme, (ApiKeys, Jwt)) and scheme.header:
        secret.add(scheme.header.lower())
    return tuple((n, MASK if n.lower() in secret else v) for n, v in headers)


def masked_query(target: str, policy: Authentication | None) -> str:
    """A path and query without the value of an API key."""
    scheme = policy.scheme if policy else None
    path, mark, query = target.partition("?")
    if not isinstance(scheme, ApiKeys) or scheme.query is None:
        return target
    pairs = [
        f"{name}={MASK}" if equals and name == scheme.query else pair
        for pair in query.split("&")
        for name, equals, _ in [pair.partition("=")]
    ]
    return path + mark + "&".join(pairs)


def as_text(trace: Trace) -> str:
    """A trace as `galc trace` prints it."""
    lines = [f"{trace.request} from {trace.client}"]
    if trace.path is not None and trace.path != trace.request.split(" ")[1].partition("?")[0]:
        lines.append(f"  normalised to {trace.path}")
    lines += ["", "route"]
    lines += [_candidate_line(candidate) for candidate in trace.candidates] or ["  none fits"]
    if trace.steps:
        lines += ["", "steps", *_columns(trace.steps)]
    if trace.upstream is not None:
        upstream = trace.upstream
        lines += ["", f"upstream {upstream.service}, {upstream.server}, gets"]
        lines += [f"  {upstream.method} {upstream.path}", *_header_lines(upstream.headers)]
        lines += [f"  {upstream.body}"] if upstream.body else []
    if trace.answer is not None:
        lines += ["", "client gets", f"  {trace.answer.status}"]
        lines += _header_lines(trace.answer.headers)
        lines += [f"  {trace.answer.body}"] if trace.answer.body else []
    for difference in trace.targets:
        place = _place(difference.place)
        lines += ["", f"on {difference.target}, `{difference.feature}` ({place}) differs:"]
        lines.append(f"  {difference.how}")
    return "\n".join(lines) + "\n"


def _candidate_line(candidate: ToldCandidate) -> str:
    mark = "→" if not candidate.reason else " "
    reason = f": {candidate.reason}" if candidate.reason else ""
    place = _place(candidate.place)
    return f"{mark} {candidate.match} ({candidate.route}, {place}){reason}"


def _columns(steps: tuple[ToldStep, ...]) -> list[str]:
    widest = max(len(step.policy) for step in steps)
    return [
        f"{'×' if step.stops and step.policy != 'cors' else '✓'} {step.policy.ljust(widest)}  "
        + step.text
        + (f"  ({_place(step.place)})" if step.place else "")
        for step in steps
    ]


def _header_lines(headers: Headers) -> list[str]:
    return [f"  {name}: {value}" for name, value in headers]


def _place(where: Where) -> str:
    return f"{where.file}:{where.line}:{where.column}"


def as_dict(trace: Trace) -> Any:
    """A trace as plain values, for JSON."""
    import msgspec

    return msgspec.to_builtins(trace)
