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
        """The construct at a path below `services` or `policies`."""
        node: Any = self.document
        for step in path:
            is_item = isinstance(step, int) or isinstance(node, dict)
            node = node[step] if is_item else getattr(node, str(step))
        return node

    def raw(self, path: Path) -> dict[str, Any]:
        """The tree of a service, a route or a bundle."""
        node: Any = self.tree
        for step in path:
            node = node[step]
        assert isinstance(node, dict)
        return node

    def policy(self, route: Route, name: str) -> Path:
        """Where a policy that is in force on a route stands: there, in a bundle, or at its
        service."""
        owners = (owner for owner in route.owners if name in self.raw(owner))
        return (*next(owners, route.origin[:2]), name)

    def asks(self, route: Route) -> bool:
        """Whether a route asks for authentication; one with a mistake in it does, too."""
        return route.authentication is not None or self._is_meant_to_ask(route)

    def _is_meant_to_ask(self, route: Route) -> bool:
        found = (self.raw(owner).get("authentication") for owner in route.owners)
        raw = next((raw for raw in found if raw is not None), None)
        return raw is not None and raw.get("enabled", True) is True

    def is_meant_to_be_open(self, route: Route) -> bool:
        """Whether the route itself, or a bundle that it uses, says that it asks for no
        authentication."""
        found = (self.raw(owner).get("authentication") for owner in route.owners[:-1])
        raw = next((raw for raw in found if raw is not None), None)
        return raw is not None and raw.get("enabled", True) is False

    def header_rules(self, route: Route, names: frozenset[str]) -> list[tuple[str, str, Place]]:
        """The rules of the request that touch one of some headers (in lower case): the rule, the
        header's name, and its place."""
        found = []
        for owner in reversed(route.owners):
            rules = self.raw(owner).get("headers", {})
            for rule in ("request_remove", "request_set", "request_add"):
                for index, name in enumerate(rules.get(rule, ())):
                    if name.lower() in names:
                        is_list = rule == "request_remove"
                        step = index if is_list else name
                        place = Place((*owner, "headers", rule, step), key=not is_list)
                        found.append((rule, name, place))
        return found
