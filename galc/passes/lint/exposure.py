"""Open routes beside protected ones: what a request can reach that somebody meant to protect."""

from collections import defaultdict
from collections.abc import Iterator

from galc.diagnostics import Diagnostic, lint
from galc.frontend.source import Place
from galc.ir.gateway import Gateway, Route
from galc.passes.lint.places import Written
from galc.passes.lint.takers import Takers, prefixes

_WRITING = ("POST", "PUT", "PATCH", "DELETE")


def check(written: Written, gateway: Gateway) -> Iterator[Diagnostic]:
    """Every lint about open routes."""
    takers = Takers(gateway.routes)
    told: set[int] = set()
    for route in gateway.routes:
        if route.authentication is None or route.match.kind == "regex":
            continue
        beside: list[Route] = []
        if route.methods or route.hosts:
            beside = list(takers.of(route.match.value, route))
        if route.methods:
            found = _open_fallthrough(route, beside, written)
            if found is not None:
                other, methods = found
                told.add(id(other))
                place = Place((*route.origin, "methods"))
                path = route.match.value
                yield lint.OpenFallthrough(place, path, methods, Place(other.origin))
        if route.hosts:
            anywhere = _open_under_other_hosts(route, beside, written)
            if anywhere is not None:
                place = Place((*route.origin, "hosts"))
                path = route.match.value
                yield lint.OpenUnderOtherHosts(place, path, route.hosts, Place(anywhere.origin))
        if route.match.kind == "exact" and not route.match.value.endswith("/"):
            other_route = _open_under_slash(route, takers, written)
            if other_route is not None:
                place = Place((*route.origin, "path"))
                yield lint.OpenUnderSlash(place, route.match.value, Place(other_route.origin))
    yield from _unprotected_writes(gateway, written, told)


def _open_fallthrough(
    route: Route, beside: list[Route], written: Written
) -> tuple[Route, tuple[str, ...]] | None:
    """The open route to which a protected path falls under other methods, and those methods."""
    covered = set(route.methods)
    for other in beside:
        if other.match.kind == "exact" and route.match.kind == "prefix":
            continue  # a page below, with rules of its own
        open_methods = tuple(m for m in other.methods if m not in covered)
        if other.methods and not open_methods:
            continue
        if not written.asks(other):
            return other, open_methods
        if not other.methods:
            return None
        covered.update(other.methods)
    return None


def _open_under_other_hosts(route: Route, beside: list[Route], written: Written) -> Route | None:
    """The open route of the same service that takes a protected path for any host."""
    left = set(route.methods)
    for other in beside:
        if other.hosts or (other.match.kind == "exact" and route.match.kind == "prefix"):
            continue
        if left and other.methods and left.isdisjoint(other.methods):
            continue
        if not written.asks(other):
            return other if other.service == route.service else None
        left -= set(other.methods)
        if not other.methods or not left:
            return None
    return None


def _open_under_slash(route: Route, takers: Takers, written: Written) -> Route | None:
    """The open route of the same service to which a protected path leads with a slash."""
    left = set(route.methods)
    for other in takers.of(route.match.value + "/", route):
        if left and other.methods and left.isdisjoint(other.methods):
            continue
        if not written.asks(other):
            return other if other.service == route.service else None
        left -= set(other.methods)
        if not other.methods or not left:
            return None
    return None


def _unprotected_writes(gateway: Gateway, written: Written, told: set[int]) -> Iterator[Diagnostic]:
    """Routes that take writes from everybody in a service where most routes ask who calls."""
    services: dict[str, tuple[list[Route], list[Route]]] = defaultdict(lambda: ([], []))
    for route in gateway.routes:
        services[route.service][0 if written.asks(route) else 1].append(route)
    for protected, unprotected in services.values():
        if len(protected) <= len(unprotected):
            continue
        paths = {p for route in protected for p in prefixes(route.match.value)}
        for route in unprotected:
            writes = tuple(m for m in route.methods if m in _WRITING)
            is_meant = (
                id(route) in told
                or route.match.value in paths
                or written.is_meant_to_be_open(route)
            )
            if (writes or not route.methods) and not is_meant:
                yield lint.UnprotectedWrite(Place(route.origin), writes, Place(protected[0].origin))
