"""How long an upstream may take (language section 4.6), and handshakes of a WebSocket (4.7)."""

from galc.ir.gateway import Route
from galc.semantics.messages import Reply, Request, values


def is_handshake(request: Request) -> bool:
    """Whether a request asks for a WebSocket (RFC 6455, section 4.1)."""
    options = ",".join(values(request.headers, "Connection")).lower().split(",")
    return (
        request.method == "GET"
        and "upgrade" in (option.strip() for option in options)
        and [v.lower() for v in values(request.headers, "Upgrade")] == ["websocket"]
    )


def bound_ms(route: Route, handshake: bool) -> int:
    """The time for an answer: a handshake that has none is a connection that is silent."""
    return route.websocket.idle_ms if route.websocket and handshake else route.timeout_ms


def given_up(route: Route, reply: Reply, handshake: bool) -> float | None:
    """After how many seconds the gateway stops waiting; None where the reply comes in time."""
    phases, answer_ms = route.phases, bound_ms(route, handshake)
    bounds = [(reply.seconds, answer_ms)]
    if phases is not None:
        bounds += [(reply.connecting, phases.connect_ms), (reply.pausing, phases.send_ms)]
    passed = [bound / 1000 for seconds, bound in bounds if seconds * 1000 > bound]
    return min(passed, default=None)
