"""Where in the file a decision comes from."""

from galc.frontend.source import Place
from galc.ir.gateway import Gateway, Route


class Places:
    """The places of a gateway's policies."""

    def __init__(self, gateway: Gateway) -> None:
        self._written = frozenset(place for use in gateway.uses for place in use.places)

    def of(self, route: Route, policy: str) -> Place:
        """Where a route's policy is written: on the route, else in a bundle that it uses, else on
        its service."""
        if policy == "upstream":
            return Place((*route.origin[:2], policy), key=True)
        for owner in route.owners:
            if (*owner, policy) in self._written:
                return Place((*owner, policy), key=True)
        if policy == "headers":  # a service may have its rules in `transformation`
            return self.of(route, "transformation")
        return Place(route.origin)


def concerns(place: Place, route: Route | None) -> bool:
    """Whether what stands at a place has to do with a route: its own, its service's, or all's, or
    one of a bundle that it uses."""
    path = place.path
    if path[:1] == ("global",):
        return True
    if route is None:
        return False
    service = route.origin[:2]
    inside = path[: len(route.origin)] == route.origin or path[:2] in route.owners[1:-1]
    return inside or (path[:2] == service and path[2:3] != ("routes",))
