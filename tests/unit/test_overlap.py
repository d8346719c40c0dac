"""Which routes can match the same request, against a search through requests."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galc.ir.gateway import PathKind, PathMatch, Route
from galc.passes.matching import hosts_overlap
from galc.passes.overlap import Overlaps, covers, paths_overlap

from .compiling import gateway

PATHS = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/b", "/1", "/a/1", "/a.b"]
_KINDS: dict[PathKind, tuple[str, ...]] = {
    "exact": ("/", "/a", "/a/b", "/a.b"),
    "prefix": ("/", "/a", "/a/b", "/b"),
    "regex": ("/[0-9]+", "/a/.*", "/[ab]", "/a.b", "/.*"),
}
matches = st.sampled_from(
    [PathMatch(kind, value) for kind, values in _KINDS.items() for value in values]
)
hosts = st.sampled_from([(), ("a.com",), ("*.com",), ("b.org", "a.com")])
methods = st.sampled_from([(), ("GET",), ("GET", "POST"), ("OPTIONS",)])
_PLAIN, _CORS = gateway(
    "version 1\nservice s { upstream s:1 ; route /a ; route /b { cors { allowed_origins * } } }"
).routes


def _route(drawn: tuple[PathMatch, tuple[str, ...], tuple[str, ...], bool]) -> Route:
    match, names, taken, cors = drawn
    template = _CORS if cors else _PLAIN
    return msgspec.structs.replace(template, match=match, hosts=names, methods=taken)


routes = st.tuples(matches, hosts, methods, st.booleans()).map(_route)


def _takes(match: PathMatch, path: str) -> bool:
    if match.kind == "regex":
        return re.fullmatch(match.value, path) is not None
    if match.kind == "exact" or match.value == "/":
        return match.kind == "prefix" or path == match.value
    return f"{path}/".startswith(f"{match.value}/")


def _share_host(one: Route, other: Route) -> bool:
    if not one.hosts or not other.hosts:
        return True
    return any(hosts_overlap(a, b) for a in one.hosts for b in other.hosts)


@given(matches, matches)
def test_paths_overlap_where_a_path_matches_both(one: PathMatch, other: PathMatch) -> None:
    assert paths_overlap(one, other) == paths_overlap(other, one)
    assert paths_overlap(one, other) == any(_takes(one, p) and _takes(other, p) for p in PATHS)


@settings(deadline=None)
@given(st.lists(routes, min_size=1, max_size=6))
def test_around_a_route_are_those_that_overlap_with_it(drawn: list[Route]) -> None:
    overlaps = Overlaps(tuple(drawn))
    for index, route in enumerate(drawn):
        expected = [
            other
            for other in drawn
            if paths_overlap(route.match, other.match) and _share_host(route, other)
        ]
        assert list(overlaps.around(index)) == expected
        assert route in expected


@settings(deadline=None)
@given(st.lists(routes, min_size=1, max_size=6))
def test_later_routes_shadow_preflights(drawn: list[Route]) -> None:
    overlaps = Overlaps(tuple(drawn))
    for index, route in enumerate(drawn):
        shadowed = overlaps.shadows_preflights(index)
        assert shadowed == any(
            other.cors
            and paths_overlap(route.match, other.match)
            and _share_host(route, other)
            and (not route.methods or not other.methods or set(route.methods) & set(other.methods))
            for other in drawn[index + 1 :]
        )


@given(routes, routes)
def test_a_route_covers_another_only_if_it_matches_all_of_it(one: Route, other: Route) -> None:
    if covers(one, other):
        assert all(_takes(one.match, path) for path in PATHS if _takes(other.match, path))
        assert not one.hosts or (set(other.hosts) <= set(one.hosts) and other.hosts)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (("prefix", "/a.b"), ("regex", "/axb/c"), False),
        (("prefix", "/a+b"), ("regex", r"/a\+b/c"), True),
        (("exact", "/~a"), ("regex", "/.a"), True),
        (("prefix", "/"), ("regex", "/x"), True),
    ],
)
def test_what_is_special_in_a_regex_is_literal_in_a_path(
    one: tuple[PathKind, str], other: tuple[PathKind, str], both: bool
) -> None:
    assert paths_overlap(PathMatch(*one), PathMatch(*other)) is both
