"""Files and what they include, merged: those that are included first, each once.

Services and tests come one after the other; of variables, fields of `global` and all else the later
file wins, and the one that includes is later than what it includes. Two named policies of one name
are a mistake, as they are in one file.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from galc.composition.merged import Merged
from galc.diagnostics import Diagnostic, Report, files
from galc.diagnostics.fields import MissingField
from galc.diagnostics.names import Cycle, DuplicateName, UnknownVersion
from galc.diagnostics.reading import SeveralDocuments
from galc.frontend import decode
from galc.frontend.finding import Finder
from galc.frontend.loading import Loader, Unreadable
from galc.frontend.reading import finder_of, recover
from galc.frontend.source import Origin, Origins, Path, Place, Source, Span
from galc.ir.document import VERSIONS, Document

MAX_FILES: Final = 1000
MAX_DEPTH: Final = 32
_ONE_AFTER_THE_OTHER: Final = frozenset({"services", "tests", "plugins"})
_BY_NAME: Final = frozenset({"vars", "global", "global_config", "policies", "remove"})
#: Fields that must have their own form for anything to be merged.
_SHAPES: Final[dict[str, type]] = {
    "include": list, "services": list, "tests": list, "vars": dict, "global": dict,
    "policies": dict, "remove": dict,
}  # fmt: skip
_VERSION_MEANS: Final = "Version of the language: `1`."


class _Step(NamedTuple):
    """A file that is being read, and the number of the entry of its `include`."""

    number: int
    entry: int


class Reader:
    """Reads each file once. `sound`: nothing was wrong so far that leaves no whole."""

    def __init__(self, load: Loader, report: Report, known: Mapping[str, Source]) -> None:
        """See the class; `known` are files, by name, whose texts replace those that are loaded."""
        self.load = load
        self._report = report
        self.known = known
        self.files: list[Source] = []
        self.numbers: dict[str, int] = {}
        self.trees: dict[int, dict[str, Any] | None] = {}
        self.included: dict[_Step, int | None] = {}
        self.finders: dict[int, Finder] = {}
        self.told: set[Diagnostic] = set()
        self.sound = True
        #: By file: what is wrong in it by itself, and where its items begin in a list of the whole.
        self.wrong: dict[int, list[Path]] = {}
        self.begins: dict[tuple[int, Path], int] = {}

    def number(self, source: Source) -> int:
        """The number of a file."""
        number = self.numbers.get(source.name)
        if number is None:
            number = self.numbers[source.name] = len(self.files)
            self.files.append(self.known.get(source.name, source))
        return number

    def give(self, source: Source, tree: dict[str, Any] | None, wrong: list[Path]) -> None:
        """What could be read of a file before."""
        number = self.number(source)
        self.trees[number] = tree
        self.wrong[number] = wrong
        if tree is not None:
            self.check(number, tree, is_root=True)

    def wrong_in_whole(self) -> list[Path]:
        """The paths in the whole of what is wrong in single files."""
        return [self.in_whole(number, path) for number in self.wrong for path in self.wrong[number]]

    def in_whole(self, number: int, path: Path) -> Path:
        """Where a part of a file stands in the whole of all files."""
        for length in range(len(path) - 1, 0, -1):
            begin = self.begins.get((number, path[:length]))
            index = path[length]
            if begin is not None and isinstance(index, int):
                return (*path[:length], begin + index, *path[length + 1 :])
        return path

    def span(self, origin: Origin, *, key: bool = False) -> Span:
        """Where a path of a file stands; only what is shown is looked for."""
        number, path = origin
        if number not in self.finders:
            self.finders[number] = finder_of(self.files[number])
        return replace(self.finders[number].find(Place(path, key)), file=number)

    def report(self, diagnostic: Diagnostic) -> None:
        """Report what leaves no whole; once, though a file may be a part of two wholes."""
        self.sound = self.sound and diagnostic.severity != "error"
        if diagnostic not in self.told:
            self.told.add(diagnostic)
            self._report(diagnostic)

    def within(self, number: int, to: Report) -> Report:
        """A report of what is found in one file by itself, its places being paths there."""

        def located(value: Any) -> Any:
            if isinstance(value, Place):
                return self.span((number, value.path), key=value.key)
            return replace(value, file=number) if isinstance(value, Span) else value

        def report(diagnostic: Diagnostic) -> None:
            names = diagnostic.__struct_fields__
            to(replace(diagnostic, **{name: located(getattr(diagnostic, name)) for name in names}))

        return report

    # Reading

    def whole(self, source: Source, *, over: bool = False) -> Merged | None:
        """A file with all that it includes; None where one of them can't be read."""
        number = self.number(source)
        order: dict[int, None] = {}
        self.visit(number, [], order, is_root=not over)
        if any(self.trees[one] is None for one in order):
            return None
        merged = self.merged(number, list(order))
        if over:
            merged.origins.own = (number, ())
        return merged

    def visit(
        self, number: int, way: list[_Step], order: dict[int, None], *, is_root: bool = False
    ) -> None:
        """Put a file to the others, after those that it includes."""
        tree = self.tree(number, is_root=is_root)
        includes = tree.get("include") if tree is not None else None
        for entry, path in enumerate(includes if isinstance(includes, list) else ()):
            step = _Step(number, entry)
            if isinstance(path, str) and path and step not in self.included:
                self.included[step] = self.target(step, path, way)
            other = self.included.get(step)
            if other is not None and other not in order:
                self.visit(other, [*way, step], order)
        order[number] = None

    def target(self, step: _Step, path: str, way: list[_Step]) -> int | None:
        """The file that an entry names; None where it isn't to be read."""
        found = self.load(self.files[step.number], path)
        if isinstance(found, Source) and found.name not in self.numbers:
            if len(self.files) >= MAX_FILES:
                found = Unreadable(f"there are more than {MAX_FILES:,} files already")
            elif len(way) >= MAX_DEPTH:
                found = Unreadable(f"there are {MAX_DEPTH} includes around it")
        if isinstance(found, Unreadable):
            place = self.span((step.number, ("include", step.entry)))
            self.report(files.NotRead(place, path, found.why, found.word))
            return None
        number = self.number(found)
        steps = [*way, step]
        start = next((at for at, one in enumerate(steps) if one.number == number), None)
        if start is not None:
            self.cycle(steps[start:])
            return None
        return number

    def cycle(self, steps: list[_Step]) -> None:
        """Report files that include each other, from the first of them around to it."""
        names = tuple(self.files[step.number].name for step in (*steps, steps[0]))
        spans = [self.span((step.number, ("include", step.entry))) for step in steps]
        self.report(Cycle(spans[0], "file", "includes", names, tuple(spans[1:])))

    def tree(self, number: int, *, is_root: bool) -> dict[str, Any] | None:
        """The tree of a file by itself."""
        if number not in self.trees:
            report = self.within(number, self._report)

            def told(diagnostic: Diagnostic) -> None:
                if isinstance(diagnostic, SeveralDocuments) and not is_root:
                    diagnostic = replace(diagnostic, is_part=True)
                report(diagnostic)

            tree, self.wrong[number] = recover(self.files[number], told)
            self.trees[number] = tree
            if tree is not None:
                self.check(number, tree, is_root=is_root)
        return self.trees[number]

    def check(self, number: int, tree: dict[str, Any], *, is_root: bool) -> None:
        """Report what must be right in each file; the first one's version is for the passes."""
        report = self.within(number, self.report)
        for key, shape in _SHAPES.items():
            if key in tree and (key == "include" or not isinstance(tree[key], shape)):
                decode.check_field(Document, tree[key], (key,), report)
        if is_root:
            return
        if "version" not in tree:
            report(MissingField(Place((), True), "version", "a gateway file", _VERSION_MEANS))
            return
        version = tree["version"]
        if isinstance(version, bool) or not isinstance(version, str | int | float):
            decode.check_field(Document, version, ("version",), report)
        elif version not in VERSIONS:
            report(UnknownVersion(Place(("version",)), str(version)))

    # Merging

    def merged(self, root: int, order: list[int]) -> Merged:
        """The trees of some files as one; the root is the last of them."""
        into = Merged({}, Origins())
        for number in order:
            for key, value in self.items(number):
                if key == "include" or (key == "version" and number != root):
                    continue
                into.origins.put((key,), (number, (key,)))
                if key in _ONE_AFTER_THE_OTHER and isinstance(value, list):
                    self.append(into, number, (key,), value)
                elif key in _BY_NAME and isinstance(value, dict):
                    self.by_name(into, number, key, value)
                else:
                    into.tree[key] = value
        if root == 0 and len(order) == 1:
            into.origins.below = {}  # all of it is where it was
        return into

    def items(self, number: int) -> Iterator[tuple[str, Any]]:
        tree = self.trees[number]
        assert tree is not None
        yield from tree.items()

    def append(self, into: Merged, number: int, at: Path, items: list[Any]) -> None:
        """Items of a list come after those of other files."""
        block = into.tree
        for step in at[:-1]:
            block = block[str(step)]
        known = block.setdefault(str(at[-1]), [])
        if not isinstance(known, list):
            return  # another file's mistake stays, to be told
        self.begins[number, at] = len(known)
        for index, item in enumerate(items):
            into.origins.put((*at, len(known)), (number, (*at, index)))
            known.append(item)

    def by_name(self, into: Merged, number: int, key: str, values: dict[str, Any]) -> None:
        """Values of a map go beside those of other files, or take the place of one."""
        known = into.tree.setdefault(key, {})
        if not isinstance(known, dict):
            return  # another file's mistake stays, to be told
        for name, value in values.items():
            path = (key, name)
            if key == "remove" and isinstance(value, list):
                self.append(into, number, path, value)
                into.origins.put(path, (number, path))
                continue
            if key == "policies" and name in known:
                first = self.span(into.origins.of(path), key=True)
                place = self.span((number, path), key=True)
                self.report(DuplicateName(place, "policy", name, first))
            else:
                known[name] = value
                into.origins.put(path, (number, path))
