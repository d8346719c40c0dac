"""Each older spelling means what the current one means, and is told at its own place."""

from copy import deepcopy
from typing import Any

import pytest

from galc.diagnostics import Diagnostic
from galc.frontend.source import Place
from galc.passes.desugar import desugar

CASES: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("rate_limit", {"response_status": 503}, {"response": {"status_code": 503}}, ["GAL5002"]),
    ("rate_limit", {"response_message": "x"}, {"response": {"message": "x"}}, ["GAL5002"]),
    (
        "rate_limit",
        {"response_status": 503, "response": {"message": "x"}},
        {"response": {"message": "x", "status_code": 503}},
        ["GAL5002"],
    ),
    (
        "rate_limit",
        {"response_status": 503, "response": {"status_code": 429}},
        {"response": {"status_code": 429}},
        ["GAL1018"],
    ),
    (
        "rate_limit",
        {"response_status": 503, "response": 5},
        {"response_status": 503, "response": 5},
        [],
    ),
    (
        "circuit_breaker",
        {"failure_response_code": 500},
        {"response": {"status_code": 500}},
        ["GAL5002"],
    ),
    (
        "circuit_breaker",
        {"failure_response_message": "x"},
        {"response": {"message": "x"}},
        ["GAL5002"],
    ),
    ("circuit_breaker", {"healthy_status_codes": [200]}, {}, ["GAL5003"]),
    ("headers", {"request": {"add": {"A": "1"}}}, {"request_add": {"A": "1"}}, ["GAL5002"]),
    (
        "headers",
        {"response": {"set": {"A": "1"}, "remove": ["B"]}},
        {"response_set": {"A": "1"}, "response_remove": ["B"]},
        ["GAL5002", "GAL5002"],
    ),
    (
        "headers",
        {"request": {"add": {"A": "1"}}, "request_add": {"B": "2"}},
        {"request": {"add": {"A": "1"}}, "request_add": {"B": "2"}},
        [],
    ),
    ("headers", {"request": 5}, {"request": 5}, []),
    (
        "retry",
        {"retry_on": ["connect_timeout", "http_502", 5]},
        {"retry_on": ["connect_failure", "http_502", 5]},
        ["GAL5002"],
    ),
    ("retry", {"retry_on": "x"}, {"retry_on": "x"}, []),
    (
        "retry",
        {"retry_on": ["http_5xx", "retriable_4xx", "reset"]},
        {
            "retry_on": [
                *("http_500", "http_502", "http_503", "http_504"),
                *("http_409", "reset"),
            ]
        },
        ["GAL5002", "GAL5002"],
    ),
    (
        "authentication",
        {"basic_auth": {"users": {"ann": "a", "bob": "b"}}},
        {
            "basic": {
                "users": [
                    {"username": "ann", "password": "a"},
                    {"username": "bob", "password": "b"},
                ]
            }
        },
        ["GAL5002", "GAL5002"],
    ),
    ("authentication", {"jwt": {"audience": "api"}}, {"jwt": {"audiences": ["api"]}}, ["GAL5002"]),
    (
        "authentication",
        {"api_key": {"keys": ["a", {"key": "b"}]}},
        {"api_key": {"keys": [{"key": "a"}, {"key": "b"}]}},
        ["GAL5002"],
    ),
    (
        "authentication",
        {"api_key": {"key_name": "apikey", "in_location": "query"}},
        {"api_key": {"query_param": "apikey"}},
        ["GAL5002", "GAL5002"],
    ),
    (
        "authentication",
        {"api_key": {"key_name": "X-Key"}},
        {"api_key": {"header_name": "X-Key"}},
        ["GAL5002"],
    ),
    (
        "authentication",
        {"api_key": {"in_location": "query"}},
        {"api_key": {"query_param": "X-API-Key"}},
        ["GAL5002"],
    ),
    ("authentication", {"api_key": {"in_location": "header"}}, {"api_key": {}}, ["GAL5002"]),
    (
        "authentication",
        {"api_key": {"in_location": "body"}},
        {"api_key": {}},
        ["GAL1006", "GAL5002"],
    ),
]


def _tree(name: str, policy: dict[str, Any], *, of_service: bool) -> dict[str, Any]:
    service: dict[str, Any] = {"name": "s", "routes": [{"path": "/"}]}
    (service if of_service else service["routes"][0])[name] = deepcopy(policy)
    return {"services": [service]}


@pytest.mark.parametrize("of_service", [True, False])
@pytest.mark.parametrize(("name", "old", "new", "codes"), CASES)
def test_an_older_spelling(
    name: str, old: dict[str, Any], new: dict[str, Any], codes: list[str], of_service: bool
) -> None:
    tree = _tree(name, old, of_service=of_service)
    found: list[Diagnostic] = []
    moved = desugar(tree, found.append)
    assert tree == _tree(name, new, of_service=of_service)
    assert sorted(d.code for d in found) == codes
    source = _tree(name, old, of_service=of_service)
    for path, origin in moved.items():
        assert _has(tree, path) and _has(source, origin)
    for diagnostic in found:
        assert isinstance(diagnostic.place, Place)
        assert _has(source, diagnostic.place.path)


def _has(tree: Any, path: tuple[str | int, ...]) -> bool:
    for step in path:
        if isinstance(tree, dict) and step not in tree:
            return False
        tree = tree[step]
    return True


def test_the_older_name_of_global() -> None:
    tree = {"global_config": {"port": 1}}
    found: list[Diagnostic] = []
    assert desugar(tree, found.append) == {("global",): ("global_config",)}
    assert tree == {"global": {"port": 1}}


def test_plugins() -> None:
    found: list[Diagnostic] = []
    tree: dict[str, Any] = {"plugins": [{"name": "a"}, {"name": "b", "enabled": False}, "c", {}]}
    desugar(tree, found.append)
    assert tree == {}
    assert [d.message() for d in found] == [
        "the plugin `a` is not translated",
        "the plugin `?` is not translated",
        "the plugin `?` is not translated",
    ]


def test_headers_of_a_transformation() -> None:
    tree = _tree("transformation", {"headers": {"request": {"add": {"A": "1"}}}}, of_service=True)
    desugar(tree, lambda _: None)
    assert tree == _tree(
        "transformation", {"headers": {"request_add": {"A": "1"}}}, of_service=True
    )


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"services": 5},
        {"services": [5]},
        {"services": [{"routes": 5, "headers": 5}]},
        {"plugins": 5},
    ],
)
def test_what_has_no_older_spelling_stays(tree: dict[str, Any]) -> None:
    before = deepcopy(tree)
    assert desugar(tree, lambda _: None) == {}
    assert tree == before
