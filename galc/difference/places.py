"""Where findings stand in the two files."""

from msgspec import Struct

from galc.compiler import Checked, in_source
from galc.difference.findings import Finding, Spot
from galc.frontend.reading import read_places, span_of
from galc.frontend.source import Path, Place, Span
from galc.passes import State

_OF_SERVICE = ("upstream", "services")


class Located(Struct, frozen=True):
    """A finding with its spans in both files, None where a file lacks it."""

    finding: Finding
    old: Span | None
    new: Span | None


def locate(findings: list[Finding], old: Checked, new: Checked) -> list[Located]:
    """The findings with their spans; a source is read again only if one needs it."""
    olds = _spans([finding.old for finding in findings], old)
    news = _spans([finding.new for finding in findings], new)
    return [Located(*each) for each in zip(findings, olds, news, strict=True)]


def _spans(spots: list[Spot | Place | None], checked: Checked) -> list[Span | None]:
    if checked.state is None or not any(spots):
        return [None for _ in spots]
    marks = read_places(checked.source)
    state = checked.state
    return [span_of(_place(spot, state), marks) if spot else None for spot in spots]


def _place(spot: Spot | Place, state: State) -> Place:
    if isinstance(spot, Place):
        return spot
    return in_source(Place(_path(spot, state), key=bool(spot.field)), state)


def _path(spot: Spot, state: State) -> Path:
    """The path of a field; a policy that the route inherits stands in a bundle or at its
    service."""
    root, *rest = spot.field.split(".") if spot.field else [""]
    if spot.origin == ("global",) or not spot.field:
        return (*spot.origin, *rest)
    service = spot.origin[:2]
    if root in _OF_SERVICE:
        return (*service, *((root,) if root == "upstream" else ()), *rest)
    if root == "routes":
        return (*spot.origin, *rest)
    raw_service = state.tree["services"][spot.origin[1]]
    raw_route = raw_service["routes"][spot.origin[3]]
    bundle = None if root in raw_route else _bundle(spot, root, state)
    if bundle is not None:
        return ("policies", bundle, root, *rest)
    if root in raw_route or root not in raw_service:
        inherited = root == "timeout" and root not in raw_route
        return ("global", root) if inherited else (*spot.origin, root, *rest)
    return (*service, root, *rest)


def _bundle(spot: Spot, policy: str, state: State) -> str | None:
    """The strongest bundle of a route that has a policy."""
    bundles = state.tree.get("policies")
    if not bundles or state.gateway is None:
        return None
    used = next(r.bundles for r in state.gateway.routes if r.origin == spot.origin)
    return next((name for name in reversed(used) if policy in bundles[name]), None)
