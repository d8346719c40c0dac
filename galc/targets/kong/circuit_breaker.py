"""Circuit breakers, by constant programs: Kong's passive health checks come nearest, but have no
trial phase and no answer of their own, and recover at a random moment."""

from typing import Any

from galc.ir.gateway import CircuitBreaker
from galc.targets.kong import programs as lua
from galc.targets.memo import shared


def _data(breaker: CircuitBreaker) -> dict[str, Any]:
    return {
        "failures": breaker.max_failures,
        "open": breaker.open_ms / 1000,
        "trials": breaker.half_open_requests,
        "statuses": dict.fromkeys(breaker.statuses, True),
    }


@shared
def step(breaker: CircuitBreaker) -> str:
    """The last step of a request: from here it goes to the upstream."""
    data = {**_data(breaker), "status": breaker.status, "message": breaker.message}
    return lua.request_step("breaker", data)


@shared
def result(breaker: CircuitBreaker) -> str:
    """Counts what became of a request."""
    return lua.response_step("breaker_result", _data(breaker))
