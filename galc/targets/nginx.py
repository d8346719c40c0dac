"""What Kong and APISIX leave to nginx between the attempts of a request.

https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream. A gateway says how
often a request of a route is tried; when it is tried again is a directive for all of them. Methods
that aren't idempotent are tried again only as long as nothing was sent, whatever it says.
"""

from collections.abc import Iterator

from galc.ir.gateway import Gateway, Route
from galc.targets import Condition, approximate

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
