"""Which route takes a request (language section 3), by the words of the language: all candidates,
then what decides among them. It knows nothing of the order that the `order` pass made."""

import re
from functools import lru_cache
from typing import NamedTuple

from galc.ir.gateway import Gateway, PathMatch, Route
from galc.passes.matching import path_pattern


class Candidate(NamedTuple):
    """A route, and the first of its conditions that doesn't hold, or None."""

    route: Route
    lacks: str | None


_KINDS = {"exact": 0, "prefix": 1, "regex": 2}


def host_name(authority: str) -> str:
    """A `Host` header without port, in lower case, without the dot of a root.

    >>> host_name("API.Example.com.:8080")
    'api.example.com'
    """
    host = re.sub(r":\d*$", "", authority.strip()).lower()
    return host.removesuffix(".")


def candidates(gateway: Gateway, method: str, host: str, path: str) -> list[Candidate]:
    """Every route whose path matches, with the condition that it lacks; the winner first."""
    found = [
        Candidate(route, _lacks(route, method, host))
        for route in gateway.routes
        if _takes_path(route.match, path)
    ]
    return sorted(found, key=lambda candidate: (candidate.lacks is not None, _rank(candidate)))


def choose(gateway: Gateway, method: str, host: str, path: str) -> Route | None:
    """The route that takes a request; None is 404."""
    for candidate in candidates(gateway, method, host, path):
        return candidate.route if candidate.lacks is None else None
    return None


def decides(winner: Route, other: Route) -> str:
    """Why one candidate comes before another."""
    if bool(winner.hosts) != bool(other.hosts):
        return "it names the host"
    if winner.match.kind != other.match.kind:
        return (
            f"an {winner.match.kind} path comes first"
            if winner.match.kind == "exact"
            else (f"a {winner.match.kind} comes before a {other.match.kind}")
        )
    if len(winner.match.value) != len(other.match.value):
        return f"its {winner.match.kind} is longer"
    return "it names the method"


def _rank(candidate: Candidate) -> tuple[bool, int, int, bool, str]:
    route = candidate.route
    length = len(route.match.value)
    return (not route.hosts, _KINDS[route.match.kind], -length, not route.methods, route.name)


def _takes_path(match: PathMatch, path: str) -> bool:
    if match.kind == "prefix" and match.value == "/":
        return True
    return _pattern(match).fullmatch(path) is not None


@lru_cache(maxsize=4096)
def _pattern(match: PathMatch) -> re.Pattern[str]:
    if match.kind == "regex":
        return re.compile(match.value, re.ASCII | re.DOTALL)
    whole = path_pattern(match.value)
    return re.compile(f"{whole}(?:/.*)?" if match.kind == "prefix" else whole, re.DOTALL)


def _lacks(route: Route, method: str, host: str) -> str | None:
    if route.hosts and not any(_is_host(host, pattern) for pattern in route.hosts):
        return "host"
    if route.methods and method not in route.methods:
        return "method"
    return None


def _is_host(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and host != pattern[1:]
    return host == pattern
