"""Units of the language: durations in milliseconds, rates as tokens a period."""

from msgspec import Struct

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Rate(Struct, frozen=True):
    """`tokens` in every `period_ms` milliseconds, added evenly."""

    tokens: int
    period_ms: int


def milliseconds(duration: str) -> int:
    """`1.5s` → 1500. The text has the shape of `document.Duration`; a part of a ms rounds up."""
    unit = "ms" if duration.endswith("ms") else duration[-1]
    number = duration[: -len(unit)]
    if number.isdigit():
        return int(number) * _MILLISECONDS[unit]
    whole, fraction = number.split(".")
    scale: int = 10 ** len(fraction)
    exact = int(whole + fraction) * _MILLISECONDS[unit]
    return -(-exact // scale)


def duration_text(ms: int) -> str:
    """1500 → `1.5s`: the shortest spelling in seconds that every gateway here reads."""
    return f"{ms // 1000}s" if ms % 1000 == 0 else f"{ms // 1000}.{ms % 1000:03}".rstrip("0") + "s"
