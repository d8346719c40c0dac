"""What a gateway remembers between requests. Values only: a step makes a new state of an old one.

Times are seconds, of any clock that never goes back; tokens are compared with the same clock, so it
is the time since 1970 where there are any.
"""

from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct

from galc.ir.gateway import Target

_K = TypeVar("_K")
_V = TypeVar("_V")


class Bucket(Struct, frozen=True):
    """`tokens` that were left at the time `at`."""

    tokens: float
    at: float


class Breaker(Struct, frozen=True):
    """Closed with a number of failures in a row, or open until a time; after that time `trials`
    requests are on their way and `passed` of them have succeeded."""

    failures: int = 0
    open_until: float | None = None
    trials: int = 0
    passed: int = 0


class Health(Struct, frozen=True):
    """Probes in a row that say otherwise than `healthy`, and failures in a row of real requests."""

    healthy: bool = True
    contrary: int = 0
    failures: int = 0
    out_until: float = 0.0


#: A target of an upstream, by the upstream's name.
Server = tuple[str, Target]


class State(Struct, frozen=True):
    """Buckets by route and key, breakers by route, health and load by target.

    `credit` is how far each target is from its turn; `requests` counts all requests.
    """

    buckets: Mapping[tuple[str, str], Bucket] = {}
    breakers: Mapping[str, Breaker] = {}
    health: Mapping[Server, Health] = {}
    active: Mapping[Server, int] = {}
    credit: Mapping[Server, int] = {}
    requests: int = 0


def updated(old: Mapping[_K, _V], key: _K, value: _V) -> Mapping[_K, _V]:
    """The mapping with one entry changed."""
    return {**old, key: value}
