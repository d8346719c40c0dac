"""Compares what happened with what a case expects. Pure: an exchange in, complaints out."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .model import (
    ABSENT,
    PRESENT,
    REFUSED,
    UNSTATED,
    Contains,
    DiffersFrom,
    Expect,
    HeaderRule,
    Matches,
    Members,
    Not,
    Now,
    OnConnectionOf,
    ReachedBy,
    ReachedRule,
    StatusRule,
    Talk,
    Unlike,
)

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Received:
    """A request as an upstream got it from the wire."""

    upstream: str
    version: str
    method: str
    path: str
    headers: Headers
    body: bytes
    #: Tells connections to upstreams from each other; None where there are none.
    connection: int | None = None


@dataclass(frozen=True)
class Answer:
    """An answer as the client got it; status 0 is a refused connection.

    `said` are the texts that came back after an upgrade, `closed` the seconds of silence after
    which the connection was ended, None where it wasn't.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    trailers: Headers = ()
    seconds: float = 0.0
    said: tuple[str, ...] = ()
    closed: float | None = None


@dataclass(frozen=True)
class Exchange:
    """One request's answer and the calls that it led to."""

    answer: Answer
    received: tuple[Received, ...]

    @property
    def reached(self) -> str | None:
        """The upstream that was called last, if any."""
        return self.received[-1].upstream if self.received else None


Memory = Mapping[str, Exchange]
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


def values(headers: Headers, name: str) -> list[str]:
    """All values of a header, in order."""
    return [value for key, value in headers if key.lower() == name.lower()]


def complaints(expect: Expect, exchange: Exchange, memory: Memory) -> list[str]:
    """What is not as expected, one sentence each."""
    return list(_complaints(expect, exchange, memory))


def _complaints(expect: Expect, exchange: Exchange, memory: Memory) -> Iterator[str]:
    answer, received = exchange.answer, exchange.received
    if not _status_fits(expect.status, answer.status):
        yield f"status: expected {expect.status}, got {answer.status}"
    if not _body_fits(expect.body, answer.body):
        yield f"body: expected {expect.body!r}, got {_short(answer.body)}"
    earlier = _remembered(memory, lambda exchange: exchange.answer.headers)
    yield from _header_complaints("answer", expect.headers, answer.headers, earlier)
    yield from _header_complaints("trailer", expect.trailers, answer.trailers, {})
    yield from _name_complaints("answer", expect.absent, answer.headers)
    if expect.seconds and not expect.seconds[0] <= answer.seconds <= expect.seconds[1]:
        low, high = expect.seconds
        yield f"time: expected {low}–{high} s, took {answer.seconds:.3f} s"
    if not reached_fits(expect.reached, exchange.reached, memory):
        yield f"reached: expected {expect.reached}, got {exchange.reached}"
    if len(received) > 1:
        yield f"the upstream was called {len(received)} times"
    if received:
        yield from _upstream_complaints(expect, received[-1], memory)


def _upstream_complaints(expect: Expect, call: Received, memory: Memory) -> Iterator[str]:
    for what, wanted, got in (
        ("method", expect.upstream_method, call.method),
        ("path", expect.upstream_path, call.path),
        ("version", expect.upstream_version, call.version),
    ):
        if wanted is not None and wanted != got:
            yield f"upstream {what}: expected {wanted!r}, got {got!r}"
    if expect.upstream_body is not None and expect.upstream_body != call.body:
        wanted_body = _short(expect.upstream_body)
        yield f"upstream body: expected {wanted_body}, got {_short(call.body)}"
    if expect.upstream_connection and not _connection_fits(
        expect.upstream_connection, call, memory
    ):
        yield f"upstream connection: expected {expect.upstream_connection}, got {call.connection}"
    earlier = _remembered(memory, lambda exchange: exchange.received[-1].headers)
    yield from _header_complaints("upstream", expect.upstream_headers, call.headers, earlier)
    yield from _name_complaints("upstream", expect.upstream_absent, call.headers)


def _connection_fits(rule: OnConnectionOf, call: Received, memory: Memory) -> bool:
    before = memory[rule.remembered].received[-1].connection
    if before is None or call.connection is None:
        return True  # a model without connections
    return (before != call.connection) is rule.other


def talk_complaints(talk: Talk, answer: Answer) -> Iterator[str]:
    """What is wrong with what came of a talk."""
    if answer.status != 101:
        return
    if answer.said != talk.texts:
        yield f"said back: expected {talk.texts}, got {answer.said}"
    if talk.closed is None:
        if answer.closed is not None:
            yield f"connection: expected to stay, ended after {answer.closed:.3f} s of silence"
    elif answer.closed is None:
        yield f"connection: expected to end after {talk.closed} s, stayed"
    elif not talk.closed[0] <= answer.closed <= talk.closed[1]:
        yield f"connection: expected to end after {talk.closed} s, took {answer.closed:.3f} s"


def _remembered(memory: Memory, part: Callable[[Exchange], Headers]) -> dict[str, Headers]:
    return {name: part(exchange) for name, exchange in memory.items() if exchange.received}


def _header_complaints(
    where: str, rules: Mapping[str, HeaderRule], headers: Headers, earlier: Mapping[str, Headers]
) -> Iterator[str]:
    for name, rule in rules.items():
        got = values(headers, name)
        if isinstance(rule, DiffersFrom):
            before = values(earlier[rule.remembered], name)
            fits = len(got) == 1 and got != before
        else:
            fits = _values_fit(rule, got)
        if not fits:
            yield f"{where} header {name}: expected {rule}, got {got or 'none'}"


def _name_complaints(where: str, patterns: Sequence[str], headers: Headers) -> Iterator[str]:
    for pattern in patterns:
        found = [name for name, _ in headers if re.fullmatch(pattern, name, re.IGNORECASE)]
        if found:
            yield f"{where} headers {', '.join(found)}: expected none like {pattern}"


def _values_fit(rule: HeaderRule, got: list[str]) -> bool:
    if rule is ABSENT or rule is PRESENT:
        return bool(got) == (rule is PRESENT)
    if isinstance(rule, tuple):
        return _split(got) == _split(list(rule))
    if isinstance(rule, Unlike):
        return not any(re.fullmatch(rule.pattern, value, re.IGNORECASE) for value in got)
    if isinstance(rule, Members):
        wanted, members = {i.lower() for i in rule.items}, {v.lower() for v in _split(got)}
        return wanted <= members if rule.others else wanted == members
    return len(got) == 1 and _value_fits(rule, got[0])


def _value_fits(rule: HeaderRule, value: str) -> bool:
    if isinstance(rule, Matches):
        return re.fullmatch(rule.pattern, value, re.DOTALL) is not None
    if isinstance(rule, Contains):
        return rule.text in value
    if isinstance(rule, Now):
        return _UTC.fullmatch(value) is not None and _is_now(value, rule.within)
    return value == rule


def _is_now(value: str, within: float) -> bool:
    moment = datetime.fromisoformat(value.split(".")[0].removesuffix("Z")[:19])
    distance = datetime.now(UTC) - moment.replace(tzinfo=UTC)
    return abs(distance) <= timedelta(seconds=within)


def _split(lines: list[str]) -> list[str]:
    return [part.strip() for line in lines for part in line.split(",") if part.strip()]


def _status_fits(rule: StatusRule, status: int) -> bool:
    if rule is UNSTATED:
        return True
    if rule is REFUSED:
        return status == 0
    if isinstance(rule, Not):
        return status not in (0, rule.status)
    if isinstance(rule, tuple):
        return status in rule
    return status == rule


def _body_fits(rule: str | bytes | Contains | Matches | None, body: bytes) -> bool:
    if rule is None:
        return True
    if isinstance(rule, bytes):
        return body == rule
    return _value_fits(rule, body.decode("utf-8", "replace"))


def reached_fits(rule: ReachedRule, reached: str | None, memory: Memory) -> bool:
    """Whether `reached` is what the rule names."""
    if rule is UNSTATED:
        return True
    if isinstance(rule, ReachedBy):
        return reached is not None and reached == memory[rule.remembered].reached
    return reached in rule if isinstance(rule, tuple) else reached == rule


def _short(body: bytes) -> str:
    return repr(body) if len(body) <= 300 else f"{body[:100]!r}… ({len(body)} bytes)"
