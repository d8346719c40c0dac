"""The policies of a route in a few words, for a picture. Secrets have no words."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from galc.explain.verdict import counted
from galc.ir.gateway import (
    ApiKeys,
    Authentication,
    Basic,
    HeaderRules,
    Introspection,
    Jwt,
    Phases,
    Route,
)
from galc.ir.units import duration_text


class Chip(Struct, frozen=True):
    """A policy: its name in the language, a short text, and a whole sentence."""

    policy: str
    text: str
    sentence: str


def usual_chips(routes: Sequence[Route]) -> Callable[[Route], list[Chip]]:
    """What is done with a route's requests, in the order in which it is done; its timeout is told
    if it isn't the one that most of the routes have."""
    counts = Counter(route.timeout_ms for route in routes)
    usual = counts.most_common(1)[0][0] if counts else 0
    return lambda route: list(_chips(route, usual))


def _chips(route: Route, usual_timeout: int) -> Iterator[Chip]:
    if route.cors:
        origins = counted(len(route.cors.origins), "origin")
        yield Chip("cors", "CORS", f"cross-origin requests from {origins}")
    if route.authentication:
        yield _authentication(route.authentication)
    if route.rate_limit:
        limit = route.rate_limit
        rate = f"{limit.rate.tokens}/{_PERIODS[limit.rate.period_ms]}"
        key = {"address": "client address"}.get(limit.key, f"{limit.key} {limit.key_name}")
        yield Chip("rate_limit", rate, f"{rate}, bursts of {limit.burst}, by {key}")
    if route.headers:
        count = sum(map(_size, (route.headers.request, route.headers.response)))
        yield Chip("headers", f"headers {count}", counted(count, "header rule"))
    if route.circuit_breaker:
        breaker = route.circuit_breaker
        sentence = f"opens after {breaker.max_failures} failures in a row"
        yield Chip("circuit_breaker", "breaker", f"circuit breaker: {sentence}")
    if route.strip_prefix:
        yield Chip("routes", "strip", "the prefix is taken off before the upstream sees the path")
    if route.websocket:
        idle = duration_text(route.websocket.idle_ms)
        yield Chip("websocket", "WebSocket", f"WebSocket, closed after {idle} of silence")
    if route.timeout_ms != usual_timeout or route.phases:
        text = duration_text(route.timeout_ms)
        yield Chip("timeout", text, _timeout(text, route.phases))


def _timeout(answer: str, phases: Phases | None) -> str:
    if phases is None:
        return f"timeout {answer}"
    named = ("connect", phases.connect_ms), ("send", phases.send_ms), ("idle", phases.idle_ms)
    others = ", ".join(f"{name} {duration_text(ms)}" for name, ms in named)
    return f"timeout {answer}; {others}"


_PERIODS = {1000: "s", 60_000: "m", 3_600_000: "h"}


def _size(rules: HeaderRules) -> int:
    return len(rules.remove) + len(rules.set) + len(rules.add)


def _authentication(authentication: Authentication) -> Chip:
    match authentication.scheme:
        case Basic(users=users):
            text, sentence = "basic", f"basic authentication, {counted(len(users), 'user')}"
        case ApiKeys(keys=keys):
            text, sentence = "API key", f"API key, one of {len(keys)}"
        case Jwt(issuer=issuer):
            text, sentence = "JWT", f"JWT of {issuer}" if issuer else "JWT of any issuer"
        case Introspection():
            text, sentence = "OAuth 2", "OAuth 2 token, introspected"
    return Chip("authentication", text, sentence)
