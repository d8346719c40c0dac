"""Upstreams: one a service (apisix/schema_def.lua, apisix/balancer.lua)."""

from galc.ir.gateway import ActiveCheck, Route, Target
from galc.ir.units import duration_text
from galc.targets.apisix import schema as s
from galc.targets.apisix.names import identifier
from galc.targets.apisix.requests import CLIENT, PEER
from galc.targets.memo import shared

_ALGORITHMS = {"round_robin": "roundrobin", "least_conn": "least_conn", "ip_hash": "chash"}
_SCHEMES = {
    (False, False): "http",
    (True, False): "https",
    (False, True): "grpc",
    (True, True): "grpcs",
}
#: Statuses that a probe may give.
STATUSES = range(200, 600)
#: The highest threshold that a probe may have.
MOST = 254
_DEFAULT = s.Timeout(60, 60, 60)


def timeout(route: Route) -> s.Timeout:
    """The route's time for each phase; without times of their own they all have the answer's."""
    answer, phases = route.timeout_ms, route.phases
    if phases is None:
        return _timeout(answer, answer, answer)
    return _timeout(min(phases.connect_ms, answer), phases.send_ms, answer)


def tunnel_timeout(route: Route) -> s.Timeout:
    """For handshakes: nginx counts between two reads, also those of a tunnel."""
    assert route.websocket is not None
    return s.Timeout(timeout(route).connect, timeout(route).send, route.websocket.idle_ms / 1000)


@shared
def _timeout(connect_ms: int, send_ms: int, read_ms: int) -> s.Timeout:
    """0 isn't allowed."""
    connect, send, read = (max(ms, 1) / 1000 for ms in (connect_ms, send_ms, read_ms))
    return s.Timeout(connect, send, read)


def name_of(route: Route) -> str:
    """The upstream that a route uses: its service's, one for all routes that keep unused
    connections alike, because only an upstream says how long they are kept."""
    if route.phases is None:
        return route.upstream.name
    return f"{route.upstream.name} (idle {duration_text(route.phases.idle_ms)})"


def upstream(route: Route, trusting: bool) -> s.Upstream:
    """The upstream that a route uses. Every route has its own timeouts."""
    source = route.upstream
    by_address = source.algorithm == "ip_hash"
    return s.Upstream(
        id=identifier(name_of(route)),
        type=_ALGORITHMS[source.algorithm],
        scheme=_SCHEMES[source.tls, source.http2],
        pass_host="pass",
        nodes=tuple(_node(target) for target in source.targets),
        retries=0,
        timeout=_DEFAULT,
        # A variable that isn't in APISIX's own list is allowed in combinations only.
        hash_on="vars_combinations" if by_address else None,
        key=f"${CLIENT if trusting else PEER}" if by_address else None,
        checks=s.Checks(_active(source.active, source.tls)) if source.active else None,
        keepalive_pool=s.KeepalivePool(route.phases.idle_ms / 1000) if route.phases else None,
    )


def _node(target: Target) -> s.Node:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return s.Node(host, target.port, target.weight)


def _active(check: ActiveCheck, tls: bool) -> s.Active:
    interval = max(1, -(-check.interval_ms // 1000))
    failures = min(check.unhealthy_threshold, MOST)
    return s.Active(
        type="https" if tls else "http",
        timeout=max(check.timeout_ms, 1) / 1000,
        http_path=check.path,
        healthy=s.Healthy(
            interval,
            min(check.healthy_threshold, MOST),
            tuple(status for status in check.statuses if status in STATUSES),
        ),
        # What isn't healthy is a failure; a status in neither list would count for nothing.
        unhealthy=s.Unhealthy(
            interval,
            http_failures=failures,
            tcp_failures=failures,
            timeouts=failures,
            http_statuses=tuple(status for status in STATUSES if status not in check.statuses),
        ),
    )
