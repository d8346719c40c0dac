"""WebSocket: a route of its own for handshakes, which APISIX lets through to the upstream.

apisix/init.lua, `handle_upstream`: with `enable_websocket` what the client says in `Upgrade` and
`Connection` goes to the upstream as it is, so the conditions leave it nothing else to say. Both
routes have the same paths and priority, and no request fits both.
"""

from msgspec.structs import replace

from galc.ir.gateway import Route
from galc.targets.apisix import schema as s
from galc.targets.apisix.names import identifier
from galc.targets.apisix.upstreams import tunnel_timeout

#: A handshake (RFC 6455, section 4.1). nginx joins several lines of a header by commas.
_ASKS: tuple[s.Expression, ...] = (
    ("request_method", "==", "GET"),
    ("server_protocol", "==", "HTTP/1.1"),
    ("http_upgrade", "~*", r"^websocket\z"),
    ("http_connection", "~*", r"^(?:keep-alive *, *)?upgrade(?: *, *keep-alive)?\z"),
)


def handshakes(route: Route, plain: s.Route) -> s.Route:
    """`plain` is the route for all other requests."""
    return replace(
        plain,
        # A name that is made of a regex may have any printable text.
        id=identifier(f"{route.name}\0websocket"),
        name=f"{route.name} (websocket)"[:256],
        vars=(*plain.vars, *_ASKS),
        timeout=tunnel_timeout(route),
        enable_websocket=True,
    )


def all_else(plain: s.Route) -> s.Route:
    """The route for what is no handshake; an upgrade that it gets is passed as plain HTTP."""
    return replace(plain, vars=(*plain.vars, ("!AND", *_ASKS)))
