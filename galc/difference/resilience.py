"""What differs between two routes in their timeouts, retries and upgrades."""

from galc.difference.changes import (
    BEHAVIOUR,
    Added,
    Change,
    Changed,
    Removed,
    members,
    number,
    value,
)
from galc.ir.gateway import Phases, Retry, WebSocket
from galc.ir.units import duration_text

_PHASES = ("connect", "send", "idle")


def timeouts(old: int, new: int) -> list[Change]:
    """The bound on the whole of the upstream's answer."""
    return number("timeout", old, new, spelled=duration_text)


def phases(old: Phases | None, new: Phases | None) -> list[Change]:
    """The bounds on single phases; a route without a block of them has none."""
    found: list[Change] = []
    for name in _PHASES:
        one, other = _phase(old, name), _phase(new, name)
        field = f"timeout.{name}"
        if one is not None and other is not None:
            found += number(field, one, other, spelled=duration_text)
        elif one != other:
            found.append(Changed(field, BEHAVIOUR, _text(one), _text(other)))
    return found


def _phase(policy: Phases | None, name: str) -> int | None:
    return None if policy is None else int(getattr(policy, f"{name}_ms"))


def _text(ms: int | None) -> str | None:
    return None if ms is None else duration_text(ms)


def retries(old: Retry | None, new: Retry | None) -> list[Change]:
    """The changes from one retry policy to another."""
    name = "retry"
    if old is None or new is None:
        if old is not None:
            return [Removed(name, BEHAVIOUR, _retry(old))]
        return [Added(name, BEHAVIOUR, _retry(new))] if new is not None else []
    found = number(f"{name}.attempts", old.attempts, new.attempts)
    conditions = (old.conditions, new.conditions)
    found += members(f"{name}.retry_on", *conditions, BEHAVIOUR, BEHAVIOUR)
    found += value(f"{name}.backoff", old.backoff, new.backoff)
    found += number(f"{name}.base_interval", old.base_ms, new.base_ms, spelled=duration_text)
    return found + number(f"{name}.max_interval", old.max_ms, new.max_ms, spelled=duration_text)


def _retry(policy: Retry) -> str:
    return f"{policy.attempts} attempts on {', '.join(policy.conditions)}"


def upgrades(old: WebSocket | None, new: WebSocket | None) -> list[Change]:
    """Whether WebSocket passes, and how long it may be silent."""
    name = "websocket"
    if old is None or new is None:
        if old is not None:
            return [Removed(name, BEHAVIOUR, _upgrade(old))]
        return [Added(name, BEHAVIOUR, _upgrade(new))] if new is not None else []
    return number(f"{name}.idle_timeout", old.idle_ms, new.idle_ms, spelled=duration_text)


def _upgrade(policy: WebSocket) -> str:
    return f"upgrades pass, silent for at most {duration_text(policy.idle_ms)}"
