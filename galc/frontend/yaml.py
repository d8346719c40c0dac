"""The YAML spelling: libyaml's event stream composed into a tree of plain values.

PyYAML's own constructors are several times slower, read YAML 1.1 (`yes` is true there), keep the
last of two equal keys, and expand aliases without bound. This composer reads the YAML 1.2 core
schema from the bare events of the C parser (https://yaml.org/spec/1.2.2/#103-core-schema).
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from sys import intern
from typing import Any, TypeVar

import yaml
from yaml import events as ev

from galc.diagnostics import Diagnostic, Report, reading
from galc.frontend.finding import Finder
from galc.frontend.recovery import CONTROL, Recovered, other_spelling, whole, with_controls
from galc.frontend.source import Mark, Path, Place, Source, Span
from galc.frontend.yaml_parts import MAX_PART_DEPTH, Parts

_T = TypeVar("_T")
MAX_DEPTH = 64
#: The so many-th place of a part is worth marks for all of it.
FEW_PLACES = 4
MAX_ALIASED_NODES = 200_000
_OPENING = (ev.MappingStartEvent, ev.SequenceStartEvent)
_CLOSING = (ev.MappingEndEvent, ev.SequenceEndEvent)
_CORE_TAG = "tag:yaml.org,2002:"
_NUMBER = re.compile(
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip


def plain_scalar(text: str) -> Any:
    """The value of an unquoted scalar under the YAML 1.2 core schema.

    >>> plain_scalar("8080"), plain_scalar("yes"), plain_scalar("1.0"), plain_scalar("~")
    (8080, 'yes', 1.0, None)
    """
    if text in _WORDS:
        return _WORDS[text]
    if not _NUMBER.fullmatch(text):
        return text
    if text.lstrip("+-").isdigit():
        return int(text) if len(text) <= 18 else text
    if text[:2] in ("0o", "0x"):
        return int(text, 0) if len(text) <= 18 else text
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


class _Stop(Exception):
    """Reading can't go on; the diagnostic is already reported."""


def _span(event: Any, first_line: int = 0) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line + first_line, start.column, end.line + first_line, end.column)


def _from_to(first: Any, last: Any, first_line: int) -> Span:
    """The span of a node by its first and its last event."""
    start, end = first.start_mark, _end(last)
    return Span(start.line + first_line, start.column, end.line + first_line, end.column)


def _end(last: Any) -> Any:
    """Where a node ends; a block's last event has the place of what comes after it."""
    return last.start_mark if type(last) is ev.MappingEndEvent else last.end_mark


@contextmanager
def _document(source: Source, report: Report) -> Iterator[Callable[[], Any]]:
    """What gives the events of the chosen document, one by one; the last is the document's end,
    to which they must be read."""
    parser: Any = yaml.CSafeLoader(source.text)
    starts: list[int] = []
    wanted = source.document
    try:
        if _skip(parser, starts, wanted or 1):
            yield parser.get_event
            _skip(parser, starts, None)
        else:
            yield ev.DocumentEndEvent
    except yaml.YAMLError as error:
        place = _error_place(source, error)
        # libyaml has a bound of its own, far above this one (PyYAML 6.0.4).
        if "maximum nesting depth" in str(error):
            report(_too_deep(place))
        else:
            report(reading.SyntaxProblem(place, _error_text(error, source, place)))
        raise _Stop from None
    finally:
        parser.dispose()
    if wanted is None and len(starts) > 1:
        report(reading.SeveralDocuments(reading.at(starts[1], 0, 3), len(starts), tuple(starts)))
        raise _Stop
    if wanted is not None and wanted > len(starts):
        report(reading.NoSuchDocument(reading.at(0, 0), wanted, len(starts)))
        raise _Stop


def _skip(parser: Any, starts: list[int], wanted: int | None) -> bool:
    """Read up to the start of a document, or to the end of the stream; note where each starts."""
    while len(starts) != wanted:
        event = parser.get_event()
        kind = type(event)
        if kind is ev.DocumentStartEvent:
            starts.append(event.start_mark.line)
        elif kind is ev.StreamEndEvent:
            return False
    return True


def _too_deep(place: Span) -> reading.TooLarge:
    return reading.TooLarge(place, "the nesting", f"{MAX_DEPTH} levels")


def _error_place(source: Source, error: yaml.YAMLError) -> Span:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return reading.at(mark.line, mark.column)
    position = getattr(error, "position", None)
    if isinstance(position, int):
        before = source.text[:position]
        line = before.count("\n")
        return reading.at(line, position - (before.rfind("\n") + 1))
    return reading.at(0, 0)


def _error_text(error: yaml.YAMLError, source: Source, place: Span) -> str:
    lines = source.text.splitlines()
    if place.line < len(lines) and lines[place.line][place.column : place.column + 1] == "\t":
        return "a tab can't indent YAML; use spaces"
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    context = getattr(error, "context", None)
    text = f"{problem} {context}" if context else str(problem)
    return " ".join(text.split())


def compose(source: Source, report: Report) -> dict[str, Any] | None:
    """The document as a tree, or None when it isn't whole.

    Reports syntax errors, duplicate keys, control characters in strings, aliases beyond the bound
    and YAML beyond the core schema.
    """
    return whole(recover, source, report)


def recover(source: Source, report: Report) -> Recovered:
    """The same, with what can be read of a file that has mistakes; of a key that is given twice,
    the last value counts."""
    found: list[Diagnostic] = []
    root, wrong = _recovered(source, found.append)
    foreign = None if root is not None else other_spelling(source)
    for diagnostic in found if foreign is None else (foreign,):
        report(diagnostic)
    return root, wrong


def _recovered(source: Source, report: Report) -> Recovered:
    wrong: list[Path] = []
    try:
        root, sound = _compose(source, report)
        if not sound:
            _mark(source, report)
            wrong = list(with_controls(root)) if isinstance(root, dict) else []
    except _Stop:
        return None, []
    if root is None:
        report(reading.EmptyFile(reading.at(0, 0)))
    elif not isinstance(root, dict):
        what = "a list" if isinstance(root, list) else "a single value"
        report(reading.NotAMapping(reading.at(0, 0), what))
    else:
        return root, wrong
    return None, []


def marks(source: Source) -> Mark:
    """Where each node of the tree stands, for a source that `compose` could read."""
    try:
        return _mark(source, lambda _: None)
    except _Stop:
        return Mark(reading.at(0, 0))


def finder(source: Source) -> Finder:
    """As `marks`, for those who ask for some places only."""

    def part(path: Path) -> _Part | None:
        found = Parts.of(source).text(path)
        return _Part(*found) if found else None

    return Finder(lambda: marks(source), lambda: _head(source), part)


class _Part:
    """The text of a service or a route, in which the first places are looked for one by one: what
    isn't on the way to a place gets no mark."""

    def __init__(self, text: str, first_line: int) -> None:
        self.text = text
        self.first_line = first_line
        self.asked = 0
        self.mark: Mark | None = None

    def find(self, place: Place) -> Span | None:
        """As `Mark.find`; None where the text can't be read by itself."""
        self.asked += 1
        if self.asked == FEW_PLACES:
            self.mark = _read(self.text, ev.SequenceStartEvent, self._marked)
        if self.mark is not None:
            return self.mark.find(place)
        return _read(
            self.text, ev.SequenceStartEvent, lambda next_event: self._found(next_event, place)
        )

    def _marked(self, next_event: Callable[[], Any]) -> Mark:
        return _marks(next_event, lambda _: None, self.first_line)

    def _found(self, next_event: Callable[[], Any], place: Place) -> Span | None:
        node, key = next_event(), None
        for number, step in enumerate(place.path):
            below = _entry(next_event, node, step)
            if below is None:
                return self.find(Place(place.path[:number], key=True))
            key, node = below
        if place.key and key is not None:
            return _span(key, self.first_line)
        return _from_to(node, _last(next_event, node), self.first_line)


def _entry(next_event: Callable[[], Any], node: Any, step: str | int) -> tuple[Any, Any] | None:
    """Of a node that has just begun the key (or none) and the first event of one child."""
    is_map = type(node) is ev.MappingStartEvent
    if not is_map and type(node) is not ev.SequenceStartEvent:
        return None
    number = 0
    while type(event := next_event()) not in _CLOSING:
        key, child = (event, next_event()) if is_map else (None, event)
        if step == (event.value if is_map else number):
            return key, child
        _last(next_event, child)
        number += 1
    return None


def _last(next_event: Callable[[], Any], node: Any) -> Any:
    """The last event of a node that has just begun."""
    depth = 1 if type(node) in _OPENING else 0
    while depth:
        node = next_event()
        kind = type(node)
        if kind in _OPENING:
            depth += 1
        elif kind in _CLOSING:
            depth -= 1
    return node


def _head(source: Source) -> Mark | None:
    """The mark of what stands before the first service; None where that isn't known."""
    found = Parts.of(source).text(())
    if found is None:
        return None
    mark = _read(
        found[0], ev.DocumentStartEvent, lambda next_event: _marks(next_event, lambda _: None)
    )
    if mark is not None:
        del mark.children["services"]  # there is more of it
    return mark


def _read(text: str, before: type, read: Callable[[Callable[[], Any]], _T]) -> _T | None:
    """What is read of a text from behind the first event of a kind on; None if it isn't sound."""
    parser: Any = yaml.CSafeLoader(text)
    try:
        while type(parser.get_event()) is not before:
            pass
        return read(parser.get_event)
    except yaml.YAMLError:
        return None
    finally:
        parser.dispose()


def _compose(source: Source, report: Report) -> tuple[Any, bool]:
    """The root value, and whether it is sound: what isn't, the slower `_mark` reports with spans.

    One loop over the events with a stack of its own: nothing is allocated but the values.
    """
    anchors: dict[str, tuple[Any, int]] = {}
    anchored: list[tuple[int, str, int]] = []  # open collections: depth, anchor, nodes before
    stack: list[tuple[Any, bool]] = []
    into: Any = None  # the collection that is open, and for a dict the key that waits for a value
    is_map = False
    key: str | None = None
    root: Any = None
    sound = True
    nodes = aliased = 0
    scalars: dict[str, Any] = {}
    parts = Parts(source)
    with _document(source, report) as next_event:
        while True:
            event = next_event()
            kind = type(event)
            if kind is ev.ScalarEvent:
                value = event.value
                if event.tag is not None:
                    _check_tag(event, report)
                elif not event.style and (key is not None or not is_map):
                    value = scalars[value] if value in scalars else _plain(value, scalars)
                # Without quotes, only a line or paragraph separator gets through libyaml.
                if event.style or not event.value.isascii():
                    sound &= key == "jwks" or not CONTROL.search(event.value)
                if is_map:
                    if key is None:
                        key = intern(value)
                        if key in into:
                            sound = False
                        continue
                    into[key] = value
                    key = None
                elif into is None:
                    root = value
                else:
                    into.append(value)
                nodes += 1
                if event.anchor is not None:
                    anchors[event.anchor] = (value, 1)
                continue
            if kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
                if anchored and anchored[-1][0] == len(stack):
                    _, name, before = anchored.pop()
                    anchors[name] = (into, nodes - before)
                into, is_map = stack.pop()
                continue
            if kind is ev.DocumentEndEvent:
                break
            if is_map and key is None:
                report(reading.UnsupportedYaml(_span(event), "a key that isn't text"))
                raise _Stop
            is_alias = kind is ev.AliasEvent
            if is_alias:
                value, size = _aliased(event, anchors, report)
                nodes += size
                aliased += size
                if aliased > MAX_ALIASED_NODES:
                    limit = f"{MAX_ALIASED_NODES:,} nodes"
                    report(reading.TooLarge(_span(event), "what the aliases stand for", limit))
                    raise _Stop
            else:
                opens_map = kind is ev.MappingStartEvent
                if event.tag is not None or len(stack) >= MAX_DEPTH:
                    _check_opening(event, len(stack), report)
                value = {} if opens_map else []
                nodes += 1
                if len(stack) < MAX_PART_DEPTH:
                    parts.note(event, len(stack), key, into)
            if is_map:
                into[key] = value
                key = None
            elif into is None:
                root = value
            else:
                into.append(value)
            if not is_alias:
                stack.append((into, is_map))
                into, is_map = value, opens_map
                if event.anchor is not None:
                    anchored.append((len(stack), event.anchor, nodes))
    if sound and not anchors:
        parts.keep()
    return root, sound


def _check_opening(event: Any, depth: int, report: Report) -> None:
    """A collection isn't nested too deeply, and has no tag but that of its own kind."""
    if depth >= MAX_DEPTH:
        report(_too_deep(_span(event)))
        raise _Stop
    own = "map" if type(event) is ev.MappingStartEvent else "seq"
    if event.tag not in (None, "!", _CORE_TAG + own):
        _check_tag(event, report)


def _plain(text: str, scalars: dict[str, Any]) -> Any:
    value = scalars[text] = plain_scalar(text)
    return value


def _aliased(event: Any, anchors: dict[str, tuple[Any, int]], report: Report) -> tuple[Any, int]:
    if event.anchor not in anchors:
        what = f"the alias `*{event.anchor}`, whose anchor isn't complete before it,"
        report(reading.UnsupportedYaml(_span(event), what))
        raise _Stop
    return anchors[event.anchor]


def _check_tag(event: Any, report: Report) -> None:
    """The only tags are those that make a scalar text."""
    if event.tag not in ("!", _CORE_TAG + "str"):
        report(reading.UnsupportedYaml(_span(event), f"the tag `{event.tag}`"))
        raise _Stop


def _mark(source: Source, report: Report) -> Mark:
    """The same walk, with a mark for each node; reports duplicate keys and control characters."""
    with _document(source, report) as next_event:
        return _marks(next_event, report)


def _marks(next_event: Callable[[], Any], report: Report, first_line: int = 0) -> Mark:
    """The marks of the node that comes next, or of a document with nothing in it."""
    anchors: dict[str, Mark] = {}
    stack: list[tuple[Mark, bool, str | None]] = []
    root = Mark(reading.at(0, 0))
    node, is_map, anchor = root, False, None
    key: str | None = None
    key_span: Span | None = None
    while True:
        event = next_event()
        kind = type(event)
        if kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
            start, end = node.span, _end(event)
            node.span = Span(start.line, start.column, end.line + first_line, end.column)
            if anchor is not None:
                anchors[anchor] = node
            node, is_map, anchor = stack.pop()
            key = None
            if not stack:
                return root
            continue
        if kind is ev.DocumentEndEvent:
            return root
        if kind is ev.ScalarEvent:
            if (event.style or not event.value.isascii()) and key != "jwks":
                control = CONTROL.search(event.value)
                if control:
                    report(reading.ControlCharacter(_span(event, first_line), control.group()))
            if is_map and key is None:
                key, key_span = event.value, _span(event, first_line)
                if key in node.children:
                    first = node.children[key].key
                    assert first is not None
                    report(reading.DuplicateKey(key_span, key, first))
                continue
        step = key if is_map and key is not None else len(node.children)
        mark = Mark(_span(event, first_line), key_span if is_map else None, {})
        if kind is ev.AliasEvent and event.anchor in anchors:
            target = anchors[event.anchor]
            mark = Mark(target.span, mark.key, target.children)
        if stack or kind is ev.ScalarEvent:
            node.children[step] = mark
        else:
            root = mark
        key = None
        if kind is ev.MappingStartEvent or kind is ev.SequenceStartEvent:
            stack.append((node, is_map, anchor))
            node, is_map, anchor = mark, kind is ev.MappingStartEvent, event.anchor
        elif kind is ev.ScalarEvent and event.anchor is not None:
            anchors[event.anchor] = mark
