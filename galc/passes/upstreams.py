"""Upstreams in normal form.

Precondition: a decoded service and the tree of its upstream. Postcondition: an `Upstream` whose
targets all have weight, with the health checks that are switched on.
"""

from typing import Any

from msgspec import UNSET, UnsetType

from galc.diagnostics import Report, fields, lint, meaning
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir import gateway as gw
from galc.ir.units import milliseconds
from galc.passes import matching


def upstream(service: doc.Service, raw: dict[str, Any], path: Path, report: Report) -> gw.Upstream:
    """Targets with weight, checks that are on; `raw` is the upstream's tree."""
    upstream = service.upstream
    targets = _targets(upstream, path, report)
    balancer = upstream.load_balancer
    if balancer.algorithm == "weighted" and len({t.weight for t in upstream.targets}) < 2:
        report(lint.RepeatedAlgorithm(Place((*path, "load_balancer", "algorithm"))))
    written = raw.get("load_balancer", {})
    if "cookie_name" in written and not balancer.sticky_sessions:
        here = Place((*path, "load_balancer", "cookie_name"), key=True)
        report(meaning.Ineffective(here, "cookie_name", "without `sticky_sessions: true`"))
    algorithm: dict[str, gw.Algorithm] = {"least_conn": "least_conn", "ip_hash": "ip_hash"}
    http2 = service.protocol in ("http2", "grpc") or service.type == "grpc"
    return gw.Upstream(
        name=service.name,
        targets=targets,
        algorithm=algorithm.get(balancer.algorithm, "round_robin"),
        sticky_cookie=balancer.cookie_name if balancer.sticky_sessions else None,
        active=_active(upstream.health_check.active),
        passive=_passive(upstream.health_check.passive),
        tls=service.protocol == "https",
        http2=http2,
    )


def _targets(upstream: doc.Upstream, path: Path, report: Report) -> tuple[gw.Target, ...]:
    single = upstream.host is not UNSET or upstream.port is not UNSET
    if single == bool(upstream.targets):
        given_names = ("host", "targets") if single else ()
        report(
            meaning.NotOneOf(Place(path, key=True), "`upstream`", ("host", "targets"), given_names)
        )
        return ()
    if single:
        if isinstance(upstream.host, UnsetType) or isinstance(upstream.port, UnsetType):
            missing = "host" if upstream.host is UNSET else "port"
            report(fields.MissingField(Place(path, key=True), missing, "`upstream`"))
            return ()
        _check_host(upstream.host, (*path, "host"), report)
        return (gw.Target(upstream.host.strip("[]"), upstream.port, 1),)
    found = []
    seen: dict[tuple[str, int], Place] = {}
    for index, target in enumerate(upstream.targets):
        place = Place((*path, "targets", index))
        _check_host(target.host, (*path, "targets", index, "host"), report)
        first = seen.setdefault((matching.same_host(target.host), target.port), place)
        if first is not place:
            name = f"the target `{target.host}:{target.port}`"
            report(meaning.Repeated(place, name, first))
        if target.weight:
            found.append(gw.Target(target.host.strip("[]"), target.port, target.weight))
        else:
            report(lint.NoTraffic(place, f"{target.host}:{target.port}"))
    if not found:
        report(meaning.NoWeight(Place((*path, "targets"), key=True)))
    return tuple(found)


def _check_host(host: str, path: Path, report: Report) -> None:
    if matching.is_host(host):
        return
    hint = None
    if "://" in host:
        hint = "give the host alone; `protocol: https` on the service asks for TLS"
    elif ":" in host:
        hint = "give the port as `port`"
    expected = "a host name or an IP address"
    report(fields.BadAddress(Place(path), "host", host, expected, hint))


def in_force(raw: dict[str, Any], checks: doc.HealthCheck) -> dict[str, Any]:
    """The upstream's tree without the health checks that are switched off."""
    if "health_check" not in raw:
        return raw
    kept = {
        name: value
        for name, value in raw["health_check"].items()
        if getattr(getattr(checks, name), "enabled", False)
    }
    return {**raw, "health_check": kept}


def _active(check: doc.ActiveCheck | UnsetType) -> gw.ActiveCheck | None:
    if isinstance(check, UnsetType) or not check.enabled:
        return None
    return gw.ActiveCheck(
        path=check.http_path,
        interval_ms=milliseconds(check.interval),
        timeout_ms=milliseconds(check.timeout),
        healthy_threshold=check.healthy_threshold,
        unhealthy_threshold=check.unhealthy_threshold,
        statuses=tuple(sorted(set(check.healthy_status_codes))),
    )


def _passive(check: doc.PassiveCheck | UnsetType) -> gw.PassiveCheck | None:
    if isinstance(check, UnsetType) or not check.enabled:
        return None
    return gw.PassiveCheck(
        max_failures=check.max_failures,
        statuses=tuple(sorted(set(check.unhealthy_status_codes))),
        recovery_ms=milliseconds(check.recovery_time),
    )
