"""The reference graph of a gateway: what needs what.

Nodes are (kind, name): the gateway, services, routes, upstreams, targets, key sets. Built with
networkx, and only when somebody asks (`--print-after references`): a build doesn't pay for it.
"""

from collections.abc import Iterator
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
