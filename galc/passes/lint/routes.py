"""What single routes match."""

import re
from collections.abc import Iterator

from galc.diagnostics import Diagnostic, lint, meaning
from galc.frontend.source import Path, Place
from galc.ir.document import Document
from galc.ir.gateway import Gateway, Route
from galc.passes import regex
from galc.passes.lint.backtracking import is_ambiguous

#: A prefix whose last segment is no whole word: `/api/v`, `/static-`, `/shop.`
_UNFINISHED = re.compile(r"/v$|[._~-]$")


def check(document: Document, gateway: Gateway) -> Iterator[Diagnostic]:
    """What is odd about a route by itself."""
    for route in gateway.routes:
        match, origin = route.match, route.origin
        if match.kind == "regex":
            yield from _regex(match.value, (*origin, "path_regex"))
            continue
        if match.kind == "prefix" and _UNFINISHED.search(match.value):
            yield lint.RawPrefix(Place((*origin, "path_prefix")), match.value)
        if "*" in match.value:
            field = "path" if match.kind == "exact" else "path_prefix"
            yield lint.LiteralStar(Place((*origin, field)), match.value)
    for route in gateway.routes:
        if len(route.hosts) > 1:
            yield from _covered_hosts(document, route)
        if route.match.value == "/" and route.match.kind == "prefix":
            yield from _nothing_to_strip(document, route)


def _regex(pattern: str, path: Path) -> Iterator[Diagnostic]:
    if not regex.literal_prefix(pattern).startswith("/") and not regex.overlap(pattern, "/.*"):
        yield lint.UnmatchableRegex(Place(path), pattern)
    if is_ambiguous(pattern):
        yield lint.NestedQuantifiers(Place(path), pattern)


def _written(document: Document, route: Route) -> tuple[tuple[str, ...], bool]:
    _, service, _, number = route.origin
    assert isinstance(service, int) and isinstance(number, int)
    found = document.services[service].routes[number]
    return found.hosts, found.strip_prefix


def _covered_hosts(document: Document, route: Route) -> Iterator[Diagnostic]:
    wildcards = {host for host in route.hosts if host.startswith("*.")}
    if not wildcards:
        return
    for index, host in enumerate(_written(document, route)[0]):
        rest = host.lower().rstrip(".").removeprefix("*.")
        while "." in rest:
            rest = rest.partition(".")[2]
            if f"*.{rest}" in wildcards:
                place = Place((*route.origin, "hosts", index))
                yield meaning.Ineffective(place, host, f"beside `*.{rest}`")
                break


def _nothing_to_strip(document: Document, route: Route) -> Iterator[Diagnostic]:
    if _written(document, route)[1]:
        place = Place((*route.origin, "strip_prefix"), key=True)
        yield meaning.Ineffective(place, "strip_prefix", "on the prefix `/`")
