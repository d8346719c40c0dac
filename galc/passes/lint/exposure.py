"""Open routes beside protected ones: what a request can reach that somebody meant to protect."""

from collections import defaultdict
from collections.abc import Iterator

from galc.diagnostics import Diagnostic, lint
from galc.frontend.source import Place
from galc.ir.gateway import Gateway, Route
from galc.passes.lint.places import Written
from galc.passes.overlap import share_host

_WRITING = ("POST", "PUT", "PATCH", "DELETE")


def check(written: Written, gateway: Gateway) -> Iterator[Diagnostic]:
    """Every lint about open routes."""
    by_prefix: dict[str, list[Route]] = defaultdict(list)
    by_path: dict[str, list[Route]] = defaultdict(list)
    for route in gateway.routes:
        if route.match.kind == "prefix":
            by_prefix[route.match.value].append(route)
        elif route.match.kind == "exact":
            by_path[route.match.value].append(route)
    told: set[int] = set()
    for route in gateway.routes:
        if route.authentication is None or route.match.kind == "regex":
            continue
        prefixes = _prefixes(route.match.value)
        if route.methods:
            found = _open_fallthrough(route, prefixes, by_prefix, by_path, written)
            if found is not None:
                other, methods = found
                told.add(id(other))
                place = Place((*route.origin, "methods"))
                path = route.match.value
                yield lint.OpenFallthrough(place, path, methods, Place(other.origin))
        if route.match.kind == "exact" and not route.match.value.endswith("/"):
            yield from _open_under_slash(route, prefixes, by_prefix, by_path, written)
    yield from _unprotected_writes(gateway, written, told)


def _prefixes(path: str) -> list[str]:
    """The prefixes that take a path, longest first."""
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:end]) for end in range(len(parts), 1, -1)] + ["/"]


def _takers(
    path: str,
    prefixes: list[str],
    by_prefix: dict[str, list[Route]],
    by_path: dict[str, list[Route]],
) -> Iterator[Route]:
    """The routes that take a path, in the order in which they are tried."""
    yield from by_path.get(path, ())
    for prefix in prefixes:
        yield from by_prefix.get(prefix, ())


def _open_fallthrough(
    route: Route,
    prefixes: list[str],
    by_prefix: dict[str, list[Route]],
    by_path: dict[str, list[Route]],
    written: Written,
) -> tuple[Route, tuple[str, ...]] | None:
    """The open route to which a protected path falls under other methods, and those methods."""
    covered = set(route.methods)
    path = route.match.value
    exact = by_path if route.match.kind == "exact" else {}
    for other in _takers(path, prefixes, by_prefix, exact):
        if other is route or not share_host(route, other):
            continue
        open_methods = tuple(m for m in other.methods if m not in covered)
        if other.methods and not open_methods:
            continue
        if not written.asks(other):
            return other, open_methods
        if not other.methods:
            return None
        covered.update(other.methods)
    return None


def _open_under_slash(
    route: Route,
    prefixes: list[str],
    by_prefix: dict[str, list[Route]],
    by_path: dict[str, list[Route]],
    written: Written,
) -> Iterator[Diagnostic]:
    left = set(route.methods)
    for other in _takers(route.match.value + "/", prefixes, by_prefix, by_path):
        if not share_host(route, other) or (
            left and other.methods and left.isdisjoint(other.methods)
        ):
            continue
        if not written.asks(other):
            if other.service == route.service:
                place = Place((*route.origin, "path"))
                yield lint.OpenUnderSlash(place, route.match.value, Place(other.origin))
            return
        if not other.methods:
            return
        left -= set(other.methods)
        if not left:
            return


def _unprotected_writes(gateway: Gateway, written: Written, told: set[int]) -> Iterator[Diagnostic]:
    """Routes that take writes from everybody in a service where most routes ask who calls."""
    services: dict[str, tuple[list[Route], list[Route]]] = defaultdict(lambda: ([], []))
    for route in gateway.routes:
        services[route.service][0 if written.asks(route) else 1].append(route)
    for protected, unprotected in services.values():
        if len(protected) <= len(unprotected):
            continue
        paths = {p for route in protected for p in _prefixes(route.match.value)}
        for route in unprotected:
            writes = tuple(m for m in route.methods if m in _WRITING)
            is_meant = (
                id(route) in told
                or route.match.value in paths
                or written.is_meant_to_be_open(route)
            )
            if (writes or not route.methods) and not is_meant:
                yield lint.UnprotectedWrite(Place(route.origin), writes, Place(protected[0].origin))
