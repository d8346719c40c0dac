"""The only place where "this target can't" is decided.

Reads the target's support table against the features that the gateway uses. Precondition: a
gateway from the passes. Postcondition: if no error was reported, the target can lower it; every
difference from the language that the file touches is a diagnostic at its place.
"""

from collections.abc import Iterator
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
from galc.ir.features import POLICIES
from galc.ir.gateway import Gateway
from galc.targets import Support, Target

#: Features that protect something: never left out, not even with `--lossy`.
SECURITY = ("authentication", "cors", "global.trusted_proxies", "routes.methods", "routes.hosts")


def legalize(gateway: Gateway, target: Target, report: Report, *, strict: bool = False) -> None:
    """Report what the target can't do or does differently, at each place that asks for it."""
    for use in gateway.uses:
        for feature, below in use.written:
            support = target.support[feature]
            for place in use.places if support.level in ("approximate", "unsupported") else ():
                report(_finding(target, feature, support, (*place, *below), strict))
        for feature in use.defaulted:
            support = target.support[feature]
            for place in use.places if support.level in ("approximate", "unsupported") else ():
                report(DefaultDiffers(Place(place, key=True), target.title, feature, support.text))
    for condition in target.conditions:
        for route in gateway.routes:
            if condition.holds(route):
                report(_finding(target, condition.feature, condition.support, route.origin, strict))
    for route, feature, why in target.values(gateway):
        report(TargetRefuses(Place(route.origin), target.title, feature, why))


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
        if not isinstance(finding, Unsupported) or protects(finding.feature):
            reported.append(finding)
            continue
        assert isinstance(finding.place, Place)
        _remove(tree, _unit(finding))
        reported.append(LeftOut(finding.place, finding.target, finding.feature, finding.why))
    return reported


def _unit(finding: Unsupported) -> Path:
    assert isinstance(finding.place, Place)
    path = finding.place.path
    policy = finding.feature.partition(".")[0]
    if policy in POLICIES and "=" in finding.feature and policy in path:
        return path[: path.index(policy) + 1]
    return next(path[:end] for end in range(len(path), 0, -1) if isinstance(path[end - 1], str))


def _remove(tree: Any, path: Path) -> None:
    for step in path[:-1]:
        if isinstance(tree, dict) and step not in tree:
            return
        tree = tree[step]
    if isinstance(tree, dict):
        tree.pop(path[-1], None)


def errors(diagnostics: list[Diagnostic]) -> Iterator[Diagnostic]:
    """Those that forbid building."""
    return (diagnostic for diagnostic in diagnostics if diagnostic.severity == "error")
