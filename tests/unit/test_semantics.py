"""What the live cases don't reach of the interpreter: paths, routes, rules of every kind."""

import re
from collections.abc import Mapping
from itertools import pairwise

from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from galc.diagnostics import Diagnostic
from galc.diagnostics.meaning import RouteConflict
from galc.ir.gateway import Gateway, HeaderRules, PathKind, PathMatch, Route, Variable
from galc.passes.matching import normal_path, path_problem
from galc.passes.order import order
from galc.semantics import Request, State, routing, rules, serve
from galc.semantics.clients import client_address
from galc.semantics.messages import Headers, values
from galc.semantics.paths import normalised

from .compiling import gateway

# --- paths

_PIECES = [
    "/",
    "//",
    ".",
    "..",
    "a",
    "B",
    "%61",
    "%2e",
    "%2E",
    "%C3%A9",
    "%c3",
    "%25",
    "~",
    ";x",
    "%",
]
paths = st.lists(st.sampled_from(_PIECES), max_size=12).map(lambda pieces: "/" + "".join(pieces))
queries = st.sampled_from(["", "?", "?a=/../b", "?x=%2F%2e&y=//", "?%5C"])


@given(paths, queries)
def test_a_normal_path_is_normal(path: str, query: str) -> None:
    split = normalised(path + query)
    assume(split is not None)
    assert split is not None
    assert normalised(split.path + split.query) == split
    assert split.query == query


@given(paths)
@example("/%2e%2e/a")
@example("/a/%2e%2E/%2e/b")
def test_nothing_that_gets_around_a_route_is_left(path: str) -> None:
    split = normalised(path)
    if split is not None:
        assert not {".", ".."} & set(split.path.split("/"))
        assert "//" not in split.path
        assert not re.search("%(2[EeDd]|3[0-9]|[46][1-9A-Fa-f]|5[Ff]|7[Ee])", split.path)


def test_encoded_and_other_slashes_have_no_path() -> None:
    for target in ("/a%2fb", "/a%5Cb", "/a\\b", "*", "a", "", "/..", "/a/../..", "/%2e%2e"):
        assert normalised(target) is None, target


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20))
def test_a_path_of_a_file_is_a_request_s_own(text: str) -> None:
    path = "/" + text
    assume(path_problem(path) is None)
    split = normalised(normal_path(path))
    assert split is not None
    assert split.path == normal_path(path)


# --- routes

_MATCHES: list[tuple[PathKind, str]] = [
    ("exact", "/"),
    ("exact", "/a"),
    ("exact", "/a/b"),
    ("prefix", "/"),
    ("prefix", "/a"),
    ("prefix", "/a/b"),
    ("regex", "/[a-b]+"),
    ("regex", "/a/.*"),
    ("regex", "/[0-9]+"),
]
_HOSTS = ["shop.test", "*.shop.test", "*.a.shop.test"]
_METHODS = ["GET", "POST", "OPTIONS"]
_BASE = gateway("version 1\nservice s { upstream s:1 ; route /* }")

drawn_routes = st.lists(
    st.tuples(
        st.sampled_from(_MATCHES),
        st.sets(st.sampled_from(_HOSTS), max_size=2),
        st.sets(st.sampled_from(_METHODS), max_size=2),
    ),
    min_size=1,
    max_size=7,
)


def _gateway(drawn: list[tuple[tuple[PathKind, str], set[str], set[str]]]) -> Gateway | None:
    """The gateway with these routes in the order of the pass; None where two are in conflict."""
    (template,) = _BASE.routes
    made = [
        replace(
            template,
            name=f"r{number}",
            origin=("services", 0, "routes", number),
            match=PathMatch(*match),
            hosts=tuple(sorted(hosts)),
            methods=tuple(sorted(methods)),
        )
        for number, (match, hosts, methods) in enumerate(drawn)
    ]
    found: list[Diagnostic] = []
    ordered = order(replace(_BASE, routes=tuple(made)), found.append)
    return None if any(isinstance(d, RouteConflict) for d in found) else ordered


def _takes(route: Route, method: str, host: str, path: str) -> bool:
    fits = {
        "exact": path == route.match.value,
        "prefix": f"{path}/".startswith(f"{route.match.value.rstrip('/')}/"),
        "regex": bool(re.fullmatch(route.match.value, path)),
    }
    below = any(h.startswith("*") and host.endswith(h[1:]) for h in route.hosts)
    at_host = not route.hosts or host in route.hosts or below
    return fits[route.match.kind] and at_host and (not route.methods or method in route.methods)


@given(
    drawn_routes,
    st.sampled_from([*_METHODS, "PUT"]),
    st.sampled_from(["shop.test", "x.shop.test", "x.a.shop.test", "a.shop.test", "other.test"]),
    st.sampled_from(["/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/7", "/b"]),
)
def test_the_route_chosen_is_the_first_of_the_order(
    drawn: list[tuple[tuple[PathKind, str], set[str], set[str]]], method: str, host: str, path: str
) -> None:
    ordered = _gateway(drawn)
    assume(ordered is not None)
    assert ordered is not None
    first = next((r for r in ordered.routes if _takes(r, method, host, path)), None)
    assert routing.choose(ordered, method, host, path) == first
    found = routing.candidates(ordered, method, host, path)
    assert [c.route for c in found if c.lacks is None][:1] == ([first] if first else [])
    for candidate in found:
        if candidate.lacks == "method":
            assert method not in candidate.route.methods
        elif candidate.lacks == "host":
            assert host not in candidate.route.hosts


def test_a_host_has_no_port_no_case_and_no_dot() -> None:
    names = ("API.test", "api.test:8080", "api.test.", "api.test.:1", " api.test ")
    assert {routing.host_name(name) for name in names} == {"api.test"}
    assert routing.host_name("[::1]:80") == "[::1]"


def test_a_suffix_is_no_name_of_its_own() -> None:
    made = _gateway([(("prefix", "/"), {"*.shop.test"}, set())])
    assert made is not None
    taken = [routing.choose(made, "GET", host, "/") for host in ("a.shop.test", ".shop.test")]
    assert taken == [made.routes[0], None]


def test_of_one_path_the_route_with_the_method_comes_first() -> None:
    for first, second in (({"GET"}, set[str]()), (set[str](), {"GET"})):
        made = _gateway([(("prefix", "/a"), set(), first), (("prefix", "/a"), set(), second)])
        assert made is not None
        chosen = [routing.choose(made, method, "x.test", "/a") for method in ("GET", "PUT")]
        assert [route.methods for route in chosen if route] == [("GET",), ()]


def test_why_one_route_comes_first() -> None:
    made = _gateway(
        [
            (("exact", "/a"), set(), set()),
            (("prefix", "/a"), {"shop.test"}, set()),
            (("prefix", "/a"), set(), {"GET"}),
            (("prefix", "/"), set(), set()),
            (("regex", "/[a-b]+"), set(), set()),
        ]
    )
    assert made is not None
    found = routing.candidates(made, "GET", "shop.test", "/a")
    winner = found[0].route
    assert [routing.decides(winner, other.route) for other in found[1:]] == [
        "it names the host"
    ] * 4
    later = [c.route for c in found][1:]
    assert [routing.decides(one, two) for one, two in pairwise(later)] == [
        "an exact path comes first",
        "its prefix is longer",
        "a prefix comes before a regex",
    ]


# --- header rules

names = st.sampled_from(["X-A", "x-a", "X-B", "X-C", "Cookie"])
header_values = st.sampled_from(["1", "2", "a, b", ""])
headers_sent = st.lists(st.tuples(names, header_values), max_size=6).map(tuple)
unique_names = st.lists(names, max_size=3, unique_by=str.lower)


@st.composite
def header_rules(draw: st.DrawFn) -> HeaderRules:
    def pairs(taken: list[str]) -> tuple[tuple[str, tuple[str | Variable, ...]], ...]:
        return tuple((name, (draw(header_values), Variable("client_ip"))) for name in taken)

    return HeaderRules(
        tuple(draw(unique_names)), pairs(draw(unique_names)), pairs(draw(unique_names))
    )


_VARIABLES: Mapping[str, str] = {"client_ip": "192.0.2.1"}


@given(header_rules(), headers_sent)
def test_rules_do_what_they_say_and_nothing_else(rule: HeaderRules, sent: Headers) -> None:
    made = rules.applied(rule, sent, _VARIABLES)
    removed = {name.lower() for name in rule.remove}
    set_to = {name.lower(): f"{template[0]}192.0.2.1" for name, template in rule.set}
    added = {name.lower(): f"{template[0]}192.0.2.1" for name, template in rule.add}
    for name in {n.lower() for n, _ in (*sent, *made)}:
        expected = [] if name in removed else values(sent, name)
        expected = [set_to[name]] if name in set_to else expected
        expected += [added[name]] if name in added else []
        assert values(made, name) == expected, name
    untouched = [h for h in sent if h[0].lower() not in removed | set_to.keys()]
    assert [h for h in made if h in untouched][: len(untouched)] == untouched


# --- who the client is

addresses = st.sampled_from(["10.0.0.1", "10.0.0.2", "192.0.2.9", "2001:db8::1", "junk", ""])
_BEHIND = gateway(
    "version 1\nglobal { trusted_proxies 10.0.0.0/8 2001:db8::/32 }\n"
    "service s { upstream s:1 ; route /* }"
)


@given(
    st.sampled_from(["10.0.0.1", "192.0.2.1", "2001:db8::7"]),
    st.lists(st.lists(addresses, min_size=1, max_size=3).map(", ".join), max_size=2),
)
def test_only_trusted_proxies_are_believed(peer: str, lines: list[str]) -> None:
    headers = tuple(("X-Forwarded-For", line) for line in lines)
    client = client_address(_BEHIND, Request("GET", "/", headers, peer=peer))
    named = [part.strip() for line in lines for part in line.split(",")]
    if peer == "192.0.2.1":
        assert client == peer
    elif client == "192.0.2.9":
        behind = named[len(named) - named[::-1].index(client) :]
        assert all(name.startswith(("10.", "2001:db8:")) or not name for name in behind)
    else:
        # Nobody outside is named before something that is no address, so a proxy is the client.
        assert client.startswith(("10.", "2001:db8:"))
        assert client in (peer, *named)


def test_without_trusted_proxies_the_peer_is_the_client() -> None:
    headers = (("X-Forwarded-For", "192.0.2.9"),)
    request = Request("GET", "/", headers, peer="10.0.0.1")
    assert client_address(_BASE, request) == "10.0.0.1"
    decision, _ = serve(_BASE, State(), request, 0.0)
    assert decision.forwarded is not None
    assert values(decision.forwarded.headers, "X-Forwarded-For") == ["192.0.2.9, 10.0.0.1"]
