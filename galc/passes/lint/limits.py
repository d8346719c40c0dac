"""Rate limits and circuit breakers that don't protect."""

from collections.abc import Iterator

from galc.diagnostics import Diagnostic, lint
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir.gateway import Gateway
from galc.ir.units import Rate
from galc.passes.lint.places import Written
from galc.passes.lint.upstreams import no_failures

_DAY_MS = 86_400_000
_MANY_PERIODS = 10
_MANY_FAILURES = 10_000


def rate_limit(policy: doc.RateLimit, path: Path) -> Iterator[Diagnostic]:
    """A bucket so deep that the rate never counts."""
    for tokens, period_ms in (
        (policy.requests_per_second, 1000),
        (policy.requests_per_minute, 60_000),
        (policy.requests_per_hour, 3_600_000),
    ):
        if isinstance(tokens, int) and policy.burst >= _MANY_PERIODS * tokens:
            rate = Rate(tokens, period_ms)
            if policy.burst * period_ms >= _DAY_MS * tokens:
                text = lint.NeverActs.bucket(policy.burst, rate)
                yield lint.NeverActs(Place((*path, "burst")), text)


def circuit_breaker(policy: doc.CircuitBreaker, path: Path) -> Iterator[Diagnostic]:
    """A breaker that never opens, or that clients open."""
    if policy.max_failures >= _MANY_FAILURES:
        text = lint.NeverActs.breaker(policy.max_failures)
        yield lint.NeverActs(Place((*path, "max_failures")), text)
    yield from no_failures(policy.unhealthy_status_codes, (*path, "unhealthy_status_codes"))


def self_chosen_keys(written: Written, gateway: Gateway) -> Iterator[Diagnostic]:
    """Limits by a header that any client can change."""
    if gateway.trusted_proxies:
        return
    told: set[Path] = set()
    for route in gateway.routes:
        limit = route.rate_limit
        if limit is None or limit.key != "header" or written.asks(route):
            continue
        path = written.policy(route, "rate_limit")
        if path not in told:
            told.add(path)
            yield lint.SelfChosenKey(Place((*path, "key_header")), limit.key_name)
