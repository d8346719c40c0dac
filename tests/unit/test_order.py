"""The order is total, doesn't depend on the file, and is the one of language section 3."""

import re
from itertools import permutations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galc.diagnostics import Diagnostic
from galc.diagnostics.meaning import RouteConflict
from galc.ir.gateway import Gateway, PathKind, PathMatch, Route
from galc.passes.order import order

from .compiling import codes_of, gateway, routes

HOSTS = ["a.example.com", "b.example.com", "x.b.example.com", "other.org"]
PATHS = ["/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/1", "/12"]
METHODS = ["GET", "POST"]

matches = st.sampled_from(
    [
        ("exact", "/a"),
        ("exact", "/a/b"),
        ("prefix", "/"),
        ("prefix", "/a"),
        ("prefix", "/a/b"),
        ("regex", "/[0-9]+"),
        ("regex", "/[ab]+"),
        ("regex", "/a/.*"),
        ("regex", "/1[0-9]"),
    ]
)
hosts = st.sets(st.sampled_from(["a.example.com", "*.example.com", "*.b.example.com"]), max_size=2)
methods = st.sets(st.sampled_from(METHODS), max_size=2)
_BASE = gateway("version 1\nservice s { upstream s:1 ; route /* }")


def _gateway(drawn: list[tuple[tuple[PathKind, str], set[str], set[str]]]) -> Gateway:
    (template,) = _BASE.routes
    made = [
        msgspec.structs.replace(
            template,
            name=f"r{index}",
            origin=("services", 0, "routes", index),
            match=PathMatch(*match),
            hosts=tuple(sorted(names)),
            methods=tuple(sorted(taken)),
        )
        for index, (match, names, taken) in enumerate(drawn)
    ]
    return msgspec.structs.replace(_BASE, routes=tuple(made))


def _takes(route: Route, host: str, path: str, method: str) -> bool:
    match = route.match
    fits = {
        "exact": path == match.value,
        "prefix": match.value == "/" or f"{path}/".startswith(f"{match.value}/"),
        "regex": bool(match.kind == "regex" and re.fullmatch(match.value, path)),
    }[match.kind]
    host_fits = not route.hosts or any(
        host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
        for pattern in route.hosts
    )
    return fits and host_fits and (not route.methods or method in route.methods)


def _winners(candidates: list[Route]) -> list[Route]:
    """The candidates that section 3 prefers, step by step; more than one is a conflict."""
    if any(route.hosts for route in candidates):
        candidates = [route for route in candidates if route.hosts]
    for kind in ("exact", "prefix", "regex"):
        if any(route.match.kind == kind for route in candidates):
            candidates = [route for route in candidates if route.match.kind == kind]
    longest = max(len(route.match.value) for route in candidates)
    candidates = [route for route in candidates if len(route.match.value) == longest]
    if any(route.methods for route in candidates):
        candidates = [route for route in candidates if route.methods]
    return candidates


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(matches, hosts, methods), min_size=1, max_size=5))
def test_the_first_that_matches_is_the_one_of_the_language(
    drawn: list[tuple[tuple[PathKind, str], set[str], set[str]]],
) -> None:
    before = _gateway(drawn)
    found: list[Diagnostic] = []
    after = order(before, found.append)
    assert sorted(after.routes, key=lambda r: r.name) == sorted(before.routes, key=lambda r: r.name)
    has_conflict = any(isinstance(d, RouteConflict) for d in found)
    ambiguous = False
    for host in HOSTS:
        for path in PATHS:
            for method in METHODS:
                candidates = [r for r in before.routes if _takes(r, host, path, method)]
                if not candidates:
                    continue
                winners = _winners(candidates)
                ambiguous = ambiguous or len(winners) > 1
                first = next(r for r in after.routes if _takes(r, host, path, method))
                assert first in winners
    assert has_conflict or not ambiguous


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(matches, hosts, methods), min_size=1, max_size=4))
def test_the_order_of_the_file_means_nothing(
    drawn: list[tuple[tuple[PathKind, str], set[str], set[str]]],
) -> None:
    before = _gateway(drawn)
    expected = order(before, lambda _: None).routes
    for shuffled in list(permutations(before.routes))[:6]:
        changed = msgspec.structs.replace(before, routes=shuffled)
        assert order(changed, lambda _: None).routes == expected


def test_exact_then_longer_prefix_then_regex() -> None:
    found = routes('route ~ "/x/[0-9]+"', "route /a/*", "route /b/*", "route /a/b/*", "route /a/b")
    assert [(r.match.kind, r.match.value) for r in found] == [
        ("exact", "/a/b"),
        ("prefix", "/a/b"),
        ("prefix", "/a"),
        ("prefix", "/b"),
        ("regex", "/x/[0-9]+"),
    ]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["route /a GET", "route /a POST"], []),
        (["route /a GET", "route /a GET POST"], ["GAL3004"]),
        (["route /a", "route /a GET"], []),
        (["route /a", "route /a"], ["GAL3004"]),
        (["route /a/*", "route /a/* { hosts a.com }"], []),
        (["route /a { hosts a.com }", "route /a { hosts b.com }"], []),
        (["route /a { hosts *.com }", "route /a { hosts a.com }"], ["GAL3004"]),
        (["route /a { hosts a.com }", "route /a { hosts *.com }"], ["GAL3004"]),
        (["route /a { hosts *.b.com }", "route /a { hosts *.com }"], ["GAL3004"]),
        (["route /a { hosts *.com }", "route /a { hosts *.b.com }"], ["GAL3004"]),
        (["route /a { hosts *.com }", "route /a { hosts com }"], []),
        (['route ~ "/a+"', 'route ~ "/b+"'], []),
        (['route ~ "/a+"', 'route ~ "/.a"'], ["GAL3004"]),
        (['route ~ "/a+" GET', 'route ~ "/.a" POST'], []),
        (['route ~ "/a+" { hosts a.com }', 'route ~ "/.a" { hosts b.com }'], []),
        (['route ~ "/a+"', 'route ~ "/a+"'], ["GAL3004"]),
        (["route /*", 'route ~ "/a+"'], ["GAL3005"]),
        (["route /a/*", 'route ~ "/a/b+"'], ["GAL3005"]),
        (["route /a/*", 'route ~ "/a.b"'], []),
        (["route /* GET", 'route ~ "/a+"'], []),
        (["route /* GET", 'route ~ "/a+" GET'], ["GAL3005"]),
        (["route /* { hosts a.com }", 'route ~ "/a+"'], []),
    ],
)
def test_conflicts_and_hidden_routes(lines: list[str], found: list[str]) -> None:
    assert codes_of(*lines) == found
