"""Retries (language section 4.6): whether what came of an attempt calls for another one."""

from galc.ir.gateway import NON_IDEMPOTENT, Retry, RetryCondition
from galc.semantics.messages import Reply


def wanted(policy: Retry, method: str, attempt: int, reply: Reply, timeout_ms: int) -> bool:
    """Whether there is another attempt after that one, of which the first is 1."""
    if attempt >= policy.attempts:
        return False
    failure = _failure(reply, timeout_ms)
    if method in NON_IDEMPOTENT and failure != "connect_failure":
        return False
    return failure in policy.conditions or reply.status in policy.statuses


def _failure(reply: Reply, timeout_ms: int) -> RetryCondition | None:
    """What an attempt without an answer has failed by."""
    if reply.status is None:
        return "reset" if reply.breaks else "connect_failure"
    if reply.connecting * 1000 > timeout_ms:
        return "connect_failure"
    return "timeout" if reply.seconds * 1000 > timeout_ms else None
