"""Times of a route, in the milliseconds of Kong's service, and what kong.conf says for all.

kong/db/schema/entities/services.lua. nginx counts `write_timeout` and `read_timeout` between two
operations.
"""

from typing import NamedTuple

from galc.ir.gateway import Gateway, Route
from galc.targets.kong import programs as lua
from galc.targets.memo import shared


class Times(NamedTuple):
    """What a service has."""

    connect: int
    write: int
    read: int


def of_route(route: Route) -> Times:
    """Without times of their own all phases have that of the answer."""
    answer = route.timeout_ms
    if route.phases is None:
        return Times(answer, answer, answer)
    return Times(min(route.phases.connect_ms, answer), route.phases.send_ms, answer)


def unused_ms(gateway: Gateway) -> int | None:
    """How long an unused connection to an upstream is kept: one time for the whole gateway."""
    return min((route.phases.idle_ms for route in gateway.routes if route.phases), default=None)


def websocket_step(route: Route) -> str | None:
    """Lets a handshake through to the upstream."""
    if route.websocket is None:
        return None
    times = of_route(route)
    return _websocket_step(times.connect, times.write, route.websocket.idle_ms)


@shared
def _websocket_step(connect: int, send: int, idle: int) -> str:
    return lua.request_step("websocket", {"connect": connect, "send": send, "idle": idle})
