"""What only Envoy has: values that it can't take, and text that it would evaluate."""

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from galc.compiler import compile_text
from galc.frontend.printer import print_yaml
from galc.ir.gateway import Variable
from galc.targets.envoy.headers import literal, value


def _codes(route: dict[str, Any]) -> list[str]:
    result = compile_text(_text(route), "in.yaml", "envoy")
    refused = [d.code for d in result.diagnostics if d.severity == "error"]
    assert result.ok == (not refused)
    return refused


def _text(route: dict[str, Any]) -> str:
    upstream = {"host": "a", "port": 80}
    service = {"name": "s", "upstream": upstream, "routes": [{"path": "/", **route}]}
    return print_yaml({"version": 1, "services": [service]})


@pytest.mark.parametrize("name", ["#ann", " ann", "ann "])
def test_a_user_name_that_the_list_of_users_can_not_hold(name: str) -> None:
    users = [{"username": name, "password": "x"}]
    assert _codes({"authentication": {"type": "basic", "basic": {"users": users}}}) == ["GAL4005"]


def test_a_header_value_that_is_too_long() -> None:
    assert _codes({"headers": {"request_set": {"X-A": "a" * 16384}}}) == []
    assert _codes({"headers": {"request_set": {"X-A": "a" * 16385}}}) == ["GAL4005"]
    assert _codes({"headers": {"response_add": {"X-A": "%" * 8193}}}) == ["GAL4005"]


_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "SAdaWX5yGhVuLgeZ3lzAxTJNxufq8c3UYlCGjsUyFd0"}


def _key_set(depth: int) -> str:
    """A good key, in a set that is nested so deeply."""
    return (
        json.dumps({"keys": [_KEY]})[:-1] + ', "x": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"
    )


def _jwt(**settings: Any) -> dict[str, Any]:
    return {"authentication": {"type": "jwt", "jwt": settings}}


def test_a_key_set_that_is_nested_too_deeply() -> None:
    assert _codes(_jwt(jwks=_key_set(100))) == []
    assert _codes(_jwt(jwks=_key_set(101))) == ["GAL4005"]


def test_a_key_set_whose_host_has_an_underscore() -> None:
    assert _codes(_jwt(jwks_uri="http://a_b.test/keys")) == ["GAL4005"]
    assert _codes(_jwt(jwks_uri="http://ab.test/a_b")) == []


def test_more_origins_than_a_regex_holds() -> None:
    origins = [f"https://{'o' * 50}{number}.test" for number in range(4000)]
    assert _codes({"cors": {"allowed_origins": origins[:2500]}}) == []
    assert _codes({"cors": {"allowed_origins": origins}}) == ["GAL4005"]


def test_a_repeated_route_has_its_buckets_in_the_virtual_host() -> None:
    limit = {"requests_per_hour": 2}
    route = {"path": "/x", "methods": ["GET", "OPTIONS"], "rate_limit": limit}
    cors = {"allowed_origins": ["https://a.test"]}
    assert _limiters({**route, "cors": cors}) == [1, 0, 0, 0]
    assert _limiters(route) == [0, 1]


def _limiters(route: dict[str, Any]) -> list[int]:
    """How many limiters the virtual host and each of its entries have of their own."""
    result = compile_text(_text(route), "in.yaml", "envoy")
    listener = yaml.safe_load(result.artifacts["envoy.yaml"])["static_resources"]["listeners"][0]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    host = manager["route_config"]["virtual_hosts"][0]
    name = "envoy.filters.http.local_ratelimit"
    return [int(name in it.get("typed_per_filter_config", ())) for it in (host, *host["routes"])]


def _formatted(template: str) -> str:
    """What Envoy's formatter makes of a text without commands."""
    assert not re.search(r"%[^%]+%", template.replace("%%", ""))
    return template.replace("%%", "%")


@given(st.text("%REQ(:path)a", max_size=20))
def test_a_text_is_never_a_command(text: str) -> None:
    assert _formatted(literal(text)) == text


def test_variables_and_texts_are_joined() -> None:
    assert value(("50%=", Variable("method"), "%")) == "50%%=%REQ(:METHOD)%%%"
    assert value(()) == ""


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
        min_size=1,
        max_size=20,
    )
)
def test_a_header_value_reaches_the_configuration_as_written(text: str) -> None:
    safe = text.replace("{", "(").replace("$", "S")
    result = compile_text(_text({"headers": {"request_set": {"X-A": safe}}}), "in.yaml", "envoy")
    assert result.ok
    assert f"{literal(safe)}" in _strings(yaml.safe_load(result.artifacts["envoy.yaml"]))


def _strings(node: Any) -> set[str]:
    if isinstance(node, dict):
        return {text for item in node.values() for text in _strings(item)}
    if isinstance(node, list):
        return {text for item in node for text in _strings(item)}
    return {node} if isinstance(node, str) else set()
