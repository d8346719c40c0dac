"""Differences of timeouts, of retries and of upgrades."""

from galc.difference.changes import (
    BEHAVIOUR,
    Added,
    Change,
    Removed,
    members,
    number,
    value,
)
from galc.ir.gateway import Phases, Retry, WebSocket
from galc.ir.units import duration_text
from galc.passes.resilience import DEFAULT_PHASES


def timeouts(old: int, new: int) -> list[Change]:
    """The bound on the whole of the upstream's answer."""
    return number("timeout", old, new, spelled=duration_text)


def phases(old: Phases | None, new: Phases | None) -> list[Change]:
    """The changes of times for single phases; without a block they are the defaults."""
    one, other = old or DEFAULT_PHASES, new or DEFAULT_PHASES
    found = number("timeout.connect", one.connect_ms, other.connect_ms, spelled=duration_text)
    found += number("timeout.send", one.send_ms, other.send_ms, spelled=duration_text)
    return found + number("timeout.idle", one.idle_ms, other.idle_ms, spelled=duration_text)


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


def websockets(old: WebSocket | None, new: WebSocket | None) -> list[Change]:
    """The changes from one policy to another."""
    if old is not None and new is not None:
        times = (old.idle_ms, new.idle_ms)
        return number("websocket.idle_timeout", *times, spelled=duration_text)
    if old is not None:
        return [Removed("websocket", BEHAVIOUR, _told(old))]
    return [Added("websocket", BEHAVIOUR, _told(new))] if new is not None else []


def _told(policy: WebSocket) -> str:
    return f"closed after {duration_text(policy.idle_ms)} of silence"
