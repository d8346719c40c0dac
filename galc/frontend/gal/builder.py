"""Statements become a tree of plain values."""

import json
from collections.abc import Callable
from typing import Any

from galc.diagnostics import Diagnostic
from galc.diagnostics.fields import UnknownField as UnknownStatement
from galc.diagnostics.reading import BadArguments, ControlCharacter
from galc.frontend.gal.forms import ConstructField, Field, Form, stands_for_itself
from galc.frontend.gal.scalars import Types, core, scalar
from galc.frontend.gal.sugar import EXAMPLES, OTHER_VERSIONS, SHAPES, Parts
from galc.frontend.gal.tokens import Block, Statement, Token, clipped, is_bare
from galc.frontend.recovery import CONTROL
from galc.frontend.source import Span

MAX_DEPTH = 64


class MistakeError(Exception):
    """The first reading met a mistake: the second one is to report it."""


class Builder:
    """Statements become a tree. Stops at the first mistake, and doesn't know where anything is."""

    def __init__(self) -> None:
        self.depth = 0

    # What the second reading does otherwise.

    def problem(self, at: Token, make: Callable[[Span], Diagnostic]) -> None:
        """A mistake at a word."""
        raise MistakeError(at, make)

    def note(
        self, node: Any, step: str | int, name: Token | None, first: Token, last: Token
    ) -> None:
        """Where the value of a node's key or index stands."""

    def skipped(self, form: Form, node: dict[str, Any], name: Token) -> None:
        """A statement is left out, because its construct doesn't have it."""

    def refuse(
        self, statement: Statement, at: Token, problem: str, example: str | None = None
    ) -> None:
        """The words of a statement don't fit."""
        name = statement[0].text
        shown = example or EXAMPLES.get(name) or _example(name, problem)
        self.problem(at, lambda span: BadArguments(span, name, problem, shown))

    def duplicate(self, node: dict[str, Any], key: str, name: Token) -> None:
        """A key is given again."""
        raise MistakeError(node, key, name)

    # Values

    def fill(self, form: Form, node: dict[str, Any], items: list[Statement], within: str) -> None:
        """Read the statements of a block into a mapping."""
        self.depth += 1
        if self.depth > MAX_DEPTH + 1:
            raise MistakeError
        statements, fields = form.statements, form.fields
        for statement in items:
            name = statement[0]
            field = (fields if name.quoted else statements).get(name.text)
            if field is None:
                field = self.unknown(form, name, within)
                if field is None:
                    self.skipped(form, node, name)
                    continue
            if field.key == "":
                self.entry(field, node, statement)
            else:
                self.statement(field, node, statement)
        self.depth -= 1

    def unknown(self, form: Form, name: Token, within: str) -> Field | None:
        """A field for a name that the construct doesn't have, if it is to be kept nevertheless."""
        if name.quoted or name.text in OTHER_VERSIONS:
            return Field(name.text)
        if name.text:
            known = tuple(form.statements)
            where = f"`{within}`" if within else "a gateway file"
            shown = clipped(name.text)
            self.problem(name, lambda span: UnknownStatement(span, shown, where, known))
        return None

    def statement(self, field: Field, node: dict[str, Any], statement: Statement) -> None:
        """Read one statement into a mapping."""
        words = statement[1]
        if len(words) == 2 and words[1].quoted and is_bare(words[0], "json"):
            field.give(self, node, statement, self.json(statement))
        else:
            field.read(self, node, statement)

    def entry(self, item: Field, node: dict[str, Any], statement: Statement) -> None:
        """Read a name of the file's own, and its value, into a mapping."""
        name, words, _ = statement
        if not name.text and not name.quoted:
            return
        if len(words) == 2 and words[1].quoted and is_bare(words[0], "json"):
            value = self.json(statement)
        else:
            value = item.value(self, statement)
        self.put(node, name.text, value, statement)

    def mapping(self, form: Form, block: Block) -> dict[str, Any]:
        """A block as a mapping."""
        node: dict[str, Any] = {}
        self.fill(form, node, block.items, "")
        return node

    def construct(self, form: Form, statement: Statement) -> dict[str, Any]:
        """A statement with sugar and a block."""
        name, words, block = statement
        node: dict[str, Any] = {}
        if words:
            positional = [word for word in words if word.value is None]
            if positional:
                self.head(form, node, statement, positional)
            for word in words:
                if word.name is not None and word.value is not None:
                    self.fill(form, node, [(word.name, [word.value], None)], name.text)
        elif block is None and not form.is_bare:
            self.refuse(statement, name, "needs more than its name")
        if block is not None:
            items = block.items
            if form.delegates:
                items = self.delegated(form, node, statement, block)
            if items:
                self.fill(form, node, items, name.text)
        return node

    def delegated(
        self, form: Form, node: dict[str, Any], statement: Statement, block: Block
    ) -> list[Statement]:
        """What is left of a block when the one that `type` names has taken its statements."""
        if "type" in node and ("${" in node["type"] or node["type"] in form.fields):
            return self.delegate(form, node, statement, block)
        known = [item for item in block.items if _is_kept(item[0], form)]
        if "type" not in node and not any(item[0].text == "type" for item in known):
            if len(known) < len(block.items):
                self.refuse(statement, statement[0], "needs its type")
        elif "type" not in node:
            known = block.items
        return known  # with a type that isn't one, nothing else can be told

    def delegate(
        self, form: Form, node: dict[str, Any], statement: Statement, block: Block
    ) -> list[Statement]:
        """Read the statements that belong to the block which `type` names; the rest is left."""
        inner = form.fields.get(node["type"])
        if not isinstance(inner, ConstructField):
            return block.items
        others = [item for item in block.items if item[0].text not in form.fields]
        if not others:
            return block.items
        first = block.items.index(others[0])
        self.fill(form, node, block.items[:first], statement[0].text)
        value: dict[str, Any] = {}
        self.fill(inner.form, value, others, inner.key)
        self.put(node, inner.key, value, (statement[1][0], [], block))
        return [item for item in block.items[first:] if item[0].text in form.fields]

    def head(
        self, form: Form, node: dict[str, Any], statement: Statement, words: list[Token]
    ) -> None:
        """Read the words before a block by the construct's head."""
        if not form.heads:
            return self.refuse(statement, words[0], "takes a block, and no words before it")
        steps, at = form.head(words), 0
        for step in steps:
            if step.endswith("..."):
                if at < len(words):
                    field = form.fields[step[:-3]]
                    self.statement(field, node, (words[at], words[at:], None))
                return None
            if at == len(words):
                return self.refuse(statement, words[-1], "lacks a word")
            word = words[at]
            at += 1
            if step.isupper():
                parts = SHAPES[step](word)
                if parts is None:
                    return self.refuse(statement, word, f"doesn't take `{clipped(word.text)}`")
                self.parts(form, node, None, parts)
            elif not stands_for_itself(step):
                self.parts(form, node, None, [(step, word)])
            elif not is_bare(word, step):
                return self.refuse(statement, word, f"needs `{step}` there")
        if at < len(words):
            self.refuse(statement, words[at], "has too many words")
        return None

    def parts(self, form: Form, node: dict[str, Any], name: Token | None, parts: Parts) -> None:
        """Put words, or parts of one, into fields."""
        for key, word in parts:
            value = scalar(word.text, word.quoted, form.fields[key].types)
            self.put(node, key, value, (name or word, [word], None))

    def scalar(self, statement: Statement, word: Token, types: Types) -> Any:
        """The value of a word."""
        if word.value is not None and word.value.quoted:
            self.refuse(statement, word, f"needs quotes around the whole of `{clipped(word.text)}`")
        return scalar(word.text, word.quoted, types)

    def several(self, statement: Statement, words: list[Token], types: Types) -> list[Any]:
        """The values of several words."""
        values: list[Any] = []
        self.extend(values, statement, words, types)
        return values

    def extend(
        self, values: list[Any], statement: Statement, words: list[Token], types: Types
    ) -> None:
        """Append the values of several words."""
        for word in words:
            values.append(self.scalar(statement, word, types))
            self.note(values, len(values) - 1, None, word, word)

    def put(self, node: dict[str, Any], key: str, value: Any, statement: Statement) -> None:
        """Give a key its value, once."""
        if key in node:
            return self.duplicate(node, key, statement[0])
        node[key] = value
        return self.note(node, key, statement[0], *_ends(statement))

    def append(self, items: list[Any], value: Any, statement: Statement) -> None:
        """One more item."""
        items.append(value)
        self.note(items, len(items) - 1, statement[0], *_ends(statement))

    def json(self, statement: Statement) -> Any:
        """The value of `json "…"`: any value at all, for what has no other spelling."""
        word = statement[1][1]
        if statement[2] is not None:
            self.refuse(statement, statement[2].open, "takes JSON or a block, not both")
        try:
            value = json.loads(word.text, parse_int=core, object_pairs_hook=_without_duplicates)
        except (ValueError, RecursionError) as error:
            what = str(error) if isinstance(error, ValueError) else "nested too deep"
            self.refuse(statement, word, f"has text that isn't JSON: {what}")
            return None
        control = _control_in(value, 0)
        if control is None:
            self.refuse(statement, word, f"has JSON that is nested more than {MAX_DEPTH} deep")
        elif control and not (statement[0].text == "jwks" and isinstance(value, str)):
            self.problem(word, lambda span: ControlCharacter(span, control))
        return value


def _is_kept(name: Token, form: Form) -> bool:
    """Whether a statement of a block is no mistake, or one that the passes judge."""
    return name.quoted or name.text in form.statements or name.text in OTHER_VERSIONS


def _ends(statement: Statement) -> tuple[Token, Token]:
    """The first and the last word of a statement's value."""
    name, words, block = statement
    first = words[0] if words else block.open if block else name
    return first, block.close if block else words[-1] if words else name


def _example(name: str, problem: str) -> str:
    if "name and a value" in problem:
        return f'{name} X-Name "…"'
    return f"{name} {{ … }}" if "a block, and" in problem else f'{name} "…"'


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    node = dict(pairs)
    if len(node) != len(pairs):
        raise ValueError("a key stands there twice")
    return node


def _control_in(value: Any, depth: int) -> str | None:
    """The first control character in the texts of a value, or ""; None for one nested too deep."""
    if isinstance(value, str):
        match = CONTROL.search(value)
        return match.group() if match else ""
    if not isinstance(value, dict | list):
        return ""
    if depth >= MAX_DEPTH:
        return None
    found = ""
    for item in [*value, *value.values()] if isinstance(value, dict) else value:
        inner = _control_in(item, depth + 1)
        if inner is None:
            return None
        found = found or inner
    return found
