"""Which routes can match the same request.

No pass needs it of itself: targets do, whose gateways don't try routes in the language's order for
preflights, or don't fall through to a shorter prefix.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

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


class Overlaps:
    """Finds the routes that can match the same path and host as another one."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self.by_path: dict[str, list[int]] = {}
        self.regexes: list[int] = []
        for index, route in enumerate(routes):
            if route.match.kind == "regex":
                self.regexes.append(index)
            else:
                self.by_path.setdefault(route.match.value, []).append(index)
        self.paths = sorted(self.by_path)

    def shadows_preflights(self, index: int) -> bool:
        """Whether a later route with CORS would take preflights that are this route's."""
        route = self.routes[index]
        return any(
            other.cors is not None and _share_method(route, other)
            for at, other in self._around(index)
            if at > index
        )

    def around(self, index: int) -> Iterator[Route]:
        """The routes that overlap with one, itself included, in order."""
        return (route for _, route in self._around(index))

    def _around(self, index: int) -> Iterator[tuple[int, Route]]:
        route = self.routes[index]
        for at in sorted(self._candidates(route.match)):
            other = self.routes[at]
            if paths_overlap(route.match, other.match) and share_host(route, other):
                yield at, other

    def _candidates(self, match: PathMatch) -> set[int]:
        if match.kind == "regex":
            return set(range(len(self.routes)))
        found = set(self.regexes)
        path = match.value
        while path:
            found.update(self.by_path.get(path, ()))
            path = path.rpartition("/")[0]
        found.update(self.by_path.get("/", ()))
        if match.kind == "prefix":
            inner = match.value.rstrip("/") + "/"
            at = bisect_left(self.paths, inner)
            while at < len(self.paths) and self.paths[at].startswith(inner):
                found.update(self.by_path[self.paths[at]])
                at += 1
        return found


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
