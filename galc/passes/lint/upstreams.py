"""Upstreams: what the gateway speaks to whom, and how it probes them."""

from collections.abc import Iterator

from msgspec import UNSET

from galc.diagnostics import Diagnostic, lint, meaning
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir.units import milliseconds
from galc.passes.lint.hosts import address, is_public

_METADATA_NAMES = ("metadata.google.internal",)
_METADATA_ADDRESSES = ("fd00:ec2::254",)


def check(document: doc.Document) -> Iterator[Diagnostic]:
    """What is odd about each service's upstream."""
    for index, service in enumerate(document.services):
        path: Path = ("services", index, "upstream")
        for place, host, port in _servers(service.upstream, path):
            yield from _server(document.global_, service, place, host, port)
        yield from _checks(service.upstream.health_check, (*path, "health_check"))
        balancer = service.upstream.load_balancer
        if balancer.sticky_sessions:
            targets = [target for target in service.upstream.targets if target.weight]
            if len(targets) < 2:
                sticky = Place((*path, "load_balancer", "sticky_sessions"), key=True)
                yield meaning.Ineffective(sticky, "sticky_sessions", "with a single target")


def _servers(upstream: doc.Upstream, path: Path) -> Iterator[tuple[Path, str, int]]:
    if isinstance(upstream.host, str) and isinstance(upstream.port, int):
        yield path, upstream.host, upstream.port
    for index, target in enumerate(upstream.targets):
        yield (*path, "targets", index), target.host, target.port


def _server(
    settings: doc.Global, service: doc.Service, path: Path, host: str, port: int
) -> Iterator[Diagnostic]:
    tls = service.protocol == "https"
    if port == (80 if tls else 443):
        yield lint.PortOfOtherProtocol(Place((*path, "port")), port, tls)
    elif not tls and is_public(host):
        yield lint.PlainToPublic(Place((*path, "host")), host)
    ip = address(host)
    if (
        ip is not None and (ip.is_link_local or str(ip) in _METADATA_ADDRESSES)
    ) or host.lower().rstrip(".") in _METADATA_NAMES:
        yield lint.LinkLocalTarget(Place((*path, "host")), host)
    if port in (settings.port, settings.admin_port) and _is_here(host, settings.host):
        is_admin = port == settings.admin_port
        if not is_admin or settings.port != settings.admin_port:
            yield lint.ItsOwnPort(Place((*path, "port")), port, is_admin)


def _is_here(host: str, listens_on: str) -> bool:
    ip = address(host)
    if ip is None:
        return host.lower().rstrip(".") == "localhost"
    return ip.is_loopback or ip.is_unspecified or str(ip) == listens_on


def _checks(checks: doc.HealthCheck, path: Path) -> Iterator[Diagnostic]:
    active, passive = checks.active, checks.passive
    if isinstance(active, doc.ActiveCheck) and active.enabled:
        if milliseconds(active.timeout) > milliseconds(active.interval):
            place = Place((*path, "active", "timeout"))
            yield lint.SlowProbe(place, active.interval, active.timeout)
        for index, status in enumerate(active.healthy_status_codes):
            if status >= 500:
                place = Place((*path, "active", "healthy_status_codes", index))
                yield lint.NoFailure(place, status, healthy=True)
    if passive is not UNSET and isinstance(passive, doc.PassiveCheck) and passive.enabled:
        statuses = (*path, "passive", "unhealthy_status_codes")
        yield from no_failures(passive.unhealthy_status_codes, statuses)


#: What an upstream says when it is overloaded or too slow: 408, 425 and 429.
_ITS_OWN_FAULT = (408, 425, 429)


def no_failures(statuses: tuple[int, ...], path: Path) -> Iterator[Diagnostic]:
    """Statuses that say nothing about the health of an upstream."""
    for index, status in enumerate(statuses):
        if status < 500 and status not in _ITS_OWN_FAULT:
            yield lint.NoFailure(Place((*path, index)), status)
