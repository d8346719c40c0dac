"""HTTP filters: where each stands in the chain, and why, is data beside its feature.

A filter is put in the chain, switched off, when some route needs it, and switched on by that
route's `typed_per_filter_config`.
"""

from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any

from msgspec import Struct

from galc.ir.gateway import Route


class Filter(Struct, frozen=True):
    """`order` is its place in the chain (lower is nearer to the client), `reason` says why there.

    `chain` is its configuration in the chain, made from the routes that it is for; `per_route` the
    one of a route, or None where the route doesn't need it. Routes that `apart` tells from each
    other have a filter each, which doesn't touch the other's requests.
    """

    name: str
    order: int
    reason: str
    chain: Callable[[Iterable[Route]], Any]
    per_route: Callable[[Route], Any]
    apart: Callable[[Route], str] | None = None

    def name_for(self, route: Route) -> str:
        """The name of the filter that the route uses."""
        return self.name + self.apart(route) if self.apart else self.name

    def in_chain(self, routes: Iterable[Route], used: Set[str]) -> Iterator[tuple[str, Any]]:
        """Those of its filters that are used, with their configuration."""
        if self.apart is None:
            if self.name in used:
                yield self.name, self.chain(routes)
            return
        groups: dict[str, list[Route]] = {}
        for route in routes:
            groups.setdefault(self.name_for(route), []).append(route)
        for name in sorted(groups.keys() & used):
            yield name, self.chain(groups[name])
