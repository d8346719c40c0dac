"""What people write who come from elsewhere, and how galc says it."""

import re
from functools import cache
from typing import Any

from galc.diagnostics.absent import NO_SUCH_THING
from galc.diagnostics.foreign import (
    ELSEWHERE,
    OPTIONS,
    OTHER_FILES,
    REFUSED,
    WORDS,
    folded,
)

__all__ = [
    "OPTIONS",
    "REFUSED",
    "block_for",
    "duration",
    "is_other_file",
    "meant",
    "server",
    "word_for",
]

_SERVER = re.compile(
    r"(?:(https?)://)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?(/.*)?"
)
_RATE = re.compile(r"([0-9]+) *(?:r|req|requests?)?(?:/| per ) *(s|m|h)[a-z]*", re.IGNORECASE)
_PERIODS = {"s": "second", "m": "minute", "h": "hour"}
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([a-z]+) *", re.IGNORECASE)
_UNIT_NAMES = {
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}


def meant(name: str, known: tuple[str, ...]) -> str | None:
    """The word of `known` that a foreign word stands for, or else galc's word; None for no habit.

    >>> meant("rps", ("requests_per_second", "burst"))
    'requests_per_second'
    """
    words = WORDS.get(folded(name))
    return next((word for word in words if word in known), words[-1]) if words else None


def word_for(name: str, known: tuple[str, ...], value: Any = None) -> str | None:
    """What to say to somebody who writes a foreign word; `known` is what the construct has."""
    if name in OTHER_FILES and "services" in known:
        return f"this looks like {OTHER_FILES[name]}; galc reads a language of its own"
    if name == "use" and "routes" in known:
        return "`use` stands on each route; what stands on a service is a default of its own"
    word = meant(name, known)
    if word is None:
        return NO_SUCH_THING.get(folded(name)) or _misplaced(name, known)
    shown = _upstream(value) if word == "upstream" else None
    if word not in known:
        where = ELSEWHERE.get(word) or _fields().get(word) or f"`{word}`, elsewhere in the file"
        return f"galc's word for it is {where}" + (f": {shown}" if shown else "")
    return f"write {shown}" if shown else f"did you mean `{word}`?"


def is_other_file(name: str, beside: dict[str, Any]) -> bool:
    """Whether a name at the top of a file tells that the file is another tool's."""
    return name in OTHER_FILES and "version" not in beside


def _misplaced(name: str, known: tuple[str, ...]) -> str | None:
    """Where a word of galc's own belongs; None where the construct has one that is near to it."""
    from galc.diagnostics import nearest

    word = folded(name)
    where = ELSEWHERE.get(word) or _fields().get(word)
    if where is None or nearest(name, known):
        return None
    return f"it belongs to {where}" if word == name else f"galc's word for it is {where}"


@cache
def _fields() -> dict[str, str]:
    """Each name of a field, with the block that it stands in."""
    from galc.ir.features import all_features

    found: dict[str, str] = {}
    for key in sorted(all_features(), key=lambda key: key.count(".")):
        if "=" not in key:
            found.setdefault(key.rpartition(".")[2], f"`{key}`")
    return found


def _upstream(value: Any) -> str | None:
    shown = server(value) if isinstance(value, str) else None
    if shown is None:
        return None
    tls = " and `protocol: https`" if value.startswith("https://") else ""
    return f"`upstream: {shown}`{tls}"


def server(text: str) -> str | None:
    """A URL or `host:port` as galc writes it.

    >>> server("http://users.internal:8080")
    '{host: users.internal, port: 8080}'
    """
    found = _SERVER.fullmatch(text)
    if found is None or (found[1] is None and found[3] is None):
        return None
    port = found[3] or ("443" if found[1] == "https" else "80")
    host = f'"{found[2]}"' if found[2].startswith("[") else found[2]
    return f"{{host: {host}, port: {port}}}"


def block_for(construct: str, value: Any) -> str | None:
    """How a construct is written whose author gave one value; `construct` is its class's name."""
    if isinstance(value, bool):
        return _switched(construct, value)
    if construct == "Upstream":
        shown = _upstream(value)
        return f"write {shown}" if shown else None
    if construct == "Target" and isinstance(value, str):
        shown = server(value)
        return f"write `{shown}`" if shown else None
    if construct == "RateLimit":
        return _rate(value)
    if construct == "Retry" and isinstance(value, int):
        return f"write `{{attempts: {value}}}`"
    if not isinstance(value, str) or not value:
        return None
    shapes = {
        "Authentication": f"write `{{type: {value}, {value}: {{…}}}}`",
        "LoadBalancer": f"write `{{algorithm: {value}}}`",
        "Cors": f'write `{{allowed_origins: ["{value}"]}}`',
    }
    if construct == "Route" and value.startswith("/"):
        return f"write `{{path_prefix: {value.removesuffix('/*') or '/'}}}`"
    if construct == "HealthCheck" and value.startswith("/"):
        return f"write `{{active: {{http_path: {value}}}}}`"
    if construct == "ActiveCheck" and value.startswith("/"):
        return f"write `{{http_path: {value}}}`"
    return shapes.get(construct)


def item_for(value: dict[str, Any]) -> str | None:
    """How the entries of a mapping are written that should be a list of blocks."""
    name = next(iter(value), None)
    if not isinstance(name, str) or not isinstance(value[name], dict):
        return None
    key = "path_prefix" if name.startswith("/") else "name"
    return f"write each as an item of a list, which begins with `- {key}: {name}`"


def _switched(construct: str, on: bool) -> str | None:
    if not on:
        return "leave it out, or write `{enabled: false}` to switch an inherited one off"
    return {
        "Cors": 'write `{allowed_origins: ["https://app.example.com"]}`, with your own origins',
        "RateLimit": "write `{requests_per_second: 10}`, with a rate of your own",
        "Retry": "write `{attempts: 3}`",
        "CircuitBreaker": "write `{max_failures: 5}`",
        "WebSocket": "write `{enabled: true}`",
        "HealthCheck": "write `{active: {http_path: /health}}`",
        "ActiveCheck": "write `{http_path: /health}`",
        "PassiveCheck": "write `{max_failures: 5}`",
    }.get(construct)


def _rate(value: Any) -> str | None:
    if isinstance(value, int):
        return f"write `{{requests_per_second: {value}}}`"
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    return f"write `{{requests_per_{_PERIODS[found[2].lower()]}: {int(found[1])}}}`"


def duration(value: Any) -> str | None:
    """How galc writes a duration that came as a number or in another notation.

    >>> duration(5000), duration("1m30s")
    ('write `5s` if it is in milliseconds, `5000s` if in seconds', 'write `90s`')
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
        number = int(value)
        if number >= 1000 and number % 100 == 0:
            shown = _shortest(number)
            return f"write `{shown}` if it is in milliseconds, `{number}s` if in seconds"
        return f"give the unit: `{value}s`, or `{value}ms` for milliseconds"
    if isinstance(value, float):
        return f"give the unit: `{value}s`, or `{value}ms` for milliseconds"
    return _other_notation(value) if isinstance(value, str) else None


def _other_notation(text: str) -> str | None:
    total, end = 0.0, 0
    for found in _SPAN.finditer(text.strip()):
        unit = _UNIT_NAMES.get(found[2].lower())
        if unit is None or found.start() != end:
            return None
        total += float(found[1]) * _UNITS[unit]
        end = found.end()
    if not total or end != len(text.strip()) or total != int(total):
        return None
    return f"write `{_shortest(int(total))}`"


def _shortest(ms: int) -> str:
    if ms % 1000:
        return f"{ms}ms" if ms % 100 else f"{ms / 1000:g}s"
    return f"{ms // 1000}s"
