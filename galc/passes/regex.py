"""The regex subset of `path_regex`, and whether two regexes can match the same path.

RE2 (Envoy, Traefik, Caddy), PCRE (APISIX, nginx, HAProxy) and Rust's regex (Kong) must read a
pattern alike. Python's own parser reads it, and what the others don't share is refused.
"""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

# The parser that `re` itself uses; not public, so its types aren't known.
parser: Any = import_module("re._parser")
sre: Any = import_module("re._constants")

MAX_LENGTH = 1000
_MAX_REPEAT = 1000  # RE2's bound, https://github.com/google/re2/wiki/Syntax
_MAX_STATES = 3_000
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


class _Automaton:
    """A Thompson automaton: per state its silent moves and its moves on sets of characters."""

    def __init__(self, pattern: str) -> None:
        self.silent: list[list[int]] = [[]]
        self.moves: list[list[tuple[frozenset[int], int]]] = [[]]
        self.fold = pattern.startswith("(?i)")
        self.closures: dict[int, set[int]] = {}
        self.end = self._sequence(parser.parse(pattern), 0)

    def _state(self) -> int:
        if len(self.silent) >= _MAX_STATES:
            raise OverflowError
        self.silent.append([])
        self.moves.append([])
        return len(self.silent) - 1

    def _sequence(self, tree: Any, start: int) -> int:
        for op, argument in tree:
            start = self._node(str(op), argument, start)
        return start

    def _node(self, op: str, argument: Any, start: int) -> int:
        if op == "SUBPATTERN":
            return self._sequence(argument[3], start)
        if op == "BRANCH":
            end = self._state()
            for branch in argument[1]:
                first = self._state()
                self.silent[start].append(first)
                self.silent[self._sequence(branch, first)].append(end)
            return end
        if op in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, body = argument
            return self._repeat(low, high, body, start)
        if op == "AT":
            return start  # anchors and word boundaries: taken as always true, so never too few
        end = self._state()
        self.moves[start].append((self._characters(op, argument), end))
        return end

    def _repeat(self, low: int, high: Any, body: Any, start: int) -> int:
        for _ in range(low):
            start = self._sequence(body, start)
        end = self._state()
        self.silent[start].append(end)
        if high is sre.MAXREPEAT:
            first = self._state()
            self.silent[end].append(first)
            self.silent[self._sequence(body, first)].append(end)
            return end
        for _ in range(high - low):
            start = self._sequence(body, start)
            self.silent[start].append(end)
        return end

    def _characters(self, op: str, argument: Any) -> frozenset[int]:
        every = frozenset(range(128))
        if op == "ANY":
            return every
        if op == "LITERAL":
            return self._folded(frozenset({argument}))
        if op == "NOT_LITERAL":
            return every - self._folded(frozenset({argument}))
        found: set[int] = set()
        negated = False
        for kind, value in argument:
            name = str(kind)
            if name == "NEGATE":
                negated = True
            elif name == "LITERAL":
                found.add(value)
            elif name == "RANGE":
                found.update(range(value[0], value[1] + 1))
            else:
                shape = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}
                word = str(value).removeprefix("CATEGORY_")
                code = shape[word.removeprefix("NOT_")]
                code = code.upper() if word.startswith("NOT_") else code
                found.update(c for c in every if re.match(code, chr(c), re.ASCII))
        characters = self._folded(frozenset(found))
        return every - characters if negated else characters

    def _folded(self, characters: frozenset[int]) -> frozenset[int]:
        if not self.fold:
            return characters
        both = {ord(form) for c in characters for form in (chr(c).lower(), chr(c).upper())}
        return characters | both

    def closure(self, state: int) -> set[int]:
        """The states that are reached without a character."""
        if state not in self.closures:
            self.closures[state] = self._reached(state)
        return self.closures[state]

    def _reached(self, state: int) -> set[int]:
        seen, todo = {state}, [state]
        while todo:
            for following in self.silent[todo.pop()]:
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
        return seen


_automaton = lru_cache(maxsize=4096)(_Automaton)


def overlap(one: str, other: str) -> bool:
    """Whether some path matches both patterns (of the common subset, without outer anchors).

    Exact but for word boundaries, which are taken as always true, and for patterns too large to
    compare, which are taken to overlap.
    """
    try:
        first, second = _automaton(one), _automaton(other)
    except OverflowError:
        return True
    seen = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        left, right = todo.pop()
        lefts, rights = first.closure(left), second.closure(right)
        if first.end in lefts and second.end in rights:
            return True
        for a in lefts:
            for characters, next_left in first.moves[a]:
                for b in rights:
                    for others, next_right in second.moves[b]:
                        pair = (next_left, next_right)
                        if pair not in seen and not characters.isdisjoint(others):
                            seen.add(pair)
                            todo.append(pair)
        if len(seen) > _MAX_STATES:
            return True
    return False
