"""Retries that help nobody, or do harm."""

from collections.abc import Iterator

from galc.diagnostics import Diagnostic, lint
from galc.frontend.source import Path, Place
from galc.ir.gateway import Gateway, Route
from galc.passes.lint.places import Written

#: What those who wait longest wait for: the default of HttpClient in .NET is 100 seconds
#: (`HttpClient.Timeout`), load balancers and proxies mostly have 60 (nginx: `proxy_read_timeout`).
_LONGEST_MS = 100_000
_NOT_AGAIN = frozenset({"POST", "PATCH"})
#: Failures of a breaker that are also conditions of retries, beside those by status.
_BROKEN = frozenset({"connect_failure", "reset", "timeout"})


def check(written: Written, gateway: Gateway) -> Iterator[Diagnostic]:
    """Every lint about retries, once for each policy as it is written."""
    told: set[tuple[str, Path]] = set()
    for route in gateway.routes:
        if route.retry is None or route.retry.attempts < 2:
            continue
        path = written.policy(route, "retry")
        for diagnostic in _of_route(written, route, path):
            if (diagnostic.code, path) not in told:
                told.add((diagnostic.code, path))
                yield diagnostic


def _of_route(written: Written, route: Route, path: Path) -> Iterator[Diagnostic]:
    retry, breaker = route.retry, route.circuit_breaker
    assert retry is not None
    place = Place((*path, "attempts"))
    conditions = frozenset(retry.conditions)
    if route.methods and _NOT_AGAIN.issuperset(route.methods):
        if "connect_failure" not in conditions:
            yield lint.NoRetry(Place((*path, "retry_on")), route.methods)
            return
        conditions = frozenset({"connect_failure"})
    if "timeout" in conditions and retry.attempts * route.timeout_ms > _LONGEST_MS:
        yield lint.LongWait(place, retry.attempts, route.timeout_ms)
    if breaker is not None and retry.attempts >= breaker.max_failures:
        statuses = {f"http_{status}" for status in breaker.statuses}
        if conditions & (_BROKEN | statuses):
            other = Place(written.policy(route, "circuit_breaker"))
            yield lint.RetriesOpenBreaker(place, retry.attempts, breaker.max_failures, other)
