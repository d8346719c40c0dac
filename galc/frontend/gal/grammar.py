"""The parser and the scanners, made from `grammar/gal.lark`.

Lark reads the grammar and makes the tables. Its lexer makes an object with positions for each
token, which takes longer than the parsing, and its driver is a general one; so the scanners here
are two regular expressions made of the grammar's terminals, and `Parser` is a loop over the tables.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

from galc.frontend.gal.tokens import CONTROL, END_OF_FILE, Block, Statement, Token


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
    """What Lark calls for each rule of the grammar."""

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


def _grammar_text() -> str:
    """The grammar, from the installed package or from the repository around it."""
    from importlib.resources import files
    from pathlib import Path

    packaged = files("galc") / "grammar" / "gal.lark"
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[3] / "grammar" / "gal.lark").read_text("utf-8")


def lark_parser() -> Any:
    """The grammar as Lark's own parser."""
    from lark import Lark

    return Lark(
        _grammar_text(),
        parser="lalr",
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=_Shapes(),
    )


@cache
def grammar() -> Grammar:
    """The parser's tables, and scanners made of the grammar's own terminals."""
    lark = lark_parser()
    parser = lark.parse_interactive("").parser_state.parse_conf
    terminals = sorted(lark.terminals, key=lambda terminal: -terminal.priority)
    patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in terminals}
    ignored = "|".join(patterns.pop(name) for name in lark.ignore_tokens)
    tokens = "|".join(f"(?:{pattern})" for pattern in patterns.values())
    stray = r'"(?:[^"\\\n]|\\[^\n])*+"[^ \t\r\n;{}]*+|"[^\n]*+|[^ \t\r\n;]++'
    return Grammar(
        _tables(parser),
        parser.start_state,
        re.compile(f"(?:{ignored})*+({tokens}|{stray}|\\Z)"),
        re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items())),
    )


def _tables(parser: Any) -> Tables:
    from lark.parsers.lalr_analysis import Shift

    def action(kind: Any, argument: Any) -> int | Reduction:
        if kind is Shift:
            return int(argument)
        build = parser.callbacks[argument]
        return Reduction(len(argument.expansion), build, argument.origin.name)

    tables = {
        state: {symbol: action(*entry) for symbol, entry in entries.items()}
        for state, entries in parser.states.items()
    }
    tables[parser.end_state]["$END"] = parser.end_state
    return tables


def is_word(text: str) -> bool:
    """Whether a text needs no quotes to be one word."""
    match = grammar().classify.fullmatch(text)
    return match is not None and match.lastgroup == "WORD" and not CONTROL.search(text)
