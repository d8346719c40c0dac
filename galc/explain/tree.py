"""The routes of a gateway as a tree: hosts, then path segments, in which a prefix stands above what
is below it."""

from collections.abc import Sequence

from msgspec import Struct

from galc.ir.gateway import Route


class Row(Struct, frozen=True):
    """A line of the tree. `parent` is the index of the row that it hangs from, None for a host;
    `route` is None for a host, and for a path that only others have in common."""

    label: str
    depth: int
    parent: int | None
    route: Route | None = None


class _Node:
    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.routes: list[Route] = []


def rows(routes: Sequence[Route]) -> list[Row]:
    """All routes, those for certain hosts first; below a host by path, regexes last."""
    groups: dict[tuple[str, ...], list[Route]] = {}
    for route in routes:
        groups.setdefault(route.hosts, []).append(route)
    found: list[Row] = []
    for hosts in sorted(groups, key=lambda hosts: (not hosts, hosts)):
        host = len(found)
        found.append(Row(", ".join(hosts) or "any host", 0, None))
        root = _Node()
        regexes: list[Route] = []
        for route in groups[hosts]:
            if route.match.kind == "regex":
                regexes.append(route)
            else:
                _put(root, route)
        _add(root, "", 1, host, found)
        found += [Row(f"~ {route.match.value}", 1, host, route) for route in regexes]
    return found


def _put(root: _Node, route: Route) -> None:
    """Put a route where the segments of its path lead; `/a/` as an exact path ends with `/`."""
    node = root
    for segment in route.match.value.split("/")[1:]:
        if segment or route.match.value != "/":
            node = node.children.setdefault(segment, _Node())
    node.routes.append(route)


def _add(node: _Node, path: str, depth: int, parent: int, found: list[Row]) -> None:
    """Add a node's rows; a node with nothing but one child is a part of that one's label."""
    if not node.routes and len(node.children) == 1:
        ((segment, child),) = node.children.items()
        _add(child, f"{path}/{segment}", depth, parent, found)
        return
    owner, below = parent, depth
    if node.routes:
        for route in sorted(node.routes, key=lambda route: route.match.kind != "exact"):
            owner = len(found)
            found.append(Row(_label(path, route), depth, parent, route))
        below = depth + 1
    elif path:
        owner = len(found)
        found.append(Row(path, depth, parent))
        below = depth + 1
    for segment, child in sorted(node.children.items()):
        _add(child, f"/{segment}", below, owner, found)


def _label(path: str, route: Route) -> str:
    return path or "/" if route.match.kind == "exact" else f"{path}/*"
