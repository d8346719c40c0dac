"""The order in which routes are tried, and the routes for which there is none.

Precondition: normal-form routes in file order. Postcondition: the routes sorted so that the first
one whose conditions hold is the one that the language names (section 3), whatever the order of the
file; conflicts are errors, routes that can never match are warnings.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

import msgspec

from galc.diagnostics import Report, meaning
from galc.frontend.source import Place
from galc.ir.gateway import Gateway, Route
from galc.passes import regex
from galc.passes.automaton import overlapping
from galc.passes.matching import hosts_overlap
from galc.passes.overlap import share_host

_KINDS = {"exact": 0, "prefix": 1, "regex": 2}
_Rank = tuple[bool, int, int, bool]


def rank(route: Route) -> _Rank:
    """Lower is tried first. Routes of one rank must not be able to match the same request."""
    match = route.match
    length = 0 if match.value == "/" else len(match.value)
    return (not route.hosts, _KINDS[match.kind], -length, not route.methods)


def order(gateway: Gateway, report: Report) -> Gateway:
    """The gateway with its routes in the order in which they are tried."""
    groups: dict[tuple[_Rank, str], list[Route]] = defaultdict(list)
    for route in gateway.routes:
        groups[rank(route), route.match.value].append(route)
    for routes in groups.values():
        if len(routes) > 1:
            _same_path(routes, report)
    _regexes(groups, report)
    _unreachable(gateway.routes, report)
    ordered = sorted(
        gateway.routes, key=lambda r: (rank(r), r.match.value, r.hosts, r.methods, r.name)
    )
    return msgspec.structs.replace(gateway, routes=tuple(ordered))


def _same_path(routes: list[Route], report: Report) -> None:
    """Report every route that shares a method and a host with an earlier one of the same path."""
    takers = _Takers()
    for route in sorted(routes, key=lambda r: r.origin):
        other = next(takers.sharing(route), None)
        if other is not None:
            _conflict(route, other, report)
        else:
            takers.add(route)


class _Takers:
    """Routes, found by methods and hosts: per method, the first route that takes a host exactly, or
    all names below a suffix. A host is looked up with its suffixes, so ten thousand hosts on one
    path cost no more than their lengths."""

    def __init__(self) -> None:
        self.taken: dict[tuple[str, str], Route] = {}
        self.below: dict[tuple[str, str], Route] = {}

    def add(self, route: Route) -> None:
        for method in route.methods or ("",):
            for host in route.hosts or ("",):
                self.taken.setdefault((method, host), route)
                name = host.removeprefix("*.")
                while "." in name:
                    name = name.partition(".")[2]
                    self.below.setdefault((method, name), route)
                if host.startswith("*."):
                    self.below.setdefault((method, host[2:]), route)

    def sharing(self, route: Route) -> Iterator[Route]:
        """Those that share a method and a host with a route, the first of each kind."""
        taken, below = self.taken, self.below
        for method in route.methods or ("",):
            for host in route.hosts or ("",):
                if (method, host) in taken:
                    yield taken[method, host]
                if host.startswith("*.") and (method, host[2:]) in below:
                    yield below[method, host[2:]]
                name = host.removeprefix("*.")
                while "." in name:
                    name = name.partition(".")[2]
                    if (method, "*." + name) in taken:
                        yield taken[method, "*." + name]


def _conflict(route: Route, other: Route, report: Report) -> None:
    methods = sorted(set(route.methods) & set(other.methods))
    what = f"{' and '.join(methods)} " if methods else ""
    value = route.match.value
    path = {"exact": value, "prefix": f"{value.rstrip('/')}/*", "regex": f"~ {value}"}
    what += f"`{path[route.match.kind]}`"
    shared = [h for h in route.hosts if any(hosts_overlap(h, o) for o in other.hosts)]
    if shared:
        what += f" on `{shared[0]}`"
    report(meaning.RouteConflict(Place(route.origin), what, Place(other.origin)))


def _regexes(groups: dict[tuple[_Rank, str], list[Route]], report: Report) -> None:
    """Different regexes of one length: nothing orders them, so no path may match both."""
    by_rank: dict[_Rank, list[Route]] = defaultdict(list)
    for (key, _), routes in groups.items():
        if routes[0].match.kind == "regex":
            by_rank[key].extend(routes)
    for routes in by_rank.values():
        routes.sort(key=lambda r: r.origin)
        alike = overlapping(route.match.value for route in routes)
        find = _each_with_all if alike is None else _looked_up
        for route, other in find(routes, alike or {}):
            _conflict(route, other, report)


_Pairs = Iterator[tuple[Route, Route]]


def _looked_up(routes: list[Route], alike: Mapping[str, Collection[str]]) -> _Pairs:
    """Each route with the first earlier one that it conflicts with, where it is known which
    patterns overlap."""
    takers: dict[str, _Takers] = defaultdict(_Takers)
    for route in routes:
        pattern = route.match.value
        found = [
            other
            for like in alike.get(pattern, ())
            if like in takers and _begin_alike(pattern, like)
            for other in takers[like].sharing(route)
        ]
        if found:
            yield route, min(found, key=lambda r: r.origin)
        takers[pattern].add(route)


def _each_with_all(routes: list[Route], _alike: Mapping[str, Collection[str]]) -> _Pairs:
    """The same, by comparing pairs."""
    for index, route in enumerate(routes):
        other = next((other for other in routes[:index] if _regexes_conflict(route, other)), None)
        if other is not None:
            yield route, other


def _regexes_conflict(route: Route, other: Route) -> bool:
    pattern, like = route.match.value, other.match.value
    if pattern == like:
        return False  # the same path, already compared
    if route.methods and not set(route.methods) & set(other.methods):
        return False
    if not share_host(route, other):
        return False
    return _begin_alike(pattern, like) and regex.overlap(pattern, like)


def _begin_alike(one: str, other: str) -> bool:
    first, second = regex.literal_prefix(one), regex.literal_prefix(other)
    return first.startswith(second) or second.startswith(first)


def _unreachable(routes: tuple[Route, ...], report: Report) -> None:
    """Only a regex can be hidden wholly: by a prefix that begins each of its matches."""
    prefixes = {
        (bool(route.hosts), route.match.value, host, method): route
        for route in routes
        if route.match.kind == "prefix"
        for host in route.hosts or ("",)
        for method in route.methods or ("",)
    }
    for route in routes:
        if route.match.kind == "regex":
            hiding = _hiding(route, prefixes)
            if hiding is not None:
                place = Place((*route.origin, "path_regex"))
                pattern = route.match.value
                report(meaning.UnreachableRoute(place, pattern, Place(hiding.origin)))


def _hiding(route: Route, prefixes: dict[tuple[bool, str, str, str], Route]) -> Route | None:
    text = regex.literal_prefix(route.match.value)
    candidates = [text[:end] for end in range(1, len(text)) if text[end] == "/"]
    candidates += ["/"] if text.startswith("/") else []
    for prefix in candidates:
        found = [
            prefixes.get((bool(route.hosts), prefix, host, ""))
            or prefixes.get((bool(route.hosts), prefix, host, method))
            for host in route.hosts or ("",)
            for method in route.methods or ("",)
        ]
        if all(found):
            return found[0]
    return None
