"""The entries of many routes as a tree, so that a request isn't compared with all of them.

Envoy tries a list entry by entry, and looks a path up in a `VirtualHost.matcher`
(docs configuration/http/http_conn_man/route_matching; xds/type/matcher/v3/matcher.proto of
cncf/xds). What a request gets is the same, because entries that can take the same path are tried in
the list's order:

- Each entry has a key with which every path begins that it takes. A block is a map of keys, longest
  first, that holds consecutive entries as long as no key goes on from the key of an earlier entry.
- Behind a key stands a list with the key's entries. Where another entry may follow, each is behind
  its conditions, and a request that none takes goes on to shorter keys and further blocks (since
  1.35, `prefix_map_matcher_resume_after_subtree_miss` in source/common/runtime/runtime_features.cc;
  source/common/matcher/prefix_map_matcher.h).

There is no entry twice, so that each has the buckets that it has in the list.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from galc.passes.regex import literal_prefix
from galc.targets.envoy import headers
from galc.targets.envoy import schema as s
from galc.targets.memo import shared

#: So many entries take Envoy about 20 µs, a fifth of what it takes to pass a request on (seen on
#: 1.40). A list is what people read, and half the size.
MOST_PASSED_OVER = 200
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

_Block = dict[str, list[s.Route]]


def tree(entries: tuple[s.Route, ...]) -> s.Matcher | None:
    """What finds the entry that the list would, or None where the list is good enough."""
    keys = [_key(entry.match) for entry in entries]
    if len(entries) - max(Counter(keys).values()) <= MOST_PASSED_OVER:
        return None
    shorter = _shorter(keys)
    blocks = _blocks(zip(keys, entries, strict=True), shorter)
    ends = _ends(blocks, shorter)
    maps = [_map(block, ends, number) for number, block in enumerate(blocks)]
    if len(maps) == 1:
        return maps[0]
    return _listed(s.FieldMatcher(_ANY, s.OnMatch(matcher=map_)) for map_ in maps)


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


def _blocks(keyed: Iterable[tuple[str, s.Route]], shorter: Mapping[str, str]) -> list[_Block]:
    blocks: list[_Block] = [{}]
    for key, entry in keyed:
        above = shorter[key]
        while above and above not in blocks[-1]:
            above = shorter[above]
        if above:
            blocks.append({})
        blocks[-1].setdefault(key, []).append(entry)
    return blocks


def _ends(blocks: list[_Block], shorter: Mapping[str, str]) -> dict[str, int]:
    """In which block a key is the last that is tried for the paths that begin with it, if any."""
    last = {key: number for number, block in enumerate(blocks) for key in block}
    above = {"": -1}
    for key, other in shorter.items():
        above[key] = max(above[other], last.get(other, -1))
    for key, other in reversed([*shorter.items()]):
        last[other] = max(last.get(other, -1), last[key])
    return {key: number for key, number in last.items() if above[key] < number}


def _map(block: _Block, ends: Mapping[str, int], number: int) -> s.Matcher:
    found = {key: _behind(entries, ends.get(key) == number) for key, entries in block.items()}
    return s.Matcher(s.MatcherTree(_PATH, prefix_match_map=s.MatchMap(found)))


def _behind(entries: list[s.Route], is_end: bool) -> s.OnMatch:
    """The list behind a key: as it is where nothing can follow it."""
    last = entries[-1].match
    if is_end or not (last.headers or last.safe_regex):
        return s.OnMatch(_routes(*entries))
    return s.OnMatch(matcher=_listed(map(_conditional, entries)))


def _listed(matchers: Iterable[s.FieldMatcher]) -> s.Matcher:
    return s.Matcher(matcher_list=s.MatcherList(tuple(matchers)))


def _conditional(entry: s.Route) -> s.FieldMatcher:
    """An entry behind its conditions, which it needn't have for itself then."""
    match = entry.match
    alone = replace(entry, match=replace(match, headers=())) if match.headers else entry
    return s.FieldMatcher(_conditions(match.safe_regex, match.headers), s.OnMatch(_routes(alone)))


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
