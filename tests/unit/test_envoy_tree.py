"""Envoy's tree of entries takes what the list would, by an interpreter of both."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from galc.compiler import compile_text
from galc.frontend.printer import print_yaml
from galc.targets.envoy import schema as s
from galc.targets.envoy import tree as module
from galc.targets.envoy.matches import MALFORMED_HOST, header, host_regex, one_of
from galc.targets.envoy.tree import PATH_HEADER, PATH_MUTATION, tree

Request = Mapping[str, str]


# What Envoy does: the list, then the matcher. Both give the name of an entry and how many were
# compared with the request.


def _listed(entries: tuple[s.Route, ...], request: Request) -> tuple[str | None, int]:
    for number, entry in enumerate(entries, 1):
        if _takes(entry.match, request):
            return entry.name, number
    return None, len(entries)


def _takes(match: s.RouteMatch, request: Request) -> bool:
    path = request[":path"].partition("?")[0]
    if match.path is not None:
        fits = path == match.path
    elif match.path_separated_prefix is not None:
        fits = f"{path}/".startswith(match.path_separated_prefix + "/")
    elif match.safe_regex is not None:
        fits = re.fullmatch(match.safe_regex.regex, path) is not None
    else:
        fits = path.startswith(match.prefix or "")
    return fits and all(_has(condition, request) for condition in match.headers)


def _has(condition: s.HeaderMatcher, request: Request) -> bool:
    value, wanted = request.get(condition.name), condition.string_match
    assert wanted is not None
    return value is not None and (_fits(wanted, value) != condition.invert_match)


def _fits(wanted: Any, value: str) -> bool:
    if wanted.safe_regex is not None:
        return re.fullmatch(wanted.safe_regex.regex, value) is not None
    return value == wanted.exact if wanted.exact is not None else value.startswith(wanted.prefix)


def _found(matcher: s.Matcher, request: Request) -> tuple[str | None, int] | None:
    """None: the search goes on. A name of None: it is at its end."""
    for on_match in _candidates(matcher, request):
        if on_match.action is not None:
            return _listed(on_match.action.typed_config.routes, request)
        assert on_match.matcher is not None
        if found := _found(on_match.matcher, request):
            return found
    return None


def _candidates(matcher: s.Matcher, request: Request) -> Iterator[s.OnMatch]:
    if matcher.matcher_list is not None:
        for one in matcher.matcher_list.matchers:
            if _holds(one.predicate, request):
                yield one.on_match
    else:
        assert matcher.matcher_tree and matcher.matcher_tree.prefix_match_map
        value = request[matcher.matcher_tree.input.typed_config.header_name]
        found = matcher.matcher_tree.prefix_match_map.map
        for key in sorted(found, key=len, reverse=True):
            if value.startswith(key):
                behind = found[key].value
                assert isinstance(behind, s.OnMatch)
                yield behind


def _holds(predicate: s.Predicate, request: Request) -> bool:
    if predicate.not_matcher is not None:
        return not _holds(predicate.not_matcher, request)
    if predicate.and_matcher is not None:
        return all(_holds(one, request) for one in predicate.and_matcher.predicate)
    assert predicate.single_predicate is not None
    value = request.get(predicate.single_predicate.input.typed_config.header_name)
    return value is not None and _fits(predicate.single_predicate.value_match, value)


def _request(path: str, method: str = "GET", host: str = "a.test", **more: str) -> Request:
    """As it is when routes are looked for: with the header of the early mutation."""
    assert PATH_MUTATION.append is not None
    copied = PATH_MUTATION.append.header
    bare = path.partition("?")[0]
    with_path = {copied.key: copied.value.replace("%PATH(NQ:PATH)%", bare)}
    return {":path": path, ":method": method, ":authority": host, **more, **with_path}


_paths = st.lists(st.sampled_from(("a", "b", "ab", "a.b", "c")), max_size=3).map(
    lambda segments: "/" + "/".join(segments)
)
_REGEXES = (
    "/a/[a-z]+", "/ab?", "/(a|b)/.*", "(?i)/A/b", ".*", "/a|/b/a", "/a/b.*", "/a\\.b/?",
    "/a/b(/.*)?", "/a(?i:%c3)(/.*)?", "/", "/.*a", "b", "", "//?",
)  # fmt: skip


def _match(path: str) -> st.SearchStrategy[s.RouteMatch]:
    prefix = s.RouteMatch(prefix="/") if path == "/" else s.RouteMatch(path_separated_prefix=path)
    return st.sampled_from((prefix, prefix, s.RouteMatch(path=path)))


_matches = st.one_of(
    _paths.flatmap(_match),
    st.sampled_from(_REGEXES).map(lambda regex: s.RouteMatch(safe_regex=s.Regex(regex))),
    st.just(s.RouteMatch(path="//")),
)
_conditions = st.sampled_from(
    (
        (),
        (),
        (one_of(":method", ("GET",)),),
        (one_of(":method", ("GET", "POST")),),
        (header(":authority", host_regex(("a.test",))),),
        (header(":authority", host_regex(("*.test", "b"))), one_of(":method", ("POST",))),
        (one_of(":method", ("OPTIONS",)), header("origin", ".+")),
        (header(":path", r"/a(/[^?]*)?(\?.*)?"),),
        (MALFORMED_HOST,),
    )
)


def _entries(matches: list[s.RouteMatch]) -> tuple[s.Route, ...]:
    return tuple(s.Route(f"{number}", match) for number, match in enumerate(matches))


_sets = st.lists(
    st.builds(
        lambda match, conditions: msgspec.structs.replace(match, headers=conditions),
        _matches,
        _conditions,
    ),
    min_size=1,
    max_size=14,
).map(_entries)
_requests = st.builds(
    lambda path, rest, method, host, more: _request(path + rest, method, host, **more),
    _paths,
    st.sampled_from(("", "", "", "/", "b", "/a", "?q=a", "/?a", "/b?/a", "?")),
    st.sampled_from(("GET", "POST", "PUT", "OPTIONS")),
    st.sampled_from(("a.test", "A.TEST:80", "b", "x.a.test", "a,b")),
    st.sampled_from(({}, {"origin": "https://a.test"}, {"origin": ""})),
) | st.sampled_from(("//", "//?a", "/a%C3/b", "/A/B")).map(_request)


@pytest.fixture(autouse=True)
def _always_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PASSED_OVER", -1)


def _prefix(path: str, *conditions: s.HeaderMatcher) -> s.RouteMatch:
    return s.RouteMatch(path_separated_prefix=path, headers=conditions)


_GET = one_of(":method", ("GET",))


_ALL = s.RouteMatch(prefix="/")
_EITHER = s.RouteMatch(safe_regex=s.Regex("/a|/b/a"))


# Each goes wrong when one of the tree's rules is taken away.
@example(_entries([_prefix("/a", _GET), _ALL]), [_request("/a", "PUT")])
@example(_entries([_prefix("/a"), _prefix("/a/b")]), [_request("/a/b")])
@example(
    _entries([_prefix("/a/b", _GET), _prefix("/a"), _prefix("/a/b")]), [_request("/a/b", "PUT")]
)
@example(_entries([_prefix("/a"), _ALL]), [_request("/ab"), _request("/a?b")])
@example(
    _entries([s.RouteMatch(path="/a", headers=(_GET,)), _prefix("/a"), _ALL]),
    [_request("/a", "PUT"), _request("/a/"), _request("/a?/")],
)
@example(_entries([_ALL, _prefix("/a/b"), _prefix("/a")]), [_request("/a/b")])
@example(_entries([_prefix("/a", _GET), _prefix("/a/b", _GET), _ALL]), [_request("/a/b", "PUT")])
@example(_entries([_EITHER, _prefix("/a")]), [_request("/a"), _request("/b/a")])
@settings(max_examples=300)
@given(_sets, st.lists(_requests, min_size=1, max_size=30))
def test_a_tree_takes_what_the_list_would(
    entries: tuple[s.Route, ...], requests: list[Request]
) -> None:
    expected = [_listed(entries, request)[0] for request in requests]
    for many in (1, 2, 99):
        matcher = _tree(entries, many)
        found = [_found(matcher, request) for request in requests]
        assert [one and one[0] for one in found] == expected, many


def _tree(entries: tuple[s.Route, ...], many: int) -> s.Matcher:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MANY", many)
        matcher = tree(entries)
    assert matcher is not None
    return matcher


@given(_sets)
def test_each_entry_is_there_once(entries: tuple[s.Route, ...]) -> None:
    names = Counter(entry.name for entry in entries)
    assert all(Counter(_names(_tree(entries, many))) == names for many in (1, 99))


def _plain(matcher: s.Matcher | None) -> Any:
    return msgspec.json.decode(msgspec.json.encode(matcher))


def _names(matcher: s.Matcher) -> Iterator[str]:
    stack = [_plain(matcher)]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if "match" in node:
                yield node["name"]
            stack += node.values()
        elif isinstance(node, list):
            stack += node


def _services(count: int) -> tuple[s.Route, ...]:
    matches = [_prefix(f"/service-{number:04}/items", _GET) for number in range(count)]
    return _entries([*matches, s.RouteMatch(path="/health"), s.RouteMatch(prefix="/")])


def test_a_request_is_compared_with_few_entries() -> None:
    entries = _services(2000)
    matcher = tree(entries)
    assert matcher is not None
    for path in ("/service-0000/items/1", "/service-1999/items", "/health", "/other"):
        found = _found(matcher, _request(path))
        assert found is not None
        assert found[0] == _listed(entries, _request(path))[0]
        assert found[1] == 1


def _depth(node: Any) -> int:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return 1 + max(map(_depth, children), default=0)


def test_blocks_do_not_nest() -> None:
    """Protobuf's parser ends at a hundred levels."""
    alternating = [_prefix("/a" * (number % 2 + 1)) for number in range(300)]
    growing = [_prefix("/a" * (number + 1)) for number in range(300)]
    for matches in (alternating, growing):
        assert 5 < _depth(_plain(tree(_entries(matches)))) < 30


@pytest.mark.parametrize(
    ("entries", "is_tree"),
    [
        (_services(199), False),
        (_services(200), True),
        (_entries([_prefix("/", _GET)] * 5000), False),
    ],
    ids=["few", "many", "many of one path"],
)
def test_a_list_that_is_good_enough_stays(
    entries: tuple[s.Route, ...], is_tree: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert (tree(entries) is not None) == is_tree


def test_the_path_that_is_looked_up_reaches_no_upstream() -> None:
    """And no client nor file can name its header."""
    manager = _manager()
    host = manager["route_config"]["virtual_hosts"][0]
    assert "matcher" in host and "routes" not in host
    assert PATH_HEADER in host["request_headers_to_remove"]
    early = manager["early_header_mutation_extensions"][0]["typed_config"]["mutations"]
    assert early[-1]["append"]["header"]["key"] == PATH_HEADER
    assert not re.fullmatch(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+", PATH_HEADER)  # RFC 9110 section 5.6.2


def test_a_list_needs_no_copy_of_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    manager = _manager()
    assert PATH_HEADER not in str(manager)


def _manager() -> dict[str, Any]:
    upstream = {"host": "a", "port": 80}
    service = {"name": "s", "upstream": upstream, "routes": [{"path": "/a"}, {"path": "/b"}]}
    result = compile_text(print_yaml({"version": 1, "services": [service]}), "in.yaml", "envoy")
    listener = yaml.safe_load(result.artifacts["envoy.yaml"])["static_resources"]["listeners"][0]
    manager: dict[str, Any] = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return manager
