"""Timeouts by phase and WebSockets: names, sharing, and what no live case can see."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from galc import targets
from galc.compiler import compile_text
from galc.diagnostics.targets import Approximate
from galc.frontend.printer import print_yaml
from galc.semantics.messages import Request
from galc.semantics.times import is_handshake

from .compiling import codes_of, route

_TIMES = (
    {"connect": "1s", "idle": "10s"},
    {"connect": "2s", "idle": "10s"},
    {"connect": "2s", "idle": "20s"},
)


def _document(routes: list[dict[str, Any]], **upstream: Any) -> str:
    whole = {"host": "a.internal", "port": 80, **upstream}
    if "targets" in upstream:
        del whole["host"], whole["port"]
    services = [{"name": "s", "upstream": whole, "routes": routes}]
    return print_yaml({"version": 1, "services": services})


def _built(routes: list[dict[str, Any]], target: str, **upstream: Any) -> str:
    result = compile_text(_document(routes, **upstream), "in.yaml", target)
    assert result.ok, [d.message() for d in result.diagnostics]
    return result.artifacts[targets.load(target).artifacts[0]]


def _many(count: int) -> list[dict[str, Any]]:
    return [{"path": f"/r{n}", "timeout": _TIMES[n % len(_TIMES)]} for n in range(count)]


# --- routes with the same times share what holds them


def _copies(target: str, text: str) -> int:
    loaded = yaml.safe_load(text)
    if target == "envoy":
        return len(loaded["static_resources"]["clusters"])
    if target == "traefik":
        return len(loaded["http"]["services"])
    return len(loaded["upstreams"])


@pytest.mark.parametrize(
    ("target", "expected"), [("envoy", 3), ("traefik", 3), ("apisix", 2), ("kong", 1)]
)
def test_ten_thousand_routes_with_three_sets_of_times(target: str, expected: int) -> None:
    if target == "envoy":
        # A file of that size takes long to be read back, and every name of a cluster stands twice.
        text = _built(_many(10_000), target)
        assert len(re.findall(r"^  - name: service/", text, re.MULTILINE)) == expected
    else:
        assert _copies(target, _built(_many(600), target)) == expected


@pytest.mark.parametrize("target", targets.ALL)
def test_the_order_of_routes_changes_no_name(target: str) -> None:
    forth, back = _many(6), _many(6)[::-1]
    names = [
        sorted(re.findall(r"(?:service|upstream_id|cluster|id|name): \S+", _built(r, target)))
        for r in (forth, back)
    ]
    assert names[0] == names[1]


# --- what that means for what is counted is said


def _said(routes: list[dict[str, Any]], target: str, feature: str, **upstream: Any) -> list[str]:
    result = compile_text(_document(routes, **upstream), "in.yaml", target)
    found = [d for d in result.diagnostics if isinstance(d, Approximate)]
    return [
        d.message() for d in found if d.feature == feature and "routes that differ" in d.message()
    ]


_PASSIVE: dict[str, Any] = {"health_check": {"passive": {"max_failures": 2}}}
_LEAST: dict[str, Any] = {
    "targets": [{"host": "a", "port": 1}, {"host": "b", "port": 1}],
    "load_balancer": {"algorithm": "least_conn"},
}


@pytest.mark.parametrize(
    ("target", "copies"), [("envoy", 1), ("traefik", 1), ("apisix", 0), ("kong", 0)]
)
def test_failures_that_are_counted_apart(target: str, copies: int) -> None:
    feature = "upstream.health_check.passive"
    assert len(_said(_many(3), target, feature, **_PASSIVE)) == copies
    alike = [{"path": f"/{n}", "timeout": _TIMES[0]} for n in range(3)]
    assert not _said(alike, target, feature, **_PASSIVE)


@pytest.mark.parametrize(
    ("target", "copies"), [("envoy", 1), ("traefik", 1), ("apisix", 1), ("kong", 0)]
)
def test_requests_that_are_counted_apart(target: str, copies: int) -> None:
    feature = "upstream.load_balancer.algorithm=least_conn"
    assert len(_said(_many(3), target, feature, **_LEAST)) == copies
    assert not _said(_many(1), target, feature, **_LEAST)


# --- values


def test_connecting_takes_no_longer_than_the_answer() -> None:
    timeouts = {"connect": "1m", "read": "2s", "send": "3s"}
    routes: list[dict[str, Any]] = [{"path": "/", "timeout": timeouts}]
    service = yaml.safe_load(_built(routes, "kong"))["services"][0]
    times = [service[f"{name}_timeout"] for name in ("connect", "write", "read")]
    assert times == [2000, 3000, 2000]
    timeout = yaml.safe_load(_built(routes, "apisix").removesuffix("#END\n"))["routes"][0][
        "timeout"
    ]
    assert timeout == {"connect": 2, "send": 3, "read": 2}
    del routes[0]["timeout"]["send"]
    transports = yaml.safe_load(_built(routes, "traefik"))["http"]["serversTransports"]
    (transport,) = transports.values()
    assert transport["forwardingTimeouts"]["dialTimeout"] == "2s"


@pytest.mark.parametrize("target", targets.ALL)
@pytest.mark.parametrize("time", ["1ms", "0.5ms", "99999d", "999999999s"])
def test_times_at_the_ends_of_their_range(target: str, time: str) -> None:
    timeout = {"connect": time, "idle": time, "read": time}
    result = compile_text(_document([{"path": "/", "timeout": timeout}]), "in.yaml", target)
    assert result.ok or all(
        d.code in ("GAL4001", "GAL4005") for d in result.diagnostics if d.severity == "error"
    )


def test_kong_keeps_connections_as_long_as_the_shortest_time_says() -> None:
    result = compile_text(_document([*_many(3), {"path": "/x"}]), "in.yaml", "kong")
    assert "\nupstream_keepalive_idle_timeout = 10\n" in result.artifacts["kong.conf"]
    fraction = _document([{"path": "/", "timeout": {"idle": "300ms"}}])
    conf = compile_text(fraction, "in.yaml", "kong").artifacts["kong.conf"]
    assert "\nupstream_keepalive_idle_timeout = 0.3\n" in conf
    plain = compile_text(_document([{"path": "/"}]), "in.yaml", "kong").artifacts["kong.conf"]
    assert "keepalive" not in plain


# --- WebSocket


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((("Connection", "Upgrade"), ("Upgrade", "websocket")), True),
        ((("connection", "keep-alive, UPGRADE"), ("upgrade", "WebSocket")), True),
        ((("Connection", "x"), ("Connection", "upgrade"), ("Upgrade", "websocket")), True),
        ((("Connection", "Upgrade"), ("Upgrade", "websocket, h2c")), False),
        ((("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Upgrade", "h2c")), False),
        ((("Connection", "Upgraded"), ("Upgrade", "websocket")), False),
        ((("Upgrade", "websocket"),), False),
        ((("Connection", "Upgrade"),), False),
    ],
)
def test_what_is_a_handshake(headers: tuple[tuple[str, str], ...], expected: bool) -> None:
    assert is_handshake(Request("GET", "/", headers)) is expected
    assert not is_handshake(Request("POST", "/", headers))


def test_a_websocket_where_no_handshake_can_come() -> None:
    assert codes_of("route /ws POST { websocket {} }") == ["GAL3008"]
    assert codes_of("route /ws GET POST { websocket {} }") == []
    assert codes_of("type grpc", "route /ws { websocket {} }") == ["GAL3020"]
    assert codes_of("protocol http2", "websocket {}", "route /a", "route /b") == ["GAL3020"] * 2
    assert codes_of(
        "protocol grpc", "websocket {}", "route /a { websocket { enabled false } }"
    ) in (
        ["GAL5005"],
        [],
    )
    assert "(websocket)" not in _built(
        [{"path": "/", "methods": ["POST"], "websocket": {}}], "envoy"
    )


def test_inherited_and_switched_off() -> None:
    assert route("websocket { idle_timeout 1m }", "route /a").websocket is not None
    assert route("websocket {}", "route /a { websocket { enabled false } }").websocket is None
    found = route("websocket {}", "route /a { websocket { idle_timeout 2s } }").websocket
    assert found is not None and found.idle_ms == 2000


@given(st.text(max_size=40))
def test_only_exact_words_switch_apisix_over(text: str) -> None:
    """What reaches the upstream as `Connection` is nothing but the options that RFC 6455 wants."""
    built = _built([{"path": "/", "websocket": {}}], "apisix").removesuffix("#END\n")
    conditions = {c[0]: c[2] for c in yaml.safe_load(built)["routes"][0]["vars"]}
    pattern = conditions["http_connection"].replace(r"\z", r"\Z")
    if re.search(pattern, text, re.IGNORECASE):
        options = {option.strip().lower() for option in text.split(",")}
        assert options in ({"upgrade"}, {"upgrade", "keep-alive"})


def test_a_route_may_be_called_like_one_for_handshakes() -> None:
    routes: list[dict[str, Any]] = [
        {"path": "/ws", "websocket": {}},
        {"path_regex": "/ws (websocket)", "websocket": {}},
        {"path_regex": "/ws (no websocket)"},
    ]
    built = yaml.safe_load(_built(routes, "apisix").removesuffix("#END\n"))["routes"]
    assert len({found["id"] for found in built}) == len(built) == 5
    routers = yaml.safe_load(_built(routes, "traefik"))["http"]["routers"]
    assert len(routers) == 8  # one refuses slashes, two have one for each of two cases
