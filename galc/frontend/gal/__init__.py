"""The `.gal` spelling: statements and blocks, composed into a tree of plain values.

`grammar/gal.lark` says what a statement looks like, the Structs of `galc.ir.document` say what it
means, and the tables of `sugar` say which short forms there are. A file is read in two ways by the
same builder: at first without positions (`reading`); and only when something is wrong, or when a
diagnostic is shown, once more with positions (`locating`).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from galc.diagnostics import Report
from galc.diagnostics.reading import EmptyFile
from galc.frontend.finding import Finder
from galc.frontend.gal.builder import Builder, MistakeError
from galc.frontend.gal.constructs import document_form
from galc.frontend.gal.locating import Located
from galc.frontend.gal.parts import finder as part_finder
from galc.frontend.gal.reading import parsed
from galc.frontend.recovery import Recovered, other_spelling, whole
from galc.frontend.source import Mark, Source, Span

__all__ = ["compose", "finder", "marks", "recover"]


def compose(source: Source, report: Report) -> dict[str, Any] | None:
    """The document as a tree, or None when it isn't whole.

    Reports syntax errors, statements that a construct doesn't have, words that don't fit, and keys
    given twice. A word of the wrong type becomes text, for the type check to report.
    """
    return whole(recover, source, report)


def recover(source: Source, report: Report) -> Recovered:
    """The same, with what can be read of a file that has mistakes."""
    with _no_garbage():
        tree: dict[str, Any] = {}
        try:
            Builder().fill(document_form(), tree, parsed(source.text), "")
        except MistakeError:
            foreign = other_spelling(source)
            if foreign is not None:
                report(foreign)
                return None, []
            return Located(source.text, report).recover()
        if not tree:
            report(EmptyFile(Span(0, 0, 0, 1)))
        return tree or None, []


def marks(source: Source) -> Mark:
    """Where each node of the tree stands, for a source that `compose` could read."""
    with _no_garbage():
        return Located(source.text, lambda _: None).marks()


def finder(source: Source) -> Finder:
    """As `marks`, for those who ask for some places only."""
    return part_finder(source.text)


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Without the cyclic collector: reading makes many objects and no cycles, and the collector
    would walk them again and again, a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
