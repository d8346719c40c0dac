"""The comments of a YAML file. libyaml drops them, so they are found between its scalars."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml as libyaml
from yaml import events as ev

from galc.frontend import yaml
from galc.frontend.printer.comments import before_empty_lines
from galc.frontend.printer.lines import Comment, Where
from galc.frontend.source import Mark, Path, Source

_Position = tuple[int, int]
#: Where a comment may begin: at the start of a line, or after white space.
_HASH = re.compile(r"(?<![^ \t\ufeff])#")
#: What libyaml takes for the end of a line.
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class _Node(NamedTuple):
    """A node: where its key and its value begin, and where it ends."""

    start: _Position
    value: _Position
    end: _Position
    path: Path
    flow: bool
    leaf: bool


def comments(source: Source) -> Iterator[Comment]:
    """The comments, each with the node that it stands at."""
    lines = _BREAK.split(source.text)
    page = _Page(lines, yaml.marks(source))
    for line, column in _positions(source, lines):
        yield Comment(*page.place(line, column), lines[line][column:])


def _positions(source: Source, lines: list[str]) -> Iterator[_Position]:
    """Where comments begin in the chosen document, and where an empty line stands for one."""
    scalars, chosen = _scan(source)
    empty = set(before_empty_lines(lines))
    for line in chosen:
        if line >= len(lines):
            return
        if line in empty and not scalars.hold((line, 0)):
            yield line, _indentation(lines[line + 1])
        for match in _HASH.finditer(lines[line]):
            if not scalars.hold((line, match.start())):
                yield line, match.start()
                break


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


class _Scalars:
    """Where text is content."""

    def __init__(self) -> None:
        self.starts = [(-1, 0)]
        self.ends = [(-1, 0)]
        self.blocks: set[_Position] = set()  # a comment may stand in the line of their `|` or `>`

    def hold(self, position: _Position) -> bool:
        at = bisect_right(self.starts, position) - 1
        start, end = self.starts[at], self.ends[at]
        return position < end and not (start in self.blocks and start[0] == position[0])


def _scan(source: Source) -> tuple[_Scalars, range]:
    """The scalars of a source, and the lines of the chosen document."""
    scalars = _Scalars()
    documents: list[int] = []
    parser = libyaml.CSafeLoader(source.text)
    try:
        while parser.check_event():
            event: Any = parser.get_event()
            start, end = event.start_mark, event.end_mark
            if isinstance(event, ev.ScalarEvent):
                scalars.starts.append((start.line, start.column))
                scalars.ends.append((end.line, end.column))
                if event.style in ("|", ">"):
                    scalars.blocks.add((start.line, start.column))
            elif isinstance(event, ev.DocumentStartEvent):
                documents.append(start.line)
    finally:
        parser.dispose()
    chosen = (source.document or 1) - 1
    following = documents[chosen + 1 :]
    return scalars, range(
        documents[chosen] if chosen else 0,
        following[0] if following else len(source.text),
    )


class _Page:
    """The nodes of a file, in the order of their beginnings."""

    def __init__(self, lines: list[str], root: Mark) -> None:
        self.lines = lines
        self.nodes: list[_Node] = []
        self.by_path: dict[Path, _Node] = {}
        self.by_line: dict[int, list[_Node]] = {}
        self.walk(root, (), (0, 0))
        self.starts = [node.start for node in self.nodes]

    def walk(self, mark: Mark, path: Path, last: _Position) -> _Position:
        """Note a node and what is in it; what an alias stands for is noted at its anchor only."""
        span = mark.span
        value, end = (span.line, span.column), (span.end_line, span.end_column)
        start = (mark.key.line, mark.key.column) if mark.key else value
        if start < last:
            return last
        is_alias = value < start
        if is_alias and mark.key:
            end = (mark.key.end_line, mark.key.end_column)
        leaf = is_alias or not mark.children
        flow = not leaf and self.lines[value[0]][value[1] : value[1] + 1] in ("[", "{")
        node = _Node(start, value, end, path, flow, leaf)
        self.by_path[path] = node
        if path:
            self.nodes.append(node)
            on = {start[0], end[0]} if leaf or flow else {start[0]}
            for line in on:
                self.by_line.setdefault(line, []).append(node)
        last = start
        for step, child in {} if is_alias else mark.children.items():
            last = self.walk(child, (*path, step), last)
        return last

    def place(self, line: int, column: int) -> tuple[Path, Where]:
        """Where a comment belongs that begins at a position."""
        here = (line, column)
        beside = [node for node in self.by_line.get(line, ()) if node.start < here]
        return self.trailing(beside, here) if beside else self.between(here)

    def trailing(self, beside: list[_Node], here: _Position) -> tuple[Path, Where]:
        """Beside nodes in its line: at the last whole one, or else at the one just opened."""
        whole = [node for node in beside if node.end <= here]
        if not whole:
            return beside[-1].path, "after"
        end = max(node.end for node in whole)
        node = next(node for node in whole if node.end == end)
        return node.path, "end" if node.flow and node.start[0] < here[0] else "after"

    def between(self, here: _Position) -> tuple[Path, Where]:
        """In a line of its own: before the next node, or at the end of a block above."""
        at = bisect_right(self.starts, here)
        following = self.nodes[at] if at < len(self.nodes) else None
        previous = self.nodes[at - 1] if at else self.by_path[()]
        if previous.path and previous.leaf and previous.value > here:
            return previous.path, "before"
        block = self.around(previous.path, following, here)
        if following and following.path[: len(block)] == block:
            return following.path, "before"
        return block, "end"

    def around(self, path: Path, following: _Node | None, here: _Position) -> Path:
        """The block that a comment after a node stands in; its column tells, outside brackets."""
        chain = [self.by_path[path[:length]] for length in range(len(path), -1, -1)]
        for node in chain:
            if node.flow and node.end > here:
                return node.path
        if following and here[1] <= _indentation(self.lines[following.start[0]]):
            return following.path[:-1]
        for node in chain:
            if not node.flow and not node.leaf and node.value[1] <= here[1]:
                return node.path
        return ()
