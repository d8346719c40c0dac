"""Clusters: a service's upstream, a copy of it for each route with a circuit breaker and for each
set of times that belong to connections, and the servers of key sets.

config/cluster/v3/cluster.proto, config/cluster/v3/outlier_detection.proto,
config/core/v3/health_check.proto. Limits that Envoy has by default (1024 connections and so on) are
lifted: the file doesn't ask for them.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from galc.ir.gateway import ActiveCheck, Gateway, Jwt, Route, Target
from galc.ir.units import duration_text
from galc.targets.envoy import schema as s
from galc.targets.envoy.auth import jwks_cluster
from galc.targets.memo import shared

#: The system's trusted certificates on Debian, Ubuntu and Alpine. `system_root_certs` would name
#: them portably, but verifies nothing in Envoy 1.40.
CA_FILE = "/etc/ssl/certs/ca-certificates.crt"
_CONNECT = "5s"
_MOST = 4_294_967_295
_UNLIMITED = s.CircuitBreakers((s.Threshold("DEFAULT", _MOST, _MOST, _MOST, _MOST),))
#: No panic routing: with every target out, the answer is 503. An ejection takes effect at once.
_COMMON = s.CommonLb(s.Percent(0.0), "0s")
#: IPv4 first; an endpoint for each address would distort weights.
_DNS = s.Named("envoy.cluster.dns", s.DnsCluster("V4_PREFERRED"))
#: For entries that a filter answers: whatever the filter would pass on ends in a 503.
NOBODY = "nobody"
_HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_POLICIES = "envoy.load_balancing_policies."
_BALANCERS = {
    algorithm: s.LoadBalancingPolicy((s.LbPolicy(s.Named(_POLICIES + name, config)),))
    for algorithm, name, config in (
        ("round_robin", "round_robin", s.RoundRobin()),
        ("least_conn", "least_request", s.LeastRequest("FULL_SCAN")),
        ("ip_hash", "maglev", s.Maglev()),
    )
}


def name_of(route: Route) -> str:
    """The cluster that a route uses: its own with a circuit breaker, else its service's, which is
    one for all routes that bound connections alike."""
    if route.circuit_breaker:
        return f"route/{route.name}"
    service = f"service/{route.upstream.name}"
    if route.phases is None:
        return service
    connect, idle = duration_text(route.phases.connect_ms), duration_text(route.phases.idle_ms)
    return f"{service}/connect-{connect}/idle-{idle}"


def clusters(gateway: Gateway) -> tuple[s.Cluster | s.EmptyCluster, ...]:
    """Every cluster once, sorted by name."""
    found: dict[str, s.Cluster | s.EmptyCluster] = {}
    if any(route.cors for route in gateway.routes):
        found[NOBODY] = s.EmptyCluster(NOBODY)
    for route in gateway.routes:
        name = name_of(route)
        if name not in found:
            found[name] = _cluster(name, route)
        scheme = route.authentication.scheme if route.authentication else None
        if isinstance(scheme, Jwt) and scheme.jwks_uri:
            jwks = jwks_cluster(scheme.jwks_uri)
            if jwks not in found:
                found[jwks] = _key_server(jwks, scheme.jwks_uri)
    return tuple(found[name] for name in sorted(found))


def _cluster(name: str, route: Route) -> s.Cluster:
    upstream = route.upstream
    breaker = route.circuit_breaker
    outlier: s.OutlierDetection | None = None
    statuses: tuple[int, ...] | None = None
    if breaker:
        outlier = _outlier(breaker.max_failures, breaker.open_ms)
        statuses = breaker.statuses
    elif upstream.passive:
        outlier = _outlier(upstream.passive.max_failures, upstream.passive.recovery_ms)
        statuses = upstream.passive.statuses
    tls, matches = _tls(upstream.targets, upstream.http2) if upstream.tls else (None, ())
    phases = route.phases
    return s.Cluster(
        name=name,
        cluster_type=_DNS,
        connect_timeout=duration_text(phases.connect_ms) if phases else _CONNECT,
        load_assignment=_assignment(name, upstream.targets, bool(upstream.active), matches),
        load_balancing_policy=_BALANCERS[upstream.algorithm],
        circuit_breakers=_UNLIMITED,
        common_lb_config=_COMMON,
        typed_extension_protocol_options={
            _HTTP: _protocol(upstream.http2, statuses, phases.idle_ms if phases else None)
        },
        health_checks=(_health_check(upstream.active, upstream.http2),) if upstream.active else (),
        outlier_detection=outlier,
        transport_socket=tls,
        transport_socket_matches=matches,
    )


def _key_server(name: str, uri: str) -> s.Cluster:
    parts = urlsplit(uri)
    tls = parts.scheme == "https"
    target = Target(parts.hostname or "", parts.port or (443 if tls else 80), 1)
    socket, matches = _tls((target,), http2=False) if tls else (None, ())
    return s.Cluster(
        name=name,
        cluster_type=_DNS,
        connect_timeout=_CONNECT,
        load_assignment=_assignment(name, (target,), False, matches),
        load_balancing_policy=_BALANCERS["round_robin"],
        circuit_breakers=_UNLIMITED,
        common_lb_config=_COMMON,
        typed_extension_protocol_options={
            _HTTP: _protocol(http2=False, statuses=None, idle_ms=None)
        },
        transport_socket=socket,
        transport_socket_matches=matches,
    )


def _assignment(
    name: str,
    targets: tuple[Target, ...],
    probed: bool,
    matches: tuple[s.TransportSocketMatch, ...],
) -> s.LoadAssignment:
    by_address = tuple(match.name for match in matches)
    return s.LoadAssignment(name, _endpoints(targets, probed, by_address))


@shared
def _endpoints(
    targets: tuple[Target, ...], probed: bool, by_address: tuple[str, ...]
) -> tuple[s.LocalityEndpoints, ...]:
    """`by_address`: the hosts of targets that have a TLS socket of their own."""
    same = len({target.weight for target in targets}) == 1
    endpoints = []
    for target in targets:
        host = f"[{target.host}]" if ":" in target.host else target.host
        check = s.HealthCheckConfig(f"{host}:{target.port}") if probed else None
        address = s.Address(s.SocketAddress(target.host, target.port))
        socket = {"envoy.transport_socket_match": {"address": target.host}}
        endpoints.append(
            s.LbEndpoint(
                s.Endpoint(address, target.host, check),
                None if same else target.weight,
                s.Metadata(socket) if target.host in by_address else None,
            )
        )
    return (s.LocalityEndpoints(tuple(endpoints)),)


@shared
def _outlier(failures: int, out_ms: int) -> s.OutlierDetection:
    """Ejects after failures in a row, always for the same time; checked ten times a second."""
    out = duration_text(max(out_ms, 1))
    return s.OutlierDetection(
        consecutive_5xx=failures,
        enforcing_consecutive_5xx=100,
        enforcing_success_rate=0,
        enforcing_failure_percentage=0,
        enforcing_consecutive_gateway_failure=0,
        interval="0.1s",
        base_ejection_time=out,
        max_ejection_time=out,
        max_ejection_percent=100,
        # Else one good probe ends the time early.
        successful_active_health_check_uneject_host=False,
    )


@shared
def _protocol(
    http2: bool, statuses: tuple[int, ...] | None, idle_ms: int | None
) -> s.HttpProtocolOptions:
    """`idle_ms`: how long an unused connection is kept; Envoy's default is an hour."""
    explicit = (
        s.ExplicitHttp(http2_protocol_options=s.Empty())
        if http2
        else s.ExplicitHttp(http_protocol_options=s.Empty())
    )
    matcher = s.ErrorMatcher(_status_matcher(statuses)) if statuses else None
    common = s.CommonHttpProtocolOptions(duration_text(idle_ms)) if idle_ms else None
    return s.HttpProtocolOptions(explicit, matcher, common)


def _status_matcher(statuses: tuple[int, ...]) -> s.MatchPredicate:
    """Which answers outlier detection counts (1.36 or newer); `or_match` takes two at least."""
    rules = tuple(
        s.MatchPredicate(
            http_response_headers_match=s.HeadersMatch(
                (s.HeaderMatcher(":status", s.StringMatcher(exact=str(status))),)
            )
        )
        for status in statuses
    )
    return rules[0] if len(rules) == 1 else s.MatchPredicate(or_match=s.MatchSet(rules))


@shared
def _health_check(check: ActiveCheck, http2: bool) -> s.HealthCheck:
    interval = duration_text(check.interval_ms)
    return s.HealthCheck(
        timeout=duration_text(check.timeout_ms),
        interval=interval,
        no_traffic_interval=interval,  # 60 s by default
        unhealthy_interval=interval,
        unhealthy_threshold=check.unhealthy_threshold,
        healthy_threshold=check.healthy_threshold,
        http_health_check=s.HttpHealthCheck(
            path=check.path,
            expected_statuses=tuple(s.Range(status, status + 1) for status in check.statuses),
            # A status that is neither expected nor retriable would ignore the threshold.
            retriable_statuses=(s.Range(100, 600),),
            codec_client_type="HTTP2" if http2 else "HTTP1",
        ),
    )


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _tls(
    targets: tuple[Target, ...], http2: bool
) -> tuple[s.Named, tuple[s.TransportSocketMatch, ...]]:
    """TLS to the upstream, verified against the system's certificates and the target's name.

    A target given by address can't be verified by name, so it gets a socket of its own.
    """
    alpn = ("h2",) if http2 else ("http/1.1",)
    trusted = s.DataSource(filename=CA_FILE)
    by_name = s.UpstreamTls(
        s.CommonTls(s.ValidationContext(trusted), alpn),
        auto_host_sni=True,
        auto_sni_san_validation=True,
    )
    matches = []
    for host in sorted({target.host for target in targets if _is_ip(target.host)}):
        san = s.SanMatcher("IP_ADDRESS", s.StringMatcher(exact=host))
        socket = s.UpstreamTls(s.CommonTls(s.ValidationContext(trusted, (san,)), alpn))
        named = s.Named("envoy.transport_sockets.tls", socket)
        matches.append(s.TransportSocketMatch(host, {"address": host}, named))
    return s.Named("envoy.transport_sockets.tls", by_name), tuple(matches)
