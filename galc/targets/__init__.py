"""Targets: what each gateway can do, and how a gateway is lowered to its configuration.

A target is one folder here and one line in `ALL`. It answers for every feature of the language in
its support table, which is all that the rest of galc knows of it.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Literal

from msgspec import Struct

from galc.ir.gateway import Gateway, Route

Level = Literal["native", "emulated", "approximate", "unsupported"]

#: Targets that a file may name as its `provider`, whether this version can build for them or not.
KNOWN = ("envoy", "kong", "apisix", "traefik", "nginx", "haproxy", "caddy", "gateway-api")
#: Target name → the module that defines `TARGET`.
ALL: dict[str, str] = {
    "envoy": "galc.targets.envoy",
    "kong": "galc.targets.kong",
    "apisix": "galc.targets.apisix",
    "traefik": "galc.targets.traefik",
}


class Support(Struct, frozen=True):
    """How a target honours a feature.

    `text` names the construct (native), says how it is composed (emulated), how it differs
    (approximate), or why not (unsupported). `case` names the live case that proves it. `todo`
    tells what galc doesn't do yet from what the gateway can't.
    """

    level: Level
    text: str
    case: str = ""
    instead: str | None = None
    todo: bool = False


def native(construct: str, case: str) -> Support:
    """The gateway's own construct does exactly this."""
    return Support("native", construct, case)


def emulated(how: str, case: str) -> Support:
    """Composed of other constructs, with the same observable behaviour."""
    return Support("emulated", how, case)


def approximate(difference: str, case: str = "") -> Support:
    """Comes close; one sentence says how it differs."""
    return Support("approximate", difference, case)


def unsupported(why: str, instead: str | None = None, *, todo: bool = False) -> Support:
    """Can't be done; with `todo`, not yet."""
    return Support("unsupported", why, instead=instead, todo=todo)


class Condition(Struct, frozen=True):
    """Features that a target honours less well together than each alone.

    `holds` tells for a route whether the support applies to `feature` on it. With `apart` it
    applies only where routes of one upstream differ in that: the target keeps for each of them
    what the language keeps for the upstream.
    """

    feature: str
    support: Support
    holds: Callable[[Route], bool]
    apart: Callable[[Route], str] | None = None


#: What it means that routes of one upstream have copies of it in the target, for two features.
COUNTED_APART = (
    "routes that differ in their timeouts or retries don't share what is known of a target: each"
    " kind counts its failures by itself"
)
BALANCED_APART = (
    "routes that differ in their timeouts or retries don't know of each other's requests under way"
)


class Target(Struct, frozen=True):
    """A gateway that galc compiles for. `lower` takes a legal gateway to its artifacts by name;
    the first is the main one. `values` finds values that no configuration of it can hold: the
    route, the feature, and why."""

    name: str
    title: str
    versions: str
    support: Mapping[str, Support]
    artifacts: tuple[str, ...]
    #: Those of the artifacts that hold the routes' policies, and so their secrets.
    private: tuple[str, ...]
    lower: Callable[[Gateway], dict[str, str]]
    conditions: tuple[Condition, ...] = ()
    values: Callable[[Gateway], Iterable[tuple[Route, str, str]]] = lambda _: ()


def load(name: str) -> Target:
    """The target of a name in `ALL`."""
    target = import_module(ALL[name]).TARGET
    assert isinstance(target, Target)
    return target
