"""Which routes take a path beside a given route, found without comparing every pair."""

from collections import defaultdict
from collections.abc import Iterator

from galc.ir.gateway import Route


def prefixes(path: str) -> list[str]:
    """The prefixes that take a path, longest first."""
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:end]) for end in range(len(parts), 1, -1)] + ["/"]


class Takers:
    """Routes by path and host. Regexes are left out: what they take isn't looked up."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self.found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for number, route in enumerate(routes):
            kind, value = route.match.kind, route.match.value
            if kind != "regex":
                for key in dict.fromkeys(_keys(route.hosts)):
                    self.found[kind, value, key].append(number)

    def of(self, path: str, beside: Route) -> Iterator[Route]:
        """The other routes that take a path on a host that a route takes too, in the order in
        which they are tried."""
        numbers: set[int] = set()
        asked = list(dict.fromkeys(_asked(beside.hosts)))
        for key in asked:
            numbers.update(self.found.get(("exact", path, key), ()))
            for prefix in prefixes(path):
                numbers.update(self.found.get(("prefix", prefix, key), ()))
        for number in sorted(numbers):
            if self.routes[number] is not beside:
                yield self.routes[number]


def _keys(hosts: tuple[str, ...]) -> Iterator[str]:
    """Under what a route with these hosts is found: `<` marks the domains above a host."""
    yield "any"
    if not hosts:
        yield "none"
    for host in hosts:
        yield host
        name = host
        while "." in name:
            name = name.partition(".")[2]
            yield f"<{name}"


def _asked(hosts: tuple[str, ...]) -> Iterator[str]:
    """Under what to look for the routes that share a host with these."""
    yield "none" if hosts else "any"
    for host in hosts:
        yield host
        if host.startswith("*."):
            yield f"<{host[2:]}"
        name = host.removeprefix("*.")
        while "." in name:
            name = name.partition(".")[2]
            yield f"*.{name}"
