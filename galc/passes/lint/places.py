"""Where the file writes what is in force on a route."""

from typing import Any

from galc.frontend.source import Path, Place
from galc.ir.document import Document
from galc.ir.gateway import Route


class Written:
    """A document and its tree, asked by place."""

    def __init__(self, document: Document, tree: dict[str, Any]) -> None:
        self.document = document
        self.tree = tree

    def at(self, path: Path) -> Any:
        """The construct at a path below `services`."""
        node: Any = self.document
        for step in path:
            node = node[step] if isinstance(step, int) else getattr(node, step)
        return node

    def raw(self, path: Path) -> dict[str, Any]:
        """The tree of a service or a route."""
        node: Any = self.tree
        for step in path:
            node = node[step]
        assert isinstance(node, dict)
        return node

    def policy(self, route: Route, name: str) -> Path:
        """Where a policy that is in force on a route stands: there, or at its service."""
        owner = route.origin if name in self.raw(route.origin) else route.origin[:2]
        return (*owner, name)

    def asks(self, route: Route) -> bool:
        """Whether a route asks for authentication; one with a mistake in it does, too."""
        return route.authentication is not None or self._is_meant_to_ask(route)

    def _is_meant_to_ask(self, route: Route) -> bool:
        raw = self.raw(route.origin).get("authentication")
        if raw is None:
            raw = self.raw(route.origin[:2]).get("authentication")
        return raw is not None and raw.get("enabled", True) is True

    def is_meant_to_be_open(self, route: Route) -> bool:
        """Whether the route itself says that it asks for no authentication."""
        raw = self.raw(route.origin).get("authentication", {})
        return raw.get("enabled", True) is False

    def header_rules(self, route: Route, names: frozenset[str]) -> list[tuple[str, str, Place]]:
        """The rules of the request that touch one of some headers (in lower case): the rule, the
        header's name, and its place."""
        found = []
        for owner in (route.origin[:2], route.origin):
            rules = self.raw(owner).get("headers", {})
            for rule in ("request_remove", "request_set", "request_add"):
                for index, name in enumerate(rules.get(rule, ())):
                    if name.lower() in names:
                        is_list = rule == "request_remove"
                        step = index if is_list else name
                        place = Place((*owner, "headers", rule, step), key=not is_list)
                        found.append((rule, name, place))
        return found
