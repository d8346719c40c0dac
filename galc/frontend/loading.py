"""How other files are asked for. Reading them is for the edge; nothing here touches a disk."""

import posixpath
from collections.abc import Callable, Mapping

from msgspec import Struct

from galc.diagnostics import nearest
from galc.frontend.source import Source, source_of


class Unreadable(Struct, frozen=True):
    """There is no such file, or it may not be read: why, and the name that was perhaps meant."""

    why: str
    word: str | None = None


#: Gives the file that a source names by a path. The same file has the same name, whatever the way.
Loader = Callable[[Source, str], Source | Unreadable]

NO_SUCH_FILE = "there is no such file"
OUTSIDE = "it lies outside of the folder of the gateway file"


def wrong_form(path: str) -> str | None:
    """What is wrong with a path as it is written; whether it is there is another question."""
    if "\0" in path:
        return "a path holds no NUL"
    if "${" in path:
        return "a path can't hold a reference"
    if path.startswith("/") or path[1:2] == ":" or "://" in path:
        return "a path goes from the folder of the file that writes it"
    return "the names of a path have `/` between them" if "\\" in path else None


def of_texts(texts: Mapping[str, str]) -> Loader:
    """Files that are there as texts, by their names."""

    def load(by: Source, path: str) -> Source | Unreadable:
        wrong = wrong_form(path)
        if wrong:
            return Unreadable(wrong)
        name = posixpath.normpath(posixpath.join(posixpath.dirname(by.name), path))
        if name.startswith("../"):
            return Unreadable(OUTSIDE)
        text = texts.get(name)
        if text is None:
            return Unreadable(NO_SUCH_FILE, nearest(name, tuple(texts)))
        return source_of(name, text)

    return load
