"""What differs between two upstreams, whatever their names."""

from math import gcd

from galc.difference.changes import (
    BEHAVIOUR,
    OPENING,
    SECURITY,
    Added,
    Change,
    Changed,
    Removed,
    members,
    number,
    value,
)
from galc.difference.policies import statuses
from galc.ir.gateway import ActiveCheck, PassiveCheck, Target, Upstream
from galc.ir.units import duration_text

_CHECKS = "upstream.health_check"


def compare(old: Upstream, new: Upstream) -> list[Change]:
    """The changes from one upstream to another."""
    found = _targets(old.targets, new.targets)
    found += value("upstream.load_balancer.algorithm", old.algorithm, new.algorithm)
    cookies = (old.sticky_cookie, new.sticky_cookie)
    found += value("upstream.load_balancer.cookie_name", *cookies)
    if old.tls != new.tls:
        words = ("TLS", "clear text") if old.tls else ("clear text", "TLS")
        found.append(Changed("services.protocol", OPENING if old.tls else SECURITY, *words))
    if old.http2 != new.http2:
        words = ("HTTP/2", "HTTP/1.1") if old.http2 else ("HTTP/1.1", "HTTP/2")
        found.append(Changed("services.protocol", BEHAVIOUR, *words))
    return [*found, *_active(old.active, new.active), *_passive(old.passive, new.passive)]


def address(target: Target) -> str:
    """`host:port`; host names count without regard to case."""
    host = target.host.lower()
    return f"[{host}]:{target.port}" if ":" in host else f"{host}:{target.port}"


def _targets(old: tuple[Target, ...], new: tuple[Target, ...]) -> list[Change]:
    before, after = ({address(t): t.weight for t in targets} for targets in (old, new))
    found = members("upstream.targets", tuple(before), tuple(after), BEHAVIOUR, BEHAVIOUR)
    shared = [name for name in before if name in after]
    one, other = (_shares([weights[name] for name in shared]) for weights in (before, after))
    if one == other:
        return found
    field = "upstream.targets.weight"
    return [*found, Changed(field, BEHAVIOUR, _listed(shared, one), _listed(shared, other))]


def _listed(names: list[str], shares: list[int]) -> str:
    return ", ".join(f"{name}={share}" for name, share in zip(names, shares, strict=True))


def _shares(weights: list[int]) -> list[int]:
    """Weights in lowest terms: 2 and 4 share traffic as 1 and 2 do."""
    divisor = gcd(*weights) or 1
    return [weight // divisor for weight in weights]


def _active(old: ActiveCheck | None, new: ActiveCheck | None) -> list[Change]:
    name = f"{_CHECKS}.active"
    if old is None or new is None:
        if old is not None:
            return [Removed(name, BEHAVIOUR, _probe(old))]
        return [Added(name, BEHAVIOUR, _probe(new))] if new is not None else []
    found = value(f"{name}.http_path", old.path, new.path)
    found += number(f"{name}.interval", old.interval_ms, new.interval_ms, spelled=duration_text)
    found += number(f"{name}.timeout", old.timeout_ms, new.timeout_ms, spelled=duration_text)
    found += number(f"{name}.healthy_threshold", old.healthy_threshold, new.healthy_threshold)
    found += number(f"{name}.unhealthy_threshold", old.unhealthy_threshold, new.unhealthy_threshold)
    return found + statuses(f"{name}.healthy_status_codes", old.statuses, new.statuses)


def _probe(check: ActiveCheck) -> str:
    return f"GET {check.path} every {duration_text(check.interval_ms)}"


def _passive(old: PassiveCheck | None, new: PassiveCheck | None) -> list[Change]:
    name = f"{_CHECKS}.passive"
    if old is None or new is None:
        if old is not None:
            return [Removed(name, BEHAVIOUR, _watch(old))]
        return [Added(name, BEHAVIOUR, _watch(new))] if new is not None else []
    found = number(f"{name}.max_failures", old.max_failures, new.max_failures)
    found += statuses(f"{name}.unhealthy_status_codes", old.statuses, new.statuses)
    recovery = (old.recovery_ms, new.recovery_ms)
    return found + number(f"{name}.recovery_time", *recovery, spelled=duration_text)


def _watch(check: PassiveCheck) -> str:
    return f"out for {duration_text(check.recovery_ms)} after {check.max_failures} failures"
