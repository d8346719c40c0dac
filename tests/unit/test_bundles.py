"""Named policies: what `use` brings to a route."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galc import targets
from galc.compiler import build, check, compile_text
from galc.frontend.printer import print_gal, print_yaml
from galc.frontend.printer.comments import comments_of
from galc.frontend.reading import read_tree
from galc.frontend.source import Place, Source
from galc.ir.gateway import Route
from galc.semantics.places import Places, concerns

from .compiling import checked, gateway

Tree = dict[str, Any]

_SERVICE = "service s {{ upstream s.internal:80 ; {} }}\n"


def routes(policies: str, *lines: str) -> dict[str, Route]:
    """The routes of a service with these lines, by path."""
    body = "\n".join(lines)
    found = gateway(f"version 1\n{policies}\nservice s {{ upstream s.internal:80\n{body}\n}}\n")
    return {route.match.value: route for route in found.routes}


def rate(route: Route) -> int | None:
    return route.rate_limit.rate.tokens if route.rate_limit else None


def test_own_then_the_last_bundle_then_the_service() -> None:
    found = routes(
        "policy a { rate_limit 1/s }\npolicy b { rate_limit 2/s }\npolicy c { timeout 5s }",
        "rate_limit 9/s",
        "route /own { use a b ; rate_limit 7/s }",
        "route /last { use a b }",
        "route /first { use b a }",
        "route /service { use c }",
    )
    assert {path: rate(route) for path, route in found.items()} == {
        "/own": 7,
        "/last": 2,
        "/first": 1,
        "/service": 9,
    }
    assert found["/service"].timeout_ms == 5000


def test_a_bundle_wins_over_those_that_it_uses() -> None:
    found = routes(
        "policy outer { use inner ; rate_limit 1/s }\npolicy inner { rate_limit 2/s ; timeout 3s }",
        "route /a { use outer }",
        "route /b { use outer inner }",
    )
    assert (rate(found["/a"]), found["/a"].timeout_ms) == (1, 3000)
    assert rate(found["/b"]) == 2
    assert found["/a"].bundles == ("inner", "outer")


def test_a_bundle_that_is_reached_twice_counts_once() -> None:
    found = routes(
        "policy base { headers { request_add X-A 1 } }\n"
        "policy left { use base }\npolicy right { use base }",
        "route /a { use left right }",
    )
    rules = found["/a"].headers
    assert rules is not None
    assert rules.request.add == (("X-A", ("1",)),)


def test_headers_accumulate_from_the_service_to_the_route() -> None:
    found = routes(
        "policy one { headers { request_set X-A one ; request_set X-One 1 } }\n"
        "policy two { headers { request_set X-A two } }",
        "headers { request_set X-A service ; request_remove X-Gone }",
        "route /a { use one two }",
        "route /b { use one two ; headers { request_set X-A route } }",
    )
    sets = {path: dict(r.headers.request.set) for path, r in found.items() if r.headers}
    assert sets["/a"] == {"X-One": ("1",), "X-A": ("two",)}
    assert sets["/b"] == {"X-One": ("1",), "X-A": ("route",)}
    assert all(r.headers and r.headers.request.remove == ("X-Gone",) for r in found.values())


def test_what_is_switched_off() -> None:
    found = routes(
        "policy off { rate_limit { enabled false } ; headers { enabled false } }\n"
        "policy on { rate_limit 3/s ; headers { request_set X-On 1 } }",
        "rate_limit 9/s",
        "headers { request_set X-Service 1 }",
        "route /none { use on off }",
        "route /again { use off on }",
        "route /own-off { use on ; rate_limit { enabled false } ; headers { enabled false } }",
        "route /plain",
    )
    assert (rate(found["/none"]), found["/none"].headers) == (None, None)
    assert rate(found["/again"]) == 3
    again = found["/again"].headers
    assert again is not None and again.request.set == (("X-On", ("1",)),)
    assert (rate(found["/own-off"]), found["/own-off"].headers) == (None, None)


def test_routes_that_use_a_bundle_share_its_policies() -> None:
    found = routes(
        "policy a { rate_limit 1/s ; headers { request_set X-A 1 } }",
        "headers { request_set X-B 1 }",
        "route /a { use a }",
        "route /b { use a }",
    )
    assert found["/a"].rate_limit is found["/b"].rate_limit
    assert found["/a"].headers is found["/b"].headers


_FILE = """version 1
policy limited { rate_limit 5/s }
service s {
  upstream s.internal:80
  timeout 4s
  route /a { use limited ; timeout 3s }
  route /b
}
"""


def test_where_a_policy_of_a_bundle_is_written() -> None:
    found = gateway(_FILE)
    a, b = sorted(found.routes, key=lambda route: route.match.value)
    places = Places(found)
    assert places.of(a, "rate_limit") == Place(("policies", "limited", "rate_limit"), key=True)
    assert places.of(a, "timeout") == Place(("services", 0, "routes", 0, "timeout"), key=True)
    assert places.of(b, "timeout") == Place(("services", 0, "timeout"), key=True)
    limit = Place(("policies", "limited", "rate_limit", "burst"))
    assert concerns(limit, a)
    assert not concerns(limit, b)


def test_a_target_refuses_at_the_bundle_and_once() -> None:
    text = (
        "version 1\npolicy p { retry { base_interval 50ms } }\n"
        "service s { upstream s.internal:80 ; route /a { use p } ; route /b { use p } }\n"
    )
    built = build(checked(text), targets.load("kong"))
    refused = [d.place for d in built.diagnostics if d.severity == "error"]
    assert Place(("policies", "p", "retry", "base_interval")) in refused
    assert all(isinstance(p, Place) and p.path[:2] == ("policies", "p") for p in refused)
    assert len(set(refused)) == len(refused)


def test_lossy_takes_a_policy_out_of_a_bundle() -> None:
    text = (
        "version 1\npolicy p { retry { backoff linear } ; rate_limit 5/s }\n"
        "service s { upstream s.internal:80 ; route /a { use p } }\n"
    )
    plain = text.replace("retry { backoff linear } ; ", "")
    lossy = compile_text(text, "in.gal", "kong", lossy=True)
    assert lossy.artifacts == compile_text(plain, "in.gal", "kong").artifacts != {}


def messages(text: str) -> list[str]:
    return [d.message() for d in checked(text).diagnostics]


@pytest.mark.parametrize(
    ("policies", "use", "found"),
    [
        ("policy a { use a }", "a", ["the policy `a` uses itself: `a` → `a`"]),
        (
            "policy a { use b }\npolicy b { use c }\npolicy c { use b }",
            "a",
            ["the policy `b` uses itself: `b` → `c` → `b`"],
        ),
        (
            "policy a { timeout 1s }",
            "c b",
            ["no policy is called `c`", "no policy is called `b`"],
        ),
        ("policy a { use b }", "a", ["no policy is called `b`"]),
        ("", "a", ["no policy is called `a`"]),
        ("policy a { timeout 1s }", "a a", ["`a` stands twice"]),
    ],
)
def test_what_is_wrong_with_names(policies: str, use: str, found: list[str]) -> None:
    text = f"version 1\n{policies}\n" + _SERVICE.format(f"route /a {{ use {use} }}")
    errors = [d.message() for d in checked(text).diagnostics if d.severity == "error"]
    assert errors == found


def test_only_the_end_of_an_unused_chain_is_told() -> None:
    text = "version 1\npolicy a { use b }\npolicy b { timeout 1s }\n" + _SERVICE.format("route /a")
    assert messages(text) == ["no route uses the policy `a`"]


def test_a_mistake_in_a_bundle_is_found_though_nobody_uses_it() -> None:
    text = "version 1\npolicy a { rate_limit { burst 5 } }\n" + _SERVICE.format("route /a")
    assert [d.code for d in checked(text).diagnostics if d.severity == "error"] == ["GAL3001"]


def test_a_broken_bundle_keeps_its_name() -> None:
    text = (
        "version: 1\npolicies: {a: 5}\nservices:\n- name: s\n  upstream: {host: s, port: 1}\n"
        "  routes: [{path: /a, use: [a]}]\n"
    )
    assert [d.code for d in checked(text).diagnostics] == ["GAL1002"]
    listed = text.replace("{a: 5}", "[a]")
    assert [d.code for d in checked(listed).diagnostics] == ["GAL1002"]


def test_a_long_chain_is_no_recursion() -> None:
    chain = "\n".join(f"policy p{n} {{ use p{n + 1} }}" for n in range(3000))
    last = "policy p3000 { timeout 5s }"
    found = routes(f"{chain}\n{last}", "route /a { use p0 }")
    assert found["/a"].timeout_ms == 5000
    closed = f"version 1\n{chain}\npolicy p3000 {{ use p0 }}\n" + _SERVICE.format("route /a")
    assert [d.code for d in checked(closed).diagnostics] == ["GAL2011"]


def test_old_spellings_are_read_in_a_bundle() -> None:
    text = (
        "version: 1\npolicies:\n  a:\n    rate_limit: {requests_per_second: 5, "
        "response_status: 430}\nservices:\n- name: s\n  upstream: {host: s, port: 1}\n"
        "  routes: [{path: /a, use: [a]}]\n"
    )
    (route,) = gateway(text).routes
    assert route.rate_limit is not None and route.rate_limit.status == 430


# --- a file with bundles builds to the same bytes as one that writes them out

_NAMES = ("a", "b", "c", "d")
_headers = st.fixed_dictionaries(
    {},
    optional={
        "request_set": st.dictionaries(st.sampled_from(["X-A", "X-B"]), st.sampled_from("12")),
        "request_remove": st.lists(st.sampled_from(["X-C", "X-D"]), unique=True),
    },
)
_OFF = {"enabled": False}
_policies: dict[str, st.SearchStrategy[Any]] = {
    "rate_limit": st.sampled_from([{"requests_per_second": 5}, {"requests_per_minute": 7}, _OFF]),
    "headers": st.one_of(_headers, st.just(_OFF)),
    "timeout": st.sampled_from(["3s", "4s"]),
    "authentication": st.sampled_from(
        [{"type": "api_key", "api_key": {"keys": [{"key": "k-6f1c9a52d0"}]}}, _OFF]
    ),
    "cors": st.sampled_from([{"allowed_origins": ["https://a.example.com"]}, _OFF]),
}
_some = st.fixed_dictionaries({}, optional=_policies)


@st.composite
def documents(draw: st.DrawFn) -> Tree:
    """A document whose routes use bundles that use the ones after them."""
    bundles: Tree = {}
    for index, name in enumerate(_NAMES):
        later = _NAMES[index + 1 :]
        use = draw(st.lists(st.sampled_from(later), unique=True, max_size=2)) if later else []
        bundles[name] = {"use": use, **draw(_some)}
    uses = draw(st.lists(st.lists(st.sampled_from(_NAMES), unique=True), min_size=1, max_size=3))
    paths = [{"path_prefix": f"/r{n}", "use": use, **draw(_some)} for n, use in enumerate(uses, 1)]
    service = {"name": "s", "upstream": {"host": "s.internal", "port": 80}, **draw(_some)}
    return {"version": 1, "policies": bundles, "services": [{**service, "routes": paths}]}


def _below(bundles: Tree, use: list[str]) -> list[Tree]:
    """What the definition says, word by word: each bundle after those that it uses; of one that
    comes twice, the last counts."""
    found = []
    for name in use:
        found += [*_below(bundles, bundles[name]["use"]), bundles[name]]
    return [
        one for at, one in enumerate(found) if not any(one is later for later in found[at + 1 :])
    ]


def _together(weaker: Tree, stronger: Tree) -> Tree:
    result = {**weaker, **stronger}
    result["request_set"] = {**weaker.get("request_set", {})}
    for name, value in stronger.get("request_set", {}).items():
        result["request_set"].pop(name, None)
        result["request_set"][name] = value
    removed = (*weaker.get("request_remove", ()), *stronger.get("request_remove", ()))
    result["request_remove"] = list(dict.fromkeys(removed))
    return {name: value for name, value in result.items() if value}


def written_out(document: Tree) -> Tree:
    """The same document without bundles and without defaults of the service."""
    document = deepcopy(document)
    bundles = document.pop("policies")
    (service,) = document["services"]
    default = {name: service.pop(name) for name in _policies if name in service}
    for route in service["routes"]:
        layers = [default, *_below(bundles, route.pop("use")), dict(route)]
        for name in _policies:
            found: Any = None
            for layer in layers:
                if name not in layer:
                    continue
                off = layer[name] == _OFF
                is_more = name == "headers" and found is not None and not off
                found = _together(found, layer[name]) if is_more else None if off else layer[name]
            route.pop(name, None)
            if found is not None:
                route[name] = found
    return document


@settings(max_examples=60)
@given(documents())
def test_a_file_with_bundles_is_the_file_that_writes_them_out(document: Tree) -> None:
    plain = written_out(document)
    gal = Source("in.gal", print_gal(document), "gal")
    for name in targets.ALL:
        target = targets.load(name)
        built = build(check(Source("in.yaml", print_yaml(document), "yaml")), target)
        assert built.ok
        expected = build(check(Source("in.yaml", print_yaml(plain), "yaml")), target).artifacts
        assert built.artifacts == expected
        assert build(check(gal), target).artifacts == expected


def test_a_comment_after_a_policy_stays_there() -> None:
    text = "version 1\n\npolicy a {}  # one\n\npolicy b {}  # two\n"
    source = Source("in.gal", text, "gal")
    tree = read_tree(source, lambda _: None)
    assert tree is not None
    assert print_gal(tree, comments_of(source)) == text
