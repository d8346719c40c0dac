"""The files of one gateway on disk: the one that galc is called with, and those that it names.

Whoever writes a gateway file must not read other files of the machine by it: each stays below the
folder of the file that galc was called with, also by way of links, and is a regular file.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from galc.cli import io
from galc.diagnostics import Diagnostic, nearest
from galc.frontend.loading import NO_SUCH_FILE, OUTSIDE, Unreadable, wrong_form
from galc.frontend.source import Source, source_of

_TOO_LARGE = f"with it the files are larger than {io.MAX_BYTES // 1024 // 1024} MiB"

#: A link that comes between isn't followed, and a pipe would keep whoever opens it waiting.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Files:
    """Reads files, each once. `paths` are those that were asked for, whether they are there or not:
    a change of one of them may change what is built."""

    def __init__(self) -> None:
        """See the class."""
        self.paths: list[str] = []
        self.bytes_left = io.MAX_BYTES
        #: By the name of a source: the folder that it lies in, and the one that it may not leave.
        self.folders: dict[str, tuple[Path, Path]] = {}
        self.found: dict[Path, Source | Unreadable] = {}

    def root(self, name: str, document: int | None = None) -> Source | tuple[Source, Diagnostic]:
        """A file of the command line; see `io.read_source`."""
        if name != "-":
            self.paths.append(name)
        source = io.read_source(name, document)
        folder = _folder(name)
        if isinstance(source, Source):
            self.folders[source.name] = folder, folder
            if name != "-":
                self.found[Path(name).resolve()] = source
            self.bytes_left -= len(source.text)
        return source

    def __call__(self, by: Source, path: str) -> Source | Unreadable:
        """The file that a source names; see `galc.frontend.loading`."""
        wrong = wrong_form(path)
        if wrong:
            return Unreadable(wrong)
        folder, top = self.folders[by.name]
        if _climbs_out(folder, top, path):
            return Unreadable(OUTSIDE)
        try:
            real = (folder / path).resolve()
        except (OSError, RuntimeError):  # links in a circle
            return Unreadable("its links lead nowhere")
        if not real.is_relative_to(top):
            return Unreadable(OUTSIDE)
        if real not in self.found:
            self.paths.append(str(real))
            self.found[real] = self._read(real, _shown(by, real, folder))
        found = self.found[real]
        if isinstance(found, Source):
            self.folders.setdefault(found.name, (real.parent, top))
        return found

    def _read(self, path: Path, name: str) -> Source | Unreadable:
        try:
            handle = os.open(path, _FLAGS)
        except FileNotFoundError:
            return Unreadable(NO_SUCH_FILE, _meant(path))
        except OSError as error:
            return Unreadable(_reason(error))
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            os.close(handle)
            return Unreadable("it is a folder" if stat.S_ISDIR(mode) else "it is no file")
        with os.fdopen(handle, "rb") as file:
            try:
                data = file.read(self.bytes_left + 1)
            except OSError as error:
                return Unreadable(_reason(error))
        if len(data) > self.bytes_left:
            return Unreadable(_TOO_LARGE)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            return Unreadable(f"it isn't UTF-8: byte {data[error.start]:#04x} in line {line}")
        self.bytes_left -= len(data)
        return source_of(name, text)


def _folder(name: str) -> Path:
    """The folder of a file of the command line; standard input is in the current one."""
    return Path.cwd() if name == "-" else Path(name).absolute().parent.resolve()


def _climbs_out(folder: Path, top: Path, path: str) -> bool:
    """Whether a path leaves a folder by `..`, whatever is on the disk."""
    depth = len(folder.relative_to(top).parts)
    for step in PurePosixPath(path).parts:
        depth += -1 if step == ".." else 1
        if depth < 0:
            return True
    return False


def _shown(by: Source, real: Path, folder: Path) -> str:
    """The name of a file for people: from where the source that names it is."""
    there = Path("" if by.name == "<stdin>" else by.name).parent
    return os.path.normpath(there / os.path.relpath(real, folder))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _meant(path: Path) -> str | None:
    try:
        return nearest(path.name, tuple(sorted(entry.name for entry in path.parent.iterdir())))
    except OSError:
        return None


def changed(before: Source, after: Source) -> Mapping[str, tuple[str, str]]:
    """The files of a source whose text isn't the same any more: by name, the old and the new."""
    pairs = zip(before.files, after.files, strict=True)
    return {one.name: (one.text, other.text) for one, other in pairs if one.text != other.text}
