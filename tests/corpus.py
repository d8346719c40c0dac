"""The cases of `tests/cases`, compiled, and what `snapshots` has to hold for them.

A case is a folder with an `in.gal` or `in.yaml`; its name is a sentence. A first line
`# galc build --lossy` says how it is built. Other files of the folder are there to be included;
`overlay.gal` or `overlay.yaml` lies over it. Cases of `errors` stop before any target.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from galc import targets
from galc.cli.io import SpanFinder
from galc.compiler import Checked, Compilation, build, check_texts
from galc.diagnostics import Diagnostic, render
from galc.frontend.source import Source, Spelling

FOLDER = Path(__file__).parent / "cases"
SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
ERRORS = "errors"
DIAGNOSTICS = "diagnostics.txt"
_LOSSY = "# galc build --lossy\n"


class Case(Struct, frozen=True):
    """One file and its place; `id` is the path below `tests/cases` and below `snapshots`."""

    id: str
    file: str

    @property
    def feature(self) -> str:
        return self.id.partition("/")[0]

    @property
    def text(self) -> str:
        return (FOLDER / self.id / self.file).read_text("utf-8")

    @property
    def source(self) -> Source:
        spelling: Spelling = "gal" if self.file.endswith(".gal") else "yaml"
        return Source(self.file, self.text, spelling)

    @property
    def texts(self) -> dict[str, str]:
        """Its files, by name."""
        folder = FOLDER / self.id
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files}

    @property
    def lossy(self) -> bool:
        return self.text.startswith(_LOSSY)


class Built(Struct, frozen=True):
    """A case after all targets."""

    checked: Checked
    compilations: Mapping[str, Compilation]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        found = [d for one in self.compilations.values() for d in one.diagnostics]
        return (*self.checked.diagnostics, *found)

    @property
    def text(self) -> str:
        """All diagnostics as they are shown, without colour."""
        return shown(self.checked, self.diagnostics)


def shown(checked: Checked, diagnostics: tuple[Diagnostic, ...]) -> str:
    """Diagnostics as the command line shows them."""
    if not diagnostics:
        return ""
    return render.as_text(checked.source, diagnostics, SpanFinder(checked, needs_marks=True))


def checked(source: Source, others: Mapping[str, str] = {}) -> Checked:
    """A source checked, with other files; one that is called `overlay` lies over it."""
    overlays = tuple(name for name in others if name.startswith("overlay."))
    return check_texts({**others, source.name: source.text}, (source.name, *overlays))


def compiled(source: Source, others: Mapping[str, str] = {}, *, lossy: bool = False) -> Built:
    """A source checked, and built for every target; with other files."""
    results = {}
    for name in targets.ALL:
        # `--lossy` changes the tree, so each target starts from a fresh one.
        results[name] = build(checked(source, others), targets.load(name), lossy=lossy)
    return Built(checked(source, others), results)


@cache
def built(case: Case) -> Built:
    """A case, compiled once a process."""
    return compiled(case.source, case.texts, lossy=case.lossy)


def _found() -> Iterator[Case]:
    for path in sorted(FOLDER.glob("*/*/in.*")):
        yield Case(path.parent.relative_to(FOLDER).as_posix(), path.name)


ALL = tuple(_found())
GOOD = tuple(case for case in ALL if case.feature != ERRORS)
BAD = tuple(case for case in ALL if case.feature == ERRORS)


def expected_snapshots() -> set[str]:
    """The files that belong into `snapshots`, as paths below it."""
    expected = set()
    for case in ALL:
        result = built(case)
        if result.diagnostics:
            expected.add(f"{case.id}/{DIAGNOSTICS}")
        for compilation in result.compilations.values():
            expected.update(f"{case.id}/{name}" for name in compilation.artifacts)
    return expected
