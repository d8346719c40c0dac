"""A path that a regex matches, to ask what becomes of the paths that it takes."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from galc.passes.automaton import parser, sre

#: Characters for a place that takes many, in turn: what one text shares with a literal path of
#: another route, the next one seldom does.
_PREFERRED = ("a0A-", "q7Q_", "z9Z~", "k4K.")
_ALL = "".join(map(chr, range(33, 127)))
#: How many texts are made: each alternative of a small branch has its turn.
_VARIANTS = 8


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of `path_regex` as the gateways read it: its classes are those of ASCII."""
    return re.compile(pattern, re.ASCII | re.DOTALL)


@lru_cache(maxsize=65536)
def samples(pattern: str) -> tuple[str, ...]:
    """Paths that a pattern of `path_regex` matches, few and different; none when that is hard."""
    matches = compiled(pattern).fullmatch
    tree = parser.parse(pattern)
    found = (text for variant in range(_VARIANTS) for text in _texts(tree, variant))
    rooted = (text if text.startswith("/") else f"/{text}" for text in found)
    good = (text for text in rooted if "//" not in text and matches(text))
    return tuple(dict.fromkeys(good))


def _texts(tree: Any, variant: int) -> Iterator[str]:
    try:
        yield _sequence(tree, variant)
    except _Hard:
        return


class _Hard(Exception):
    """The pattern has a construct for which no text is made."""


def _sequence(tree: Any, variant: int) -> str:
    return "".join(_node(str(op), argument, variant) for op, argument in tree)


def _node(op: str, argument: Any, variant: int) -> str:
    if op == "LITERAL":
        return chr(argument)
    if op == "SUBPATTERN":
        return _sequence(argument[3], variant)
    if op == "BRANCH":
        branches = argument[1]
        return _sequence(branches[variant % len(branches)], variant)
    if op in ("MAX_REPEAT", "MIN_REPEAT"):
        low, high, body = argument
        optional = low == 0 and high is not sre.MAXREPEAT
        times = low if optional and variant % 2 else max(low, 1)
        return _sequence(body, variant) * int(min(times, high))
    if op == "AT":
        return ""
    return _character(op, argument, variant)


def _character(op: str, argument: Any, variant: int) -> str:
    preferred = _PREFERRED[variant % len(_PREFERRED)]
    if op == "ANY":
        return preferred[0]
    if op == "NOT_LITERAL":
        return next(char for char in preferred if ord(char) != argument)
    if op != "IN":
        raise _Hard
    if all(str(kind) == "LITERAL" for kind, _ in argument):  # also what `(a|b)` is parsed into
        return chr(argument[variant % len(argument)][1])
    belongs = _class(argument)
    for char in preferred + _ALL:
        if belongs(char):
            return char
    raise _Hard


def _class(members: Any) -> Callable[[str], bool]:
    """Whether a character belongs to a class, as the members of the class say."""
    negated = any(str(op) == "NEGATE" for op, _ in members)

    def belongs(char: str) -> bool:
        return negated != any(_holds(str(op), value, char) for op, value in members)

    return belongs


_SHAPES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}


def _holds(op: str, value: Any, char: str) -> bool:
    if op == "LITERAL":
        return bool(ord(char) == value)
    if op == "RANGE":
        return bool(value[0] <= ord(char) <= value[1])
    if op == "CATEGORY":
        word = str(value).removeprefix("CATEGORY_")
        shape = _SHAPES[word.removeprefix("NOT_")]
        return (re.match(shape, char, re.ASCII) is None) == word.startswith("NOT_")
    return False
