"""What a file loses on each target, by cause, and where.

The diagnostics of a build are grouped by what they say: one reason at forty lines is one loss.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from galc.compiler import Checked, Compilation, build, in_source
from galc.diagnostics.targets import Approximate, DefaultDiffers, TargetRefuses, Unsupported
from galc.explain.excerpts import Excerpts, Line
from galc.explain.matrix import At, Cell, Matrix, Row
from galc.frontend.source import Path, Place
from galc.ir.features import all_features
from galc.legalize import protects
from galc.targets import Level, Support, Target

_FAITHFUL = ("native", "emulated")
_RANKS: dict[Level, int] = {"native": 0, "emulated": 0, "approximate": 1, "unsupported": 2}
_MOST_NAMED = 3
#: Words of the language that people write in another way.
_SPOKEN = {
    "api": "API",
    "cors": "CORS",
    "grpc": "gRPC",
    "http": "HTTP",
    "http2": "HTTP/2",
    "https": "HTTPS",
    "ip": "IP",
    "jwks": "JWKS",
    "jwt": "JWT",
    "oauth2": "OAuth 2",
    "uri": "URI",
    "uuid": "UUID",
}
#: Fields whose value says all: `JWT`, not `authentication type JWT`.
_TELLING = ("authentication.type", "services.type", "services.protocol")


class Loss(Struct, frozen=True):
    """Something that a target can't do, or does differently.

    `default`: the file doesn't write it. `elsewhere` are the titles of targets that do it.
    """

    level: Level
    default: bool
    #: Feature → the first line that asks for it, in the order of these lines.
    features: dict[str, At]
    why: str
    instead: str | None
    lines: tuple[Line, ...]
    elsewhere: tuple[str, ...] = ()
    #: Where it stands in the source, for the picture.
    places: tuple[Path, ...] = ()

    @property
    def named(self) -> str:
        """What is lost, in people's words, and where: of several features the one that protects."""
        feature = next(filter(protects, self.features), next(iter(self.features)))
        return f"{spoken(feature)} at {self.features[feature].spoken}"


class Verdict(Struct, frozen=True):
    """What becomes of the file on one target; losses gravest first, then by line."""

    target: Target
    builds: bool
    losses: tuple[Loss, ...]

    def counted(self, level: Level, *, default: bool = False) -> list[Loss]:
        """The losses of one kind."""
        return [loss for loss in self.losses if (loss.level, loss.default) == (level, default)]

    @property
    def summary(self) -> str:
        """`builds with 2 approximations`; `refused, 1 unsupported: JWT at line 41`."""
        refused = self.counted("unsupported")
        near = len(self.counted("approximate"))
        defaults = len([loss for loss in self.losses if loss.default])
        approximations = counted(near, "approximation")
        if refused:
            text = f"refused, {len(refused)} unsupported: {_named(refused)}"
            text += f"; {approximations}" if near else ""
        elif near:
            text = f"builds with {approximations}"
        else:
            text = "builds as written"
        differs = f"{defaults} default{'s differ' if defaults != 1 else ' differs'}"
        return f"{text}; {differs}" if defaults else text

    def __str__(self) -> str:
        return f"{self.target.title}: {self.summary}"


class Explained(Struct, frozen=True):
    """A file, its verdicts, and the features that it uses."""

    file: str
    verdicts: tuple[Verdict, ...]
    used: Matrix


def spoken(feature: str) -> str:
    """A feature as people call it.

    >>> spoken("authentication.type=jwt"), spoken("rate_limit.key_type=ip_address")
    ('JWT', 'rate limit key type IP address')
    """
    field, _, value = feature.partition("=")
    words = value if field in _TELLING else f"{field.removeprefix('authentication.')} {value}"
    parts = words.replace(".", " ").replace("_", " ").split()
    return " ".join(_SPOKEN.get(word, word) for word in parts)


def counted(count: int, word: str) -> str:
    """`1 route`, `2 routes`."""
    return f"{count} {word}{'s' if count != 1 else ''}"


def _named(losses: list[Loss]) -> str:
    names = [loss.named for loss in losses[:_MOST_NAMED]]
    more = len(losses) - len(names)
    return ", ".join([*names, *([f"and {more} more"] if more else [])])


def explained(checked: Checked, targets: Sequence[Target]) -> Explained:
    """Build the file for each target, in memory. Precondition: the file is without errors."""
    excerpts = Excerpts(checked)
    verdicts = []
    for target in targets:
        compilation = build(checked, target)
        losses = tuple(_losses(compilation, excerpts))
        verdicts.append(Verdict(target, compilation.ok, losses))
    used = _used(excerpts, verdicts)
    verdicts = [_with_elsewhere(verdict, used) for verdict in verdicts]
    return Explained(checked.source.title, tuple(verdicts), used)


class _Told(Struct, frozen=True):
    """One diagnostic of a build, in common words."""

    level: Level
    default: bool
    feature: str
    why: str
    instead: str | None
    place: Place


def _told(compilation: Compilation) -> Iterable[_Told]:
    for found in compilation.diagnostics:
        place = found.place
        assert isinstance(place, Place)
        match found:
            case Unsupported():
                instead = found.instead
                yield _Told("unsupported", False, found.feature, found.why, instead, place)
            case TargetRefuses():
                yield _Told("unsupported", False, found.feature, found.why, None, place)
            case Approximate():
                yield _Told("approximate", False, found.feature, found.how, None, place)
            case DefaultDiffers():
                yield _Told("approximate", True, found.feature, found.how, None, place)


def _losses(compilation: Compilation, excerpts: Excerpts) -> list[Loss]:
    groups: dict[tuple[Level, str, str | None], list[_Told]] = {}
    for one in _told(compilation):
        groups.setdefault((one.level, one.why, one.instead), []).append(one)
    losses = [_loss(group, excerpts) for group in groups.values()]
    losses.sort(key=lambda x: (x.default, -_RANKS[x.level], x.lines[0].at, *x.features))
    return losses


def _loss(group: list[_Told], excerpts: Excerpts) -> Loss:
    written = [one for one in group if not one.default] or group
    features: dict[str, At] = {}
    for at, feature in sorted((excerpts.at(one.place), one.feature) for one in written):
        features.setdefault(feature, at)
    lines = sorted({excerpts.at(one.place) for one in written})
    first = written[0]
    return Loss(
        level=first.level,
        default=first.default,
        features=features,
        why=excerpts.masks.text(first.why),
        instead=first.instead,
        lines=tuple(excerpts.line(at) for at in lines),
        places=tuple(dict.fromkeys(one.place.path for one in written)),
    )


def _used(excerpts: Excerpts, verdicts: list[Verdict]) -> Matrix:
    """The features that the file writes, and those that it loses without writing them."""
    gateway = excerpts.state.gateway
    assert gateway is not None
    lines: dict[str, set[At]] = {}
    for use in gateway.uses:
        for feature, below in use.written:
            numbers = lines.setdefault(feature, set())
            for place in use.places:
                numbers.add(excerpts.at(in_source(Place((*place, *below)), excerpts.state)))
    told = {f for verdict in verdicts for loss in verdict.losses for f in loss.features}
    features = all_features()
    rows = [
        Row(
            features[key],
            tuple(_worst(verdict, key) for verdict in verdicts),
            tuple(sorted(lines.get(key, ()))),
        )
        for key in features
        if key in lines or key in told
    ]
    return Matrix(tuple(verdict.target for verdict in verdicts), tuple(rows), of_file=True)


def _worst(verdict: Verdict, key: str) -> Cell:
    """The table's answer, or what this file makes of it if that is less."""
    answer = verdict.target.support[key]
    for loss in verdict.losses:
        if key in loss.features and _RANKS[loss.level] > _RANKS[answer.level]:
            answer = Support(loss.level, loss.why, instead=loss.instead)
    return Cell(answer)


def _with_elsewhere(verdict: Verdict, used: Matrix) -> Verdict:
    cells = {row.feature.key: row.cells for row in used.rows}

    def elsewhere(loss: Loss) -> tuple[str, ...]:
        return tuple(
            target.title
            for index, target in enumerate(used.targets)
            if all(cells[key][index].support.level in _FAITHFUL for key in loss.features)
        )

    losses = tuple(replace(loss, elsewhere=elsewhere(loss)) for loss in verdict.losses)
    return replace(verdict, losses=losses)
