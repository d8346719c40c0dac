"""The entries of many routes as a tree, so that a request isn't compared with all of them.

Envoy tries a list entry by entry, and looks a path up in a `VirtualHost.matcher`
(docs configuration/http/http_conn_man/route_matching; xds/type/matcher/v3/matcher.proto of
cncf/xds). What a request gets is the same, because entries that can take the same path are tried in
the list's order:

- Each entry has a key with which every path begins that it takes. A block is a map of keys, longest
  first, so an entry can't stand in a block before one whose key goes on from its own.
- The blocks are tried one after the other. Each is for entries with the same conditions, which
  stand once before it, and the last of a round for all that have rarer ones.
- Behind a key stands a list with the key's entries. Where another entry may follow, each is behind
  its own conditions, and a request that none takes goes on to shorter keys and further blocks
  (since 1.35, `prefix_map_matcher_resume_after_subtree_miss` in
  source/common/runtime/runtime_features.cc; source/common/matcher/prefix_map_matcher.h).

There is no entry twice, so that each has the buckets that it has in the list.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from galc.passes.regex import literal_prefix
from galc.printers.yaml import Inline
from galc.targets.envoy import headers
from galc.targets.envoy import schema as s
from galc.targets.memo import shared

#: So many entries take Envoy about 20 µs, a fifth of what it takes to pass a request on (seen on
#: 1.40). A list is what people read, and half the size.
MOST_PASSED_OVER = 200
#: Conditions that so many entries share stand once before a block. A request tries each block.
MANY = 20
_MOST_KINDS = 8
#: No input gives the path without the query, so it is copied to a header, whose name neither a
#: client nor a gateway file can spell: it has a character that names of headers can't.
PATH_HEADER = "galc/path"
#: Stands after each path. With it a path below a prefix begins with the prefix and a slash, and
#: nothing but the path itself begins with an exact path and this.
_END = "/?"
PATH_MUTATION = s.HeaderMutation(
    append=headers.option(PATH_HEADER, f"%PATH(NQ:PATH)%{_END}", headers.SET)
)
_PATH = s.Named("path", s.RequestHeaderInput(PATH_HEADER))
_ANY = s.Predicate(s.SinglePredicate(_PATH, s.ValueMatch(prefix="/")))


def tree(entries: tuple[s.Route, ...]) -> s.Matcher | None:
    """What finds the entry that the list would, or None where the list is good enough."""
    keys = [_key(entry.match) for entry in entries]
    if len(entries) - max(Counter(keys).values()) <= MOST_PASSED_OVER:
        return None
    kinds = _kinds(entries)
    blocks = _Blocks(_shorter(keys), {kind: number for number, kind in enumerate(kinds)})
    for key, entry in zip(keys, entries, strict=True):
        blocks.add(key, entry)
    return _listed(
        s.FieldMatcher(_conditions(None, kinds[place.kind]), s.OnMatch(matcher=blocks.map(place)))
        for place in sorted(blocks.entries)
    )


def _kinds(entries: tuple[s.Route, ...]) -> list[tuple[s.HeaderMatcher, ...]]:
    """Conditions that many entries have in common, and none for all others."""
    counts = Counter(entry.match.headers for entry in entries)
    common = {kind for kind, count in counts.most_common(_MOST_KINDS) if count >= MANY}
    return [*(kind for kind in counts if kind and kind in common), ()]


def _key(match: s.RouteMatch) -> str:
    """What a path begins with, its end included, if the entry takes it."""
    if match.path is not None:
        return match.path + _END
    if match.path_separated_prefix is not None:
        return match.path_separated_prefix + "/"
    text = literal_prefix(match.safe_regex.regex) if match.safe_regex else ""
    return text if text.startswith("/") else "/"


def _shorter(keys: Iterable[str]) -> dict[str, str]:
    """Of each key, in their order, the longest other one that it begins with, or nothing."""
    found: dict[str, str] = {}
    chain: list[str] = []
    for key in sorted({*keys}):
        while chain and not key.startswith(chain[-1]):
            chain.pop()
        found[key] = chain[-1] if chain else ""
        chain.append(key)
    return found


class _Place(NamedTuple):
    """Of a block, in the order in which they are tried."""

    level: int
    kind: int

    def next(self, kind: int, *, later: bool) -> "_Place":
        """The first place of a kind that is here or later, or in any case later."""
        stays = kind > self.kind if later else kind >= self.kind
        return _Place(self.level if stays else self.level + 1, kind)


_NOWHERE = _Place(0, -1)


class _Blocks:
    """Entries by block and key, each as early as the entries before it allow."""

    def __init__(
        self, shorter: Mapping[str, str], kinds: Mapping[tuple[s.HeaderMatcher, ...], int]
    ) -> None:
        self.shorter = shorter
        self.kinds = kinds
        self.entries: defaultdict[_Place, dict[str, list[s.Route]]] = defaultdict(dict)
        #: The last place of a key, and the last of the keys that go on from it.
        self.own = dict.fromkeys(shorter, _NOWHERE)
        self.longer = dict.fromkeys(shorter, _NOWHERE)

    def add(self, key: str, entry: s.Route) -> None:
        kind = self.kinds.get(entry.match.headers, self.kinds[()])
        above = self._above(key)
        place = max(self.own[key], self.longer[key]).next(kind, later=False)
        for other in above:
            place = max(place, self.own[other].next(kind, later=True))
        self.entries[place].setdefault(key, []).append(entry)
        self.own[key] = place
        for other in above:
            self.longer[other] = max(self.longer[other], place)

    def _above(self, key: str) -> list[str]:
        found = []
        while key := self.shorter[key]:
            found.append(key)
        return found

    def map(self, place: _Place) -> s.Matcher:
        """A block, for requests for which the conditions of its kind hold."""
        found = {}
        for key, entries in self.entries[place].items():
            if place.kind != self.kinds[()]:
                entries = [_without_conditions(entry) for entry in entries]
            last = entries[-1].match
            takes_all = not (last.headers or last.safe_regex) or self._is_end(key, place)
            found[key] = Inline(_behind(entries, takes_all))
        return s.Matcher(s.MatcherTree(_PATH, prefix_match_map=s.MatchMap(found)))

    def _is_end(self, key: str, place: _Place) -> bool:
        """Whether the key is the last there that is tried for paths that begin with it."""
        if max(self.own[key], self.longer[key]) != place:
            return False
        return all(self.own[other] < place for other in self._above(key))


def _behind(entries: list[s.Route], takes_all: bool) -> s.OnMatch:
    """The list behind a key: as it is where nothing follows it."""
    if takes_all:
        return s.OnMatch(_routes(*entries))
    return s.OnMatch(matcher=_listed(map(_conditional, entries)))


def _listed(matchers: Iterable[s.FieldMatcher]) -> s.Matcher:
    return s.Matcher(matcher_list=s.MatcherList(tuple(matchers)))


def _conditional(entry: s.Route) -> s.FieldMatcher:
    """An entry behind its conditions, which it needn't have for itself then."""
    predicate = _conditions(entry.match.safe_regex, entry.match.headers)
    return s.FieldMatcher(predicate, s.OnMatch(_routes(_without_conditions(entry))))


def _without_conditions(entry: s.Route) -> s.Route:
    match = entry.match
    return replace(entry, match=replace(match, headers=())) if match.headers else entry


def _routes(*entries: s.Route) -> s.Named:
    return s.Named("routes", s.RouteList(entries))


@shared
def _conditions(path: s.Regex | None, conditions: tuple[s.HeaderMatcher, ...]) -> s.Predicate:
    found = [_condition(condition) for condition in conditions]
    if path is not None:
        found.insert(0, _regex(_PATH, _with_end(path.regex)))
    if not found:
        return _ANY
    return found[0] if len(found) == 1 else s.Predicate(and_matcher=s.PredicateList(tuple(found)))


def _with_end(regex: str) -> str:
    """For a path with its end, the same as the regex for the path."""
    flags, pattern = ("(?i)", regex[4:]) if regex.startswith("(?i)") else ("", regex)
    return rf"{flags}(?:{pattern})/\?"


@shared
def _condition(condition: s.HeaderMatcher) -> s.Predicate:
    """Headers that galc compares are given joined to both kinds of matchers (seen on 1.40)."""
    text = condition.string_match
    assert text is not None
    value = s.Named(condition.name, s.RequestHeaderInput(condition.name))
    if text.safe_regex is not None:
        found = _regex(value, text.safe_regex.regex)
    else:
        found = s.Predicate(s.SinglePredicate(value, s.ValueMatch(exact=text.exact)))
    return s.Predicate(not_matcher=found) if condition.invert_match else found


def _regex(value: s.Named, regex: str) -> s.Predicate:
    return s.Predicate(s.SinglePredicate(value, s.ValueMatch(safe_regex=s.Re2(s.Empty(), regex))))
