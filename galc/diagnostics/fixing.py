"""Edits as changes of a text: what `galc check --fix` does.

A text is changed only where an edit says so; comments, order and layout stay. The edits of one
diagnostic are made together or not at all. What overlaps waits for the next round, and a fix that
would make the file unreadable is left out.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from galc.compiler import Checked
from galc.diagnostics import Diagnostic
from galc.diagnostics.edits import Edit, Enclose, Lift, Nest, Quote, Write
from galc.diagnostics.layout import Change, Layout, overlap
from galc.frontend.reading import read_marks
from galc.frontend.source import Composed, Source, Span

#: Fixes of a fix: a field that moved may have had another older spelling inside.
_ROUNDS = 8
#: One by one, each with a check of its own, only as long as that doesn't take forever.
_SINGLY = 200

Check = Callable[[Source], Checked]
Wanted = Callable[[Checked], Iterable[Diagnostic]]


class _Fix(NamedTuple):
    """The changes of a file that mend some diagnostics."""

    file: int
    diagnostics: tuple[Diagnostic, ...]
    changes: tuple[Change, ...]


def mend(source: Source, check: Check, wanted: Wanted) -> tuple[Source, int]:
    """The source after all safe fixes of wanted diagnostics, and how many they have mended."""
    count = 0
    checked = check(source)
    for _ in range(_ROUNDS):
        fixable = [one for one in wanted(checked) if _is_fixable(one, checked)]
        fixes = _apart(_fixes(checked, fixable)) if fixable else []
        if not fixes:
            break
        after = check(_changed(source, fixes))
        if not _is_sound(checked, after):
            fixes = list(_one_by_one(checked, fixes[:_SINGLY], check))
            after = check(_changed(source, fixes))
        if _texts(after.source) == _texts(source):
            break
        count += sum(len(fix.diagnostics) for fix in fixes)
        checked, source = after, after.source
    return source, count


def _texts(source: Source) -> list[str]:
    return [file.text for file in source.files]


def _is_fixable(diagnostic: Diagnostic, checked: Checked) -> bool:
    """Whether there are edits, and none would replace a reference by what it stands for."""
    references = checked.state.references if checked.state else {}
    edits = diagnostic.edits()
    return bool(edits) and not any(
        isinstance(edit, Write | Quote | Enclose) and edit.place.path in references
        for edit in edits
    )


def _fixes(checked: Checked, diagnostics: Iterable[Diagnostic]) -> Iterator[_Fix]:
    """The fix of each diagnostic; fields that move into or out of one block move together."""
    readable, files = checked.state is not None, checked.source.files
    layouts: dict[int, Layout] = {}
    groups: dict[object, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        groups.setdefault(_group(diagnostic), []).append(diagnostic)
    for group in groups.values():
        found = [_in_file(edit, checked.source) for one in group for edit in one.edits()]
        numbers = {number for number, _ in found}
        if len(numbers) != 1:
            continue
        (number,) = numbers
        if number not in layouts:
            marks = read_marks(files[number]) if readable else None
            layouts[number] = Layout(files[number], marks)
        changes = layouts[number].changes(tuple(edit for _, edit in found))
        if changes:
            yield _Fix(number, tuple(group), tuple(dict.fromkeys(changes)))


def _in_file(edit: Edit, source: Source) -> tuple[int, Edit]:
    """The number of the file that an edit changes, and the edit in terms of that file's tree."""
    if isinstance(edit.place, Span):
        return edit.place.file, edit
    number, path = source.origin(edit.place.path)
    moved: Edit = replace(edit, place=replace(edit.place, path=path))
    return number, moved


def _group(diagnostic: Diagnostic) -> object:
    edit: Edit = diagnostic.edits()[0]
    if isinstance(edit, Nest):
        return Nest, edit.place.path[:-1], edit.block
    if isinstance(edit, Lift):
        return Lift, edit.place.path[:-1]
    return diagnostic


def _apart(fixes: Iterable[_Fix]) -> list[_Fix]:
    """Fixes that don't touch each other, the first of those that do."""
    all_taken: dict[int, list[Change]] = {}
    chosen = []
    for fix in fixes:
        taken = all_taken.setdefault(fix.file, [])
        new = [change for change in fix.changes if change not in taken]
        if not any(overlap(change, other) for change in new for other in taken):
            taken += new
            chosen.append(fix)
    return chosen


def _changed(source: Source, fixes: Iterable[_Fix]) -> Source:
    texts = _texts(source)
    changes = {(fix.file, change) for fix in fixes for change in fix.changes}
    for number, change in sorted(changes, reverse=True):
        text = texts[number]
        texts[number] = text[: change.start] + change.text + text[change.end :]
    if not isinstance(source, Composed):
        return replace(source, text=texts[0])
    parts = zip(source.files, texts, strict=True)
    return replace(source, text=texts[0], parts=tuple(replace(a, text=b) for a, b in parts))


def _is_sound(before: Checked, after: Checked) -> bool:
    """Whether a change has made nothing unreadable.

    New findings may come to light when the name of a block is right at last, but none about the
    form of the text.
    """
    broken = [
        sum(one.code.startswith("GAL0") for one in checked.diagnostics)
        for checked in (before, after)
    ]
    return broken[1] <= broken[0] and (after.state is not None or before.state is None)


def _one_by_one(checked: Checked, fixes: list[_Fix], check: Check) -> Iterator[_Fix]:
    kept: list[_Fix] = []
    for fix in fixes:
        if _is_sound(checked, check(_changed(checked.source, [*kept, fix]))):
            kept.append(fix)
            yield fix
