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
