"""What Kong and APISIX leave to nginx between the attempts of a request.

https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream. A gateway says how
often a request of a route is tried; when it is tried again is a directive for all of them. Methods
that aren't idempotent are tried again only as long as nothing was sent, whatever it says.
"""

from collections.abc import Iterator

from galc.ir.gateway import Gateway, Route
from galc.targets import Condition, Support, approximate, native, unsupported

#: What nginx does by itself. Without `error` a kept connection that was closed meanwhile would be
#: an answer 502, on any route.
_ALWAYS = ("error", "timeout")
_MEANT = frozenset(("connect_failure", "reset", "timeout"))


def directives(gateway: Gateway) -> Iterator[tuple[str, str]]:
    """When a request is tried again, by name and value; nothing where it is as nginx does it."""
    tried = [route for route in gateway.routes if route.retry]
    statuses = sorted({status for r in tried if r.retry for status in r.retry.statuses})
    if statuses:
        value = " ".join((*_ALWAYS, *(f"http_{status}" for status in statuses)))
        yield "proxy_next_upstream", value
        if any(route.upstream.http2 for route in tried):
            yield "grpc_next_upstream", value


def other_statuses(gateway: Gateway) -> Iterator[tuple[Route, str, str]]:
    """Routes that would need a directive of their own: the route, the feature, and why."""
    first: Route | None = None
    for route in gateway.routes:
        if route.retry is None:
            continue
        if first is None:
            first = route
        elif first.retry and first.retry.statuses != route.retry.statuses:
            why = f"the statuses in `retry_on` count for all routes, and `{first.name}` has others"
            yield route, "retry", why


CONDITIONS = (
    Condition(
        "retry",
        approximate(
            "connections that fail or break, and attempts that take too long, are tried again in"
            " any case"
        ),
        lambda r: r.retry is not None and not {*r.retry.conditions} >= _MEANT,
    ),
    Condition(
        "circuit_breaker",
        approximate("of a request that is tried again only the last attempt counts"),
        lambda r: r.retry is not None and r.circuit_breaker is not None,
    ),
    Condition(
        "upstream.health_check.passive",
        approximate("of a request that is tried again only the last attempt counts"),
        lambda r: r.retry is not None and r.upstream.passive is not None,
    ),
)


def retry_cells(directive: str) -> dict[str, Support]:
    """What nginx makes of conditions and pauses, for a target's table; `directive` is where it says
    `proxy_next_upstream`."""
    status = native(f"{directive}, http_…", "each-of-the-common-statuses-is-tried-again")
    no_pause = unsupported("the next attempt follows at once", "leave it out")
    return {
        "retry.retry_on=connect_failure": native(
            f"{directive}, error timeout",
            "a-connection-that-nobody-accepts-is-answered-in-the-end",
        ),
        "retry.retry_on=http_409": unsupported(
            "nginx doesn't try a request again for this status", "leave it out of `retry_on`"
        ),
        **{f"retry.retry_on=http_{code}": status for code in (429, 500, 502, 503, 504)},
        "retry.retry_on=reset": approximate(
            "a request that broke a connection which was used before is sent once more by itself",
            "a-broken-connection-is-tried-again",
        ),
        "retry.retry_on=timeout": native(
            f"{directive}, timeout", "an-attempt-that-takes-too-long-is-tried-again"
        ),
        "retry.backoff=exponential": no_pause,
        "retry.backoff=linear": no_pause,
        "retry.base_interval": no_pause,
        "retry.max_interval": no_pause,
    }
