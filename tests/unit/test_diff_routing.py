"""Which requests take another route: told by hand, and compared with the reference interpreter."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from galc.compiler import Checked, check
from galc.diagnostics.meaning import RouteConflict
from galc.difference import differences
from galc.difference.findings import (
    Finding,
    PolicyChanged,
    RequestsAccepted,
    RequestsRefused,
    RequestsRerouted,
)
from galc.difference.regions import Region, Some
from galc.difference.sampling import samples
from galc.frontend.printer import print_yaml
from galc.frontend.source import Source
from galc.ir.gateway import Gateway, Route
from galc.semantics.routing import choose

from .compiling import SERVICE, checked
from .test_diff import found

_KEY = "authentication api_key { key k-1 name=one }"
_OPEN = "now reachable without authentication"


def of_routes(old: str, new: str) -> list[str]:
    return found(SERVICE.format(old), SERVICE.format(new))


def test_a_deleted_route_whose_paths_fall_to_a_broader_one() -> None:
    admin = f"route /admin/* POST PUT {{ name admin ; {_KEY} }}"
    everything = "route /* { name all }"
    assert of_routes(f"{admin} ; {everything}", everything) == [
        f"security-opening: POST, PUT /admin/*: {_OPEN}; was route admin (api_key), "
        "now route all (no authentication)"
    ]
    assert of_routes(everything, f"{admin} ; {everything}") == [
        "security-changing: POST, PUT /admin/*: now behind authentication; was route all "
        "(no authentication), now route admin (api_key)"
    ]


def test_a_deleted_route_whose_paths_fall_to_none() -> None:
    one, other = "route /a/* { name a }", f"route /b GET {{ name b ; {_KEY} }}"
    gone = "now 404"
    assert of_routes(f"{one} ; {other}", one) == [
        f"behaviour: GET /b: no longer reachable; was route b (api_key), {gone}"
    ]
    assert of_routes(one, f"{one} ; {other}") == [
        "behaviour: GET /b: now reachable, with authentication; was 404, now route b (api_key)"
    ]
    assert of_routes(other, f"{one} ; {other}") == [
        "security-opening: /a/*: now reachable, without authentication; was 404, now route a "
        "(no authentication)"
    ]


def test_a_method_that_a_protected_route_no_longer_takes() -> None:
    old = f"route /a/* {{ name a ; {_KEY} }} ; route /* {{ name all }}"
    new = old.replace("/a/*", "/a/* GET POST")
    assert of_routes(old, new) == [
        f"security-opening: /a/* by every method but GET, POST: {_OPEN}; was route a (api_key), "
        "now route all (no authentication)"
    ]


def test_another_service_is_told_in_one_line() -> None:
    old = "service one { upstream one:80 ; route /* { name all } }\n"
    other = "service two { upstream two:90 ; route /a/* { name a ; timeout 9s } }"
    sides = [checked(f"version 1\n{text}").state for text in (old, old + other)]
    assert sides[0] is not None and sides[1] is not None
    (finding,) = differences(sides[0], sides[1])
    assert finding.headline(str).startswith("/a/*: taken by another route; was route all")
    assert finding.details(str) == (
        "goes to service two instead of one",
        "timeout lowered from 30s to 9s",
    )


def test_a_route_with_the_same_policies_changes_nothing() -> None:
    old = "route /* { name all }"
    assert of_routes(old, f"{old} ; route /a/* GET ; route /b ; route /c") == []


def test_a_host_that_a_route_no_longer_takes() -> None:
    old = f"route /* {{ name a ; hosts a.x.com *.b.com ; {_KEY} }} ; route /* {{ name all }}"
    new = old.replace(" *.b.com", "")
    (line,) = of_routes(old, new)
    assert line.startswith(f"security-opening: /* on *.b.com: {_OPEN}; was route a (api_key)")


def test_a_path_in_another_spelling_changes_nothing() -> None:
    assert of_routes("route /caf%c3%a9/*", "route /café/*") == []
    assert of_routes("route { path /%61/ }", "route { path /a/ }") == []


def test_a_stripped_prefix_counts_where_another_one_takes_over() -> None:
    old = "route /v1/* { name a ; strip_prefix true }"
    new = f"{old} ; route /v1/x/* {{ name b ; strip_prefix true }}"
    (line,) = of_routes(old, new)
    assert line.startswith("behaviour: /v1/x/*: taken by another route; was route a")


def test_a_regex_is_asked_about_by_its_samples() -> None:
    old = f'route ~ "/u/[0-9]+(/x|/y)?" {{ name u ; {_KEY} }} ; route /u/* GET {{ name all }}'
    new = "route /u/* { name all }"
    lines = of_routes(old, new)
    assert any(line.startswith("security-opening: ~ /u/[0-9]+(/x|/y)?") for line in lines)
    assert any(f"{_OPEN}; was route u (api_key)" in line for line in lines)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("/a/[0-9]+", ("/a/0", "/a/7", "/a/9", "/a/4")),
        ("/(aa|bb)/x", ("/aa/x", "/bb/x")),
        ("/(a|b)", ("/a", "/b")),
        ("/a(/x)?", ("/a/x", "/a")),
        ("(?i)/A[.]", ("/A.",)),
        (r"/\d{3}-\w", ("/000-a", "/777-q", "/999-z", "/444-k")),
        ("/[^ -.0-~]", ()),
        ("/[^!-.0-}]", ("/~",)),
        (".*/x", ("/a/x", "/q/x", "/z/x", "/k/x")),
        (r"/\s", ()),
    ],
)
def test_samples(pattern: str, expected: tuple[str, ...]) -> None:
    assert samples(pattern) == expected
    assert all(re.fullmatch(pattern, sample) for sample in samples(pattern))


def test_a_regex_without_a_sample_is_compared_by_its_pattern() -> None:
    old = f'route ~ "/\\\\s" {{ name s ; {_KEY} }}'
    (line,) = of_routes(old, old.replace(f"; {_KEY}", ""))
    assert line.startswith(f"security-opening: ~ /\\s: {_OPEN}")


@pytest.mark.parametrize(
    ("one", "other", "covers"),
    [
        (Some(True, ()), Some(True, ("GET",)), True),
        (Some(True, ("GET",)), Some(True, ()), False),
        (Some(True, ("GET",)), Some(False, ("POST",)), True),
        (Some(True, ("GET",)), Some(False, ("GET", "POST")), False),
        (Some(False, ("GET", "POST")), Some(False, ("GET",)), True),
        (Some(False, ("GET",)), Some(False, ("GET", "POST")), False),
        (Some(False, ("GET",)), Some(True, ("GET",)), False),
    ],
)
def test_what_covers_what(one: Some, other: Some, covers: bool) -> None:
    assert one.covers(other) is covers


def test_a_path_below_another_is_named_only_where_it_tells_more() -> None:
    old = f"route /a/* GET {{ name a ; {_KEY} }} ; route /a/b/* {{ name b ; {_KEY} }}"
    everything = "route /* { name all }"
    lines = of_routes(f"{old} ; {everything}", everything)
    assert [line.partition(": now")[0] for line in lines] == [
        "security-opening: /a/b/*",
        "security-opening: GET /a/*",
    ]
    narrowed = of_routes(f"route /a/* {{ name a ; {_KEY} }} ; route /a/b/* GET", "route /a/b/* GET")
    assert [line.partition(": no ")[0] for line in narrowed] == [
        "behaviour: /a/*",
    ]


# --- against the reference interpreter

_PATHS = (
    *(("path_prefix", value) for value in ("/", "/a", "/a/b", "/c")),
    *(("path", value) for value in ("/a", "/a/", "/a/b", "/c/d")),
    *(("path_regex", value) for value in ("/a/[0-9]+", "/(a|c)/x")),
)
_METHODS = ((), ("GET",), ("POST",), ("GET", "POST"))
_HOSTS = ((), ("h.x",), ("*.x",), ("*.y.x",), ("h.x", "z"))
_REQUESTS = [
    (method, host, path)
    for path in (
        "/ /q /a /a/ /a/q /a/q/r /a/b /a/b/ /a/b/q /c /c/d /c/d/q /c/q /a/7 /a/x /c/x".split()
    )
    for method in ("GET", "POST", "DELETE")
    for host in ("h.x", "q.x", "w.y.x", "z", "other")
]


class Spec(Struct, frozen=True):
    path: tuple[str, str]
    methods: tuple[str, ...]
    hosts: tuple[str, ...]
    key: bool


_specs = st.lists(
    st.builds(
        Spec,
        st.sampled_from(_PATHS),
        st.sampled_from(_METHODS),
        st.sampled_from(_HOSTS),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def _document(specs: list[Spec], prefix: str) -> dict[str, Any]:
    routes = []
    for index, spec in enumerate(specs):
        route: dict[str, Any] = {"name": f"{prefix}{index}", spec.path[0]: spec.path[1]}
        if spec.methods:
            route["methods"] = list(spec.methods)
        if spec.hosts:
            route["hosts"] = list(spec.hosts)
        if spec.key:
            keys = {"keys": [{"key": "k-1", "name": "one"}]}
            route["authentication"] = {"type": "api_key", "api_key": keys}
        routes.append(route)
    upstream = {"host": "x", "port": 80}
    return {"version": 1, "services": [{"name": "s", "upstream": upstream, "routes": routes}]}


def _sound(specs: list[Spec], prefix: str) -> Checked:
    """The routes of some specs, without those that conflict with others."""
    while True:
        checked = check(Source("in.yaml", print_yaml(_document(specs, prefix)), "yaml"))
        bad = [d for d in checked.diagnostics if d.severity == "error"]
        if not bad:
            return checked
        assert all(isinstance(d, RouteConflict) for d in bad)
        places = {d.place.path[-1] for d in bad}  # type: ignore[union-attr]
        specs = [spec for index, spec in enumerate(specs) if index not in places]


def _gateway(checked: Checked) -> Gateway:
    assert checked.state is not None and checked.state.gateway is not None
    return checked.state.gateway


def _holds(some: Some, name: str, *, hosts: bool = False) -> bool:
    def same(mine: str) -> bool:
        return name == mine or (hosts and mine.startswith("*.") and name.endswith(mine[1:]))

    return any(map(same, some.names)) != some.others


def _covers(region: Region, method: str, host: str, path: str) -> bool:
    def takes(text: str) -> bool:
        if text.startswith("~ "):
            return re.fullmatch(text[2:], path) is not None
        if text.endswith("/*"):
            return path == text[:-2] or path.startswith(text[:-1])
        return path == text

    if not any(map(takes, region.paths)) or not _holds(region.methods, method):
        return False
    return _holds(region.hosts, host, hosts=True)


def _tells(finding: Finding, old: Route | None, new: Route | None) -> tuple[Region, ...]:
    """The requests of a finding, if it can be the one that speaks of these routes."""
    names = (old and old.name, new and new.name)
    match finding:
        case RequestsAccepted(after=after) if names == (None, after.route):
            return finding.regions
        case RequestsRefused(before=before) if names == (before.route, None):
            return finding.regions
        case RequestsRerouted(before=before, after=after) if names == (before.route, after.route):
            return finding.regions
        case PolicyChanged() if old and new and old.match == new.match:
            return finding.where.regions
    return ()


def _means(route: Route | None) -> tuple[bool, bool]:
    return route is not None, route is not None and route.authentication is not None


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(_specs, _specs, st.booleans())
def test_every_request_that_differs_is_told(
    first: list[Spec], second: list[Spec], related: bool
) -> None:
    old = _sound(first, "old")
    new = _sound(first[1:] + second[:2] if related and len(first) > 1 else second, "new")
    assert old.state is not None and new.state is not None
    told = differences(old.state, new.state)
    differing = False
    for method, host, path in _REQUESTS:
        one = choose(_gateway(old), method, host, path)
        other = choose(_gateway(new), method, host, path)
        if _means(one) != _means(other):
            differing = True
            assert any(
                _covers(region, method, host, path)
                for finding in told
                for region in _tells(finding, one, other)
            ), (method, host, path, [finding.headline(str) for finding in told])
    assert differing == bool(told), [finding.headline(str) for finding in told]
