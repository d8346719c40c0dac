"""Entries for preflights, which stand before all others and in the order of the routes.

A preflight is for the route that its *requested* method would reach, and Envoy chooses an entry by
the method of the request. So a route with CORS has an entry for its preflights, and where a route
without it, or with other origins, stands before one with it, copies of the routes that take OPTIONS
there keep the broader route from answering. Such a copy says nothing of CORS: whatever an ordinary
OPTIONS request would be told, this origin isn't allowed the request that it asks for.
"""

from collections.abc import Iterator

from msgspec import Struct

from galc.ir.gateway import Gateway, Route
from galc.ir.units import duration_text
from galc.passes.overlap import Overlaps, covers
from galc.targets.envoy import cors
from galc.targets.envoy import schema as s
from galc.targets.envoy.clusters import NOBODY
from galc.targets.envoy.matches import header, hosts_of, match_of, one_of, path_condition

_OPTIONS = s.HeaderMatcher(":method", s.StringMatcher(exact="OPTIONS"))
#: An empty header is none: the CORS filter passes such a request on.
_ORIGIN = header("origin", ".+")
_REQUESTED = header(cors.REQUESTED_METHOD, ".+")


class Copy(Struct, frozen=True):
    """One more entry of a route, for requests that look like preflights and are none for it."""

    of: Route
    name: str
    match: s.RouteMatch


def preflights(gateway: Gateway) -> Iterator[s.Route | Copy]:
    """What stands before the routes."""
    if not any(route.cors for route in gateway.routes):
        return
    overlaps = Overlaps.of(gateway.routes)
    for index, route in enumerate(gateway.routes):
        if route.cors is not None:
            yield _preflight(route)
        if overlaps.shadows_preflights(index):
            yield from _guards(route, overlaps.around(index))


def as_any_options(route: Route) -> Iterator[Copy]:
    """For a route that takes OPTIONS itself: a preflight that got here asks for a method of no
    route, so that it is an OPTIONS request like any other."""
    if route.cors is not None and "OPTIONS" in route.methods:
        match = match_of(route.match, (*hosts_of(route), _OPTIONS, _ORIGIN, _REQUESTED))
        yield Copy(route, f"{route.name} (OPTIONS)", match)


def _asks_for(route: Route) -> s.HeaderMatcher:
    """The method that a preflight asks for is one that the route takes."""
    return one_of(cors.REQUESTED_METHOD, route.methods) if route.methods else _REQUESTED


def _preflight(route: Route) -> s.Route:
    """Answered by the CORS filter; its cluster has no target. A refused origin doesn't match."""
    assert route.cors is not None
    origin = header("origin", cors.origins_regex(route.cors))
    conditions = (*hosts_of(route), _OPTIONS, origin, _asks_for(route))
    filters = {f.name: f.per_route(route) for f in cors.FILTERS}
    return s.Route(
        name=f"{route.name} (preflight)",
        match=match_of(route.match, conditions),
        route=s.RouteAction(cluster=NOBODY, timeout=duration_text(route.timeout_ms)),
        typed_per_filter_config={name: config for name, config in filters.items() if config},
    )


def _guards(route: Route, around: Iterator[Route]) -> Iterator[s.Route | Copy]:
    """A preflight for this route that it doesn't allow is an OPTIONS request like any other: it
    goes to the routes that take OPTIONS there, past the preflight entries of broader routes."""
    asked = (*hosts_of(route), _OPTIONS, _ORIGIN, _asks_for(route))
    for other in around:
        if other.methods and "OPTIONS" not in other.methods:
            continue
        # A regex is better matched as a path: as a condition it would see the query too.
        path, beside = (other.match, route.match)
        if route.match.kind == "regex" and other.match.kind != "regex":
            path, beside = beside, path
        match = match_of(path, (*hosts_of(other), *asked, *path_condition(beside)))
        yield Copy(other, f"{other.name} (OPTIONS under {route.name})", match)
        if covers(other, route):
            return
    yield s.Route(
        name=f"{route.name} (no preflight)",
        match=match_of(route.match, asked),
        direct_response=s.DirectResponse(404),
    )
