"""Routes for preflights: those that answer one, and those that keep one from a broader route.

A preflight is for the route that its requested method would reach, so these stand in the order of
the routes, and before all of them. One from an origin that isn't allowed matches none of them.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from galc.ir.gateway import Gateway, PathMatch, Route
from galc.passes.matching import hosts_overlap
from galc.passes.overlap import Overlaps, covers
from galc.passes.regex import literal_prefix
from galc.targets.kong import cors
from galc.targets.kong import schema as s
from galc.targets.kong.plugins import NOT_FOUND, of_preflight, of_route

_ANY = ("~*.+",)
_Conditions = dict[str, tuple[str, ...]]


class Entry(Struct, frozen=True):
    """A Kong route for OPTIONS requests; `owner` is the route whose service it belongs to."""

    name: str
    owner: Route
    match: PathMatch
    hosts: tuple[str, ...]
    headers: _Conditions
    plugins: tuple[s.Plugin, ...]


def entries(gateway: Gateway) -> Iterator[Entry]:
    """In the order in which they are tried; none where no route has CORS."""
    if not any(route.cors for route in gateway.routes):
        return
    overlaps = Overlaps.of(gateway.routes)
    #: Routes whose preflights never get past the entries so far.
    caught: set[str] = set()
    for index, route in enumerate(gateway.routes):
        if route.cors is not None:
            yield Entry(
                name=f"{route.name} (preflight)",
                owner=route,
                match=route.match,
                hosts=route.hosts,
                headers=_conditions(cors.origins(route.cors), route),
                plugins=of_preflight(cors.preflight(route)),
            )
        if overlaps.shadows_preflights(index):
            around = (other for other in overlaps.around(index) if other.name not in caught)
            yield from _guards(route, around)
            if not route.methods:
                caught.add(route.name)


def _conditions(origins: tuple[str, ...], route: Route) -> _Conditions:
    """Kong compares these values without regard to case."""
    return {"origin": origins, "access-control-request-method": route.methods or _ANY}


def _guards(route: Route, around: Iterator[Route]) -> Iterator[Entry]:
    """A preflight for this route that it doesn't allow is an OPTIONS request like any other: it
    goes to the routes that take OPTIONS there, past the preflight entries of broader routes."""
    headers = _conditions(_ANY, route)
    for other in around:
        if other.methods and "OPTIONS" not in other.methods:
            continue
        match, hosts = _both(route.match, other.match), _both_hosts(route.hosts, other.hosts)
        if match is None:
            continue
        plugins = of_route(replace(other, cors=None))
        name = f"{other.name} (OPTIONS under {route.name})"
        yield Entry(name, other, match, hosts, headers, plugins)
        if covers(other, route):
            return
    name = f"{route.name} (no preflight)"
    yield Entry(name, route, route.match, route.hosts, headers, NOT_FOUND)


def _both(one: PathMatch, other: PathMatch) -> PathMatch | None:
    """What matches the paths that two overlapping ones both match; None where no single path of
    Kong's does."""
    if one == other:
        return one
    for inner, outer in ((one, other), (other, one)):
        if inner.kind == "exact" or outer == PathMatch("prefix", "/"):
            return inner
        if outer.kind == "prefix":
            text = literal_prefix(inner.value) if inner.kind == "regex" else inner.value
            if text.startswith(outer.value + "/"):
                return inner
    return None


def _both_hosts(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    if not one or not other:
        return one or other
    pairs = ((a, b) for a in one for b in other if hosts_overlap(a, b))
    return tuple(
        sorted({max(pair, key=lambda host: (host[:1] != "*", len(host))) for pair in pairs})
    )


def problems(gateway: Gateway) -> Iterator[tuple[Route, str, str]]:
    """Preflights of a route that can't be kept from a broader one."""
    if not any(route.cors for route in gateway.routes):
        return
    overlaps = Overlaps.of(gateway.routes)
    for index, route in enumerate(gateway.routes):
        if not overlaps.shadows_preflights(index):
            continue
        for other in overlaps.around(index):
            takes = not other.methods or "OPTIONS" in other.methods
            if takes and _both(route.match, other.match) is None:
                why = (
                    f"a preflight for a path of this route that `{other.name}` takes as well can't"
                    " be kept from a broader route with CORS: no path of Kong's matches both"
                )
                yield route, "cors", why
                break
            if takes and covers(other, route):
                break
