"""Which of a service's routes an overlay speaks of: by name, or else by path, methods and hosts."""

from collections.abc import Iterator
from typing import Any, Final

from galc.passes.matching import normal_prefix

Tree = dict[str, Any]
PATHS: Final = ("path_prefix", "path", "path_regex")
_Key = tuple[str, str]


def path_of(route: Tree) -> _Key | None:
    """The kind and the text of a route's path; None where it hasn't just one."""
    found = [(kind, route[kind]) for kind in PATHS if kind in route]
    if len(found) != 1 or not isinstance(found[0][1], str):
        return None
    kind, text = found[0]
    is_plain = kind == "path_prefix" and text.startswith("/") and "${" not in text
    return kind, normal_prefix(text) if is_plain else text


def shown(route: Tree) -> str:
    """A route as `.gal` writes it."""
    if isinstance(route.get("name"), str) and path_of(route) is None:
        return str(route["name"])
    kind, text = path_of(route) or ("path", "?")
    if kind == "path_prefix":
        text = f"{text.rstrip('/')}/*"
    methods = route.get("methods")
    words = methods if isinstance(methods, list) else []
    return " ".join(["~"] * (kind == "path_regex") + [text, *map(str, words)])


class Routes:
    """The routes of a service, to be asked for."""

    def __init__(self, routes: list[Any]) -> None:
        """See the class."""
        self.routes = routes
        self.names: dict[str, int] = {}
        self.paths: dict[_Key, list[int]] = {}
        for number, route in enumerate(routes):
            if isinstance(route, dict):
                name, key = route.get("name"), path_of(route)
                if isinstance(name, str):
                    self.names.setdefault(name, number)
                if key is not None:
                    self.paths.setdefault(key, []).append(number)

    def fitting(self, over: Tree) -> list[int]:
        """The routes that a route of an overlay may be meant to go into."""
        name, key = over.get("name"), path_of(over)
        if isinstance(name, str) and name in self.names:
            return [self.names[name]]
        candidates = self.paths.get(key, []) if key is not None else []
        return [number for number in candidates if _fits(over, self.routes[number])]

    def spoken_of(self, text: str) -> list[int]:
        """The routes that a `remove` speaks of: a name, or a path and perhaps methods."""
        if text in self.names:
            return [self.names[text]]
        words = text.split()
        kind = "path"
        if words[:1] == ["~"]:
            kind, words = "path_regex", words[1:]
        if not words:
            return []
        path, *methods = words
        over: Tree = {kind: path}
        if kind == "path" and path.endswith("/*"):
            over = {"path_prefix": path.removesuffix("/*") or "/"}
        return self.fitting({**over, "methods": methods} if methods else over)

    def known(self) -> Iterator[str]:
        """What a `remove` could speak of."""
        for route in self.routes:
            if isinstance(route, dict):
                name = route.get("name")
                yield name if isinstance(name, str) else shown(route)


def _fits(over: Tree, route: Tree) -> bool:
    names = over.get("name"), route.get("name")
    if None not in names and names[0] != names[1]:
        return False
    written = [field for field in ("methods", "hosts") if field in over]
    return all(_set(over[field]) == _set(route.get(field)) for field in written)


def _set(value: Any) -> frozenset[str]:
    """Methods or hosts, whatever their order and case."""
    return (
        frozenset(str(item).lower() for item in value) if isinstance(value, list) else frozenset()
    )
