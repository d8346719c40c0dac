"""Retries (language section 4.6): whether what came of an attempt calls for another one."""

from galc.ir.document import RetryCondition
from galc.ir.gateway import NON_IDEMPOTENT, Route
from galc.semantics import times
from galc.semantics.messages import Reply


def wanted(route: Route, method: str, attempt: int, reply: Reply, *, handshake: bool) -> bool:
    """Whether there is another attempt after that one, of which the first is 1."""
    policy = route.retry
    if policy is None or attempt >= policy.attempts:
        return False
    failure = _failure(route, reply, handshake)
    if method in NON_IDEMPOTENT and failure != "connect_failure":
        return False
    return failure in policy.conditions or reply.status in policy.statuses


def _failure(route: Route, reply: Reply, handshake: bool) -> RetryCondition | None:
    """What an attempt without an answer has failed by."""
    if reply.status is None:
        return "reset" if reply.breaks else "connect_failure"
    given_up = times.given_up(route, reply, handshake)
    if given_up is None:
        return None
    return "connect_failure" if reply.connecting > given_up else "timeout"
