"""WebSocket: a route's handshakes have an entry of their own, before that for all other requests.

docs intro/arch_overview/http/upgrades, and `upgrade_configs` of RouteAction in
config/route/v3/route_components.proto. Envoy removes `upgrade` before it looks for an entry unless
`connection` asks for it (source/common/http/conn_manager_utility.cc), so one header tells. An
upgrade that finds another entry is answered with 403. An entry's `idle_timeout` counts traffic in
both directions; its `timeout` never begins, because the request doesn't end.
"""

from msgspec import Struct
from msgspec.structs import replace

from galc.ir.gateway import Route, WebSocket
from galc.ir.units import duration_text
from galc.targets.envoy import schema as s
from galc.targets.envoy.matches import header, hosts_of, match_of, one_of

_ASKS = (one_of(":method", ("GET",)), header("upgrade", "(?i)websocket"))
_UPGRADES = (s.UpgradeConfig("websocket"),)


class Handshakes(Struct, frozen=True):
    """The entry for the handshakes of a route."""

    of: Route


def takes_handshakes(route: Route) -> bool:
    """Whether a handshake, which is a GET, can come to the route and passes."""
    return route.websocket is not None and (not route.methods or "GET" in route.methods)


def entry(route: Route, plain: s.Route) -> s.Route:
    """`plain` is the route's entry for other requests."""
    assert route.websocket is not None and plain.route is not None
    return replace(
        plain,
        name=f"{route.name} (websocket)",
        match=match_of(route.match, (*hosts_of(route), *_ASKS)),
        route=_tunnel(plain.route, route.websocket),
    )


def _tunnel(action: s.RouteAction, policy: WebSocket) -> s.RouteAction:
    idle = duration_text(policy.idle_ms)
    return replace(action, timeout="0s", idle_timeout=idle, upgrade_configs=_UPGRADES)
