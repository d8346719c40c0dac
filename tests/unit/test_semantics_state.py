"""What the interpreter remembers: buckets, breakers, turns; and that nothing else does."""

from collections import Counter
from copy import deepcopy
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from galc.compiler import check
from galc.ir.gateway import CircuitBreaker, Gateway, RateLimit, Target, Upstream
from galc.ir.units import Rate
from galc.semantics import (
    Forwarded,
    Reply,
    Request,
    State,
    UnknowableError,
    begin,
    breaker,
    limits,
    serve,
)
from galc.semantics.state import Breaker, Bucket, Health
from galc.semantics.upstreams import observed, pick, probed, spelled

from ..corpus import GOOD
from .compiling import checked

# --- buckets

_PERIODS = {"s": 1000, "m": 60_000, "h": 3_600_000}
#: In tenths of the time that a token takes.
pauses = st.integers(0, 12)


@given(
    st.integers(1, 50),
    st.sampled_from(sorted(_PERIODS)),
    st.integers(1, 4),
    st.lists(pauses, max_size=40),
)
def test_a_bucket_holds_the_burst_and_is_refilled_evenly(
    tokens: int, period: str, burst: int, waits: list[int]
) -> None:
    rate = Rate(tokens, _PERIODS[period])
    limit = RateLimit(rate, burst, "address", "", 429, "")
    bucket: Bucket | None = None
    there, now, allowed_at = Fraction(burst), Fraction(0), []
    for wait in waits:
        now += Fraction(wait * _PERIODS[period], 10 * tokens)
        there = min(Fraction(burst), there + Fraction(wait, 10))
        allowed, bucket = limits.taken(limit, bucket, float(now / 1000))
        assert 0 <= bucket.tokens <= burst
        assert allowed or there < 1
        assert not allowed or there > 1 - Fraction(1, 10**6)
        there = max(Fraction(0), there - 1) if allowed else there
        allowed_at += [now] if allowed else []
    for start, since in enumerate(allowed_at):
        for end, until in enumerate(allowed_at[start:], start + 1):
            most = burst + (until - since) * tokens / _PERIODS[period]
            assert end - start <= most + Fraction(1, 10**6)


# --- breakers


def _policy(failures: int = 3, trials: int = 2, open_ms: int = 10_000) -> CircuitBreaker:
    return CircuitBreaker(failures, open_ms, trials, (500,), 503, "")


@given(st.integers(1, 5), st.lists(st.booleans(), max_size=30))
def test_a_breaker_opens_after_so_many_failures_in_a_row(most: int, failed: list[bool]) -> None:
    policy, state, passed = _policy(most), Breaker(), ""
    for one in failed:
        entered = breaker.entered(policy, state, 5.0)
        if entered is None:
            break
        state = breaker.left(policy, entered, one, 5.0)
        passed += "x" if one else "."
    told = "".join("x" if one else "." for one in failed)
    row = told.find("x" * most)
    assert passed == (told if row < 0 else told[: row + most])
    assert (breaker.entered(policy, state, 5.0) is None) == (row >= 0)


def _opened(policy: CircuitBreaker) -> Breaker:
    state = Breaker()
    for _ in range(policy.max_failures):
        entered = breaker.entered(policy, state, 0.0)
        assert entered is not None
        state = breaker.left(policy, entered, True, 0.0)
    return state


@given(st.integers(1, 5), st.integers(1, 5))
def test_an_open_breaker_lets_so_many_try_at_once(failures: int, trials: int) -> None:
    policy = _policy(failures, trials)
    state = _opened(policy)
    assert breaker.entered(policy, state, 9.999) is None
    for _ in range(trials):
        entered = breaker.entered(policy, state, 10.0)
        assert entered is not None
        state = entered
    assert breaker.entered(policy, state, 10.0) is None
    for _ in range(trials):
        assert breaker.entered(policy, state, 10.0) is None
        state = breaker.left(policy, state, False, 11.0)
    assert state == Breaker()


def test_a_trial_that_fails_opens_it_anew_for_the_whole_time() -> None:
    policy = _policy(3, 2)
    state = breaker.entered(policy, _opened(policy), 10.0)
    assert state is not None
    state = breaker.left(policy, state, True, 12.0)
    assert breaker.entered(policy, state, 21.999) is None
    assert breaker.entered(policy, state, 22.0) is not None


def test_what_counts_as_a_failure() -> None:
    told = [
        breaker.is_failure((500, 503), reply, in_time)
        for reply, in_time in (
            (Reply(500), True),
            (Reply(502), True),
            (Reply(200), False),
            (Reply(None), True),
            (Reply(200), True),
        )
    ]
    assert told == [True, False, True, True, False]


# --- turns


def _upstream(*weights: int, algorithm: str = "round_robin") -> Upstream:
    servers = tuple(Target(f"s{number}.test", 80, weight) for number, weight in enumerate(weights))
    return Upstream("u", servers, algorithm, None, None, None, False, False)  # type: ignore[arg-type]


_REQUEST = Request("GET", "/")
weights = st.lists(st.integers(1, 9), min_size=1, max_size=5)


@given(weights, st.integers(1, 4))
def test_turns_are_in_proportion_to_weights(drawn: list[int], rounds: int) -> None:
    upstream, state = _upstream(*drawn), State()
    got: Counter[Target] = Counter()
    for turn in range(1, rounds * sum(drawn) + 1):
        target, state = pick(upstream, state, _REQUEST, "192.0.2.1", 0.0)
        assert target is not None
        got[target] += 1
        for one in upstream.targets:
            assert abs(got[one] - turn * one.weight / sum(drawn)) < len(drawn)
    assert got == {target: rounds * target.weight for target in upstream.targets}


@given(
    weights, st.sets(st.integers(0, 4)), st.sampled_from(["round_robin", "least_conn", "ip_hash"])
)
def test_a_target_that_is_out_gets_nothing(drawn: list[int], out: set[int], algorithm: str) -> None:
    upstream = _upstream(*drawn, algorithm=algorithm)
    state = State(
        health={("u", t): Health(healthy=n not in out) for n, t in enumerate(upstream.targets)}
    )
    healthy = [t for n, t in enumerate(upstream.targets) if n not in out]
    for _ in range(10):
        target, state = pick(upstream, state, _REQUEST, "192.0.2.1", 0.0)
        assert target in healthy if healthy else target is None


@given(weights, st.integers(0, 4), st.sampled_from(["192.0.2.1", "192.0.2.2", "::1"]))
def test_a_client_stays_when_another_target_goes(drawn: list[int], gone: int, client: str) -> None:
    upstream = _upstream(*drawn, algorithm="ip_hash")
    before, state = pick(upstream, State(), _REQUEST, client, 0.0)
    assert (before, state) == pick(upstream, state, _REQUEST, client, 0.0)
    lost = upstream.targets[gone % len(drawn)]
    state = State(health={("u", lost): Health(healthy=False)})
    after, _ = pick(upstream, state, _REQUEST, client, 0.0)
    assert after != lost
    assert lost == before or after == before


@given(weights, st.lists(st.integers(0, 6), min_size=5, max_size=5))
def test_the_idlest_target_is_next(drawn: list[int], loads: list[int]) -> None:
    upstream = _upstream(*drawn, algorithm="least_conn")
    active = {("u", t): load for t, load in zip(upstream.targets, loads, strict=False)}
    target, _ = pick(upstream, State(active=active), _REQUEST, "192.0.2.1", 0.0)
    assert target is not None
    shares = {t: Fraction(active["u", t], t.weight) for t in upstream.targets}
    assert shares[target] == min(shares.values())


def _checked_upstream() -> Upstream:
    told = checked(
        "version 1\nservice u { upstream { target a:1 ; target b:1 ; health_check {"
        " active { healthy_threshold 2 ; unhealthy_threshold 3 } ; passive { max_failures 2 } } }"
        " ; route /* }"
    )
    assert told.state is not None and told.state.gateway is not None
    return told.state.gateway.upstreams[0]


@given(st.lists(st.booleans(), max_size=25))
def test_probes_turn_a_target_after_so_many_in_a_row(probes: list[bool]) -> None:
    upstream, state, healthy = _checked_upstream(), State(), True
    target = upstream.targets[0]
    for number, good in enumerate(probes):
        state = probed(upstream, state, target, good)
        enough = 3 if healthy else 2
        row = probes[number + 1 - enough : number + 1] if number + 1 >= enough else []
        if row and set(row) == {not healthy}:
            healthy = not healthy
        assert state.health["u", target].healthy is healthy


def test_real_failures_take_a_target_out_for_a_while() -> None:
    upstream, state = _checked_upstream(), State()
    target, other = upstream.targets
    for failed in (True, False, True, True):
        assert not state.health or state.health["u", target].out_until == 0
        state = observed(upstream, state, target, failed, 5.0)
    for moment, expected in ((34.9, {other}), (35.0, {target, other})):
        after, got = state, set()
        for _ in range(4):
            server, after = pick(upstream, after, _REQUEST, "", moment)
            got.add(server)
        assert got == expected, spelled(target)


# --- nothing is mutated, and the same comes of the same


def _replied(reply: Reply, _: Forwarded) -> Reply:
    return reply


def _gateways() -> dict[str, Gateway]:
    found = {}
    for case in GOOD:
        state = check(case.source).state
        if state is not None and state.gateway is not None:
            found[case.id] = state.gateway
    for path in sorted((Path(__file__).parents[2] / "examples").glob("*.gal")):
        state = checked(path.read_text("utf-8")).state
        assert state is not None and state.gateway is not None
        found[path.name] = state.gateway
    return found


GATEWAYS = _gateways()
steps = st.lists(
    st.tuples(
        st.sampled_from(["GET", "POST", "OPTIONS", "HEAD"]),
        st.integers(0, 50),
        st.sampled_from(["", "/x", "/../..", "?k=1", "//"]),
        st.sampled_from([200, 503, None]),
        st.sampled_from([0.0, 0.3, 40.0]),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
_ORIGIN = (("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "GET"))


@pytest.mark.parametrize("name", GATEWAYS)
@settings(max_examples=10)
@given(drawn=steps)
def test_a_decision_is_a_function_of_its_arguments(
    name: str, drawn: list[tuple[str, int, str, int | None, float, bool]]
) -> None:
    gateway = GATEWAYS[name]
    state, now, before = State(), 1_700_000_000.0, deepcopy(gateway)
    for method, number, more, status, wait, cross in drawn:
        now += wait
        route = gateway.routes[number % len(gateway.routes)]
        target = (route.match.value if route.match.kind != "regex" else "/a/1") + more
        host = route.hosts[0].replace("*", "x") if route.hosts else "x.test"
        headers = (("Host", host), ("X-API-Key", "k1"), *(_ORIGIN if cross else ()))
        request = Request(method, target, headers)
        kept = deepcopy(state)
        replied = partial(_replied, Reply(status))
        try:
            begun, _ = begin(gateway, state, request, now)
            decision, after = serve(gateway, state, request, now, replied)
            again = serve(gateway, kept, request, now, replied)
        except UnknowableError:
            return
        assert state == kept
        assert (begun.forwarded is None) == (begun.answer is not None)
        assert (decision, after) == again
        assert decision.answer is not None
        assert after.requests == state.requests + 1
        bursts = {r.name: r.rate_limit.burst for r in gateway.routes if r.rate_limit}
        assert all(0 <= b.tokens <= bursts[of] for (of, _), b in after.buckets.items())
        assert all(load >= 0 for load in after.active.values())
        if status is not None:
            assert not any(after.active.values())
        state = after
    assert gateway == before


def test_a_request_under_way_counts_until_it_ends() -> None:
    (gateway,) = [g for name, g in GATEWAYS.items() if name == "internal-platform.gal"]
    state = State()
    reached = Counter[str]()
    for _ in range(6):
        request = Request("GET", "/billing/x", (("X-Service-Key", "${env:WEB_TEAM_KEY}"),))
        decision, state = begin(gateway, state, request, 0.0)
        assert decision.forwarded is not None
        reached[decision.forwarded.server.host] += 1
    assert set(reached.values()) == {2}
    assert sum(state.active.values()) == 6
    assert replace(state, active={}, credit={}, requests=0) == State()
