"""Differences of timeouts by phase and of upgrades."""

from galc.difference.changes import BEHAVIOUR, Added, Change, Removed, number
from galc.ir.gateway import Phases, WebSocket
from galc.ir.units import duration_text
from galc.passes.resilience import DEFAULT_PHASES


def phases(old: Phases | None, new: Phases | None) -> list[Change]:
    """The changes of times for single phases; without a block they are the defaults."""
    one, other = old or DEFAULT_PHASES, new or DEFAULT_PHASES
    found = number("timeout.connect", one.connect_ms, other.connect_ms, spelled=duration_text)
    found += number("timeout.send", one.send_ms, other.send_ms, spelled=duration_text)
    return found + number("timeout.idle", one.idle_ms, other.idle_ms, spelled=duration_text)


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
