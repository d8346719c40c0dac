"""What differs between two policies of a route that say how often and how long its upstream is
called."""

from galc.difference.changes import (
    BEHAVIOUR,
    Added,
    Change,
    Removed,
    members,
    number,
    value,
)
from galc.ir.gateway import Retry
from galc.ir.units import duration_text


def retries(old: Retry | None, new: Retry | None) -> list[Change]:
    """The changes from one policy to another."""
    name = "retry"
    if old is None or new is None:
        if old is not None:
            return [Removed(name, BEHAVIOUR, _attempts(old))]
        return [Added(name, BEHAVIOUR, _attempts(new))] if new is not None else []
    found = number(f"{name}.attempts", old.attempts, new.attempts)
    conditions = (tuple(old.conditions), tuple(new.conditions))
    found += members(f"{name}.retry_on", *conditions, BEHAVIOUR, BEHAVIOUR)
    found += value(f"{name}.backoff", old.backoff, new.backoff)
    found += number(f"{name}.base_interval", old.base_ms, new.base_ms, spelled=duration_text)
    return found + number(f"{name}.max_interval", old.max_ms, new.max_ms, spelled=duration_text)


def _attempts(policy: Retry) -> str:
    return f"{policy.attempts} attempts, on {', '.join(policy.conditions)}"
