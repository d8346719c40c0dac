"""Retries: what they mean, and what each target is told of them."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from galc.compiler import compile_text
from galc.ir.document import RetryCondition
from galc.ir.gateway import NON_IDEMPOTENT, Algorithm, Gateway, Retry, Target
from galc.semantics import Reply, Request, State, serve
from galc.semantics.retries import wanted
from galc.targets.envoy.retry import policy as envoy_policy

from .compiling import SERVICE, checked, gateway, route
from .nginx import next_upstream, tries_again

_ALL: tuple[RetryCondition, ...] = ("connect_failure", "http_502", "http_503", "reset", "timeout")
_MISHAPS = {
    "connect_failure": Reply(None),
    "http_502": Reply(502),
    "http_503": Reply(503),
    "reset": Reply(None, breaks=True),
    "timeout": Reply(200, seconds=9.0),
}
_FINE = (Reply(200), Reply(500), Reply(404))
_ROUTE = route("route /* { timeout 5s }")


# --- what they mean


@given(
    st.sets(st.sampled_from(_ALL), min_size=1),
    st.sampled_from(sorted(_MISHAPS)),
    st.sampled_from(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", *NON_IDEMPOTENT)),
    st.integers(2, 5),
    st.integers(1, 6),
)
def test_when_another_attempt_is_wanted(
    conditions: set[RetryCondition], mishap: str, method: str, attempts: int, attempt: int
) -> None:
    one = replace(_ROUTE, retry=Retry(attempts, tuple(conditions), "exponential", 1, 1))
    expected = mishap in conditions and attempt < attempts
    if method in NON_IDEMPOTENT:
        expected = expected and mishap == "connect_failure"
    assert wanted(one, method, attempt, _MISHAPS[mishap], handshake=False) == expected
    for reply in _FINE:
        assert not wanted(one, method, attempt, reply, handshake=False)


@pytest.mark.parametrize(
    ("written", "pauses"),
    [
        ("", [25, 50, 100, 200, 250, 250]),
        ("backoff linear", [25, 50, 75, 100, 125, 150]),
        ("backoff linear ; max_interval 60ms", [25, 50, 60, 60, 60, 60]),
        ("base_interval 1s ; max_interval 1m", [1000, 2000, 4000, 8000, 16000, 32000]),
        ("base_interval 0.5ms", [1, 2, 4, 8, 16, 32]),
    ],
)
def test_pauses(written: str, pauses: list[int]) -> None:
    policy = route(f"route /* {{ retry {{ attempts 9 ; {written} }} }}").retry
    assert policy is not None
    assert [policy.pause_ms(attempt) for attempt in range(1, 7)] == pauses
    assert policy.pause_ms(99) == (pauses[-1] if "60" in written else policy.max_ms)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("attempts 1", "`retry` has no effect with `attempts: 1`"),
        ("base_interval 1s", "`base_interval` has no effect beyond `max_interval`, 250ms"),
    ],
)
def test_what_can_not_be_meant(written: str, told: str) -> None:
    found = checked("version 1\n" + SERVICE.format(f"route /* {{ retry {{ {written} }} }}"))
    assert [d.message() for d in found.diagnostics if d.code == "GAL3008"] == [told]


def test_no_condition() -> None:
    found = checked(
        "version: 1\nservices:\n- name: s\n  upstream: {host: a, port: 1}\n"
        "  routes: [{path: /, retry: {retry_on: []}}]\n"
    )
    assert found.state is not None and found.state.gateway is not None
    assert found.state.gateway.routes[0].retry is None
    (only,) = (d for d in found.diagnostics if d.code == "GAL3008")
    assert only.message() == "`retry` has no effect without a condition in `retry_on`"


def test_how_an_attempt_that_takes_too_long_has_failed() -> None:
    phases = "timeout { connect 1s ; send 2s ; read 5s }"
    one = route(f"route /* {{ {phases} ; retry {{ retry_on connect_failure }} }}")
    for reply, is_connecting in (
        (Reply(200, seconds=1.5, connecting=1.5), True),
        (Reply(200, seconds=1.5, connecting=0.5), False),
        (Reply(200, seconds=9.0, pausing=9.0), False),
        (Reply(200, seconds=9.0), False),
    ):
        assert wanted(one, "POST", 1, reply, handshake=False) == is_connecting


# --- what becomes of a request


class _Upstream:
    """Replies one after the other; notes who was called."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.called: list[str] = []

    def __call__(self, forwarded: Any) -> Reply:
        self.called.append(forwarded.server.host)
        return self.replies.pop(0) if self.replies else Reply(200)


def _gateway(policies: str, targets: str = "target a:1 ; target b:1 ; target c:1") -> Gateway:
    return gateway(
        f"version 1\nservice s {{ upstream {{ {targets} }} ; route /* {{ {policies} }} }}\n"
    )


def _served(one: Gateway, upstream: _Upstream, method: str = "GET") -> tuple[Any, State]:
    headers = (("Host", "x.test"),)
    return serve(one, State(), Request(method, "/", headers), 100.0, upstream)


def test_each_attempt_goes_to_another_target_and_then_to_any() -> None:
    upstream = _Upstream(*[Reply(503)] * 4)
    decision, state = _served(_gateway("retry { attempts 5 }"), upstream)
    assert decision.answer.status == 200 and decision.attempt == 5
    assert sorted(upstream.called[:3]) == ["a", "b", "c"] and len(upstream.called) == 5
    assert not any(state.active.values())
    told = [step.text for step in decision.steps if step.policy == "retry"]
    assert [text.split(":")[0] for text in told] == [
        "attempt 2, after 25 ms",
        "attempt 3, after 50 ms",
        "attempt 4, after 100 ms",
        "attempt 5, after 200 ms",
    ]


@pytest.mark.parametrize(
    "balancer", ["load_balancer ip_hash", "load_balancer { sticky_sessions true }"]
)
def test_a_client_leaves_its_target_for_another_attempt(balancer: str) -> None:
    upstream = _Upstream(Reply(503), Reply(None))
    one = _gateway("retry {}", f"target a:1 ; target b:1 ; target c:1 ; {balancer}")
    decision, _ = _served(one, upstream)
    assert decision.answer.status == 200 and sorted(upstream.called) == ["a", "b", "c"]


def test_the_last_answer_is_the_clients() -> None:
    upstream = _Upstream(Reply(503), Reply(502), Reply(504))
    decision, _ = _served(_gateway("retry {}"), upstream)
    assert decision.answer.status == 504 and len(upstream.called) == 3
    upstream = _Upstream(Reply(503), Reply(404))
    decision, _ = _served(_gateway("retry {}"), upstream)
    assert decision.answer.status == 404 and len(upstream.called) == 2


def test_an_attempt_may_open_the_breaker_and_end_it() -> None:
    policies = "retry { attempts 9 } ; circuit_breaker { max_failures 3 ; response { message m } }"
    upstream = _Upstream(*[Reply(503)] * 9)
    decision, state = _served(_gateway(policies), upstream)
    assert (decision.answer.status, decision.answer.body) == (503, b"m")
    assert len(upstream.called) == 3 and decision.steps[-1].text == "the breaker has opened"
    assert state.breakers["s:/"].open_until is not None


def test_attempts_may_take_all_targets_out() -> None:
    targets = "target a:1 ; target b:1 ; health_check { passive { max_failures 1 } }"
    upstream = _Upstream(*[Reply(503)] * 9)
    decision, _ = _served(_gateway("retry { attempts 9 }", targets), upstream)
    assert sorted(upstream.called) == ["a", "b"] and decision.answer.status == 503
    assert decision.steps[-1].text == "no target is healthy any more"


def test_a_token_is_taken_once() -> None:
    one = _gateway("retry {} ; rate_limit 5/h")
    _, state = _served(one, _Upstream(Reply(503), Reply(503)))
    assert [round(bucket.tokens) for bucket in state.buckets.values()] == [4]


# --- what Envoy is told


def _entries(*lines: str) -> dict[str, Any]:
    text = "version 1\n" + SERVICE.format("\n".join(lines))
    built = compile_text(text, "in.gal", "envoy")
    assert built.ok, [d.message() for d in built.diagnostics]
    file = yaml.safe_load(built.artifacts["envoy.yaml"])
    manager = file["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    hosts = manager["typed_config"]["route_config"]["virtual_hosts"]
    return {entry["name"]: entry for entry in hosts[0]["routes"] if entry["name"][:1] != "("}


def _policies(entries: dict[str, Any]) -> dict[str, str]:
    return {n: e["route"].get("retry_policy", {}).get("retry_on", "") for n, e in entries.items()}


_BOTH = "connect-failure,reset,retriable-status-codes"


@pytest.mark.parametrize(
    ("methods", "conditions", "expected"),
    [
        ("", "", {"users:/ (POST, PATCH, LOCK)": "connect-failure", "users:/": _BOTH}),
        ("GET POST", "", {"users:/ (POST)": "connect-failure", "users:/": _BOTH}),
        ("GET PUT", "", {"users:/": _BOTH}),
        ("POST PATCH", "", {"users:/": "connect-failure"}),
        ("POST", "retry_on http_503 reset", {"users:/": ""}),
        ("", "retry_on connect_failure", {"users:/": "connect-failure"}),
        ("", "retry_on http_503", {"users:/": "retriable-status-codes"}),
        ("", "retry_on timeout", {"users:/": "reset"}),
    ],
)
def test_entries_by_method(methods: str, conditions: str, expected: dict[str, str]) -> None:
    entries = _entries(f"route /* {methods} {{ retry {{ {conditions} }} }}")
    assert _policies(entries) == expected


def test_only_idempotent_methods_where_no_connection_counts() -> None:
    for methods, is_asked in (("", True), ("GET POST", True), ("GET PUT", False)):
        entry = _entries(f"route /* {methods} {{ retry {{ retry_on http_503 }} }}")["users:/"]
        policy = entry["route"]["retry_policy"]
        assert ("retriable_request_headers" in policy) == is_asked


@pytest.mark.parametrize(
    ("conditions", "whole", "each"),
    [
        ("", "6.075s", "2s"),
        ("retry_on http_503", "6.075s", "2s"),
        ("retry_on timeout reset", "6.075s", "2s"),
        # Envoy couldn't tell the end of such an attempt from a reset.
        ("retry_on reset", "2s", None),
    ],
)
def test_times(conditions: str, whole: str, each: str | None) -> None:
    action = _entries(f"route /* GET {{ timeout 2s ; retry {{ {conditions} }} }}")["users:/"][
        "route"
    ]
    assert (action["timeout"], action["retry_policy"].get("per_try_timeout")) == (whole, each)


def test_the_time_for_all_attempts_is_one_that_envoy_takes() -> None:
    action = _entries("route /* GET { timeout 99999d ; retry { attempts 100 } }")["users:/"][
        "route"
    ]
    assert action["timeout"] == "315576000000s" and action["idle_timeout"] == "0s"


# --- what the others are told


def _dynamic(retry: str) -> Any:
    text = "version 1\n" + SERVICE.format(f"route /* {{ {retry} }}")
    built = compile_text(text, "in.gal", "traefik")
    http = yaml.safe_load(built.artifacts["dynamic.yaml"])["http"]["middlewares"]
    (name,) = (name for name in http if name.startswith("retry-"))
    return http[name]["retry"]


def test_what_traefik_is_told() -> None:
    assert _dynamic("retry {}") == {
        "attempts": 3,
        "initialInterval": "0.025s",
        "status": ["502", "503", "504"],
    }
    assert _dynamic("retry { retry_on reset ; base_interval 1s ; max_interval 1s }") == {
        "attempts": 3,
        "initialInterval": "0.5s",
        "status": ["502"],
        "disableRetryOnNetworkError": True,
    }
    assert _dynamic("retry { retry_on connect_failure }") == {
        "attempts": 3,
        "initialInterval": "0.025s",
    }
    assert _dynamic("timeout 10m ; retry { attempts 2 }")["timeout"] == "840s"
    assert "timeout" not in _dynamic("timeout 5m ; retry { attempts 2 }")


@pytest.mark.parametrize(("target", "file"), [("kong", "kong.conf"), ("apisix", "config.yaml")])
def test_what_nginx_is_told(target: str, file: str) -> None:
    def words(*lines: str) -> set[str]:
        text = "version 1\n" + SERVICE.format("\n".join(lines))
        return set(next_upstream(compile_text(text, "in.gal", target).artifacts[file]))

    assert words("route /*") == words("route /* { retry { retry_on reset timeout } }")
    known = words("route /a { retry {} }", "route /b")
    assert known == {"error", "timeout", "http_502", "http_503", "http_504"}
    for method in ("GET", "POST"):
        assert tries_again(frozenset(known), method, None, 503) == (method == "GET")
        assert tries_again(frozenset(known), method, "refused", 502)


@pytest.mark.parametrize("target", ["kong", "apisix"])
def test_routes_with_other_statuses(target: str) -> None:
    lines = "route /a { retry {} }\nroute /b { retry { retry_on http_503 } }\nroute /c { retry {} }"
    built = compile_text("version 1\n" + SERVICE.format(lines), "in.gal", target)
    refused = [d.message() for d in built.diagnostics if d.code == "GAL4005"]
    title = {"kong": "Kong", "apisix": "APISIX"}[target]
    assert refused == [
        f"{title} can't take this value of `retry`: the statuses in `retry_on` count for all "
        "routes, and `users:/a` has others"
    ]


# --- how often Envoy's balancer is asked for a target that wasn't tried


@pytest.mark.parametrize(
    ("algorithm", "weights", "selections"),
    [
        ("round_robin", (1,), 2),
        ("round_robin", (1, 1), 4),
        ("round_robin", (1, 1, 1, 1), 8),
        ("round_robin", (99, 1), 102),
        ("round_robin", (30, 1, 1), 35),  # the light ones have their turns together
        ("round_robin", (65_535, 1), 10_000),
        ("least_conn", (1, 1), 34),
        ("ip_hash", (1, 1), 4096),
        ("ip_hash", (100, 1), 65_536),
    ],
)
def test_selections(algorithm: Algorithm, weights: tuple[int, ...], selections: int) -> None:
    targets = tuple(Target(f"t{n}", 80, weight) for n, weight in enumerate(weights))
    upstream = replace(_ROUTE.upstream, targets=targets, algorithm=algorithm)
    retried = replace(_ROUTE, upstream=upstream)
    made = envoy_policy(retried, Retry(2, ("http_503",), "exponential", 25, 250))
    assert made.host_selection_retry_max_attempts == selections
