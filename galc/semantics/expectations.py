"""What a test expects of a request, held against what came of it."""

from collections.abc import Iterable, Iterator

from msgspec import UNSET, Struct

from galc.frontend.source import Path
from galc.ir import document as doc
from galc.semantics.interpreter import Decision
from galc.semantics.messages import Answer, Forwarded, Headers, values
from galc.semantics.trace import masked, masked_query

_LONGEST = 160


class Outcome(Struct, frozen=True):
    """What came of a request: the answer, what the upstream got, and the service of that upstream.

    `decision` is the interpreter's. On a real gateway `meant` is the outcome that the language has
    for the same request, and `differs` tells how the gateway is known to do otherwise.
    """

    answer: Answer
    forwarded: Forwarded | None
    service: str | None
    decision: Decision | None = None
    meant: "Outcome | None" = None
    differs: tuple[str, ...] = ()


class Miss(Struct, frozen=True):
    """An expectation that isn't met: its path below `expect`, and both sides in words."""

    path: Path
    expected: str
    actual: str


def misses(expect: doc.Expectation, outcome: Outcome) -> Iterator[Miss]:
    """Every expectation that isn't met. What there was instead is told without credentials."""
    answer, decision = outcome.answer, outcome.decision
    route = decision.route.name if decision and decision.route else None
    if expect.status is not UNSET and expect.status != answer.status:
        yield Miss(("status",), f"status {expect.status}", str(answer.status))
    if expect.route is not UNSET and decision and expect.route != route:
        yield Miss(("route",), f"route {quoted(str(expect.route))}", _named(route))
    body = answer.body.decode("utf-8", "replace")
    if expect.body is not UNSET and str(expect.body) not in body:
        there = quoted(body) if body else "an empty one"
        yield Miss(("body",), f"{quoted(str(expect.body))} in the body", there)
    yield from _headers(("header", "absent"), expect.header, expect.absent, answer.headers, "")
    yield from _at_upstream(expect, outcome)


def _at_upstream(expect: doc.Expectation, outcome: Outcome) -> Iterator[Miss]:
    forwarded, decision = outcome.forwarded, outcome.decision
    policy = decision.route.authentication if decision and decision.route else None
    if expect.service is not UNSET and expect.service != outcome.service:
        yield Miss(("service",), f"service {quoted(str(expect.service))}", _named(outcome.service))
    request = "none"
    if forwarded is not None:
        request = quoted(f"{forwarded.method} {masked_query(forwarded.target, policy)}")
    if expect.refused is not UNSET and expect.refused == (forwarded is not None):
        wanted = "no request" if expect.refused else "a request"
        yield Miss(("refused",), f"{wanted} at the upstream", request)
    path = expect.upstream_path
    if path is not UNSET and (forwarded is None or path != forwarded.target):
        yield Miss(("upstream_path",), f"path {quoted(str(path))} at the upstream", request)
    wanted_body = expect.upstream_body
    if wanted_body is not UNSET:
        body = forwarded.body.decode("utf-8", "replace") if forwarded else None
        if body != wanted_body:
            there = request if body is None else quoted(body) if body else "an empty one"
            yield Miss(
                ("upstream_body",), f"body {quoted(str(wanted_body))} at the upstream", there
            )
    fields = ("upstream_header", "upstream_absent")
    if forwarded is not None:
        wanted_there, unwanted = expect.upstream_header, expect.upstream_absent
        got, told = forwarded.headers, masked(forwarded.headers, policy)
        yield from _headers(fields, wanted_there, unwanted, got, " at the upstream", told)
        return
    for field, names in zip(fields, (expect.upstream_header, expect.upstream_absent), strict=True):
        if names:
            yield Miss((field,), "a request at the upstream", request)


def _headers(
    fields: tuple[str, str],
    wanted: dict[str, str],
    unwanted: Iterable[str],
    got: Headers,
    where: str,
    told: Headers | None = None,
) -> Iterator[Miss]:
    """A header that comes several times is right with all its values, and with any one of them. As
    a list it may have spaces after its commas, and several lines (RFC 9110 section 5.6.1)."""
    present, absent = fields
    told = got if told is None else told
    for name, value in wanted.items():
        found = values(got, name)
        if value not in found and (not found or _members(value) != _members(",".join(found))):
            there = _line(name, values(told, name)) if found else "none"
            yield Miss((present, name), f"header {_line(name, [value])}{where}", there)
    for number, name in enumerate(unwanted):
        found = values(told, name)
        if found:
            yield Miss((absent, number), f"no header {quoted(name)}{where}", _line(name, found))


def _members(value: str) -> list[str]:
    return [member.strip() for member in value.split(",")]


def _line(name: str, found: list[str]) -> str:
    return quoted(f"{name}: {', '.join(found)}")


def _named(name: str | None) -> str:
    return "none" if name is None else quoted(name)


def quoted(text: str) -> str:
    """A text for one line of a message.

    >>> quoted("two\\nlines")
    '`two\\\\nlines`'
    """
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return "`" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown) + "`"
