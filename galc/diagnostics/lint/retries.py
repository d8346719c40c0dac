"""Retries that help nobody, or do harm."""

from galc.diagnostics import Diagnostic, listed, route_example
from galc.frontend.source import Place
from galc.ir.units import duration_text


class LongWait(Diagnostic, frozen=True):
    """Each attempt may take the route's whole timeout, so a client waits for all of them together.
    Long before that it has hung up, or the proxy in front of it has: many wait for 60 seconds, few
    for more than 100. What the upstream does after that is for nobody."""

    code = "GAL5060"
    title = "retries longer than clients wait"
    default_severity = "warning"
    bad = route_example("route /users/* { timeout 30s ; retry { attempts 5 } }")
    fix = route_example("route /users/* { timeout 5s ; retry { attempts 5 } }")

    attempts: int
    timeout_ms: int

    def message(self) -> str:
        total, each = (duration_text(n) for n in (self.attempts * self.timeout_ms, self.timeout_ms))
        return f"{self.attempts} attempts of up to {each} each keep a client waiting for {total}"

    def help(self) -> str | None:
        return "give the route a shorter `timeout`, or take `timeout` out of `retry_on`"


class RetriesOpenBreaker(Diagnostic, frozen=True):
    """Each attempt that fails counts for the circuit breaker. With as many attempts as the breaker
    bears failures, one request that the upstream can't answer opens it for everybody."""

    code = "GAL5061"
    title = "one request that opens the breaker"
    default_severity = "warning"
    bad = route_example(
        "route /users/* { retry { attempts 3 } ; circuit_breaker { max_failures 3 } }"
    )
    fix = bad.replace("attempts 3", "attempts 2").replace("max_failures 3", "max_failures 10")

    attempts: int
    max_failures: int
    breaker: Place

    def message(self) -> str:
        return (
            f"the {self.attempts} attempts of one request are enough to open the circuit breaker, "
            f"which bears {self.max_failures} failures"
        )

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.breaker, "this breaker"),)

    def help(self) -> str | None:
        return "let `max_failures` be several times as large as `attempts`"


class NoRetry(Diagnostic, frozen=True):
    """A request that may do something else the second time isn't sent again once it may have
    reached the upstream: for POST and PATCH only `connect_failure` counts. A route that takes
    nothing else never retries on the other conditions."""

    code = "GAL5062"
    title = "retries that never happen"
    default_severity = "warning"
    bad = route_example("route /users/* POST { retry { retry_on http_503 timeout } }")
    fix = route_example("route /users/* POST { retry { retry_on connect_failure } }")

    methods: tuple[str, ...]

    def message(self) -> str:
        return f"{listed(self.methods, 'and')} isn't sent again on any of these conditions"

    def help(self) -> str | None:
        return "add `connect_failure`, or leave the policy out"
