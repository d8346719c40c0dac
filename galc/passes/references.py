"""The reference graph of a gateway: what needs what.

Nodes are (kind, name): the gateway, services, routes, upstreams, targets, key sets. Built with
networkx, and only when somebody asks (`--print-after references`): a build doesn't pay for it.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from galc.ir.gateway import Gateway, Jwt, Route

if TYPE_CHECKING:
    import networkx

Node = tuple[str, str]
ROOT: Node = ("gateway", "")


def edges(gateway: Gateway) -> list[tuple[Node, Node]]:
    """Every "needs" of the gateway, in a stable order, each once."""
    return list(dict.fromkeys(edge for route in gateway.routes for edge in _edges(route)))


def _edges(route: Route) -> Iterator[tuple[Node, Node]]:
    service: Node = ("service", route.service)
    node: Node = ("route", route.name)
    upstream: Node = ("upstream", route.upstream.name)
    yield from ((ROOT, service), (service, node), (node, upstream))
    for target in route.upstream.targets:
        yield upstream, ("target", f"{target.host}:{target.port}")
    if route.authentication and isinstance(route.authentication.scheme, Jwt):
        uri = route.authentication.scheme.jwks_uri
        if uri:
            yield node, ("key set", uri)


def graph(gateway: Gateway) -> "networkx.DiGraph[Node]":
    """The graph, for questions about it."""
    import networkx

    return networkx.DiGraph(edges(gateway))


def text(gateway: Gateway) -> str:
    """The graph as an indented outline; what several need stands below the first of them."""
    import networkx

    tree = graph(gateway)
    depths = networkx.single_source_shortest_path_length(tree, ROOT)
    lines = (
        f"{'  ' * depths[node]}{node[0]} {node[1]}".rstrip()
        for node in networkx.dfs_preorder_nodes(tree, ROOT)
    )
    return "\n".join(lines) + "\n"


def cycles(uses: Iterable[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    """Of names that use each other: one way around each knot, from the first name in it that the
    file has back to that name."""
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph(uses)
    order = {name: index for index, name in enumerate(graph)}
    knots = [
        min(knot, key=order.__getitem__) for knot in networkx.strongly_connected_components(graph)
    ]
    for start in sorted(knots, key=order.__getitem__):
        way = _way_around(graph, start)
        if way:
            yield way


def _way_around(graph: "networkx.DiGraph[str]", start: str) -> tuple[str, ...]:
    """The shortest way from a name back to itself; empty where there is none."""
    before = dict.fromkeys(graph[start], start)
    left = list(before)
    for name in left:
        if name == start:
            break
        for following in graph[name]:
            if following not in before:
                before[following] = name
                left.append(following)
    else:
        return ()
    way = [start]
    while len(way) == 1 or way[-1] != start:
        way.append(before[way[-1]])
    return tuple(reversed(way))
