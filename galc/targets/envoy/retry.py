"""Retries: `retry_policy` of an entry, and a second entry where the method decides.

config/route/v3/route_components.proto, RetryPolicy; source/common/router/retry_state_impl.cc. Envoy
has one policy an entry. So where a failed connection calls for another attempt whatever the method,
and something else only with idempotent ones, the other methods have an entry of their own before
the route's. What a client says in `x-envoy-…` headers is taken off before (`listener.py`).
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from galc.ir.gateway import NON_IDEMPOTENT, Retry, Route, Upstream
from galc.ir.units import duration_text
from galc.targets import Condition, approximate
from galc.targets.envoy import schema as s
from galc.targets.envoy.matches import hosts_of, match_of, one_of
from galc.targets.memo import shared

#: How often a balancer is asked again when it chooses a target that was tried. It is asked that
#: often where none is left, too, which keeps a worker busy: a thousand times take some 0.1 ms.
_MOST_SELECTIONS = 10_000
#: Maglev's table; a look into it takes some 15 ns. It is asked at neighbouring places, which often
#: belong to one target (of 32 neighbours in a simulation with two targets 0.2 % did), the more
#: often the lighter the other one is.
_PLACES = 65_536
_NEIGHBOURS = 4096
#: Of targets with as few requests one is chosen at random, among two like by the toss of a coin.
_TOSSES = 32
_OTHER_TARGETS = s.Named("envoy.retry_host_predicates.previous_hosts", s.PreviousHosts())
#: google/protobuf/duration.proto: ten thousand years.
_LONGEST_MS = 315_576_000_000_000
#: Fails for the other methods: then there is no other attempt, whatever happens.
_IF_IDEMPOTENT = s.HeaderMatcher(
    ":method",
    s.StringMatcher(safe_regex=s.Regex("|".join(NON_IDEMPOTENT))),
    invert_match=True,
)


class Careful(Struct, frozen=True):
    """One more entry of a route, for its methods that aren't idempotent."""

    of: Route
    name: str
    match: s.RouteMatch


def careful(route: Route) -> Iterator[Careful]:
    """What stands right before a route whose policy depends on the method."""
    methods = _not_idempotent(route)
    if route.retry and methods and _takes_others(route) and _both(route.retry):
        match = match_of(route.match, (*hosts_of(route), one_of(":method", methods)))
        yield Careful(route, f"{route.name} ({', '.join(methods)})", match)


def in_force(route: Route, *, is_careful: bool) -> Retry | None:
    """The policy of an entry: that of `careful`, or the route's own. Methods that aren't idempotent
    know one condition only."""
    retry = route.retry
    if retry is None or (_takes_others(route) and not is_careful):
        return retry
    if "connect_failure" not in retry.conditions:
        return None
    return replace(retry, conditions=("connect_failure",))


def policy(route: Route, retry: Retry) -> s.RetryPolicy:
    """How Envoy is told of the policy that is in force on an entry."""
    is_asked = bool(_not_idempotent(route)) and "connect_failure" not in retry.conditions
    return _policy(retry, route.timeout_ms, is_asked, _selections(route.upstream))


def whole_ms(timeout_ms: int, retry: Retry | None) -> int:
    """The time for all attempts with their pauses."""
    if retry is None or not is_timed(retry):
        return timeout_ms
    pauses = sum(retry.pause_ms(attempt) for attempt in range(1, retry.attempts))
    return min(timeout_ms * retry.attempts + pauses, _LONGEST_MS)


def is_timed(retry: Retry) -> bool:
    """Whether each attempt has a time of its own. One that is ended for its time is a reset like
    any other to Envoy, so it can't be where a reset calls for another attempt and that doesn't."""
    return "timeout" in retry.conditions or "reset" not in retry.conditions


def _not_idempotent(route: Route) -> tuple[str, ...]:
    return tuple(m for m in NON_IDEMPOTENT if not route.methods or m in route.methods)


def _takes_others(route: Route) -> bool:
    return not route.methods or not set(route.methods) <= set(NON_IDEMPOTENT)


def _both(retry: Retry) -> bool:
    """Whether there is a condition that counts for all methods, and one that doesn't."""
    return "connect_failure" in retry.conditions and len(retry.conditions) > 1


def _selections(upstream: Upstream) -> int:
    """So often a balancer has to be asked until even the lightest target has had its turn.

    Between two turns of it all others take theirs, and targets of the same weight theirs together
    (source/extensions/load_balancing_policies/common/load_balancer_impl.cc, EdfLoadBalancerBase).
    Of Maglev's table it has its share (…/maglev/maglev_lb.cc).
    """
    weights = [target.weight for target in upstream.targets]
    turns = -(-sum(weights) // min(weights))
    if upstream.algorithm == "ip_hash":
        return min(turns * _NEIGHBOURS // 2, _PLACES)
    if upstream.algorithm == "least_conn":
        turns = max(turns, _TOSSES)
    return min(turns + len(weights), _MOST_SELECTIONS)


@shared
def _policy(retry: Retry, timeout_ms: int, is_asked: bool, selections: int) -> s.RetryPolicy:
    """`is_asked`: the method has to be idempotent."""
    conditions = retry.conditions
    words = ["connect-failure"] if "connect_failure" in conditions else []
    words += ["reset"] if "reset" in conditions or "timeout" in conditions else []
    words += ["retriable-status-codes"] if retry.statuses else []
    longest = retry.max_ms
    if retry.backoff == "linear":
        longest = retry.pause_ms(retry.attempts - 1)
    return s.RetryPolicy(
        retry_on=",".join(words),
        num_retries=retry.attempts - 1,
        per_try_timeout=duration_text(timeout_ms) if is_timed(retry) else None,
        retry_host_predicate=(_OTHER_TARGETS,),
        host_selection_retry_max_attempts=selections,
        retriable_status_codes=retry.statuses,
        retry_back_off=s.RetryBackOff(duration_text(retry.base_ms), duration_text(longest)),
        retriable_request_headers=(_IF_IDEMPOTENT,) if is_asked else (),
    )


def _only(route: Route, *conditions: str) -> bool:
    """Whether a policy has the first of some conditions, and not all others."""
    found = route.retry.conditions if route.retry else ()
    return conditions[0] in found and not {*conditions} <= {*found}


CONDITIONS = (
    Condition(
        "retry",
        approximate("a target that failed gets the next attempt, too, while it has fewer requests"),
        lambda r: bool(
            r.retry and r.upstream.algorithm == "least_conn" and len(r.upstream.targets) > 1
        ),
    ),
    Condition(
        "retry.retry_on=reset",
        approximate("a connection that fails counts, too"),
        lambda r: _only(r, "reset", "connect_failure"),
    ),
    Condition(
        "retry.retry_on=reset",
        approximate("`timeout` is for all attempts together"),
        lambda r: _only(r, "reset", "timeout"),
    ),
    Condition(
        "retry.retry_on=timeout",
        approximate("a connection that fails or breaks counts, too"),
        lambda r: _only(r, "timeout", "reset", "connect_failure"),
    ),
)
