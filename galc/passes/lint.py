"""What the language allows, but nobody means.

Precondition: an ordered gateway. Postcondition: the gateway unchanged; warnings reported.
"""

import re
from collections import defaultdict

from galc.diagnostics import Report, lint
from galc.frontend.source import Place
from galc.ir.gateway import Gateway, Route
from galc.passes.overlap import share_host

#: A prefix whose last segment is no whole word: `/api/v`, `/static-`, `/shop.`
_UNFINISHED = re.compile(r"/v$|[._~-]$")


def check(gateway: Gateway, report: Report) -> None:
    """Report the lints that need the whole gateway."""
    by_prefix: dict[str, list[Route]] = defaultdict(list)
    for route in gateway.routes:
        if route.match.kind == "prefix":
            by_prefix[route.match.value].append(route)
            if _UNFINISHED.search(route.match.value):
                place = Place((*route.origin, "path_prefix"))
                report(lint.RawPrefix(place, route.match.value))
    for route in gateway.routes:
        if route.match.kind != "regex" and "*" in route.match.value:
            field = "path" if route.match.kind == "exact" else "path_prefix"
            report(lint.LiteralStar(Place((*route.origin, field)), route.match.value))
        if route.authentication is not None and route.methods and route.match.kind != "regex":
            _open_fallthrough(route, by_prefix, report)


def _prefixes(path: str) -> list[str]:
    """The prefixes that take a path, longest first."""
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:end]) for end in range(len(parts), 1, -1)] + ["/"]


def _open_fallthrough(route: Route, by_prefix: dict[str, list[Route]], report: Report) -> None:
    covered = set(route.methods)
    for prefix in dict.fromkeys(_prefixes(route.match.value)):
        for other in by_prefix.get(prefix, ()):
            if other is route or not share_host(route, other):
                continue
            open_methods = tuple(m for m in other.methods if m not in covered)
            if other.methods and not open_methods:
                continue
            if other.authentication is None:
                place = Place((*route.origin, "methods"))
                where = Place(other.origin)
                path = route.match.value
                report(lint.OpenFallthrough(place, path, open_methods, where))
                return
            if not other.methods:
                return
            covered.update(other.methods)
