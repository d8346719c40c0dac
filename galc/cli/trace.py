"""`galc trace`: what becomes of a request."""

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import click
from msgspec.structs import replace

from galc.cli import io
from galc.cli.build import choose_targets, report
from galc.cli.values import options, values_of
from galc.compiler import Checked, build, in_source
from galc.diagnostics.targets import Approximate, DefaultDiffers, TargetRefuses, Unsupported
from galc.frontend.reading import read_places, span_of
from galc.frontend.source import Place, Span
from galc.ir.gateway import Gateway, Route
from galc.ir.units import milliseconds
from galc.semantics import Decision, Reply, Request, State, UnknowableError, bearers, serve
from galc.semantics.messages import first
from galc.semantics.places import concerns
from galc.semantics.trace import Difference, Teller, as_dict, as_text

_DURATION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h|d)")


@click.command()
@click.argument("file")
@click.argument("request", metavar="'METHOD PATH'")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'")
@click.option("--from", "peer", default="192.0.2.1", show_default=True, metavar="IP")
@click.option("--body", default="", help="Body of the request.")
@click.option("--claims", metavar="JSON", help="Send a good token with these claims.")
@click.option("--upstream", type=click.IntRange(100, 599), default=200, metavar="STATUS")
@click.option("--reply", default="", metavar="TEXT", help="Body of the upstream's answer.")
@click.option("--repeat", type=click.IntRange(1, 100_000), default=1, metavar="N")
@click.option("--every", default="0s", metavar="DURATION", help="Time between repeated requests.")
@click.option("-t", "--target", "names", metavar="NAME[,NAME…]|all", help="Tell what differs.")
@options
@click.option("--document", type=click.IntRange(min=1), metavar="N", help="Of several in a file.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(
    file: str,
    request: str,
    headers: tuple[str, ...],
    peer: str,
    body: str,
    claims: str | None,
    upstream: int,
    reply: str,
    repeat: int,
    every: str,
    names: str | None,
    document: int | None,
    form: str,
    **given: Any,
) -> None:
    """Show which route of FILE takes a request, what each policy does, and what comes out.

    The language decides, not a gateway; `-t` adds where that gateway differs.
    """
    values = values_of(**given)
    checked = values.load(file, document)
    values.refuse_unknown()
    if not checked.ok:
        report(checked, [d for d in checked.diagnostics if d.severity == "error"])
        sys.exit(1)
    asked = _request(request, headers, peer, body)
    gateway = checked.state.gateway if checked.state else None
    assert gateway is not None
    pause = _seconds(every)
    try:
        asked = _with_token(gateway, asked, claims)
        answer = Reply(upstream, body=reply.encode())
        decisions = list(_decisions(gateway, asked, answer, repeat, pause))
    except UnknowableError as unknown:
        io.fail(str(unknown))
    teller = Teller(gateway, checked.source, spans(checked))
    last = decisions[-1]
    differences = list(_differences(checked, teller, names, last.route)) if names else []
    trace = teller.trace(asked, last, differences)
    if form == "json":
        statuses = [decision.answer.status for decision in decisions if decision.answer]
        click.echo(json.dumps({"statuses": statuses, **as_dict(trace)}, indent=2))
        return
    if repeat > 1:
        click.echo(f"{repeat} requests: {_counted(decisions)}; the last one:\n")
    click.echo(as_text(trace), nl=False)


def spans(checked: Checked) -> Callable[[Place], Span]:
    """Where places of a sound document stand in its source."""
    state, marks = checked.state, read_places(checked.source)
    assert state is not None
    return lambda place: span_of(in_source(place, state), marks)


def _request(text: str, headers: tuple[str, ...], peer: str, body: str) -> Request:
    method, _, target = text.strip().rpartition(" ")
    method = method.strip() or "GET"
    if not target.startswith("/") or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", method):
        raise io.UsageError(f"`{text}` isn't a method and a path, such as 'GET /users?page=2'")
    if any(ord(c) <= 32 or ord(c) > 126 for c in target):
        raise io.UsageError("a path is ASCII; encode other characters with `%`")
    named = tuple(_header(text) for text in headers)
    if first(named, "Host") is None:
        named = (("Host", "gateway.example"), *named)
    try:
        ip_address(peer)
    except ValueError:
        raise io.UsageError(f"`{peer}` isn't an IP address") from None
    return Request(method, target, named, body.encode(), peer)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise io.UsageError(f"`{text}` isn't a header, such as 'X-Tenant: blue'")
    return name, value.strip()


def _seconds(every: str) -> float:
    if not _DURATION.fullmatch(every):
        raise io.UsageError(f"`{every}` isn't a duration, such as `500ms`")
    return milliseconds(every) / 1000


def _with_token(gateway: Gateway, asked: Request, claims: str | None) -> Request:
    """The request with a token for the route that it reaches."""
    if claims is None:
        return asked
    try:
        values = json.loads(claims)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise io.UsageError('`--claims` takes a JSON object, such as \'{"sub": "ann"}\'')
    now = time.time()
    decision, _ = serve(gateway, State(), asked, now)
    scheme = bearers.wanted(decision.route)
    if scheme is None:
        raise io.UsageError(
            "`--claims` is for a request to a route with `authentication jwt` or `oauth2`"
        )
    token = bearers.header(scheme, bearers.made_up(scheme, values, now))
    return replace(asked, headers=(*asked.headers, token))


def _decisions(
    gateway: Gateway, asked: Request, reply: Reply, repeat: int, pause: float
) -> Iterator[Decision]:
    state, now = State(), time.time()
    for _ in range(repeat):
        decision, state = serve(gateway, state, asked, now, lambda _: reply)
        yield decision
        now += pause


def _differences(
    checked: Checked, teller: Teller, names: str, route: Route | None
) -> Iterator[Difference]:
    """What targets do otherwise, of what the request has to do with."""
    for target in choose_targets(names, checked):
        for found in build(checked, target).diagnostics:
            if not isinstance(found, (Approximate, DefaultDiffers, TargetRefuses, Unsupported)):
                continue
            assert isinstance(found.place, Place)
            if concerns(found.place, route):
                how = found.why if isinstance(found, (Unsupported, TargetRefuses)) else found.how
                yield Difference(target.title, found.feature, how, teller.where(found.place))


def _counted(decisions: list[Decision]) -> str:
    counts = Counter(decision.answer.status for decision in decisions if decision.answer)
    return ", ".join(f"{times} × {status}" for status, times in counts.items())
