"""Routers of many routes as a tree, so that a request isn't compared with all of them.

Traefik compares a request with one router after the other. With routers above them that ask for the
beginning of the path alone (multi-layer routing, Traefik 3.6 or newer;
`pkg/server/router/router.go`), a request gets to those that can take its path, and there to the
same routers in the same order, so that nothing but the time changes. A router that takes paths of
several groups is in each of them, and is still built once.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from galc.ir.gateway import PathMatch
from galc.passes.regex import literal_prefix
from galc.targets.traefik import rules
from galc.targets.traefik.text import quoted

#: So many routers take Traefik some 50 µs (seen on 3.7). A list is what people read.
MOST_COMPARED = 200
#: So many that could be told apart stay together.
FEW = 50


class Group(Struct, frozen=True):
    """A router that leads to others; `above` is the one that leads to it, if there is one."""

    name: str
    rule: str
    priority: int
    above: str


def key_of(match: PathMatch) -> str:
    """What each path begins with, as Traefik compares it, that a match takes."""
    if match.kind == "regex":
        return literal_prefix(match.value)
    return rules.decoded(match.value).rstrip("/")


def groups(keys: Sequence[str]) -> tuple[list[Group], list[tuple[str, ...]]]:
    """The groups for routers with these keys, and the names of those in which each router is; none
    at all for so few that they are as well in a list."""
    if len(keys) <= MOST_COMPARED:
        return [], [()] * len(keys)
    parents: list[list[str]] = [[] for _ in keys]
    found: list[Group] = []
    left = [_Part("", "", tuple(range(len(keys))))]
    while left:
        part = left.pop()
        divided = list(_divided(part, keys))
        for number in part.members if part.name and not divided else ():
            parents[number].append(part.name)
        for beginning, members in divided:
            is_rest = beginning == part.beginning
            rule = rules.ALWAYS if is_rest else f"PathPrefix({quoted(beginning)})"
            group = Group(f"paths {len(found) + 1}", rule, 1 if is_rest else 2, part.name)
            found.append(group)
            left.append(_Part(group.name, beginning, members, is_rest))
    return found, [tuple(names) for names in parents]


class _Part(Struct, frozen=True):
    """Routers that may take a path with this beginning. What is left of others isn't divided."""

    name: str
    beginning: str
    members: tuple[int, ...]
    is_rest: bool = False


def _divided(part: _Part, keys: Sequence[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Longer beginnings with the routers that may take such paths, and at last the same beginning
    with those that may take others, too; none where the part stays whole."""
    longer = [keys[n] for n in part.members if len(keys[n]) > len(part.beginning)]
    length = len(_common(longer))
    broad = [number for number in part.members if len(keys[number]) <= length]
    narrow: dict[str, list[int]] = {}
    for number in part.members:
        if len(keys[number]) > length:
            narrow.setdefault(keys[number][length], []).append(number)
    # What is broad is in each of the groups.
    if part.is_rest or not longer or len(part.members) - len(broad) <= max(FEW, len(broad)):
        return
    for numbers in narrow.values():
        beginning = _common([keys[number] for number in numbers])
        yield beginning, tuple(sorted((*broad, *numbers)))
    if broad:
        yield part.beginning, tuple(broad)


def _common(texts: Sequence[str]) -> str:
    """The text with which all begin."""
    if not texts:
        return ""
    first, last = min(texts), max(texts)
    pairs = enumerate(zip(first, last, strict=False))
    return first[: next((at for at, (one, other) in pairs if one != other), len(first))]
