"""Upstreams: one a service, and one more for each number of attempts that its routes have
(apisix/schema_def.lua, apisix/balancer.lua)."""

from galc.ir.gateway import ActiveCheck, Route, Target
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


@shared
def timeout(ms: int) -> s.Timeout:
    """The route's time for each phase; 0 isn't allowed."""
    seconds = max(ms, 1) / 1000
    return s.Timeout(seconds, seconds, seconds)


def attempts(route: Route) -> int:
    """How often a request is tried at most. Of several targets each is tried once: APISIX answers
    502 by itself where it finds none that wasn't (apisix/balancer/roundrobin.lua)."""
    if route.retry is None:
        return 1
    targets = len(route.upstream.targets)
    return route.retry.attempts if targets == 1 else min(route.retry.attempts, targets)


def id_of(route: Route) -> str:
    """The upstream that a route uses."""
    count = attempts(route)
    name = route.upstream.name
    return identifier(name if count == 1 else f"{name} ({count} attempts)")


def upstream(route: Route, trusting: bool) -> s.Upstream:
    """A route's upstream. Every route has its own timeouts."""
    source = route.upstream
    by_address = source.algorithm == "ip_hash"
    return s.Upstream(
        id=id_of(route),
        type=_ALGORITHMS[source.algorithm],
        scheme=_SCHEMES[source.tls, source.http2],
        pass_host="pass",
        nodes=tuple(_node(target) for target in source.targets),
        retries=attempts(route) - 1,
        timeout=_DEFAULT,
        # A variable that isn't in APISIX's own list is allowed in combinations only.
        hash_on="vars_combinations" if by_address else None,
        key=f"${CLIENT if trusting else PEER}" if by_address else None,
        checks=s.Checks(_active(source.active, source.tls)) if source.active else None,
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
