"""Which target gets a request (language section 3): health, weights, algorithms, cookies."""

import hashlib

from msgspec.structs import replace

from galc.ir.gateway import Target, Upstream
from galc.semantics.messages import Request, values
from galc.semantics.state import Health, Server, State, updated


def eligible(upstream: Upstream, state: State, now: float) -> list[Target]:
    """The targets that may get traffic."""
    return [
        target
        for target in upstream.targets
        if (health := state.health.get((upstream.name, target), Health())).healthy
        and health.out_until <= now
    ]


def pick(
    upstream: Upstream,
    state: State,
    request: Request,
    client: str,
    now: float,
    tried: tuple[Target, ...] = (),
) -> tuple[Target | None, State]:
    """The target that gets a request, and whose turn is next; None when no target is healthy. One
    that was tried already gets it only where all were."""
    healthy = eligible(upstream, state, now)
    if not healthy:
        return None, state
    targets = [target for target in healthy if target not in tried] or healthy
    sticky = _stuck_to(upstream, request, targets)
    if sticky is not None:
        return sticky, state
    if upstream.algorithm == "ip_hash":
        # Rendezvous hashing: a client leaves its target only when that one is out.
        return max(targets, key=lambda target: _hash(f"{client} {spelled(target)}")), state
    if upstream.algorithm == "least_conn":
        load = {t: state.active.get((upstream.name, t), 0) / t.weight for t in targets}
        targets = [target for target in targets if load[target] == min(load.values())]
    return _next_in_turn(upstream, state, targets)


def _next_in_turn(upstream: Upstream, state: State, targets: list[Target]) -> tuple[Target, State]:
    """Smooth weighted round robin: each turn gives everybody its weight in credit, and the richest
    pays for all."""
    credit = {t: state.credit.get((upstream.name, t), 0) + t.weight for t in targets}
    chosen = max(targets, key=credit.__getitem__)
    credit[chosen] -= sum(target.weight for target in targets)
    changed = {(upstream.name, target): value for target, value in credit.items()}
    return chosen, replace(state, credit={**state.credit, **changed})


def sticky_cookie(upstream: Upstream, request: Request, target: Target) -> str | None:
    """The `Set-Cookie` that ties a client to its target, where it isn't yet."""
    if upstream.sticky_cookie is None or _stuck_to(upstream, request, [target]) is not None:
        return None
    return f"{upstream.sticky_cookie}={_cookie_value(target)}; Path=/; HttpOnly"


def probed(upstream: Upstream, state: State, target: Target, good: bool) -> State:
    """The state after an active check's probe."""
    assert upstream.active is not None
    server: Server = (upstream.name, target)
    health = state.health.get(server, Health())
    if good == health.healthy:
        following = replace(health, contrary=0)
    else:
        check = upstream.active
        enough = check.unhealthy_threshold if health.healthy else check.healthy_threshold
        contrary = health.contrary + 1
        turned = contrary >= enough
        healthy = good if turned else health.healthy
        following = replace(health, healthy=healthy, contrary=0 if turned else contrary)
    return replace(state, health=updated(state.health, server, following))


def observed(upstream: Upstream, state: State, target: Target, failed: bool, now: float) -> State:
    """The state after a real request, as the passive check sees it."""
    if upstream.passive is None:
        return state
    server: Server = (upstream.name, target)
    health = state.health.get(server, Health())
    failures = health.failures + 1 if failed else 0
    following = replace(health, failures=failures)
    if failures >= upstream.passive.max_failures:
        until = now + upstream.passive.recovery_ms / 1000
        following = replace(health, failures=0, out_until=until)
    return replace(state, health=updated(state.health, server, following))


def spelled(target: Target) -> str:
    """`host:port`."""
    return f"{target.host}:{target.port}"


def _stuck_to(upstream: Upstream, request: Request, targets: list[Target]) -> Target | None:
    name = upstream.sticky_cookie
    if name is None:
        return None
    pairs = ";".join(values(request.headers, "Cookie")).split(";")
    sent = {pair.strip() for pair in pairs}
    return next((t for t in targets if f"{name}={_cookie_value(t)}" in sent), None)


def _cookie_value(target: Target) -> str:
    return f"{_hash(spelled(target)):016x}"


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
