"""The only place where "this target can't" is decided.

Reads the target's support table against the features that the gateway uses. Precondition: a
gateway from the passes. Postcondition: if no error was reported, the target can lower it; every
difference from the language that the file touches is a diagnostic at its place.
"""

from collections.abc import Iterator, Set
from typing import Any

from galc.diagnostics import Diagnostic, Report
from galc.diagnostics.targets import (
    Approximate,
    DefaultDiffers,
    LeftOut,
    TargetRefuses,
    Unsupported,
)
from galc.frontend.source import Path, Place
from galc.ir import features
from galc.ir.features import POLICIES
from galc.ir.gateway import Gateway, Route, Use
from galc.targets import Condition, Support, Target

#: Those that no route has unless the file writes them.
_POLICIES = frozenset(POLICIES) - {"timeout"}
_FAITHFUL = ("native", "emulated")
#: Features that protect something: never left out, not even with `--lossy`.
SECURITY = (
    "authentication",
    "cors",
    "global.trusted_proxies",
    "routes.methods",
    "routes.hosts",
    "transformation.validation",
    "body_transformation.request.remove_fields",
    "body_transformation.response.filter_fields",
)


def legalize(gateway: Gateway, target: Target, report: Report, *, strict: bool = False) -> None:
    """Report what the target can't do or does differently, at each place that asks for it."""
    for use in gateway.uses:
        _check_use(use, target, report, strict)
    written = _Written(gateway)
    features = {key for use in gateway.uses for key, _ in use.written}
    policies = {key.partition(".")[0] for key in features}
    for condition in target.conditions:
        if _is_without(condition.feature, features, policies):
            continue  # no route needs to be asked
        found = (written.place(r, condition.feature) for r in _affected(gateway, condition))
        for place, feature in dict.fromkeys(found):
            report(_finding(target, feature, condition.support, place.path, strict))
    for route, asked, why in target.values(gateway):
        place, feature = written.place(route, asked)
        report(TargetRefuses(place, target.title, feature, why))


def _is_without(feature: str, features: Set[str], policies: Set[str]) -> bool:
    """Whether no route can have a feature, given the features and policies that the file writes: it
    is part of another policy, or a header rule that isn't written, and these have no defaults."""
    names = {feature, *_also(feature)}
    if feature.startswith("headers."):
        return names.isdisjoint(features)
    roots = {name.partition(".")[0] for name in names}
    return roots <= _POLICIES and roots.isdisjoint(policies)


def _affected(gateway: Gateway, condition: Condition) -> Iterator[Route]:
    """The routes for which a condition holds."""
    found = (route for route in gateway.routes if condition.holds(route))
    if condition.apart is None:
        yield from found
        return
    kinds: dict[str, dict[str, Route]] = {}
    for route in found:
        kinds.setdefault(route.upstream.name, {}).setdefault(condition.apart(route), route)
    for several in kinds.values():
        if len(several) > 1:
            yield from several.values()


class _Written:
    """Where the file writes a feature, by the route or service that it stands in."""

    def __init__(self, gateway: Gateway) -> None:
        self.uses = gateway.uses
        self.owners: dict[str, dict[Path, list[Path]]] = {}

    def place(self, route: Route, feature: str) -> tuple[Place, str]:
        """The place that is in force on a route: there, in a bundle, or at its service. Of several
        entries that may be meant, the block around them; the route itself where nothing is
        written. With it the feature as it is written there: header rules stand in two policies."""
        for name in (feature, *_also(feature)):
            owners = self.owners.get(name)
            if owners is None:
                owners = self.owners[name] = self._owners(name)
            paths = next((owners[owner] for owner in route.owners if owner in owners), None)
            if paths:
                return Place(_shared(paths), key=name in POLICIES), name
        return Place(route.origin), feature

    def _owners(self, feature: str) -> dict[Path, list[Path]]:
        found: dict[Path, list[Path]] = {}
        for use in self.uses:
            below = [path for key, path in use.written if key == feature]
            for place in use.places if below else ():
                owner = place[:4] if place[2:3] == ("routes",) else place[:2]
                found.setdefault(owner, []).extend((*place, *path) for path in below)
        return found


def _also(feature: str) -> tuple[str, ...]:
    """Features that come to the same rules of a route."""
    if feature in ("headers", "body_transformation"):
        return ("transformation",)
    return (f"transformation.{feature}",) if feature.startswith("headers.") else ()


def _shared(paths: list[Path]) -> Path:
    """The beginning that all paths have."""
    first = paths[0]
    while any(path[: len(first)] != first for path in paths):
        first = first[:-1]
    return first


def _check_use(use: Use, target: Target, report: Report, strict: bool) -> None:
    levels = {feature: target.support[feature].level for feature, _ in use.written}
    if all(level in _FAITHFUL for level in levels.values()):
        faithless = []
    else:
        refused = [f for f, level in levels.items() if level == "unsupported"]
        faithless = [
            (feature, below)
            for feature, below in use.written
            if levels[feature] not in _FAITHFUL and not _within_refused(feature, refused)
        ]
    root = use.written[0][0] if use.written else ""
    whole = levels.get(root, "native") != "unsupported"
    defaults = [f for f in use.defaulted if whole and target.support[f].level not in _FAITHFUL]
    for place in use.places if faithless or defaults else ():
        for feature, below in faithless:
            report(_finding(target, feature, target.support[feature], (*place, *below), strict))
        for feature in defaults:
            text = target.support[feature].text
            report(DefaultDiffers(Place(place, key=True), target.title, feature, text))


def _within_refused(feature: str, refused: list[str]) -> bool:
    """Whether a feature is part of another one that is refused already."""
    for other in refused:
        field, _, option = other.partition("=")
        block = f"{field.rpartition('.')[0]}.{option}" if option else other
        if other != feature and feature.startswith(f"{block}."):
            return True
    return False


def _finding(
    target: Target, feature: str, support: Support, path: Path, strict: bool
) -> Diagnostic:
    place = Place(path, key=feature in POLICIES)
    if support.level == "approximate":
        return Approximate(place, target.title, feature, support.text, strict)
    return Unsupported(place, target.title, feature, support.text, support.instead)


def protects(feature: str) -> bool:
    """Whether leaving a feature out could open something."""
    return any(feature == name or feature.startswith(f"{name}.") for name in SECURITY)


def leave_out(tree: dict[str, Any], findings: list[Diagnostic]) -> list[Diagnostic]:
    """Remove unsupported features from a tree (`--lossy`), in place; returns what to report.

    A policy that can't be had with one of its options is left out whole: a limit by another key
    would be another limit.
    """
    reported: list[Diagnostic] = []
    for finding in findings:
        if not isinstance(finding, Unsupported) or not _can_go(finding, tree):
            reported.append(finding)
            continue
        assert isinstance(finding.place, Place)
        _remove(tree, _unit(finding))
        reported.append(LeftOut(finding.place, finding.target, finding.feature, finding.why))
    return reported


def _can_go(finding: Unsupported, tree: dict[str, Any]) -> bool:
    """Whether a feature can be left out: neither it nor what would go with it protects anything,
    and it isn't what a whole route does."""
    assert isinstance(finding.place, Place)
    is_route = finding.place.path[-2:-1] == ("routes",)
    if protects(finding.feature) or is_route:
        return False
    unit = _unit(finding)
    policy = str(unit[-1])
    block = _at(tree, unit) if policy in POLICIES else None
    written = features.written(policy, block) if block else []
    return not any(protects(key) for key, _ in written)


def _at(tree: Any, path: Path) -> Any:
    """What stands at a path; nothing where it was removed before."""
    for step in path:
        if isinstance(tree, dict) and step not in tree:
            return None
        tree = tree[step]
    return tree


def _unit(finding: Unsupported) -> Path:
    assert isinstance(finding.place, Place)
    path = finding.place.path
    policy = finding.feature.partition(".")[0]
    if policy in POLICIES and "=" in finding.feature and policy in path:
        return path[: path.index(policy) + 1]
    return next(path[:end] for end in range(len(path), 0, -1) if isinstance(path[end - 1], str))


def _remove(tree: Any, path: Path) -> None:
    block = _at(tree, path[:-1])
    if isinstance(block, dict):
        block.pop(path[-1], None)


def errors(diagnostics: list[Diagnostic]) -> Iterator[Diagnostic]:
    """Those that forbid building."""
    return (diagnostic for diagnostic in diagnostics if diagnostic.severity == "error")
