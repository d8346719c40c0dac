"""Which regexes keep an engine that backtracks busy for ever.

The time is exponential when a cycle of the pattern's position automaton can read the same text in
two ways (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991: the criterion
EDA). Whether a path matches almost, so that all ways are tried, is taken for granted.
"""

import re
from functools import lru_cache
from importlib import import_module
from typing import Any

from msgspec import Struct

from galc.passes.automaton import parser, sre

_compiler: Any = import_module("re._compiler")
_MAX_POSITIONS = 120
#: A bounded repetition of a repetition is as bad as an unbounded one from here on.
_MANY = 10
_REPETITIONS = ("MAX_REPEAT", "MIN_REPEAT")
_ASCII = [chr(code) for code in range(128)]
#: What single nodes take: patterns are made of the same few.
_SETS: dict[tuple[str, int], frozenset[str]] = {}
_MAX_SETS = 10_000
#: Without two quantifiers, one of them behind a group, no pattern is ambiguous.
_SUSPECT = re.compile(r"\)(?:[*+]|\{\d+,)")


class _Part(Struct, frozen=True):
    """A part of a pattern: where its texts begin and end, and whether it takes the empty one."""

    first: frozenset[int]
    last: frozenset[int]
    empty: bool


class _TooLarge(Exception):
    """The pattern has more positions than can be compared in a moment."""


class _Positions:
    """A Glushkov automaton that counts in how many ways one position follows another."""

    def __init__(self, pattern: str) -> None:
        self.characters: list[frozenset[str]] = []
        self.follows: list[dict[int, int]] = []
        self.repeated: set[int] = set()
        self.parsed = parser.parse(pattern)
        self._sequence(self.parsed)

    def _sequence(self, nodes: Any) -> _Part:
        part = _Part(frozenset(), frozenset(), True)
        for op, argument in nodes:
            part = self._joined(part, self._node(str(op), op, argument))
        return part

    def _joined(self, one: _Part, two: _Part) -> _Part:
        self._link(one.last, two.first)
        return _Part(
            one.first | two.first if one.empty else one.first,
            two.last | one.last if two.empty else two.last,
            one.empty and two.empty,
        )

    def _link(self, last: frozenset[int], first: frozenset[int]) -> None:
        for before in last:
            for after in first:
                self.follows[before][after] = self.follows[before].get(after, 0) + 1

    def _node(self, name: str, op: Any, argument: Any) -> _Part:
        if name == "SUBPATTERN":
            return self._sequence(argument[3])
        if name == "BRANCH":
            parts = [self._sequence(branch) for branch in argument[1]]
            return _Part(
                frozenset().union(*(part.first for part in parts)),
                frozenset().union(*(part.last for part in parts)),
                any(part.empty for part in parts),
            )
        if name in _REPETITIONS:
            return self._repetition(*argument)
        if name == "AT":
            return _Part(frozenset(), frozenset(), True)
        if len(self.characters) >= _MAX_POSITIONS:
            raise _TooLarge
        self.characters.append(self._set(op, argument))
        self.follows.append({})
        here = frozenset({len(self.characters) - 1})
        return _Part(here, here, False)

    def _repetition(self, low: int, high: Any, body: Any) -> _Part:
        endless = high is sre.MAXREPEAT
        if endless or (high >= _MANY and low != high and _repeats(body)):
            before = len(self.characters)
            part = self._sequence(body)
            self.repeated.update(range(before, len(self.characters)))
            self._link(part.last, part.first)
            return _Part(part.first, part.last, part.empty or low == 0)
        whole = _Part(frozenset(), frozenset(), True)
        for count in range(high):
            part = self._sequence(body)
            if count >= low:
                part = _Part(part.first, part.last, True)
            whole = self._joined(whole, part)
        return whole

    def _set(self, op: Any, argument: Any) -> frozenset[str]:
        """The ASCII characters that a node takes."""
        key = (repr((op, argument)), self.parsed.state.flags)
        found = _SETS.get(key)
        if found is None:
            if len(_SETS) >= _MAX_SETS:
                _SETS.clear()
            # A regex of just that node is asked.
            one = parser.SubPattern(self.parsed.state, [(op, argument)])
            matches = _compiler.compile(one, self.parsed.state.flags).fullmatch
            found = _SETS[key] = frozenset(char for char in _ASCII if matches(char))
        return found

    def is_ambiguous(self) -> bool:
        """Whether some cycle reads one text in two ways."""
        return any(self._twice_around(start) for start in self.repeated)

    def _twice_around(self, start: int) -> bool:
        # Two readers go over the same text, both from `start`; `apart` says whether they have
        # already gone two ways.
        seen = {(start, start, False)}
        todo = [(start, start, False)]
        while todo:
            one, two, apart = todo.pop()
            for left, ways in self.follows[one].items():
                for right in self.follows[two]:
                    if left not in self.repeated or right not in self.repeated:
                        continue
                    if self.characters[left].isdisjoint(self.characters[right]):
                        continue
                    state = (left, right, apart or left != right or ways > 1)
                    if state == (start, start, True):
                        return True
                    if state not in seen:
                        seen.add(state)
                        todo.append(state)
        return False


def _repeats(nodes: Any) -> bool:
    """Whether a repetition without an end stands among nodes."""
    for op, argument in nodes:
        name = str(op)
        if name in _REPETITIONS and (argument[1] is sre.MAXREPEAT or _repeats(argument[2])):
            return True
        if name == "SUBPATTERN" and _repeats(argument[3]):
            return True
        if name == "BRANCH" and any(_repeats(branch) for branch in argument[1]):
            return True
    return False


@lru_cache(maxsize=65536)
def is_ambiguous(pattern: str) -> bool:
    """Whether a pattern of the common subset can take exponential time; no for a large one.

    >>> is_ambiguous("/([a-z]+)+"), is_ambiguous("/([a-z]+/)+")
    (True, False)
    """
    if not _SUSPECT.search(pattern):
        return False
    try:
        return _Positions(pattern).is_ambiguous()
    except _TooLarge:
        return False
