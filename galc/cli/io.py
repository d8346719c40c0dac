"""The edge: reading sources, writing artifacts, showing diagnostics."""

import codecs
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import click

from galc.compiler import Checked
from galc.diagnostics import Diagnostic
from galc.diagnostics.reading import NotUtf8, TooLarge, at
from galc.frontend.reading import read_places, span_of
from galc.frontend.source import Place, Source, Span

MAX_BYTES = 48 * 1024 * 1024
#: Characters that are encoded at once, so that a large file isn't in memory twice.
_PIECE = 1 << 20


class UsageError(click.UsageError):
    """A wrong call; click prints it with the usage line and exits with 2."""


def fail(message: str) -> NoReturn:
    """End with an I/O error."""
    click.echo(f"galc: {message}", err=True)
    raise SystemExit(2)


def read_source(name: str, document: int | None = None) -> Source | tuple[Source, Diagnostic]:
    """The source of a file, or of standard input for `-`; with what forbids reading it."""
    spelling = "gal" if name.endswith(".gal") else "yaml"
    shown = "<stdin>" if name == "-" else name
    try:
        if name == "-":
            if sys.stdin is None:
                fail("can't read <stdin>: it is closed")
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        fail(f"can't read {shown}: {error.strerror}")
    if len(data) > MAX_BYTES:
        limit = f"{MAX_BYTES // 1024 // 1024} MiB"
        return Source(shown, "", "yaml"), TooLarge(at(0, 0), "the file", limit)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line = before.count("\n")
        column = len(before) - (before.rfind("\n") + 1)
        text = data.decode("utf-8", "replace")
        return Source(shown, text, "yaml"), NotUtf8(at(line, column), data[error.start])
    if name == "-" and _looks_like_gal(text):
        spelling = "gal"
    return Source(shown, text, "gal" if spelling == "gal" else "yaml", document)


def _looks_like_gal(text: str) -> bool:
    """Standard input has no ending: the first statement tells, `version 1` or `version: 1`."""
    for line in text.splitlines():
        word = line.split("#", 1)[0].strip()
        if word:
            return ":" not in word.split()[0] and not word.startswith(("{", "-", "%", '"'))
    return False


def use_color(stream: object) -> bool:
    """Colour on a terminal, unless NO_COLOR says no (https://no-color.org)."""
    is_terminal = getattr(stream, "isatty", lambda: False)()
    return bool(is_terminal) and not os.environ.get("NO_COLOR")


def span_finder(checked: Checked, diagnostics: Iterable[Diagnostic]) -> "SpanFinder":
    """Where diagnostics stand; the source is read again only if one needs it."""
    needs = any(
        isinstance(place, Place)
        for diagnostic in diagnostics
        for place in (diagnostic.place, *(place for place, _ in diagnostic.related()))
    )
    return SpanFinder(checked, needs)


def judged(
    checked: Checked, diagnostics: Sequence[Diagnostic], *, for_all_targets: bool = False
) -> tuple[Sequence[Diagnostic], Sequence[Diagnostic]]:
    """The diagnostics that no comment suppresses, and what is wrong with the comments."""
    if not any("galc:" in file.text for file in checked.source.files):
        return diagnostics, ()
    from galc.diagnostics.findings import located
    from galc.diagnostics.suppression import suppressed

    findings = located(checked.source, diagnostics, span_finder(checked, diagnostics))
    kept, problems = suppressed(
        checked.source, findings, lambda code: for_all_targets or not code.startswith("GAL4")
    )
    return [finding.diagnostic for finding in kept], problems


class SpanFinder:
    """Turns places into spans."""

    def __init__(self, checked: Checked, needs_marks: bool) -> None:
        self.marks = read_places(checked.source) if needs_marks else None

    def __call__(self, place: Place | Span) -> Span:
        return span_of(place, self.marks)


def write_artifacts(
    directory: Path, artifacts: Mapping[str, str], private: Collection[str] = ()
) -> None:
    """Write files so that each is whole or untouched: into temporary files, then renamed. Nobody
    but their owner may ever read the `private` ones."""
    temporary: list[tuple[Path, Path]] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in artifacts.items():
            path = staged(directory / name, text)
            temporary.append((path, directory / name))
            if name not in private:
                path.chmod(0o666 & ~_umask())
        for path, final in temporary:
            path.replace(final)
    except BaseException as error:
        for path, _ in temporary:
            path.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        fail(f"can't write {directory}: {error.strerror}")


def rewrite(path: Path, text: str) -> None:
    """Replace a file as a whole, with its mode and its byte order mark: whoever may not read it
    now, may not later. A link stays a link."""
    path = path.resolve()
    try:
        with path.open("rb") as file:
            mark = "\ufeff" if file.read(3) == codecs.BOM_UTF8 else ""
        temporary = staged(path, mark + text)
        try:
            shutil.copymode(path, temporary)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        fail(f"can't write {path}: {error.strerror}")


def unified_diff(name: str, before: str, after: str) -> str:
    """The change of a text as `diff -u` writes it; empty when there is none."""
    from difflib import unified_diff as compared

    old, new = (text.splitlines(keepends=True) for text in (before, after))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in compared(old, new, name, name)
    )


def staged(path: Path, text: str) -> Path:
    """A temporary file with the text beside a path, to be renamed to it; none when that fails. Only
    its owner may read it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for start in range(0, len(text), _PIECE):
                file.write(text[start : start + _PIECE].encode())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
