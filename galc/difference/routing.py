"""Which requests another route takes than before: by what wins in each gateway, never by name.

The requests fall into classes. All requests of a class have the same candidates in both gateways,
so one request stands for them: a path that a route names, or one below a prefix, or one that a
regex matches; a method that is mentioned, or one that isn't; a host likewise. A class can only
change where a route changed that takes it, so nothing else is asked about, and ten thousand routes
with ten changes cost little more than their reading.

Paths that a regex shares with others are asked about by samples of the regex: for these the answer
is exact, for the rest of the regex it is what the samples say.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterator

from galc.difference.regions import Asked, Entry, Path, Point, Some, entries, prefixes
from galc.difference.sampling import compiled, samples
from galc.ir.gateway import PathMatch, Route
from galc.passes import regex

#: A segment that no gateway file has, for the paths below a prefix that nothing else takes.
_FRESH = "~any~"
_ESCAPE = re.compile("%[0-9a-f]{2}", re.IGNORECASE)


def normal(match: PathMatch) -> PathMatch:
    """A match with its escapes in upper case: requests are compared without regard to theirs."""
    if match.kind == "regex" or "%" not in match.value:
        return match
    return PathMatch(match.kind, _ESCAPE.sub(lambda found: found[0].upper(), match.value))


class Table:
    """The routes of one gateway, to be found by path. Routes are known by their index, and the
    order of the indices is the order in which they are tried."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self.literal: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.regexes: dict[str, list[int]] = defaultdict(list)
        self.patterns: dict[str, re.Pattern[str]] = {}
        self.matches = tuple(normal(route.match) for route in routes)
        for index, match in enumerate(self.matches):
            if match.kind == "regex":
                self.regexes[regex.literal_prefix(match.value)].append(index)
                self.patterns[match.value] = compiled(match.value)
            else:
                self.literal[match.kind, match.value].append(index)

    def candidates(self, path: Path) -> list[int]:
        """The routes whose path takes a request for this one, in the order of trial."""
        if path.kind == "regex" and not path.probe:  # no sample: the routes of this pattern only
            bucket = self.regexes.get(regex.literal_prefix(path.value), ())
            return [index for index in bucket if self.matches[index].value == path.value]
        found = list(self.literal.get(("exact", path.probe), ()))
        for prefix in prefixes(path.probe):
            found += self.literal.get(("prefix", prefix), ())
        if self.regexes:
            found += self._matching(path.probe)
        return sorted(found)

    def _matching(self, probe: str) -> Iterator[int]:
        for end in range(len(probe) + 1):
            for index in self.regexes.get(probe[:end], ()):
                if self.patterns[self.matches[index].value].fullmatch(probe):
                    yield index


class Paths:
    """The paths that both gateways mention, in order, to be found below a prefix."""

    def __init__(self, *tables: Table) -> None:
        found: dict[str, Path] = {}
        self.unsampled: dict[str, Path] = {}
        for kind in ("regex", "prefix", "exact"):  # where two have one probe, the last names it
            for match in (m for table in tables for m in table.matches if m.kind == kind):
                for path in _probes(match):
                    if path.probe:
                        found[path.probe] = path
                    else:
                        self.unsampled[path.value] = path
        self.by_probe = found
        self.sorted = sorted(found)

    def within(self, match: PathMatch) -> Iterator[Path]:
        """The paths that a match takes."""
        if match.kind == "exact":
            yield self.by_probe[match.value]
        elif match.kind == "prefix":
            if match.value in self.by_probe:
                yield self.by_probe[match.value]
            yield from self._beginning(match.value.rstrip("/") + "/")
        else:
            if match.value in self.unsampled:
                yield self.unsampled[match.value]
            pattern = compiled(match.value)
            for path in self._beginning(regex.literal_prefix(match.value)):
                if pattern.fullmatch(path.probe):
                    yield path

    def _beginning(self, text: str) -> Iterator[Path]:
        at = bisect_left(self.sorted, text)
        while at < len(self.sorted) and self.sorted[at].startswith(text):
            yield self.by_probe[self.sorted[at]]
            at += 1


def _probes(match: PathMatch) -> Iterator[Path]:
    if match.kind == "exact":
        yield Path(match.value, "exact", match.value)
    elif match.kind == "prefix":
        yield Path(f"{match.value.rstrip('/')}/{_FRESH}", "prefix", match.value)
    else:
        for sample in samples(match.value) or ("",):
            yield Path(sample, "regex", match.value)


def own(route: Route) -> Entry:
    """The requests that a route asks for, as its file says it."""
    path = next(_probes(normal(route.match)))
    methods, hosts = tuple(sorted(route.methods)), tuple(sorted(route.hosts))
    return path, Some(not methods, methods), Some(not hosts, hosts)


#: A route of the old gateway and one of the new; None where none takes the request (404).
Pair = tuple[int | None, int | None]


def changed(keys: list[Hashable], others: list[Hashable]) -> set[int]:
    """The routes that the other gateway doesn't have. A key says all that a route means: what it
    takes, and what is done with it."""
    known = set(others)
    return {index for index, key in enumerate(keys) if key not in known}


def moved(old: Table, new: Table, changed: tuple[set[int], set[int]]) -> dict[Pair, list[Entry]]:
    """The requests of changed routes, by the pair of routes that take them."""
    paths = Paths(old, new)
    asked: dict[Path, None] = {}
    for table, indices in zip((old, new), changed, strict=True):
        for index in indices:
            asked.update(dict.fromkeys(paths.within(table.matches[index])))
    found: dict[Pair, list[Entry]] = defaultdict(list)
    for path in sorted(asked):
        _at(path, (old, new), changed, found)
    return found


def _at(
    path: Path,
    tables: tuple[Table, Table],
    changed: tuple[set[int], set[int]],
    found: dict[Pair, list[Entry]],
) -> None:
    """Ask about all hosts and methods at one path."""
    sides = [
        _Candidates(table, table.candidates(path), some)
        for table, some in zip(tables, changed, strict=True)
    ]
    points: dict[Pair, list[Point]] = defaultdict(list)
    methods: dict[str, tuple[str, ...]] = {}
    for host in _hosts(sides):
        here = [side.of(_probe_host(host)) for side in sides]
        methods[host] = _methods(sides, here)
        for method in methods[host]:
            pair = (sides[0].winner(here[0], method), sides[1].winner(here[1], method))
            if pair != (None, None):
                points[pair].append((host, method))
    told = Asked(tuple(methods), methods)
    for pair, some_points in points.items():
        found[pair].extend(entries(path, some_points, told))


class _Candidates:
    """The routes of one gateway that take a path, by the hosts that they take."""

    def __init__(self, table: Table, indices: list[int], changed: set[int]) -> None:
        self.routes = table.routes
        self.changed = changed
        self.differing = [self.routes[index] for index in indices if index in changed]
        self.by_host: dict[str, list[int]] = defaultdict(list)
        for index in indices:
            for host in self.routes[index].hosts or ("",):
                self.by_host[host].append(index)

    def of(self, host: str) -> list[int]:
        """The candidates for a host, in the order of trial."""
        return sorted({index for name in patterns(host) for index in self.by_host.get(name, ())})

    def winner(self, indices: list[int], method: str) -> int | None:
        """The first of some candidates that takes a method."""
        for index in indices:
            methods = self.routes[index].methods
            if not methods or method in methods:
                return index
        return None


def patterns(host: str) -> Iterator[str]:
    """What a route may write to take a host; the empty text for no hosts at all."""
    yield ""
    if host:
        yield host
        while "." in host:
            host = host.partition(".")[2]
            yield f"*.{host}"


def _probe_host(host: str) -> str:
    """A host that stands for a pattern; a name that no file has for `*`."""
    return host.replace("*", _FRESH, 1)


def _hosts(sides: list[_Candidates]) -> list[str]:
    """The hosts to ask about: those that a changed route takes."""
    mentioned = {host for side in sides for host in side.by_host if host}
    differing = [route for side in sides for route in side.differing]
    if any(not route.hosts for route in differing):
        return ["", *sorted(mentioned)]
    wanted = {host for route in differing for host in route.hosts}
    wild = {host for host in wanted if host.startswith("*.")}
    if wild:
        wanted |= {host for host in mentioned if not wild.isdisjoint(patterns(_probe_host(host)))}
    return sorted(wanted)


def _methods(sides: list[_Candidates], here: list[list[int]]) -> tuple[str, ...]:
    """The methods to ask about: those that a changed candidate takes."""
    every: set[str] = set()
    wanted: set[str] = set()
    takes_all = False
    for side, indices in zip(sides, here, strict=True):
        for index in indices:
            methods = side.routes[index].methods
            every.update(methods)
            if index in side.changed:
                wanted.update(methods)
                takes_all = takes_all or not methods
    return ("", *sorted(every)) if takes_all else tuple(sorted(wanted))
