"""The reference graph of a gateway: what is named where, and what nothing leads to.

Nodes are (kind, name): the gateway, services, routes, upstreams, targets, key-set hosts. An edge
says "needs". Built with networkx, and only when somebody asks (`--print-after references`): good
input doesn't pay for it.
"""

from typing import TYPE_CHECKING

from galc.ir.gateway import Gateway, Jwt

if TYPE_CHECKING:
    import networkx

Node = tuple[str, str]
ROOT: Node = ("gateway", "")


def edges(gateway: Gateway) -> list[tuple[Node, Node]]:
    """Every "needs" of the gateway, in a stable order, each once."""
    found: dict[tuple[Node, Node], None] = {}
    for route in gateway.routes:
        service: Node = ("service", route.service)
        node: Node = ("route", route.name)
        upstream: Node = ("upstream", route.upstream.name)
        found[ROOT, service] = found[service, node] = found[node, upstream] = None
        for target in route.upstream.targets:
            found[upstream, ("target", f"{target.host}:{target.port}")] = None
        if route.authentication and isinstance(route.authentication.scheme, Jwt):
            uri = route.authentication.scheme.jwks_uri
            if uri:
                found[node, ("key set", uri)] = None
    return list(found)


def graph(gateway: Gateway) -> "networkx.DiGraph[Node]":
    """The graph, for questions about it."""
    import networkx

    return networkx.DiGraph(edges(gateway))
