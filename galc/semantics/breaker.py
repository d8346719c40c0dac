"""Circuit breakers (language section 4.5): closed, open, then a few trial requests."""

from msgspec.structs import replace

from galc.ir.gateway import CircuitBreaker
from galc.semantics.messages import Reply
from galc.semantics.state import Breaker


def entered(policy: CircuitBreaker, breaker: Breaker, now: float) -> Breaker | None:
    """The breaker after it let a request through, or None where it doesn't."""
    if breaker.open_until is None:
        return breaker
    if now < breaker.open_until or breaker.trials >= policy.half_open_requests:
        return None
    return replace(breaker, trials=breaker.trials + 1)


def left(policy: CircuitBreaker, breaker: Breaker, failed: bool, now: float) -> Breaker:
    """The breaker after a request that it let through has ended."""
    opened = Breaker(open_until=now + policy.open_ms / 1000)
    if breaker.open_until is not None and breaker.trials:
        passed = breaker.passed + 1
        if failed:
            return opened
        if passed >= policy.half_open_requests:
            return Breaker()
        return replace(breaker, passed=passed)
    if not failed:
        return replace(breaker, failures=0)
    failures = breaker.failures + 1
    return opened if failures >= policy.max_failures else replace(breaker, failures=failures)


def is_failure(statuses: tuple[int, ...], reply: Reply, in_time: bool) -> bool:
    """An answer with one of the statuses; no connection, or no answer in time."""
    return reply.status is None or not in_time or reply.status in statuses
