"""A path that a regex matches, to ask what becomes of the paths that it takes."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from galc.passes.regex import parser, sre

#: Characters for a place that takes many: a letter first, because a path often has one there.
_PREFERRED = "a0-_.~"
#: How often each alternative of a branch is tried.
_VARIANTS = 4


@lru_cache(maxsize=65536)
def samples(pattern: str) -> tuple[str, ...]:
    """Paths that a pattern of `path_regex` matches, few and different; none when that is hard."""
    matches = re.compile(pattern).fullmatch
    tree = parser.parse(pattern)
    found = (text for variant in range(_VARIANTS) for text in _texts(tree, variant))
    good = (text for text in found if text.startswith("/") and "//" not in text and matches(text))
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
    return _character(op, argument)


def _character(op: str, argument: Any) -> str:
    if op == "ANY":
        return _PREFERRED[0]
    if op == "NOT_LITERAL":
        return _PREFERRED[0 if argument != ord(_PREFERRED[0]) else 1]
    if op != "IN":
        raise _Hard
    pattern = _class(argument)
    for char in _PREFERRED + "".join(map(chr, range(33, 127))):
        if pattern(char):
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
