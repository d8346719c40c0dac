from galc.passes.references import ROOT, edges, graph

from .compiling import gateway

_TEXT = """
version 1
service users {
  upstream { target a:1 ; target b:2 }
  route /x { authentication jwt { jwks_uri https://auth.example.com/keys } }
  route /y
}
service orders {
  upstream a:1
  route /z { authentication api_key { key k } }
}
"""


def test_edges_say_what_needs_what() -> None:
    found = edges(gateway(_TEXT))
    assert len(set(found)) == len(found)
    assert (ROOT, ("service", "users")) in found
    assert (("service", "users"), ("route", "users:/x")) in found
    assert (("route", "users:/x"), ("upstream", "users")) in found
    assert (("upstream", "users"), ("target", "b:2")) in found
    assert (("route", "users:/x"), ("key set", "https://auth.example.com/keys")) in found


def test_all_is_reached_from_the_gateway() -> None:
    import networkx

    whole = graph(gateway(_TEXT))
    assert networkx.is_directed_acyclic_graph(whole)
    assert networkx.descendants(whole, ROOT) | {ROOT} == set(whole.nodes)
