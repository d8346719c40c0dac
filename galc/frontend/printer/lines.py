"""Lines that a printer is going to print, and the comments' places among them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from galc.frontend.source import Path

Where = Literal["before", "after", "end"]


class Comment(NamedTuple):
    """A comment: in lines before a node, after it in its line, or at the end of its block.

    `text` begins with `#`, or is empty for an empty line.
    """

    path: Path
    where: Where
    text: str


@dataclass(slots=True)
class Line:
    """A statement, a key or an item, and its block if it has one."""

    path: Path
    text: str
    block: "list[Line] | None" = None
    #: The same with a block, for a list whose items have comments.
    spread: "Line | None" = None
    before: list[str] = field(default_factory=list)
    after: str = ""
    end: list[str] = field(default_factory=list)

    def annotate(self, text: str) -> None:
        """Give it a comment in its own line, or before it if there is one already."""
        if self.after:
            self.before.append(text)
        else:
            self.after = text


def settle(lines: list[Line], comments: Iterable[Comment]) -> list[str]:
    """Put each comment at the line that is nearest to its node; returns those for the end.

    Not every node has a line of its own in every spelling: `rate_limit 10/s` is one line for two.
    """
    comments = list(comments)
    if not comments:
        return []
    _spread(lines, {comment.path[:-1] for comment in comments})
    page = _Page(lines)
    for comment in comments:
        page.add(comment)
    _tidy(page.root)
    return page.root.end


def _spread(lines: list[Line], wanted: set[Path]) -> None:
    for at, line in enumerate(lines):
        if line.spread is not None and line.path in wanted:
            lines[at] = line.spread
        elif line.block:
            _spread(line.block, wanted)


def _all(lines: list[Line]) -> Iterator[Line]:
    for line in lines:
        yield line
        yield from _all(line.block or [])


class _Page:
    """The lines by their paths."""

    def __init__(self, lines: list[Line]) -> None:
        self.root = Line((), "", lines)
        self.own: dict[Path, Line] = {(): self.root}
        self.first: dict[Path, Line] = {}  # the first line of a node or of anything in it
        for line in _all(lines):
            self.own.setdefault(line.path, line)
            for length in range(1, len(line.path) + 1):
                self.first.setdefault(line.path[:length], line)

    def above(self, path: Path) -> Line:
        """The line of the nearest node around this one."""
        length = len(path) - 1
        while path[:length] not in self.own:
            length -= 1
        return self.own[path[:length]]

    def add(self, comment: Comment) -> None:
        path, where, text = comment
        if where == "end":
            self.at_end(path, text)
        elif path in self.own and path:
            line = self.own[path]
            line.before.append(text) if where == "before" else line.annotate(text)
        elif path in self.first:
            self.first[path].before.append(text)
        else:
            line = self.above(path) if path else self.root
            if not text:
                return
            if line is self.root:
                line.end.append(text)
            elif where == "before":
                line.before.append(text)
            else:
                line.annotate(text)

    def at_end(self, path: Path, text: str) -> None:
        """A comment after the last line of a node's block."""
        line = self.own.get(path)
        if line is not None:
            (line.before if line.block is None else line.end).append(text)
            return
        line = self.above(path)
        if path in self.first:
            siblings = line.block or []
            last = max(at for at, one in enumerate(siblings) if one.path[: len(path)] == path)
            following = siblings[last + 1 :]
            (following[0].before if following else line.end).append(text)
        else:
            (line.end if line is self.root else line.before).append(text)


def _tidy(line: Line) -> None:
    """No empty lines at either end of a block, and nowhere two together."""
    block = line.block or []
    line.end = _squeezed(line.end, leading=bool(block))
    while line.end and not line.end[-1]:
        line.end.pop()
    for at, inner in enumerate(block):
        inner.before = _squeezed(inner.before, leading=at > 0)
        _tidy(inner)


def _squeezed(texts: list[str], *, leading: bool) -> list[str]:
    kept: list[str] = []
    for text in texts:
        if text or (kept[-1] if kept else leading):
            kept.append(text)
    return kept
