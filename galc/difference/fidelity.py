"""What a change means for a target: how faithful it still is, and whether its files differ."""

from collections.abc import Iterator

from msgspec import Struct

from galc.compiler import Checked, Compilation, build
from galc.diagnostics.targets import Approximate, DefaultDiffers, TargetRefuses, Unsupported
from galc.difference.findings import ArtifactsChanged, Finding, SupportChanged
from galc.frontend.source import Place
from galc.secrecy.values import Masks, secrets
from galc.targets import Level, Target


class Fidelity(Struct, frozen=True):
    """The findings for one target, and whether each file can be built for it."""

    target: Target
    findings: tuple[Finding, ...]
    old_builds: bool
    new_builds: bool

    @property
    def artifacts_differ(self) -> bool | None:
        """Whether the files differ; None where one can't be built."""
        if not self.old_builds or not self.new_builds:
            return None
        return any(isinstance(finding, ArtifactsChanged) for finding in self.findings)

    def summary(self) -> str:
        """One sentence on the target's files."""
        title = self.target.title
        if self.artifacts_differ is not None:
            return f"{title}: the files differ" if self.artifacts_differ else f"{title}: same files"
        if self.old_builds or self.new_builds:
            word = "no longer" if self.old_builds else "now"
            return f"{title}: the new file can {word} be built"
        return f"{title}: neither file can be built"


def compare(old: Checked, new: Checked, target: Target) -> Fidelity:
    """Precondition: both files are without errors of their own."""
    one, other = build(old, target), build(new, target)
    found = [*_support(one, other, target), *_artifacts(one, other, target)]
    gateways = (c.state.gateway for c in (old, new) if c.state and c.state.gateway)
    masks = Masks(secrets(*gateways))
    return Fidelity(target, tuple(map(masks.apply, found)), one.ok, other.ok)


class _Answer(Struct, frozen=True):
    """The worst that a target says of a feature, and where."""

    level: Level
    why: str
    place: Place


def _answers(built: Compilation) -> dict[str, _Answer]:
    found: dict[str, _Answer] = {}
    defaults: set[str] = set()
    for diagnostic in built.diagnostics:
        match diagnostic:
            case Approximate(place=Place() as place, feature=feature, how=why):
                found.setdefault(feature, _Answer("approximate", why, place))
            case DefaultDiffers(place=Place() as place, feature=feature, how=why):
                defaults.add(feature)
                found.setdefault(feature, _Answer("approximate", why, place))
            case Unsupported(place=Place() as place, feature=feature, why=why):
                found[feature] = _Answer("unsupported", why, place)
            case TargetRefuses(place=Place() as place, feature=feature, why=why):
                found[feature] = _Answer("unsupported", why, place)
    # A default of a policy that is told itself needs no telling.
    return {key: found[key] for key in found if key not in defaults or _root(key) not in found}


def _root(feature: str) -> str:
    return feature.partition(".")[0]


def _support(old: Compilation, new: Compilation, target: Target) -> Iterator[Finding]:
    before, after = _answers(old), _answers(new)
    for feature in sorted(before.keys() | after.keys()):
        one, other = before.get(feature), after.get(feature)
        was, now = one.level if one else None, other.level if other else None
        if was != now:
            places = one.place if one else None, other.place if other else None
            why = other.why if other else ""
            yield SupportChanged(*places, target.title, feature, was, now, why)


def _artifacts(old: Compilation, new: Compilation, target: Target) -> Iterator[Finding]:
    if not old.ok or not new.ok:
        return
    names = sorted(old.artifacts.keys() | new.artifacts.keys())
    files = tuple(n for n in names if old.artifacts.get(n) != new.artifacts.get(n))
    if files:
        yield ArtifactsChanged(None, None, target.title, files)
