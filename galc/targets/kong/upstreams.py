"""Upstreams: one for each service, with its targets, balancing and health checks.

kong/db/schema/entities/upstreams.lua. Counters that are 0 are off; a status that is in neither list
of a check counts for nothing, so the lists are always complements of each other.
"""

import re
from collections.abc import Iterator

from galc.ir.gateway import ActiveCheck, Gateway, PassiveCheck, Route, Upstream
from galc.targets.kong import programs as lua
from galc.targets.kong import schema as s
from galc.targets.kong.names import upstream_name
from galc.targets.memo import shared

#: A weight of 1 is Kong's default.
_SCALE = 100
_MOST_WEIGHT = 65535
_MOST_SECONDS = 65535
_STATUSES = range(100, 600)
#: lua/watch.lua: the statuses that stand for a good and a bad outcome.
_GOOD, _BAD = 200, 500
#: kong/db/schema/entities/upstreams.lua: the counters; lua-resty-healthcheck 3.1.0 has a byte each.
_MOST_COUNTED = 255
#: A status that nobody sends, where a list must have one that never counts.
_NEVER = (999,)
_ALGORITHMS = {
    "round_robin": "round-robin",
    "least_conn": "least-connections",
    "ip_hash": "consistent-hashing",
}


def upstreams(gateway: Gateway) -> tuple[s.Upstream, ...]:
    """Every upstream that a route uses once, sorted by name."""
    found = {route.upstream.name: route.upstream for route in gateway.routes}
    return tuple(sorted((_upstream(u) for u in found.values()), key=lambda u: u.name))


def _algorithm(upstream: Upstream) -> str:
    return "consistent-hashing" if upstream.sticky_cookie else _ALGORITHMS[upstream.algorithm]


def is_hashed(upstream: Upstream) -> bool:
    """kong/runloop/balancer/consistent_hashing.lua: a request has one target, however often it is
    tried."""
    return _algorithm(upstream) == "consistent-hashing"


def takes_turns(upstream: Upstream) -> bool:
    """kong/runloop/balancer/round_robin.lua: nothing is remembered of a request's attempts, unlike
    least_connections.lua."""
    return _algorithm(upstream) == "round-robin"


def _upstream(upstream: Upstream) -> s.Upstream:
    cookie = upstream.sticky_cookie
    hashed_by = "ip" if upstream.algorithm == "ip_hash" else "none"
    return s.Upstream(
        name=upstream_name(upstream.name),
        algorithm=_algorithm(upstream),
        targets=tuple(_targets(upstream)),
        hash_on="cookie" if cookie else hashed_by,
        hash_on_cookie=cookie,
        hash_on_cookie_path="/" if cookie else None,
        healthchecks=_health_checks(upstream),
    )


def _targets(upstream: Upstream) -> Iterator[s.Target]:
    scale = _SCALE if max(t.weight for t in upstream.targets) * _SCALE <= _MOST_WEIGHT else 1
    for target in upstream.targets:
        host = f"[{target.host}]" if ":" in target.host else target.host
        yield s.Target(f"{host}:{target.port}", target.weight * scale)


def _health_checks(upstream: Upstream) -> s.HealthChecks | None:
    active, passive = upstream.active, upstream.passive
    if active is None and passive is None:
        return None
    kind = "https" if upstream.tls else "http"
    if active:
        probes = _active(active, kind)
    else:
        assert passive is not None
        probes = _recovery(passive, kind)
    return s.HealthChecks(probes, _passive(passive, kind) if passive else None)


def _others(statuses: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(status for status in _STATUSES if status not in statuses) or _NEVER


def _seconds(milliseconds: int) -> int | float:
    whole, rest = divmod(milliseconds, 1000)
    return milliseconds / 1000 if rest else whole


def _active(check: ActiveCheck, kind: str) -> s.Active:
    failures = check.unhealthy_threshold
    interval = _seconds(check.interval_ms)
    return s.Active(
        type=kind,
        http_path=check.path,
        timeout=_seconds(check.timeout_ms),
        healthy=s.ActiveHealthy(interval, check.healthy_threshold, check.statuses),
        unhealthy=s.ActiveUnhealthy(
            interval, _others(check.statuses), failures, tcp_failures=failures, timeouts=failures
        ),
    )


def _recovery(check: PassiveCheck, kind: str) -> s.Active:
    """Brings a target back that the passive check has put out: Kong does it by a probe only. Any
    answer will do, so that it comes back as the language says, whether it is well or not."""
    return s.Active(
        type=kind,
        http_path="/",
        timeout=1,
        healthy=s.ActiveHealthy(0, 1, tuple(_STATUSES)),
        unhealthy=s.ActiveUnhealthy(_seconds(check.recovery_ms), _NEVER, 0, 0, 0),
    )


def _passive(check: PassiveCheck, kind: str) -> s.Passive:
    """Counts the outcomes that the program of `watch_step` tells, all in one counter."""
    return s.Passive(
        type=kind,
        # A success makes Kong forget failures, whatever the limit; the highest keeps a target that
        # was put out from coming back by an answer that was already on its way.
        healthy=s.PassiveHealthy(_MOST_COUNTED, (_GOOD,)),
        unhealthy=s.PassiveUnhealthy((_BAD,), check.max_failures, tcp_failures=0, timeouts=0),
    )


@shared
def watch_step(check: PassiveCheck) -> str:
    """Tells Kong whether an answer counts as a failure of its target."""
    return lua.response_step("watch", {"statuses": dict.fromkeys(check.statuses, True)})


def problems(route: Route) -> Iterator[tuple[str, str]]:
    """What Kong's fields can't hold: the feature, and why."""
    upstream = route.upstream
    active, passive = upstream.active, upstream.passive
    periods = (
        ("active.interval", active.interval_ms if active else 0),
        ("active.timeout", active.timeout_ms if active else 0),
        ("passive.recovery_time", passive.recovery_ms if passive else 0),
    )
    for name, period in periods:
        if period > _MOST_SECONDS * 1000:
            yield f"upstream.health_check.{name}", f"it is {_MOST_SECONDS} seconds at most"
    if active and not _is_plain_path(active.path):
        why = "a probe's path has no query and only the characters of RFC 3986"
        yield "upstream.health_check.active.http_path", why


def _is_plain_path(path: str) -> bool:
    """kong/db/schema/typedefs.lua: validate_path."""
    allowed = "-._~/%:@!$&'()*+,;="
    plain = all(char.isascii() and (char.isalnum() or char in allowed) for char in path)
    badly_encoded = re.search("%(?![0-9A-Fa-f]{2})", path)
    return plain and path.startswith("/") and "//" not in path and not badly_encoded
