"""Which routes can match the same request.

No pass needs it of itself: targets do, whose gateways don't try routes in the language's order for
preflights, or don't fall through to a shorter prefix.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from galc.ir.gateway import PathMatch, Route
from galc.passes import regex
from galc.passes.matching import hosts_overlap


def _below(prefix: str, path: str) -> bool:
    return prefix == "/" or path == prefix or path.startswith(prefix + "/")


def paths_overlap(one: PathMatch, other: PathMatch) -> bool:
    """Whether a path can match both; where that is hard to tell, yes."""
    kinds = {one.kind, other.kind}
    if kinds == {"exact"}:
        return one.value == other.value
    if "regex" not in kinds:
        if one.kind == "exact":
            return _below(other.value, one.value)
        if other.kind == "exact":
            return _below(one.value, other.value)
        return _below(one.value, other.value) or _below(other.value, one.value)
    return regex.overlap(_pattern(one), _pattern(other))


def _pattern(match: PathMatch) -> str:
    if match.kind == "regex":
        return match.value
    text = re.escape(match.value)
    return text if match.kind == "exact" else f"{text.rstrip('/')}(/.*)?"


class _Index:
    """Some of the routes by their paths; `candidates` leaves few to be compared."""

    def __init__(self, routes: Iterable[tuple[int, Route]]) -> None:
        self.by_path: dict[str, list[int]] = {}
        self.regexes: list[int] = []
        self.all: list[int] = []
        for index, route in routes:
            self.all.append(index)
            if route.match.kind == "regex":
                self.regexes.append(index)
            else:
                self.by_path.setdefault(route.match.value, []).append(index)
        self.paths = sorted(self.by_path)

    def candidates(self, match: PathMatch) -> list[int]:
        """The routes that may overlap with a path, in order."""
        if match.kind == "regex":
            return self.all
        found = [*self.regexes, *self.by_path.get("/", ())]
        path = match.value if match.value != "/" else ""
        while path:
            found += self.by_path.get(path, ())
            path = path.rpartition("/")[0]
        if match.kind == "prefix":
            inner = match.value.rstrip("/") + "/"
            # The root is among the paths above already.
            at = (bisect_right if inner == "/" else bisect_left)(self.paths, inner)
            while at < len(self.paths) and self.paths[at].startswith(inner):
                found += self.by_path[self.paths[at]]
                at += 1
        found.sort()
        return found


class Overlaps:
    """Finds the routes that can match the same path and host as another one."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self.index = _Index(enumerate(routes))
        self.with_cors = _Index((i, route) for i, route in enumerate(routes) if route.cors)

    def shadows_preflights(self, index: int) -> bool:
        """Whether a later route with CORS would take preflights that are this route's."""
        route = self.routes[index]
        return any(
            at > index and _share_method(route, self.routes[at]) and _meet(route, self.routes[at])
            for at in self.with_cors.candidates(route.match)
        )

    def around(self, index: int) -> Iterator[Route]:
        """The routes that overlap with one, itself included, in order."""
        route = self.routes[index]
        for at in self.index.candidates(route.match):
            if _meet(route, self.routes[at]):
                yield self.routes[at]


def _meet(one: Route, other: Route) -> bool:
    return paths_overlap(one.match, other.match) and share_host(one, other)


def _share_method(one: Route, other: Route) -> bool:
    return not one.methods or not other.methods or not set(one.methods).isdisjoint(other.methods)


def share_host(one: Route, other: Route) -> bool:
    """Whether some host is taken by both routes; a route without hosts takes all."""
    if not one.hosts or not other.hosts:
        return True
    return any(hosts_overlap(a, b) for a in one.hosts for b in other.hosts)


def covers(one: Route, other: Route) -> bool:
    """Whether the first matches every path and host of the second; False when in doubt."""
    if one.hosts and one.hosts != other.hosts:
        return False
    if one.match == other.match:
        return True
    return (
        one.match.kind == "prefix"
        and other.match.kind != "regex"
        and _below(one.match.value, other.match.value)
    )
