"""Changes to JSON bodies: one constant Lua filter, and the rules of a route as its context.

extensions/filters/http/lua/v3/lua.proto: `LuaPerRoute.filter_context`, since 1.34. The filter holds
a body back until it is complete; how much of it, says the listener's
`per_connection_buffer_limit_bytes` (config/listener/v3/listener.proto), for both directions.
"""

from functools import cache
from importlib.resources import files
from typing import Any

from galc.ir.bodies import MOST_BYTES
from galc.ir.gateway import BodyRules, Gateway, Route
from galc.targets import bodies
from galc.targets.envoy import headers
from galc.targets.envoy import schema as s
from galc.targets.envoy.filters import Filter
from galc.targets.memo import shared

#: Told by the upstream's filters that an answer isn't Envoy's own; neither a client nor an upstream
#: can spell it, and the filter removes it.
_ANSWERED = s.HeaderMutation(append=headers.option("galc/answered", "1", headers.SET))
#: What asks for an answer that can't be looked into: compressed, or a part.
NOT_ASKED = ("range", "if-range")
_READABLE = headers.option("accept-encoding", "identity", headers.SET)


@cache
def _program() -> str:
    own = (files(__package__) / "lua" / "bodies.lua").read_text("utf-8")
    return f"{bodies.program()}\n{own}"


def needed(gateway: Gateway) -> bool:
    """Whether any body is changed."""
    return any(route.request_body or route.response_body for route in gateway.routes)


def buffer_limit(gateway: Gateway) -> int | None:
    """How much of a body Envoy holds back, where that isn't its own limit of 1 MiB."""
    return MOST_BYTES if needed(gateway) else None


def hidden(route: Route) -> tuple[str, ...]:
    """Request headers that the upstream must not see."""
    return NOT_ASKED if route.response_body else ()


def asked(route: Route) -> tuple[s.HeaderValueOption, ...]:
    """Request headers that are set after all rules of the file."""
    return (_READABLE,) if route.response_body else ()


def answer_mutations(route: Route) -> tuple[s.HeaderMutation, ...]:
    """What the upstream's filters add to its answer."""
    return (_ANSWERED,) if route.response_body else ()


@shared
def _context(request: BodyRules | None, answer: BodyRules | None) -> s.LuaPerRoute:
    found: dict[str, Any] = {}
    if request is not None:
        found["request"] = bodies.data(request)
    if answer is not None:
        found["answer"] = bodies.data(answer)
    return s.LuaPerRoute(found)


def _per_route(route: Route) -> s.LuaPerRoute | None:
    if route.request_body is None and route.response_body is None:
        return None
    return _context(route.request_body, route.response_body)


FILTER = Filter(
    name="galc.bodies",
    order=70,
    reason="after authentication and limits, which refuse a request without waiting for its body",
    chain=lambda _: s.Lua(s.DataSource(_program())),
    per_route=_per_route,
)
