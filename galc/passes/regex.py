"""The regex subset of `path_regex`, and whether two regexes can match the same path.

RE2 (Envoy, Traefik, Caddy), PCRE (APISIX, nginx, HAProxy) and Rust's regex (Kong) must read a
pattern alike. Python's own parser reads it, and what the others don't share is refused.
"""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from galc.passes.automaton import MAX_STATES, Automaton, parser, sre

MAX_LENGTH = 1000
_MAX_REPEAT = 1000  # RE2's bound, https://github.com/google/re2/wiki/Syntax
_MAX_DEPTH = 100  # PCRE2 reads 250 by default (parens_nest_limit)
_REFUSED = {
    "ASSERT": "uses look-ahead or look-behind",
    "ASSERT_NOT": "uses look-ahead or look-behind",
    "GROUPREF": "uses a back-reference",
    "GROUPREF_EXISTS": "uses a conditional group",
    "ATOMIC_GROUP": "uses an atomic group",
    "POSSESSIVE_REPEAT": "uses a possessive repetition",
}
_UNSHARED = (
    (re.compile(r"\\[Zz<>QE]"), "uses an escape that engines read differently"),
    (re.compile(r"\\[0-9]"), "uses a back-reference or an octal escape"),
    (re.compile(r"\\[uUN]"), "uses an escape that engines read differently"),
    (
        re.compile(r"\[\[|\[[^]]+\[[:.=]|\[\^?\]"),
        "has a character class that engines read differently",
    ),
    (re.compile(r"\{,"), "has a repetition without a lower bound, which engines read differently"),
    (re.compile(r"\(\?[a-zA-Z-]*x|\(\?#|\(\?P[=>]"), "uses a construct that engines don't share"),
    (
        re.compile(r"(?<!^)\(\?[aiLmsu]+\)|\(\?[a-zA-Z-]*[aLmsu]|\(\?[a-zA-Z-]+:"),
        "uses flags other than a leading `(?i)`",
    ),
    (re.compile("[^\x20-\x7e]"), "holds a character outside ASCII; write it percent-encoded"),
)


def regex_problem(pattern: str) -> str | None:
    """Why a pattern is outside of the common subset, or None."""
    if len(pattern) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    for form, problem in _UNSHARED:
        if form.search(pattern):
            return problem
    if _depth(pattern) > _MAX_DEPTH:
        return "is nested too deeply"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = parser.parse(pattern)
    except (re.error, OverflowError) as error:
        return f"isn't a regex: {error}"
    except RecursionError:
        return "is nested too deeply"
    except Warning:
        return "has a character class that engines read differently"
    return next(_problems(tree), None)


def _depth(pattern: str) -> int:
    """How deeply groups may be nested, counting every bracket as one."""
    deepest = depth = 0
    for char in pattern:
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)
    return deepest


def _problems(tree: Any, times: int = 1) -> Iterator[str]:
    """`times` is how often the part is repeated by what stands around it."""
    for op, argument in tree:
        name = str(op)
        if name in _REFUSED:
            yield _REFUSED[name]
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, body = argument
            most = times * max(low if high is sre.MAXREPEAT else high, 1)
            if most > _MAX_REPEAT:
                yield f"repeats more than {_MAX_REPEAT} times, repetitions inside included"
            yield from _problems(body, most)
        elif name == "LITERAL" and argument == 8:  # `[\\b]`, a backspace for some engines only
            yield "has an escape in a character class that engines read differently"
        elif name == "IN":
            yield from _problems(argument, times)
        elif name == "SUBPATTERN":
            yield from _problems(argument[3], times)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from _problems(branch, times)


def bare(pattern: str) -> str:
    """A pattern without its outer anchors: it matches the whole path anyway."""
    pattern = pattern.removeprefix("^")
    escaped = len(pattern[:-1]) - len(pattern[:-1].rstrip("\\"))
    return pattern[:-1] if pattern.endswith("$") and escaped % 2 == 0 else pattern


@lru_cache(maxsize=65536)
def literal_prefix(pattern: str) -> str:
    """The text with which every match begins.

    >>> literal_prefix("/api/v[0-9]+/x")
    '/api/v'
    """
    if pattern.startswith("(?i)"):
        return ""
    text = ""
    for op, argument in parser.parse(pattern):
        if str(op) != "LITERAL":
            break
        text += chr(argument)
    return text


_automaton = lru_cache(maxsize=4096)(Automaton)


def overlap(one: str, other: str) -> bool:
    """Whether some path matches both patterns (of the common subset, without outer anchors).

    Exact but for word boundaries, which are taken as always true, and for patterns too large to
    compare, which are taken to overlap.
    """
    try:
        first, second = _automaton(one), _automaton(other)
    except OverflowError:
        return True
    ends = first.ends[0], second.ends[0]
    seen = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        left, right = todo.pop()
        lefts, rights = first.closure(left), second.closure(right)
        if ends[0] in lefts and ends[1] in rights:
            return True
        for a in lefts:
            for characters, next_left in first.moves[a]:
                for b in rights:
                    for others, next_right in second.moves[b]:
                        pair = (next_left, next_right)
                        if pair not in seen and characters & others:
                            seen.add(pair)
                            todo.append(pair)
        if len(seen) > MAX_STATES:
            return True
    return False
