"""Routes with the same policies share what these are lowered to, and nothing else."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from galc.compiler import check_texts
from galc.ir.gateway import Route
from galc.targets.envoy.routing import OWN, Lowering
from tests.corpus import GOOD, built

#: The path that an answer tells is the one before the prefix was stripped.
_TELLS_ITS_PATH = """
version: 1
services:
  - name: s
    upstream: {host: a, port: 80}
    routes:
      - {path_prefix: /a, strip_prefix: true, headers: {response_set: {X-Path: "{{path}}"}}}
"""


def _routes() -> list[Route]:
    gateways = [built(case).compilations["envoy"].gateway for case in GOOD]
    state = check_texts({"in.yaml": _TELLS_ITS_PATH}, ["in.yaml"]).state
    assert state is not None
    gateways.append(state.gateway)
    return [route for gateway in gateways if gateway for route in gateway.routes]


def _variants(route: Route, routes: list[Route]) -> Iterator[Route]:
    """The route with a few other values of each field that isn't told apart."""
    for name in sorted(OWN):
        values = list(dict.fromkeys(getattr(other, name) for other in routes))
        for value in values[:: len(values) // 8 + 1]:
            yield replace(route, **{name: value})


@pytest.mark.parametrize("in_several_entries", [False, True])
def test_what_is_shared_does_not_depend_on_the_rest_of_a_route(in_several_entries: bool) -> None:
    routes = _routes()
    assert len(routes) > 200
    for route in routes:
        names = {route.name} if in_several_entries else set()
        lowering = Lowering(names)
        for one in (route, *_variants(route, routes)):
            assert lowering.of_route(one) == Lowering(names).of_route(one)
