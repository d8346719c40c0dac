"""Services and the transports that they use: an upstream for each timeout of its routes, and one
of its own for each route with a circuit breaker.

https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/load-balancing/ (service,
serverstransport), `pkg/server/service` and `pkg/healthcheck`.
"""

from galc.ir.gateway import ActiveCheck, CircuitBreaker, PassiveCheck, Route, Target, Upstream
from galc.ir.units import duration_text
from galc.targets.memo import shared
from galc.targets.traefik import schema as s
from galc.targets.traefik.text import name

_STRATEGIES = {"round_robin": "wrr", "least_conn": "p2c", "ip_hash": "hrw"}
#: As of Traefik's own default transport; a transport of the file starts with Go's 2.
_IDLE_CONNECTIONS = 200


def name_of(route: Route) -> str:
    """A breaker counts for its route only; timeouts belong to a service's transport."""
    if route.circuit_breaker:
        return f"route/{name(route.name)}"
    return f"service/{route.upstream.name}/{_times(route)}"


def _times(route: Route) -> str:
    """All that routes with one transport have in common, as it stands in names."""
    answer = duration_text(route.timeout_ms)
    if route.phases is None:
        return answer
    connect, idle = duration_text(route.phases.connect_ms), duration_text(route.phases.idle_ms)
    return f"{answer}-connect-{connect}-idle-{idle}"


def transport_of(route: Route) -> str:
    """A transport is shared by all services with the same timeout and protocol."""
    protocol = "-http1" if _only_http1(route.upstream) else ""
    return f"timeout-{_times(route)}{protocol}"


def _only_http1(upstream: Upstream) -> bool:
    """Over TLS Traefik would choose HTTP/2 where the upstream offers it."""
    return upstream.tls and not upstream.http2


def service(route: Route) -> s.Service:
    """Where the route's requests go."""
    upstream = route.upstream
    return s.Service(
        s.LoadBalancer(
            servers=_servers(upstream),
            servers_transport=transport_of(route),
            strategy=_STRATEGIES[upstream.algorithm],
            sticky=_sticky(upstream.sticky_cookie) if upstream.sticky_cookie else None,
            health_check=_active(upstream.active) if upstream.active else None,
            passive_health_check=_passive(route.circuit_breaker or upstream.passive),
        )
    )


def transport(route: Route) -> s.ServersTransport:
    """The language's timeout is 504 in every phase: while connecting and while waiting.

    `pkg/config/dynamic/http_config.go`: the time between two writes can't be set in a file.
    """
    answer = duration_text(route.timeout_ms)
    phases = route.phases
    if phases is None:
        timeouts = s.ForwardingTimeouts(answer, answer)
    else:
        connect = duration_text(min(phases.connect_ms, route.timeout_ms))
        timeouts = s.ForwardingTimeouts(connect, answer, duration_text(phases.idle_ms))
    return s.ServersTransport(
        forwarding_timeouts=timeouts,
        max_idle_conns_per_host=_IDLE_CONNECTIONS,
        disable_http2=_only_http1(route.upstream),
    )


@shared
def _servers(upstream: Upstream) -> tuple[s.Server, ...]:
    scheme = "https" if upstream.tls else "h2c" if upstream.http2 else "http"
    return tuple(s.Server(_url(scheme, target), target.weight) for target in upstream.targets)


def _url(scheme: str, target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f"{scheme}://{host}:{target.port}"


def _sticky(cookie: str) -> s.Sticky:
    return s.Sticky(s.Cookie(cookie, http_only=True))


@shared
def _active(check: ActiveCheck) -> s.HealthCheck:
    return s.HealthCheck(
        path=check.path,
        interval=duration_text(check.interval_ms),
        timeout=duration_text(check.timeout_ms),
        status=check.statuses[0] if len(check.statuses) == 1 else 0,
        follow_redirects=False,
    )


@shared
def _passive(check: CircuitBreaker | PassiveCheck | None) -> s.PassiveHealthCheck | None:
    if check is None:
        return None
    out = check.open_ms if isinstance(check, CircuitBreaker) else check.recovery_ms
    return s.PassiveHealthCheck(duration_text(max(out, 1)), check.max_failures)
