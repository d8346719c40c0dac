"""What is cut out of a tree takes no sound part with it, and is never missed elsewhere."""

from typing import Any

import pytest

from galc.frontend.source import Path, Place
from galc.passes.prune import prune

from .compiling import checked


def _tree() -> dict[str, Any]:
    return {
        "version": 1,
        "global": {"host": "::1", "port": 80},
        "services": [
            {"name": "a", "upstream": {"host": "a", "port": 1}, "timeout": "1s",
             "routes": [{"path": "/a", "cors": {"max_age": 1}}, {"path": "/b"}, {"path": "/c"}]},
            {"name": "b", "upstream": {"host": "b", "port": 1}, "routes": [{"path": "/d"}]},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "gone"),
    [
        (("global", "port"), ("global", "port")),
        (("services", 0, "timeout"), ("services", 0, "timeout")),
        (
            ("services", 0, "routes", 0, "cors", "max_age"),
            ("services", 0, "routes", 0, "cors", "max_age"),
        ),
        (
            ("services", 0, "routes", 0, "cors", "allowed_origins"),
            ("services", 0, "routes", 0, "cors"),
        ),
        (("surprise",), ("surprise",)),
    ],
)
def test_the_smallest_part_goes(wrong: Path, gone: Path) -> None:
    tree = _tree()
    tree.setdefault(str(wrong[0]), 5)
    expected = _tree()
    if gone != ("surprise",):
        node: Any = expected
        for step in gone[:-1]:
            node = node[step]
        del node[gone[-1]]
    assert prune(tree, [wrong]) == (expected, {})


def test_a_route_goes_and_the_others_remember_where_they_were() -> None:
    tree, moved = prune(_tree(), [("services", 0, "routes", 0, "path")])
    assert [r["path"] for r in tree["services"][0]["routes"]] == ["/b", "/c"]
    assert moved == {
        ("services", 0, "routes", 0): ("services", 0, "routes", 1),
        ("services", 0, "routes", 1): ("services", 0, "routes", 2),
    }


def test_what_must_be_there_gets_a_stand_in() -> None:
    tree, _ = prune(
        _tree(),
        [("services", 0, "upstream", "port"), ("services", 1, "routes", 0, "path"), ("version",)],
    )
    assert tree["version"] == 1
    assert tree["services"][0]["upstream"]["host"] == "stand-in.invalid"
    assert tree["services"][1]["routes"] == [{"path": "/stand-in-1"}]
    tree, _ = prune({"services": [{}]}, [("services", 0)])
    assert set(tree["services"][0]) == {"name", "upstream", "routes"}


def test_the_tree_itself_is_untouched() -> None:
    tree = _tree()
    prune(tree, [("services", 0, "routes", 0, "path")])
    assert tree == _tree()


def test_mistakes_before_and_after_a_cut_are_told_at_their_own_places() -> None:
    text = (
        "version: 1\nservices:\n- name: s\n  upstream: {host: a, port: 1}\n  routes:\n"
        "  - {path: /a, timeout: 5}\n  - {path: b}\n  - {path: /c, methods: [get]}\n  - {path: d}\n"
    )
    found = {str(d.message()).split("`")[1]: d.place for d in checked(text).diagnostics}
    indices = {name: place.path[3] for name, place in found.items() if not hasattr(place, "line")}
    assert indices == {"timeout": 0, "b": 1, "methods": 2, "d": 3}


def test_a_wrong_field_hides_no_other_mistake_of_its_policy_and_makes_none() -> None:
    text = (
        "version: 1\nservices:\n- name: s\n  upstream: {host: a, port: 1}\n  routes:\n"
        "  - {path: /a, cors: {allowed_origins: [x], max_age: ten, brust: 4}}\n"
        "  - {path: /b, rate_limit: {requests_per_secnd: 5, brust: 4}}\n"
        "  - {path: c, strip_prefx: true}\n"
        "  - {path: /d, authentcation: {type: jwt},\n"
        "     rate_limit: {requests_per_second: 1, key_type: jwt_claim, key_claim: sub}}\n"
        "  - {path: /e, authentication: {type: basic, enabled: no}}\n"
        "  - {path: /f, headers: {request_set: {a b: x, Host: y}}}\n"
        "  - {path: /g, authentication:\n"
        "     {type: jwt, fail_stats: 3, jwt: {jwks_uri: g, issuer: 4}}}\n"
    )
    places = [d.place for d in checked(text).diagnostics]
    found = sorted(str(place.path[3:]) for place in places if isinstance(place, Place))
    assert found == sorted(
        str(path)
        for path in [
            (0, "cors", "allowed_origins", 0), (0, "cors", "max_age"), (0, "cors", "brust"),
            (1, "rate_limit", "requests_per_secnd"), (1, "rate_limit", "brust"),
            (2, "path"), (2, "strip_prefx"),
            (3, "authentcation"),
            (4, "authentication", "enabled"),
            (5, "headers", "request_set", "a b"), (5, "headers", "request_set", "Host"),
            (6, "authentication", "fail_stats"), (6, "authentication", "jwt", "jwks_uri"),
            (6, "authentication", "jwt", "issuer"),
        ]
    )  # fmt: skip
