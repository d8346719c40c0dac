"""Sets of requests in the words of a gateway file: methods, paths and hosts."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from msgspec import Struct


class Some(Struct, frozen=True, order=True):
    """Names of a kind: these alone, or with `others` all but these."""

    others: bool
    names: tuple[str, ...]

    def covers(self, other: "Some") -> bool:
        """Whether every name of the other is one of these."""
        mine, its = set(self.names), set(other.names)
        if self.others:
            return mine <= its if other.others else mine.isdisjoint(its)
        return not other.others and its <= mine


class Path(Struct, frozen=True, order=True):
    """What is asked about: a path, all paths below a prefix, or those that a regex matches.

    `probe` is a path that stands for all of them.
    """

    probe: str
    kind: str
    value: str

    def text(self) -> str:
        """As a `.gal` file spells it."""
        if self.kind == "prefix":
            return f"{self.value.rstrip('/')}/*"
        return self.value if self.kind == "exact" else f"~ {self.value}"


class Region(Struct, frozen=True, order=True):
    """Requests with one of some paths, by one of some methods, for one of some hosts."""

    paths: tuple[str, ...]
    methods: Some
    hosts: Some

    def text(self, quote: Callable[[str], str], most: int = 6) -> str:
        """`POST, PUT /admin/*` and, where it matters, the hosts."""
        paths = ", ".join(self.paths[:most])
        names = ", ".join(self.methods.names)
        text = quote(paths if self.methods.others else f"{names} {paths}")
        if len(self.paths) > most:
            text += f" and {len(self.paths) - most} more"
        if self.methods.others and names:
            text += f" by every method but {quote(names)}"
        hosts = ", ".join(self.hosts.names)
        if hosts:
            text += (
                f" on every host but {quote(hosts)}" if self.hosts.others else f" on {quote(hosts)}"
            )
        return text


#: A host, a method; the empty text stands for those that neither gateway mentions.
Point = tuple[str, str]


class Asked(Struct, frozen=True):
    """The hosts and methods that were asked about at one path."""

    hosts: tuple[str, ...]
    methods: dict[str, tuple[str, ...]]


def some(names: set[str], asked: Iterable[str]) -> Some:
    """A set of names that may hold the empty text, in words."""
    if "" in names:
        return Some(True, tuple(sorted(set(asked) - names)))
    return Some(False, tuple(sorted(names)))


Entry = tuple[Path, Some, Some]


def entries(path: Path, points: Iterable[Point], asked: Asked) -> list[Entry]:
    """The points of one path, with the hosts of the same methods put together."""
    by_host: dict[str, set[str]] = defaultdict(set)
    for host, method in points:
        by_host[host].add(method)
    by_methods: dict[Some, set[str]] = defaultdict(set)
    for host, methods in by_host.items():
        by_methods[some(methods, asked.methods[host])].add(host)
    return [(path, methods, some(hosts, asked.hosts)) for methods, hosts in by_methods.items()]


def regions(found: list[Entry]) -> tuple[Region, ...]:
    """Paths of the same methods and hosts put together, without those below another one."""
    below: dict[str, list[tuple[Some, Some]]] = defaultdict(list)
    for path, methods, hosts in found:
        if path.kind == "prefix":
            below[path.value].append((methods, hosts))
    groups: dict[tuple[Some, Some], list[Path]] = defaultdict(list)
    for path, methods, hosts in found:
        above = (pair for prefix in _above(path) for pair in below.get(prefix, ()))
        if not any(m.covers(methods) and h.covers(hosts) for m, h in above):
            groups[methods, hosts].append(path)
    return tuple(
        sorted(
            Region(tuple(dict.fromkeys(p.text() for p in sorted(paths))), *pair)
            for pair, paths in groups.items()
        )
    )


def _above(path: Path) -> list[str]:
    """The prefixes that take all of a path's requests, but for itself."""
    start = path.probe if path.kind != "prefix" else path.value
    found = prefixes(start)
    return found if path.kind != "prefix" else [p for p in found if p != path.value]


def prefixes(path: str) -> list[str]:
    """The prefixes that take a path, longest first.

    >>> prefixes("/a/b/")
    ['/a/b', '/a', '/']
    """
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:end]) for end in range(len(parts), 1, -1)] + ["/"]
