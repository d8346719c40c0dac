"""The parser and the scanners of `grammar/gal.lark`.

Lark reads the grammar and makes the tables, which `generating` writes into `tables`: reading a
small file would take less time than making them. Lark's lexer makes an object with positions for
each token, which takes longer than the parsing, and its driver is a general one; so the scanners
here are two regular expressions made of the grammar's terminals, and `Parser` is a loop over the
tables.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

from galc.frontend.gal import tables
from galc.frontend.gal.tokens import END_OF_FILE, Block, Statement, Token
from galc.frontend.recovery import CONTROL


class Reduction(NamedTuple):
    """What the parser does when the end of a rule is reached."""

    size: int
    build: Callable[[list[Any]], Any]
    rule: str


#: For each state: by a token's type, the next state or a reduction; by a rule, the next state.
Tables = dict[int, dict[str, int | Reduction]]


class Grammar(NamedTuple):
    """The grammar, ready for use."""

    tables: Tables
    start: int
    #: The next token after white space and comments, in group 1; nothing at the end of the text.
    scan: re.Pattern[str]
    #: Which terminal a token is, as the name of the group; no match for a stray one.
    classify: re.Pattern[str]


class UnexpectedTokenError(Exception):
    """A token that can't stand here. The parser can go on with another."""


class Parser:
    """An LALR(1) parser that is fed with tokens."""

    def __init__(self) -> None:
        """See the class."""
        self.tables = grammar().tables
        self.states = [grammar().start]
        self.values: list[Any] = []

    def feed(self, tokens: Iterable[Token]) -> None:
        """Go on with these tokens."""
        tables, states, values = self.tables, self.states, self.values
        for token in tokens:
            action = tables[states[-1]].get(token.type)
            while type(action) is Reduction:
                size, build, rule = action
                children = []
                if size:
                    children = values[-size:]
                    del values[-size:], states[-size:]
                values.append(build(children))
                states.append(tables[states[-1]][rule])  # type: ignore[arg-type]
                action = tables[states[-1]].get(token.type)
            if action is None:
                raise UnexpectedTokenError
            states.append(action)  # type: ignore[arg-type]
            values.append(token)

    def end(self) -> list[Statement]:
        """The statements of the file, which ends here."""
        self.feed([END_OF_FILE])
        items: list[Statement] = self.values[0]
        return items


class _Shapes:
    """What each rule of the grammar makes of its parts."""

    def start(self, children: list[Any]) -> Any:
        return children[0]

    def items(self, children: list[Any]) -> list[Statement]:
        if not children:
            return []
        items: Any = children[0]
        if type(items) is not list:
            return [items]
        if len(children) == 3:
            items.append(children[2])
        return items

    def statement(self, children: list[Any]) -> Statement:
        count = len(children)
        if count == 3:
            return (children[0], children[1], children[2])
        if count == 1:
            return (children[0], [], None)
        if type(children[1]) is list:
            return (children[0], children[1], None)
        return (children[0], [], children[1])

    def arguments(self, children: list[Any]) -> list[Token]:
        if len(children) == 1:
            return children
        words: list[Token] = children[0]
        words.append(children[1])
        return words

    def block(self, children: list[Any]) -> Block:
        return Block(*children)


@cache
def grammar() -> Grammar:
    """The grammar of `grammar/gal.lark`."""
    shapes = _Shapes()

    def action(entry: int | tuple[int, str]) -> int | Reduction:
        if isinstance(entry, int):
            return entry
        return Reduction(entry[0], getattr(shapes, entry[1]), entry[1])

    states = {
        state: {symbol: action(entry) for symbol, entry in entries.items()}
        for state, entries in tables.ACTIONS.items()
    }
    return Grammar(states, tables.START, re.compile(tables.SCAN), re.compile(tables.CLASSIFY))


def is_word(text: str) -> bool:
    """Whether a text needs no quotes to be one word."""
    match = grammar().classify.fullmatch(text)
    return match is not None and match.lastgroup == "WORD" and not CONTROL.search(text)
