"""Which routes can match the same request.

No pass needs it of itself: targets do, whose gateways don't try routes in the language's order for
preflights, or don't fall through to a shorter prefix.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import ClassVar

from galc.ir.gateway import PathMatch, Route
from galc.passes import regex
from galc.passes.automaton import overlapping
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


class _Alike:
    """Which regexes overlap with which, found out once and only if somebody asks."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.patterns = [route.match.value for route in routes if route.match.kind == "regex"]

    @cached_property
    def pairs(self) -> Mapping[str, Collection[str]] | None:
        return overlapping(self.patterns)

    def of(self, pattern: str) -> list[str] | None:
        """A regex and those that overlap with it; None where that isn't known."""
        return None if self.pairs is None else [pattern, *self.pairs.get(pattern, ())]


class _Index:
    """Some of the routes by their paths; `candidates` leaves few to be compared."""

    def __init__(self, routes: Iterable[tuple[int, Route]], alike: _Alike) -> None:
        self.alike = alike
        self.by_path: defaultdict[str, list[int]] = defaultdict(list)
        self.by_pattern: defaultdict[str, list[int]] = defaultdict(list)
        #: Regexes by the text with which all that they match begins.
        self.by_begin: defaultdict[str, list[int]] = defaultdict(list)
        for index, route in routes:
            if route.match.kind == "regex":
                self.by_pattern[route.match.value].append(index)
                self.by_begin[regex.literal_prefix(route.match.value)].append(index)
            else:
                self.by_path[route.match.value].append(index)
        self.paths = sorted(self.by_path)
        self.begins = sorted(self.by_begin)

    def candidates(self, match: PathMatch) -> list[int]:
        """The routes that may overlap with a path, in order."""
        if match.kind == "regex":
            begin = regex.literal_prefix(match.value)
            found = self._regexes_like(match.value, begin)
            found += _beginning(self.paths, self.by_path, begin)
            for end in range(1, len(begin)):
                found += self.by_path.get(begin[:end], ())
        else:
            found = self._regexes_at(match) if self.begins else []
            found += self.by_path.get("/", ())
            path = match.value if match.value != "/" else ""
            while path:
                found += self.by_path.get(path, ())
                path = path.rpartition("/")[0]
            if match.kind == "prefix":
                # The root itself is among the paths above already.
                inner = match.value.rstrip("/") + "/"
                found += _beginning(self.paths, self.by_path, inner, longer=match.value == "/")
        found.sort()
        return found

    def _regexes_like(self, pattern: str, begin: str) -> list[int]:
        patterns = self.alike.of(pattern)
        if patterns is not None:
            return [index for like in patterns for index in self.by_pattern.get(like, ())]
        found = _beginning(self.begins, self.by_begin, begin)
        for end in range(len(begin)):
            found += self.by_begin.get(begin[:end], ())
        return found

    def _regexes_at(self, match: PathMatch) -> list[int]:
        path = match.value
        found = [*self.by_begin.get(path, ())] if match.kind == "exact" else []
        if match.kind == "prefix":
            found += _beginning(self.begins, self.by_begin, path)
        for end in range(len(path)):
            found += self.by_begin.get(path[:end], ())
        return found


def _beginning(
    texts: list[str], owners: Mapping[str, list[int]], begin: str, *, longer: bool = False
) -> list[int]:
    """What belongs to those of some sorted texts that begin with one, or are longer than it."""
    found: list[int] = []
    at = (bisect_right if longer else bisect_left)(texts, begin)
    while at < len(texts) and texts[at].startswith(begin):
        found += owners[texts[at]]
        at += 1
    return found


class Overlaps:
    """Finds the routes that can match the same path and host as another one.

    Those of the routes that were asked about last are kept: several targets need them.
    """

    kept: ClassVar[deque["Overlaps"]] = deque(maxlen=2)

    @classmethod
    def of(cls, routes: tuple[Route, ...]) -> "Overlaps":
        """Those of some routes, found once."""
        found = next((known for known in cls.kept if known.routes is routes), None)
        if found is None:
            found = cls(routes)
            cls.kept.append(found)
        return found

    def __init__(self, routes: tuple[Route, ...]) -> None:
        """See the class."""
        self.routes = routes
        alike = _Alike(routes)
        self.index = _Index(enumerate(routes), alike)
        self.with_cors = _Index(((i, route) for i, route in enumerate(routes) if route.cors), alike)

    def shadows_preflights(self, index: int) -> bool:
        """Whether a later route with CORS would take preflights that are this route's."""
        return index in self.shadowing

    @cached_property
    def shadowing(self) -> frozenset[int]:
        """The routes for which that is so."""
        return frozenset(filter(self._shadows, range(len(self.routes))))

    def _shadows(self, index: int) -> bool:
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
