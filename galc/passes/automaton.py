"""Automata of regexes, and which of many regexes can match the same path.

Every automaton here is a Thompson automaton (silent moves, and moves on sets of characters) that
begins with state 0. Several patterns in one share the states of what they begin with: a state is
reached by what stands before it in each pattern that has it, and no move leads back to it but what
the pattern's own repetition makes, which is shared as a whole. So what follows for one pattern is
of no concern to another.
"""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

# The parser that `re` itself uses; not public, so its types aren't known.
parser: Any = import_module("re._parser")
sre: Any = import_module("re._constants")

MAX_STATES = 3_000
#: Pairs of states that are looked at before the patterns are held to be too entangled: so many,
#: and so many more a state.
_MOST_PAIRS = 100_000
_MOST_PAIRS_OF_A_STATE = 10
_SEVERAL = -1
_SHAPES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}

#: A set of characters: the bits of their codes.
_Characters = int
_EVERY: _Characters = (1 << 128) - 1


class Automaton:
    """One or several patterns of the common subset, without outer anchors."""

    def __init__(self, *patterns: str) -> None:
        """Raises OverflowError where one is too large."""
        self.silent: list[set[int]] = [set()]
        self.moves: list[list[tuple[_Characters, int]]] = [[]]
        #: Of each state the number of the pattern that it belongs to, or `_SEVERAL`.
        self.owner: list[int] = [_SEVERAL]
        #: The state that a piece of a pattern leads to from a state.
        self.states: dict[tuple[int, object], int] = {}
        self.closures: dict[int, set[int]] = {}
        self.fold = False
        self.number = 0
        self.size = 0
        self.ends = [self.add(pattern, number) for number, pattern in enumerate(patterns)]

    def add(self, pattern: str, number: int) -> int:
        """The state where a pattern ends."""
        self.fold = pattern.startswith("(?i)")
        self.number = number
        self.size = 1
        return self._sequence(parser.parse(pattern), 0)

    def _state(self, before: int, piece: object) -> int:
        """The state after a piece."""
        self.size += 1
        if self.size > MAX_STATES:
            raise OverflowError
        key = (before, piece)
        state = self.states.get(key)
        if state is None:
            state = self.states[key] = len(self.silent)
            self.silent.append(set())
            self.moves.append([])
            self.owner.append(self.number)
            if isinstance(piece, _Characters):
                self.moves[before].append((piece, state))
        elif self.owner[state] != self.number:
            self.owner[state] = _SEVERAL
        return state

    def _sequence(self, tree: Any, start: int) -> int:
        for op, argument in tree:
            start = self._node(str(op), argument, start)
        return start

    def _node(self, op: str, argument: Any, start: int) -> int:
        if op == "SUBPATTERN":
            return self._sequence(argument[3], start)
        if op == "BRANCH":
            end = self._state(start, f"{self.fold} | {argument[1]}")
            first = self._state(start, "|")
            self.silent[start].add(first)
            for branch in argument[1]:
                self.silent[self._sequence(branch, first)].add(end)
            return end
        if op in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, body = argument
            return self._repeat(low, high, body, start)
        if op == "AT":
            return start  # anchors and word boundaries: taken as always true, so never too few
        return self._state(start, self._characters(op, argument))

    def _repeat(self, low: int, high: Any, body: Any, start: int) -> int:
        for _ in range(low):
            start = self._sequence(body, start)
        more = None if high is sre.MAXREPEAT else high - low
        end = self._state(start, f"{self.fold} {more} {body}")
        self.silent[start].add(end)
        if more is None:
            first = self._state(end, "again")
            self.silent[end].add(first)
            self.silent[self._sequence(body, first)].add(end)
            return end
        for _ in range(more):
            start = self._sequence(body, start)
            self.silent[start].add(end)
        return end

    def _characters(self, op: str, argument: Any) -> _Characters:
        if op == "ANY":
            return _EVERY
        if op == "LITERAL":
            return self._folded(1 << argument)
        if op == "NOT_LITERAL":
            return _EVERY & ~self._folded(1 << argument)
        found = 0
        negated = False
        for kind, value in argument:
            name = str(kind)
            if name == "NEGATE":
                negated = True
            elif name == "LITERAL":
                found |= 1 << value
            elif name == "RANGE":
                found |= (1 << (value[1] + 1)) - (1 << value[0])
            else:
                word = str(value).removeprefix("CATEGORY_")
                code = _SHAPES[word.removeprefix("NOT_")]
                code = code.upper() if word.startswith("NOT_") else code
                found |= sum(1 << c for c in range(128) if re.match(code, chr(c), re.ASCII))
        characters = self._folded(found)
        return _EVERY & ~characters if negated else characters

    def _folded(self, characters: _Characters) -> _Characters:
        if not self.fold:
            return characters
        for upper in range(ord("A"), ord("Z") + 1):
            both = 1 << upper | 1 << (upper + 32)
            if characters & both:
                characters |= both
        return characters

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


def overlapping(patterns: Iterable[str]) -> dict[str, set[str]] | None:
    """Of each pattern the other ones with which it overlaps; None where they are so entangled that
    comparing pairs is no more work.

    All of them are followed at once, in one automaton, through the pairs of states that one text
    can lead to: what begins alike is gone through once, and what differs is left where it does. As
    `regex.overlap`, this is exact but for word boundaries, and what is too large overlaps with
    everything.
    """
    all_of_them = tuple(dict.fromkeys(patterns))
    return _Together(all_of_them).overlapping()


class _Steps:
    """The moves out of a state and of those that it reaches silently: on single characters, for
    which the states are looked up, and on larger sets."""

    __slots__ = ("by_character", "by_set")

    def __init__(self, moves: Iterable[tuple[_Characters, int]]) -> None:
        self.by_character: dict[_Characters, list[int]] = {}
        self.by_set: list[tuple[_Characters, int]] = []
        for characters, state in moves:
            if characters & (characters - 1):
                self.by_set.append((characters, state))
            elif characters:
                self.by_character.setdefault(characters, []).append(state)


class _Together:
    def __init__(self, patterns: tuple[str, ...]) -> None:
        self.patterns = patterns
        self.automaton = Automaton()
        self.ended: dict[int, list[int]] = {}
        self.too_large: list[int] = []
        for number, pattern in enumerate(patterns):
            try:
                end = self.automaton.add(pattern, number)
            except OverflowError:
                self.too_large.append(number)
            else:
                self.ended.setdefault(end, []).append(number)
        self.steps: dict[int, _Steps] = {}
        self.ends: dict[int, list[int]] = {}
        self.found: dict[int, set[int]] = {}

    def overlapping(self) -> dict[str, set[str]] | None:
        states = len(self.automaton.silent)
        left = _MOST_PAIRS + _MOST_PAIRS_OF_A_STATE * states
        for number in self.too_large:
            for other in range(len(self.patterns)):
                self._add(number, other)
            left -= len(self.patterns)
        seen = {(0, 0)}
        todo = [(0, 0)]
        owner = self.automaton.owner
        while todo:
            one, other = todo.pop()
            left -= self._end(one, other) + 1
            if left < 0:
                return None
            for first, second in self._next(one, other):
                pair = (first, second) if first <= second else (second, first)
                if pair in seen or (owner[first] == owner[second] != _SEVERAL):
                    continue
                seen.add(pair)
                todo.append(pair)
        return {
            self.patterns[number]: {self.patterns[other] for other in others}
            for number, others in self.found.items()
        }

    def _end(self, one: int, other: int) -> int:
        """Note the patterns that end in both states; returns how many pairs there are."""
        ending, also = self._ends(one), self._ends(other)
        for first in ending:
            for second in also:
                self._add(first, second)
        return len(ending) * len(also)

    def _add(self, one: int, other: int) -> None:
        if one != other:
            self.found.setdefault(one, set()).add(other)
            self.found.setdefault(other, set()).add(one)

    def _ends(self, state: int) -> list[int]:
        if state not in self.ends:
            reached = self.automaton.closure(state)
            self.ends[state] = [n for at in reached for n in self.ended.get(at, ())]
        return self.ends[state]

    def _steps(self, state: int) -> _Steps:
        found = self.steps.get(state)
        if found is None:
            moves = self.automaton.moves
            reached = self.automaton.closure(state)
            found = self.steps[state] = _Steps(move for at in reached for move in moves[at])
        return found

    def _next(self, one: int, other: int) -> Iterable[tuple[int, int]]:
        """The pairs that one more character leads to."""
        left, right = self._steps(one), self._steps(other)
        for character, states in left.by_character.items():
            for state in states:
                for also in right.by_character.get(character, ()):
                    yield state, also
                for characters, also in right.by_set:
                    if character & characters:
                        yield state, also
        for characters, state in left.by_set:
            for character, others in right.by_character.items():
                if character & characters:
                    for also in others:
                        yield state, also
            for more, also in right.by_set:
                if characters & more:
                    yield state, also
