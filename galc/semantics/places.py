"""Where in the file a decision comes from."""

from galc.frontend.source import Place
from galc.ir.gateway import Gateway, Route


class Places:
    """The places of a gateway's policies."""

    def __init__(self, gateway: Gateway) -> None:
        self._written = frozenset(place for use in gateway.uses for place in use.places)

    def of(self, route: Route, policy: str) -> Place:
        """Where a route's policy is written: on the route, else on its service."""
        service = route.origin[:2]
        if policy == "upstream":
            return Place((*service, policy), key=True)
        for path in ((*route.origin, policy), (*service, policy)):
            if path in self._written:
                return Place(path, key=True)
        return Place(route.origin)


def concerns(place: Place, route: Route | None) -> bool:
    """Whether what stands at a place has to do with a route: its own, its service's, or all's."""
    path = place.path
    if path[:1] == ("global",):
        return True
    if route is None:
        return False
    service = route.origin[:2]
    inside = path[: len(route.origin)] == route.origin
    return inside or (path[:2] == service and path[2:3] != ("routes",))
