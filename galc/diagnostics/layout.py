"""Where the fields of a source stand, as offsets, and the changes of text that edits come to."""

import re
from itertools import accumulate
from typing import NamedTuple

from galc.diagnostics.edits import (
    Drop,
    Edit,
    Enclose,
    Items,
    Lift,
    Nest,
    Pairs,
    Quote,
    Rename,
    Write,
)
from galc.frontend.source import Mark, Path, Place, Source, Span

#: What can't be put between brackets as it stands.
_FLOW = re.compile(r"[\[\]{}#&*!|>%@`]|: |:$")


class Change(NamedTuple):
    """The text from `start` up to `end` is replaced."""

    start: int
    end: int
    text: str


class Entry(NamedTuple):
    """A field of a block: where its name and its value stand."""

    name: str
    key: tuple[int, int]
    value: tuple[int, int]


class CantError(Exception):
    """The text has a form in which the edit can't be made safely."""


def overlap(one: Change, other: Change) -> bool:
    """Whether two changes touch the same text; two insertions at one place do."""
    if one.start == other.start:
        return True
    return one.start < other.end and other.start < one.end


class Layout:
    """A source whose places are known."""

    def __init__(self, source: Source, marks: Mark | None) -> None:
        self.text = source.text
        self.is_gal = source.spelling == "gal"
        self.marks = marks
        breaks = "\n" if self.is_gal else "\r\n|[\r\n\x85\u2028\u2029]"
        ends = [match.end() for match in re.finditer(breaks, source.text)]
        self.lines = [0, *ends]

    def changes(self, edits: tuple[Edit, ...]) -> list[Change]:
        """The changes that make all of the edits; none when one of them can't be made."""
        try:
            if isinstance(edits[0], Nest):
                return self.nested([edit for edit in edits if isinstance(edit, Nest)])
            if isinstance(edits[0], Lift):
                return self.lifted([edit for edit in edits if isinstance(edit, Lift)])
            return [change for edit in edits for change in self.change(edit)]
        except CantError:
            return []

    def change(self, edit: Edit) -> list[Change]:
        """The changes that make one edit."""
        if isinstance(edit, Rename):
            return [self.renamed(edit)]
        if isinstance(edit, Drop):
            return [self.dropped(edit)]
        if isinstance(edit, Pairs):
            return self.pairs(edit)
        if isinstance(edit, Items):
            return self.items(edit)
        assert isinstance(edit, (Write, Quote, Enclose))
        start, end, text = self.scalar(edit.place)
        if isinstance(edit, Write):
            word = str(edit.value).lower() if isinstance(edit.value, bool) else edit.value
            return [Change(start, end, word)]
        if isinstance(edit, Quote):
            return [Change(start, end, f'"{text}"')] if text[0] not in "\"'" else []
        if self.is_gal:
            return []
        if text[0] not in "\"'" and _FLOW.search(text):
            raise CantError
        return [Change(start, end, f"[{text}]")]

    # Where things stand

    def offset(self, line: int, column: int) -> int:
        return self.lines[line] + column

    def range(self, span: Span) -> tuple[int, int]:
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def value(self, mark: Mark) -> tuple[int, int]:
        """From and to of a node; the mark of a mapping between braces ends before the last one."""
        start, end = self.range(mark.span)
        braced = not self.is_gal and self.text[start : start + 1] == "{" and self.text[end] == "}"
        return start, end + 1 if braced else end

    def mark(self, path: Path) -> Mark:
        """The mark of a node; an edit whose node has none can't be made."""
        mark = self.marks
        for step in path:
            mark = mark.children.get(step) if mark else None
        if mark is None:
            raise CantError
        return mark

    def scalar(self, place: Place) -> tuple[int, int, str]:
        """From, to, and the text of a scalar in one line, without anchor or tag."""
        span = self.mark(place.path).span
        start, end = self.range(span)
        text = self.text[start:end]
        if span.line != span.end_line or not text or text[0] in "&!*|>":
            raise CantError
        return start, end, text

    def entry(self, path: Path) -> Entry:
        """A field whose name stands in the source, its value after it in the same line."""
        mark = self.mark(path)
        if mark.key is None or not isinstance(path[-1], str):
            raise CantError
        key, value = self.range(mark.key), self.value(mark)
        if value[0] < key[1]:  # what an alias stands for
            raise CantError
        return Entry(path[-1], key, value)

    def in_one_line(self, path: Path) -> Entry:
        entry = self.entry(path)
        text = self.text[entry.key[0] : entry.value[1]]
        if "\n" in text or self.text[entry.value[0]] in "&!|>":
            raise CantError
        return entry

    def is_flow(self, path: Path) -> bool:
        """Whether a node is written between brackets."""
        start, _ = self.range(self.mark(path).span)
        return not self.is_gal and self.text[start : start + 1] in ("{", "[")

    def indentation(self, offset: int) -> str:
        """White space as wide as what stands before an offset in its line."""
        start = self.text.rfind("\n", 0, offset) + 1
        return " " * (offset - start)

    def rest_of_line(self, offset: int) -> tuple[str, int]:
        """What follows in the line, and where the next line begins."""
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return self.text[offset:end], min(end + 1, len(self.text))

    # Names

    def renamed(self, edit: Rename) -> Change:
        if isinstance(edit.place, Span):
            return Change(*self.range(edit.place), edit.new)
        mark = self.mark(edit.place.path)
        if mark.key is None or edit.new in self.mark(edit.place.path[:-1]).children:
            raise CantError
        start, end = self.range(mark.key)
        return Change(start, end, edit.new)

    # Fields that go

    def dropped(self, edit: Drop) -> Change:
        parent = edit.place.path[:-1]
        if edit.beside not in self.mark(parent).children:
            raise CantError
        return self.without(self.in_one_line(edit.place.path), flow=self.is_flow(parent))

    def without(self, entry: Entry, *, flow: bool) -> Change:
        """A field taken out; a comment in its line stays."""
        start, end = entry.key[0], entry.value[1]
        if flow or self.is_gal:
            return self.without_separator(start, end, "," if flow else ";")
        rest, following = self.rest_of_line(end)
        line = self.text.rfind("\n", 0, start) + 1
        if self.text[line:start].strip():  # the first field of a list's item, after its dash
            raise CantError
        if rest.strip():
            return Change(start, end + len(rest) - len(rest.lstrip()), "")
        return Change(line, following, "")

    def without_separator(self, start: int, end: int, separator: str) -> Change:
        after = re.compile(rf"\s*{separator}[ \t]*").match(self.text, end)
        if after:
            return Change(start, after.end(), "")
        before = re.search(rf"[ \t]*{separator}\s*$", self.text[:start])
        if before:
            return Change(before.start(), end, "")
        rest, following = self.rest_of_line(end)
        line = self.text.rfind("\n", 0, start) + 1
        if self.text[line:start].strip() or rest.strip():
            return Change(start, end, "")
        return Change(line, following, "")

    # Fields that move into a block

    def nested(self, edits: list[Nest]) -> list[Change]:
        parent, block = edits[0].place.path[:-1], edits[0].block
        entries = sorted(
            ((self.in_one_line(edit.place.path), edit.new) for edit in edits),
            key=lambda pair: pair[0].key,
        )
        flow = self.is_flow(parent)
        (first, name), others = entries[0], entries[1:]
        fields = [(new, self.text[slice(*entry.value)]) for entry, new in entries]
        if block in self.mark(parent).children:
            return [
                self.inserted((*parent, block), fields),
                *(self.without(entry, flow=flow) for entry, _ in entries),
            ]
        whole = first.key[0], first.value[1]
        if self.is_gal:
            inner = " ; ".join(f"{new} {value}" for new, value in fields)
            changes = [Change(*whole, f"{block} {{ {inner} }}")]
        elif flow:
            inner = ", ".join(f"{new}: {value}" for new, value in fields)
            changes = [Change(*whole, f"{block}: {{{inner}}}")]
        else:
            indentation = self.indentation(first.key[0]) + "  "
            changes = [Change(*first.key, f"{block}:\n{indentation}{name}")]
            end = self.rest_of_line(first.value[1])
            at = first.value[1] + len(end[0].rstrip("\r"))
            more = "".join(f"\n{indentation}{new}: {value}" for new, value in fields[1:])
            changes += [Change(at, at, more)] if more else []
        return [*changes, *(self.without(entry, flow=flow) for entry, _ in others)]

    def inserted(self, path: Path, fields: list[tuple[str, str]]) -> Change:
        """Fields put at the beginning of a block that is there."""
        mark = self.mark(path)
        if not mark.children or any(name in mark.children for name, _ in fields):
            raise CantError
        first = self.entry((*path, next(iter(mark.children)))).key[0]
        if self.is_gal:
            text = "".join(f"{name} {value} ; " for name, value in fields)
        elif self.is_flow(path):
            text = "".join(f"{name}: {value}, " for name, value in fields)
        else:
            indentation = self.indentation(first)
            text = "".join(f"{name}: {value}\n{indentation}" for name, value in fields)
        return Change(first, first, text)

    # Fields that move out of a block

    def lifted(self, edits: list[Lift]) -> list[Change]:
        """A whole block dissolves: its name goes, and its fields take its place."""
        path = edits[0].place.path[:-1]
        block, outer = self.entry(path), self.mark(path[:-1]).children
        names = {edit.place.path[-1]: edit.new for edit in edits}
        if self.is_gal or set(self.mark(path).children) != set(names):
            raise CantError
        if any(new in outer for new in names.values()):
            raise CantError
        entries = [self.entry((*path, name)) for name in names]
        entries.sort(key=lambda entry: entry.key)
        if self.is_flow(path):
            return [self.dissolved(block, entries, names, flow=self.is_flow(path[:-1]))]
        return self.dedented(block, entries, names)

    def dissolved(
        self, block: Entry, entries: list[Entry], names: dict[str | int, str], *, flow: bool
    ) -> Change:
        text = self.text[slice(*block.value)]
        if "#" in text or "\n" in text:
            raise CantError
        fields = [
            f"{names[entry.name]}{self.text[entry.key[1] : entry.value[1]]}" for entry in entries
        ]
        separator = ", " if flow else f"\n{self.indentation(block.key[0])}"
        return Change(block.key[0], block.value[1], separator.join(fields))

    def dedented(
        self, block: Entry, entries: list[Entry], names: dict[str | int, str]
    ) -> list[Change]:
        first, last = entries[0].key[0], entries[-1].value[1]
        between = self.text[block.key[1] : first]
        if between.strip() != ":":
            raise CantError
        depth = len(self.indentation(first)) - len(self.indentation(block.key[0]))
        changes = [Change(*entry.key, names[entry.name]) for entry in entries]
        # The first name and the block's own stand together.
        changes[0] = Change(block.key[0], entries[0].key[1], names[entries[0].name])
        body = self.text[first : max(first, last)].rstrip()
        for at in accumulate((len(line) for line in body.splitlines(keepends=True)), initial=first):
            spaces = self.text[at : at + depth]
            if at > first and spaces == " " * depth and at < first + len(body):
                changes.append(Change(at, at + depth, ""))
        return changes

    # Values that take another form

    def pairs(self, edit: Pairs) -> list[Change]:
        path = edit.place.path
        names = [name for name in self.mark(path).children if isinstance(name, str)]
        entries = [self.in_one_line((*path, name)) for name in names]
        if self.is_gal or not entries:
            raise CantError
        flow = self.is_flow(path)
        changes = []
        if flow:
            start, end = self.value(self.mark(path))
            changes = [Change(start, start + 1, "["), Change(end - 1, end, "]")]
        for entry in entries:
            if flow:
                indentation, opening, closing = ", ", "{", "}"
            else:
                indentation = f"\n{self.indentation(entry.key[0])}  "
                opening, closing = "- ", ""
            changes += [
                Change(entry.key[0], entry.key[0], f"{opening}{edit.name}: "),
                Change(entry.key[1], entry.value[0], f"{indentation}{edit.value}: "),
            ]
            changes += [Change(entry.value[1], entry.value[1], closing)] if closing else []
        return changes

    def items(self, edit: Items) -> list[Change]:
        path = edit.place.path
        if self.is_gal:
            raise CantError
        flow = self.is_flow(path)
        changes = []
        for step, mark in self.mark(path).children.items():
            if mark.children:
                continue
            start, end, _ = self.scalar(Place((*path, step)))
            changes.append(Change(start, start, f"{'{' if flow else ''}{edit.name}: "))
            changes += [Change(end, end, "}")] if flow else []
        return changes
