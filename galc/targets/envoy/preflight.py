"""Which routes overlap, for preflights.

The language answers a preflight for the route that its requested method would reach. Envoy tries
entries in order, so a preflight entry of a later, broader route would also take the preflights of
an earlier route that doesn't allow them: those need a guard.
"""

from bisect import bisect_left
from collections.abc import Iterator

from galc.ir.gateway import PathMatch, Route
from galc.passes import regex
from galc.passes.matching import hosts_overlap


def _takes_options(route: Route) -> bool:
    return not route.methods or "OPTIONS" in route.methods


def _below(prefix: str, path: str) -> bool:
    return prefix == "/" or path == prefix or path.startswith(prefix + "/")


def paths_overlap(one: PathMatch, other: PathMatch) -> bool:
    """Whether a path can match both; certain for exact paths and prefixes, else on the safe side."""
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
    text = "".join(c if c.isalnum() or c == "/" else "\\" + c for c in match.value)
    return text if match.kind == "exact" else f"{text.rstrip('/')}(/.*)?"


class Overlaps:
    """Finds, for a route, the routes after it that can match the same request."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self.has_cors = any(route.cors for route in routes)
        if not self.has_cors:
            return
        self.by_path: dict[str, list[int]] = {}
        self.regexes: list[int] = []
        for index, route in enumerate(routes):
            if route.match.kind == "regex":
                self.regexes.append(index)
            else:
                self.by_path.setdefault(route.match.value, []).append(index)
        self.paths = sorted(self.by_path)

    def needs_guard(self, index: int) -> bool:
        """Whether a later route would answer preflights that are this route's to refuse."""
        if not self.has_cors or _takes_options(self.routes[index]):
            return False
        route = self.routes[index]
        return any(
            other.cors is not None
            and (not other.methods or bool(set(other.methods) & set(route.methods)))
            for other in self.below(index)
        )

    def below(self, index: int) -> Iterator[Route]:
        """The routes after this one that can match the same path and host, in order."""
        route = self.routes[index]
        for other_index in sorted(self._candidates(route)):
            other = self.routes[other_index]
            if (
                other_index > index
                and paths_overlap(route.match, other.match)
                and _hosts_overlap(route, other)
            ):
                yield other

    def _candidates(self, route: Route) -> set[int]:
        found = set(self.regexes)
        if route.match.kind == "regex":
            return found | {i for indices in self.by_path.values() for i in indices}
        path = route.match.value
        while path:
            found.update(self.by_path.get(path, ()))
            path = path.rpartition("/")[0]
        found.update(self.by_path.get("/", ()))
        if route.hosts:  # routes without hosts come later, however long their paths
            inner = route.match.value.rstrip("/") + "/"
            for path in self.paths[bisect_left(self.paths, inner) :]:
                if not path.startswith(inner):
                    break
                found.update(self.by_path[path])
        return found


def _hosts_overlap(one: Route, other: Route) -> bool:
    if not one.hosts or not other.hosts:
        return True
    return any(hosts_overlap(a, b) for a in one.hosts for b in other.hosts)
