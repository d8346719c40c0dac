"""The comments of a `.gal` file. Its braces tell what they belong to."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from galc.frontend import gal
from galc.frontend.gal.grammar import grammar
from galc.frontend.gal.reading import start_of
from galc.frontend.printer.comments import before_empty_lines
from galc.frontend.printer.lines import Comment, Where
from galc.frontend.source import Mark, Path, Source

_Position = tuple[int, int]
_COMMENT = re.compile(r"#[^\n]*")


class _Word(NamedTuple):
    start: _Position
    end: _Position
    text: str


def comments(source: Source) -> Iterator[Comment]:
    """The comments, each with the node that it stands at."""
    page = _Page(source)
    empty = [((line, 0), "") for line in before_empty_lines(source.text.split("\n"))]
    for position, text in sorted([*page.found, *empty]):
        yield Comment(*page.place(position), text)


class _Page:
    """The words of a file, its comments, and where the nodes begin and end."""

    def __init__(self, source: Source) -> None:
        self.offsets = [0, *(match.end() for match in re.finditer("\n", source.text))]
        self.words: list[_Word] = []
        self.found: list[tuple[_Position, str]] = []
        self.partners: dict[int, int] = {}  # the words' indices of two braces
        self.scan(source.text)
        self.starts: dict[_Position, Path] = {}
        self.ends: dict[_Position, tuple[_Position, int, Path]] = {}
        self.walk(gal.marks(source), ())
        self.beginnings = sorted(self.starts)

    def position(self, offset: int) -> _Position:
        line = bisect_right(self.offsets, offset) - 1
        return line, offset - self.offsets[line]

    def scan(self, text: str) -> None:
        opened: list[int] = []
        for match in grammar().scan.finditer(text, start_of(text)):
            word, start, end = match[1], match.start(1), match.end(1)
            is_end = word[:1] in (";", "\n", "")
            for comment in _COMMENT.finditer(text, match.start(), end if is_end else start):
                self.found.append((self.position(comment.start()), comment[0]))
            if is_end:
                continue
            if word == "{":
                opened.append(len(self.words))
            elif word == "}":
                self.partners[opened[-1]] = len(self.words)
                self.partners[len(self.words)] = opened.pop()
            self.words.append(_Word(self.position(start), self.position(end), word))

    def walk(self, mark: Mark, path: Path) -> None:
        """Note where each node begins and ends; of several, the outermost with its own name."""
        for step, child in mark.children.items():
            inner, first = (*path, step), child.key or child.span
            start, end = (first.line, first.column), (child.span.end_line, child.span.end_column)
            self.starts[start] = inner
            known = self.ends.get(end)
            if known is None or (start, -len(inner)) < known[:2]:
                self.ends[end] = (start, -len(inner), inner)
            self.walk(child, inner)

    def ending(self, at: int) -> Path | None:
        """The node that ends with a word."""
        known = self.ends.get(self.words[at].end)
        return known[2] if known else None

    def place(self, position: _Position) -> tuple[Path, Where]:
        """Where a comment belongs that stands at a position."""
        line, at = position[0], bisect_left(self.words, (position,))
        path: Path | None = None
        where: Where = "end"
        if at and self.words[at - 1].end[0] == line:
            path, where = self.trailing(line, at - 1)
        elif at < len(self.words) and self.words[at].text == "}":
            path = self.ending(at)
        if path is not None:
            return path, where
        following = bisect_left(self.beginnings, self.words[at].start) if self.words[at:] else -1
        if 0 <= following < len(self.beginnings):
            return self.starts[self.beginnings[following]], "before"
        return (), "end"

    def trailing(self, line: int, at: int) -> tuple[Path | None, Where]:
        """Where a comment belongs that stands after a word in its line."""
        if self.words[at].text == "{":
            return self.ending(self.partners[at]), "after"
        if self.words[at].text == "}" and self.words[self.partners[at]].start[0] < line:
            return self.ending(at), "end"
        return self.ending(at), "after"
