"""Retries: the `retry` middleware, right before the service.

https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/middlewares/retry/ and
`pkg/middlewares/retry/retry.go`. Traefik knows two reasons: nothing of the request was sent yet,
whatever the method; and an answer's status, with idempotent methods. It tells its own answers from
the upstream's by nothing: a connection that breaks is a 502, one that takes too long a 504
(`pkg/proxy/httputil/proxy.go`, ComputeStatusCode).
"""

from galc.ir.gateway import Retry, Route
from galc.ir.units import duration_text
from galc.targets import Condition, approximate
from galc.targets.memo import shared
from galc.targets.traefik import schema as s
from galc.targets.traefik.chain import Chain, Named
from galc.targets.traefik.middlewares import named

_OWN_STATUSES = {"reset": 502, "timeout": 504}
#: github.com/cenkalti/backoff/v4 ends after 15 minutes, and Traefik then answers an empty 200. One
#: minute before it takes the answer that it has.
_LONGEST_MS = 14 * 60_000


def retry(chain: Chain, route: Route) -> None:
    """The last of a route's middlewares, so that everything before it happens once."""
    if route.retry is not None:
        chain.apply(_retry(route.retry, is_long(route)))


@shared
def _retry(policy: Retry, long: bool) -> Named:
    own = {status for name, status in _OWN_STATUSES.items() if name in policy.conditions}
    statuses = sorted(own | {*policy.statuses})
    # It grows to twice of what it begins with, over all attempts.
    first_ms = min(policy.base_ms, -(-policy.max_ms // 2))
    middleware = s.Retry(
        attempts=policy.attempts,
        initial_interval=duration_text(first_ms),
        timeout=duration_text(_LONGEST_MS) if long else "",
        status=tuple(map(str, statuses)),
        disable_retry_on_network_error="connect_failure" not in policy.conditions,
    )
    return named("retry", s.Middleware(retry=middleware))


#: Such an answer is flushed on its way (`FlushInterval` of Go's ReverseProxy), and the middleware
#: lets that through, with which Go begins an answer of its own (seen on 3.7).
ANSWERS_200 = (
    "where an answer that is tried again doesn't tell its length, the client gets the next one's"
    " body with status 200 and without its headers"
)


def _reads_answers(route: Route) -> bool:
    """Whether there are answers of the upstream that are tried again."""
    policy = route.retry
    return policy is not None and bool(policy.statuses or _OWN_STATUSES.keys() & policy.conditions)


def is_long(route: Route) -> bool:
    """Whether all attempts together may take longer than Traefik has."""
    policy = route.retry
    if policy is None:
        return False
    # A pause is three times its beginning at most: it doubles, and varies by half.
    return policy.attempts * (route.timeout_ms + 3 * policy.base_ms) > _LONGEST_MS


def _lacks(route: Route, condition: str, *others: str) -> bool:
    """Whether a policy has a condition, and not all of those that Traefik takes it with."""
    conditions = route.retry.conditions if route.retry else ()
    return condition in conditions and not {*others} <= {*conditions}


def _has_choice(route: Route) -> bool:
    """Whether another attempt could go to another target."""
    return route.retry is not None and len(route.upstream.targets) > 1


CONDITIONS = (
    Condition("retry", approximate(ANSWERS_200), _reads_answers),
    Condition(
        "retry",
        approximate("a target that failed may get the next attempt, too, if it is its turn"),
        lambda r: _has_choice(r) and r.upstream.algorithm != "ip_hash",
    ),
    Condition(
        "retry",
        approximate("the next attempt goes to the same target again"),
        lambda r: _has_choice(r) and r.upstream.algorithm == "ip_hash",
    ),
    Condition(
        "retry",
        approximate("a client with a sticky cookie stays at its target, also if that failed"),
        lambda r: _has_choice(r) and r.upstream.sticky_cookie is not None,
    ),
    Condition(
        "retry.attempts",
        approximate("after 14 minutes there is no other attempt"),
        is_long,
    ),
    Condition(
        "retry.retry_on=http_502",
        approximate("a connection that fails or breaks counts, too: Traefik gives it a 502"),
        lambda r: _lacks(r, "http_502", "reset", "connect_failure"),
    ),
    Condition(
        "retry.retry_on=reset",
        approximate("the upstream's own 502 and a failed connection count, too"),
        lambda r: _lacks(r, "reset", "http_502", "connect_failure"),
    ),
    Condition(
        "retry.retry_on=http_504",
        approximate("an attempt that takes too long counts, too: Traefik gives it a 504"),
        lambda r: _lacks(r, "http_504", "timeout", "connect_failure"),
    ),
    Condition(
        "retry.retry_on=timeout",
        approximate("the upstream's own 504 and a connection that takes too long count, too"),
        lambda r: _lacks(r, "timeout", "http_504", "connect_failure"),
    ),
)
