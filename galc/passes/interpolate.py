"""References in scalars: `${var:NAME}`, `${env:NAME}`, and `$${` for a literal `${`.

Precondition: a tree as a front end composes it. Postcondition: no value of it holds a reference or
an escape any more, but those at the paths in `wrong`, and secrets, which stay spelled as in a file.
Where the environment isn't read, a secret may be a reference, which is the running gateway's
matter. A reference takes the type that the field wants. What comes from the environment is
remembered, so that no diagnostic shows it.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from galc.diagnostics import Report, lint, names, nearest
from galc.diagnostics.reading import TooLarge
from galc.frontend.source import Path, Place
from galc.ir.secrets import is_secret
from galc.ir.secrets import spelled as as_secret
from galc.ir.types import types_at
from galc.passes.references import cycles
from galc.passes.variables import BadReferenceError, Given, Reference, Scalar, pieces, spelled

#: Characters: of one value, and of all values together.
_LONGEST = 64 * 1024
_MOST = 64 * 1024 * 1024
#: What a name at the top that is near to `vars` isn't.
_BESIDE = ("vars", "version", "services", "tests")


class Resolved(Struct, frozen=True):
    """What became of a tree."""

    tree: dict[str, Any]
    #: The scalars that hold references, with what each has from the environment.
    references: dict[Path, tuple[tuple[str, str], ...]]
    wrong: list[Path]
    #: The variables that the file has or refers to.
    variables: tuple[str, ...]


class _Value(Struct, frozen=True):
    """`loose` text may become a number or a truth value where the field wants one; `hidden` are
    the values from the environment within, each with its reference."""

    value: Scalar
    loose: bool = False
    hidden: tuple[tuple[str, str], ...] = ()
    #: The environment variable that the value is a reference to, where none is read.
    variable: str | None = None


class _Interpolation:
    def __init__(
        self, tree: dict[str, Any], given: Given, report: Report, cut: tuple[Path, ...]
    ) -> None:
        self.given = given
        self.report = report
        self.references: dict[Path, tuple[tuple[str, str], ...]] = {}
        self.wrong: list[Path] = []
        self.used: set[str] = set()
        self.length = 0
        raw = tree.get("vars", {})
        # A statement at the top that isn't understood may have been one of `vars`.
        is_hurt = any(path[:1] == ("vars",) or len(path) == 1 for path in cut) or (
            "vars" not in tree and any(nearest(key, _BESIDE) == "vars" for key in tree)
        )
        self.is_whole = isinstance(raw, dict) and not is_hurt
        self.raw: dict[str, Any] = raw if isinstance(raw, dict) else {}
        outside = {name: _Value(value) for name, value in given.variables.items()}
        self.known: dict[str, _Value | None] = {**outside}
        self.names = tuple(dict.fromkeys((*self.raw, *given.variables)))

    def variables(self) -> None:
        """Resolve the variables, each after those that it needs."""
        needs = {name: tuple(_needed(value)) for name, value in self.raw.items()}
        self.used.update(name for all_ in needs.values() for name in all_)
        uses = [(one, other) for one, all_ in needs.items() for other in all_ if other in needs]
        for way in cycles(uses) if uses else ():
            self.wrong.append(("vars", way[0]))
            self.report(names.Cycle(Place(("vars", way[0])), "variable", "uses", way))
        opened: set[str] = set()
        for start in self.raw:
            left = [start]
            while left:
                name = left[-1]
                waiting = [n for n in needs[name] if n in self.raw and n not in self.known]
                if name in self.known or not waiting or name in opened:
                    if name not in self.known:
                        self.known[name] = self.value(self.raw[name], ("vars", name))
                    left.pop()
                else:
                    opened.add(name)
                    left += waiting

    def tree(self, value: Any, path: Path) -> Any:
        """A part of the tree with its scalars resolved."""
        if isinstance(value, dict):
            members = value.copy()
            for key, item in value.items():
                if not _is_plain(item):
                    members[key] = self.tree(item, (*path, key))
            return members
        if isinstance(value, list):
            items = value.copy()
            for index, item in enumerate(value):
                if not _is_plain(item):
                    items[index] = self.tree(item, (*path, index))
            return items
        found = self.known[str(path[1])] if _is_variable(path) else self.value(value, path)
        if found is None:
            return value
        if path in self.references:
            self.references[path] = found.hidden
            fitting = _fitting(found, types_at(path))
        else:
            fitting = found.value
        if found.variable is None and isinstance(fitting, str) and is_secret(path):
            return as_secret(fitting)
        return fitting

    def value(self, value: Any, path: Path) -> _Value | None:
        """The value of a scalar; None where something is wrong with it."""
        if not isinstance(value, str) or "${" not in value:
            is_scalar = isinstance(value, str | int | float)
            return _Value(value) if is_scalar else None
        try:
            parts = pieces(value)
        except BadReferenceError as error:
            self.used.update(name for name in self.raw if f"${{var:{name}" in value)
            self.refuse(names.BadReference(Place(path), str(error)), path)
            return None
        variable = self.at_run_time(parts, path)
        if variable:
            self.references[path] = ()
            return _Value(f"${{env:{variable}}}", variable=variable)
        found = []
        for part in parts:
            one = self.referred(part, path) if isinstance(part, Reference) else _Value(part)
            found.append(one)
        if any(isinstance(part, Reference) for part in parts):
            self.references[path] = ()
        if any(one is None for one in found):
            self.wrong.append(path)
            return None
        return self.joined([one for one in found if one is not None], path)

    def at_run_time(self, parts: list[str | Reference], path: Path) -> str | None:
        """The variable that the running gateway reads, for a value that is a reference to it and
        nothing else, in a place that may hold one: a secret, a variable of the file, or a header
        that a test sends, where it stands for itself."""
        if len(parts) != 1 or not isinstance(parts[0], Reference):
            return None
        may_stand = is_secret(path) or _is_variable(path) or _is_sent(path)
        if self.given.environment is not None or not may_stand:
            return None
        reference = parts[0]
        if reference.kind == "env":
            return reference.name if reference.default is None else None
        known = self.known.get(reference.name)
        if known is None or known.variable is None:
            return None
        self.used.add(reference.name)
        return known.variable

    def joined(self, parts: list[_Value], path: Path) -> _Value | None:
        if len(parts) == 1:
            return parts[0]
        text = "".join(spelled(part.value) for part in parts)
        self.length += len(text)
        if len(text) > _LONGEST or self.length > _MOST:
            what = "a value with its references resolved"
            self.refuse(TooLarge(Place(path), what, f"{_LONGEST // 1024} KiB"), path)
            return None
        return _Value(text, True, tuple(pair for part in parts for pair in part.hidden))

    def referred(self, reference: Reference, path: Path) -> _Value | None:
        """What a reference stands for."""
        if reference.kind == "env":
            return self.environment(reference, path)
        self.used.add(reference.name)
        if reference.name not in self.names and self.is_whole:
            unknown = names.UnknownName(Place(path), "variable", reference.name, self.names)
            self.refuse(unknown, path)
        found = self.known.get(reference.name)
        if found is not None and found.variable is not None:
            self.refuse_unread(found.variable, path)
            return None
        return found

    def environment(self, reference: Reference, path: Path) -> _Value | None:
        name, source = reference.name, self.given.environment
        if source is None:
            self.refuse_unread(name, path)
            return None
        value = source.get(name)
        if not value and reference.default is not None:
            return _Value(reference.default, True)  # it stands in the file for all to see
        if value is None:
            self.refuse(names.NotSet(Place(path), name), path)
            return None
        return _Value(value, True, ((value, reference.text),))

    def refuse_unread(self, name: str, path: Path) -> None:
        """A value needs the environment, which isn't read."""
        self.refuse(names.NotResolved(Place(path), _field(path), name, is_secret(path)), path)

    def refuse(self, diagnostic: Any, path: Path) -> None:
        self.wrong.append(path)
        self.report(diagnostic)

    def unused(self) -> Iterator[lint.UnusedName]:
        for name in self.raw:
            if name not in self.used:
                yield lint.UnusedName(Place(("vars", name), key=True), "variable", name, "value")


def _is_plain(value: Any) -> bool:
    """Whether a value is a scalar without references."""
    return "${" not in value if isinstance(value, str) else not isinstance(value, dict | list)


def _needed(value: Any) -> Iterator[str]:
    """The variables that a value refers to."""
    try:
        parts = pieces(value) if isinstance(value, str) else []
    except BadReferenceError:
        parts = []
    for part in parts:
        if isinstance(part, Reference) and part.kind == "var":
            yield part.name


def _is_variable(path: Path) -> bool:
    return path[:1] == ("vars",) and len(path) == 2


def _is_sent(path: Path) -> bool:
    return path[:1] == ("tests",) and path[2:3] == ("requests",) and path[4:5] == ("header",)


def _field(path: Path) -> str:
    return str(next((step for step in reversed(path) if isinstance(step, str)), "it"))


def _fitting(found: _Value, types: frozenset[type] | None) -> Scalar:
    """The value as the field takes it, if it can."""
    value = found.value
    if types is None or (type(value) in types and not found.loose):
        return value
    if isinstance(value, str):
        # Only here: a file without references doesn't pay for reading the other spelling.
        from galc.frontend.gal.scalars import scalar

        fitting: Scalar = scalar(value, False, types)
        return fitting
    return spelled(value) if str in types else value


def interpolate(
    tree: dict[str, Any], given: Given, report: Report, cut: tuple[Path, ...] = ()
) -> Resolved:
    """The tree with its references and escapes resolved. Around the paths in `cut` parts with
    mistakes were taken out, and with them uses of variables."""
    run = _Interpolation(tree, given, report, cut)
    run.variables()
    resolved = run.tree(tree, ())
    for unused in run.unused() if not cut else ():
        report(unused)
    variables = tuple(dict.fromkeys((*run.raw, *sorted(run.used))))
    return Resolved(resolved, run.references, run.wrong, variables)
