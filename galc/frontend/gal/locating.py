"""The second reading: with positions, and on after a mistake.

A statement that is wrong is reported, and the path of what it would have given is remembered as
spoiled, so that it can be cut out of the tree and the rest of the file is still checked.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

from galc.diagnostics import Diagnostic, Report, habits, nearest
from galc.diagnostics.reading import (
    ControlCharacter,
    DuplicateKey,
    EmptyFile,
    SyntaxProblem,
    TooLarge,
)
from galc.frontend.gal.builder import MAX_DEPTH, Builder
from galc.frontend.gal.constructs import document_form
from galc.frontend.gal.forms import Field, Form
from galc.frontend.gal.grammar import Parser, UnexpectedTokenError, grammar
from galc.frontend.gal.reading import start_of
from galc.frontend.gal.tokens import EscapeError, Statement, Token, clipped, read_token
from galc.frontend.recovery import CONTROL, Recovered, with_controls
from galc.frontend.source import Mark, Path, Span

#: A file with more mistakes than this is probably no gateway file at all.
MAX_PROBLEMS = 100


class _StopError(Exception):
    """Going on makes no sense; the reason is reported."""


class Part(NamedTuple):
    """Some statements of a text, from an offset to another; and where the text's lines begin."""

    start: int
    end: int
    lines: list[int]


def starts_of_lines(text: str) -> list[int]:
    """The offset of each line."""
    return [0, *(match.end() for match in re.finditer("\n", text))]


class Located(Builder):
    """The same tree, with the place of every node, and a report of every mistake."""

    def __init__(self, text: str, report: Report, part: Part | None = None) -> None:
        """See the class; with `part`, only that part of the text is read."""
        super().__init__()
        self.text = text
        self.report = report
        self.part = part or Part(start_of(text), len(text), starts_of_lines(text))
        self.lines = self.part.lines
        self.problems = 0
        self.reported: set[int] = set()  # where a word is already known to be wrong
        #: Whether the statement that is being read is wrong, and nothing that it gave bears it yet.
        self.pending = False
        #: What wrong statements gave or would have given: a node and a step into it.
        self.spoiled: list[tuple[Any, str | int]] = []
        #: Fields that a name which isn't known was meant to give: a node, the field, the name.
        self.missing: list[tuple[dict[str, Any], str, str]] = []
        #: The lines in which quotes are wrong, of whose form nothing else is said; and those in
        #: which they don't match, of which nothing else is said at all.
        self.torn: set[int] = set()
        self.broken: set[int] = set()
        self.places: dict[int, dict[str | int, tuple[Span | None, Span]]] = {}
        self.noted: list[Any] = []  # keeps the nodes alive, so that their ids stay theirs

    def recover(self) -> Recovered:
        """The tree as far as it can be read, and the paths of what in it is wrong."""
        try:
            tree = self.tree()
        except _StopError:
            return None, []
        for node, key, name in self.missing:
            step = name if key in node else key
            node.setdefault(step, None)
            self.spoiled.append((node, step))
        return tree or None, [*self.paths_of_spoiled(tree), *with_controls(tree)]

    def paths_of_spoiled(self, tree: dict[str, Any]) -> list[Path]:
        """The paths of what wrong statements have left."""
        steps: dict[int, list[str | int]] = {}
        for node, step in self.spoiled:
            steps.setdefault(id(node), []).append(step)
        found: list[Path] = []
        left: list[tuple[Any, Path]] = [(tree, ())] if steps else []
        for node, path in left:
            found += [(*path, step) for step in steps.get(id(node), ())]
            inner = node.items() if isinstance(node, dict) else enumerate(node)
            left += [(item, (*path, step)) for step, item in inner if isinstance(item, dict | list)]
        return found

    def tree(self, form: Form | None = None) -> dict[str, Any]:
        """The tree as far as it can be read; its statements are those of this form's block."""
        items = self.statements()
        tree: dict[str, Any] = {}
        self.check_characters(items)
        self.fill(form or document_form(), tree, items, "")
        return tree

    def marks(self, form: Form | None = None) -> Mark:
        """The places of all nodes."""
        whole = self.span(0, len(self.text))
        try:
            return self.mark(self.tree(form), None, whole)
        except _StopError:
            return Mark(whole)

    def mark(self, value: Any, key: Span | None, span: Span) -> Mark:
        mark = Mark(span, key, {})
        if isinstance(value, dict | list):
            places = self.places.get(id(value), {})
            for step in value if isinstance(value, dict) else range(len(value)):
                name, place = places.get(step, (None, span))
                mark.children[step] = self.mark(value[step], name, place)
        return mark

    # Statements

    def statement(self, field: Field, node: dict[str, Any], statement: Statement) -> None:
        outer = self.enter(statement)
        super().statement(field, node, statement)
        self.leave(outer, node, field.key)

    def entry(self, item: Field, node: dict[str, Any], statement: Statement) -> None:
        outer = self.enter(statement)
        super().entry(item, node, statement)
        self.leave(outer, node, statement[0].text)

    def enter(self, statement: Statement) -> bool:
        """A statement is read now; gives what is known of the one around it."""
        outer = self.pending
        words = (statement[0], *statement[1])
        self.pending = bool(self.reported) and any(map(self.is_known, words))
        return outer

    def leave(self, outer: bool, node: dict[str, Any], key: str) -> None:
        """The statement is read; of a wrong one that gave nothing, the key is wrong."""
        if self.pending:
            self.spoiled.append((node, key if key not in node else ""))
        self.pending = outer

    def skipped(self, form: Form, node: dict[str, Any], name: Token) -> None:
        if name.text:
            known = tuple(form.statements)
            word = habits.meant(name.text, known) or nearest(name.text, known)
            meant = form.statements.get(word or "")
            self.missing.append((node, meant.key if meant else name.text, name.text))

    # Places

    def span(self, start: int, end: int) -> Span:
        line = bisect_right(self.lines, start) - 1
        last = bisect_right(self.lines, end) - 1
        return Span(line, start - self.lines[line], last, end - self.lines[last])

    def note(
        self, node: Any, step: str | int, name: Token | None, first: Token, last: Token
    ) -> None:
        key = self.span(name.start, name.end) if name else None
        if id(node) not in self.places:
            self.noted.append(node)
        places = self.places.setdefault(id(node), {})
        places[step] = (key, self.span(first.start, last.end))
        if self.pending:
            self.spoiled.append((node, step))
            self.pending = False

    # Mistakes

    def problem(self, at: Token, make: Callable[[Span], Diagnostic]) -> None:
        if not self.is_known(at):
            self.say(make(self.span(at.start, at.end)))

    def refuse(
        self, statement: Statement, at: Token, problem: str, example: str | None = None
    ) -> None:
        words = (statement[0], *statement[1])
        if not self.pending and not any(map(self.is_known, words)):
            super().refuse(statement, at, problem, example)
        self.pending = True

    def say(self, diagnostic: Diagnostic) -> None:
        self.report(diagnostic)
        self.problems += 1
        if self.problems >= MAX_PROBLEMS:
            raise _StopError

    def duplicate(self, node: dict[str, Any], key: str, name: Token) -> None:
        known = self.places.get(id(node), {}).get(key)
        first = (known[0] or known[1]) if known else Span(0, 0, 0, 1)
        self.problem(name, lambda span: DuplicateKey(span, key, first))

    def is_known(self, word: Token) -> bool:
        """Whether a word, or all of its line, is known to be wrong."""
        return word.start in self.reported or (
            bool(self.broken) and bisect_right(self.lines, word.start) - 1 in self.broken
        )

    def syntax(self, start: int, end: int, found: str, *expected: str) -> None:
        self.reported.add(start)
        span = self.span(start, end)
        if span.line not in self.torn:
            self.say(SyntaxProblem(span, found, expected))

    def too_deep(self, at: Token) -> NoReturn:
        self.problem(at, lambda span: TooLarge(span, "the nesting", f"{MAX_DEPTH} levels"))
        raise _StopError

    def check_characters(self, items: list[Statement]) -> None:
        """Report control characters; the JSON of a key set may have line breaks."""
        for name, words, block in items:
            for word in [name, *words] if name.text != "jwks" else []:
                match = CONTROL.search((word.value or word).text)
                if match:
                    control = match.group()
                    self.say(ControlCharacter(self.span(word.start, word.end), control))
            if block is not None:
                self.check_characters(block.items)

    # Parsing

    def tokens(self) -> Iterator[Token]:
        """The tokens; one that is none is reported, and taken for a word."""
        scan, classify = grammar().scan, grammar().classify
        kinds: dict[str, str] = {}
        for match in scan.finditer(self.text, self.part.start, self.part.end):
            raw, start = match.group(1), match.start(1)
            if not raw:
                return
            kind = kinds.get(raw)
            if kind is None:
                whole = classify.fullmatch(raw)
                kind = kinds[raw] = (whole.lastgroup if whole else "") or ""
            if kind or raw[0] != '"' or not self.is_unterminated(raw):
                yield self.token(kind, raw, start)
            else:
                yield from self.unterminated_string(raw, start)

    def is_unterminated(self, raw: str) -> bool:
        return raw.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 1

    def unterminated_string(self, raw: str, start: int) -> Iterator[Token]:
        """A string to the end of its line; the braces there were probably not meant to be in it."""
        self.stray(raw, start)
        text = raw.rstrip(" \t\r;{}")
        yield Token("WORD", text, start, start + len(text))
        for at, char in enumerate(raw[len(text) :], start + len(text)):
            kind = {"{": "OPEN", "}": "CLOSE", ";": "END"}.get(char)
            if kind is not None:
                yield Token(kind, char, at, at + 1)

    def token(self, kind: str, raw: str, start: int) -> Token:
        if kind:
            try:
                return read_token(kind, raw, start)
            except EscapeError as bad:
                at = start + (raw.index('"') if kind == "PROPERTY" else 0) + bad.offset
                known = ('`\\"`', "`\\\\`", "`\\n`", "`\\t`", "`\\uXXXX`")
                self.reported.add(start)
                self.syntax(at, at + len(bad.text), f"`{bad.text}` is no escape", *known)
        else:
            self.stray(raw, start)
        return Token("WORD", raw, start, start + len(raw))

    def stray(self, raw: str, start: int) -> None:
        """Report text that is neither a word nor a string."""
        end = start + len(raw)
        if '"' not in raw:
            found = f"`{clipped(raw)}` has a `{{` that is never closed"
            self.syntax(start, end, found, "`}` in the word")
            return
        is_open = self.is_unterminated(raw)
        line = bisect_right(self.lines, start) - 1
        if is_open or line in self.torn:
            self.broken.add(line)
        if is_open:
            self.syntax(start, end, "the string has no end", '`"` before the end of the line')
        else:
            self.syntax(start, end, "a string and other text touch", "white space between them")
        self.torn.add(line)

    def statements(self) -> list[Statement]:
        """The statements, with the mistakes in their form reported and repaired.

        Without its braces right, a file means something else: that ends the reading. Where quotes
        don't match, a string may have swallowed one; then that is the mistake.
        """
        parser = Parser()
        opened: list[Token] = []
        last = suspect = None
        balanced = True
        for token in self.tokens():
            if token.type == "CLOSE" and not opened:
                if self.torn:
                    raise _StopError
                self.syntax(token.start, token.end, "this `}` closes no block", "a statement")
                balanced = False
                continue
            if token.type == "OPEN":
                opened.append(token)
                if len(opened) > MAX_DEPTH:
                    self.too_deep(token)
            elif token.type == "CLOSE":
                opening = opened.pop()
                suspect = suspect or self.misplaced(opening, token)
            try:
                parser.feed([token])
            except UnexpectedTokenError:
                balanced &= token.type != "OPEN"
                self.repair(parser, token, last)
            last = token
        if opened and self.torn:
            raise _StopError
        if opened:
            token = suspect or opened[-1]
            self.syntax(token.start, token.end, "this `{` is never closed", "`}` further down")
            balanced = False
        if not balanced:
            raise _StopError
        items = parser.end()
        if not items and not self.problems:
            self.say(EmptyFile(Span(0, 0, 0, 1)))
        return items

    def misplaced(self, opening: Token, closing: Token) -> Token | None:
        """The opening brace, if by its indentation the closing one was meant for another."""
        start, end = self.span(opening.start, closing.start), closing.start
        line = self.text[self.lines[start.line] : opening.start]
        before = self.text[self.lines[start.end_line] : end]
        indented = line[: len(line) - len(line.lstrip())]
        same = start.line == start.end_line or before.strip() or before == indented
        return None if same else opening

    def repair(self, parser: Parser, token: Token, last: Token | None) -> None:
        """Report a token that can't stand here, and put the parser where it can go on."""
        name = Token("WORD", "", token.start, token.start)  # the builder skips such a statement
        if last is not None and last.type == "CLOSE":
            found = f"`{clipped(token.text)}` after the `}}` of a block"
            self.syntax(token.start, token.end, found, "a new line", "`;`", "`}`")
            parser.feed([Token("END", "", token.start, token.start)])
            parser.feed([token] if token.type in ("WORD", "STRING") else [name, token])
        elif token.name is not None and token.value is not None:
            found = f"`{clipped(token.text)}` can't begin a statement"
            written = f"{token.name.text} {self.text[token.value.start : token.value.end]}"
            self.syntax(token.start, token.end, found, f"`{clipped(written)}`")
            parser.feed([token.name, token.value])
        else:
            found = "this `{` belongs to no statement"
            self.syntax(token.start, token.end, found, "`{` in the statement's line")
            parser.feed([name, token])
