"""Rate limits: local_ratelimit with a bucket for each route and value of the key.

extensions/filters/http/local_ratelimit/v3/local_rate_limit.proto; dynamic descriptors since 1.34.
Buckets refill continuously and are shared by all workers (seen on 1.40).
"""

from collections.abc import Iterable

from galc.ir.gateway import RateLimit, Route
from galc.ir.units import duration_text
from galc.targets.envoy import schema as s
from galc.targets.envoy.auth import LIMIT_CLAIM_HEADER
from galc.targets.envoy.filters import Filter
from galc.targets.memo import shared

_ALWAYS = s.RuntimeFraction(s.FractionalPercent(100, "HUNDRED"))
_MOST = 4_294_967_295
#: Required by the schema, and never empty: only the keyed buckets limit.
_NO_LIMIT = s.TokenBucket(_MOST, _MOST, "1s")
#: Keys remembered per route before the least recently used one starts afresh; Envoy's default
#: is 20.
_KEYS = 100_000
_ROUTE = "route"


def _per_route(route: Route) -> s.LocalRateLimit | None:
    return _limit(route.rate_limit) if route.rate_limit else None


@shared
def _limit(limit: RateLimit) -> s.LocalRateLimit:
    actions, entries = _keys_of(limit)
    bucket = _bucket(limit)
    return _config(
        descriptors=tuple(s.LimitDescriptor((entry,), bucket) for entry in entries),
        actions=tuple(s.RateLimitActions((action,)) for action in actions),
    )


def together(routes: Iterable[Route]) -> dict[str, s.LocalRateLimit]:
    """Filter configuration of the virtual host: the buckets of routes that have several entries.

    An entry's own configuration has buckets of its own, so a route with two would let twice as
    many requests through. The entries tell by `route_actions` whose bucket a request counts in.
    Only such routes stand here, because Envoy compares a request with one after the other.
    """
    descriptors = []
    for route in sorted(routes, key=lambda route: route.name):
        if route.rate_limit:
            bucket = _bucket(route.rate_limit)
            mine = s.DescriptorEntry(_ROUTE, _key_of(route))
            descriptors += [
                s.LimitDescriptor((mine, entry), bucket) for entry in _keys_of(route.rate_limit)[1]
            ]
    return {FILTER.name: _config(tuple(descriptors))} if descriptors else {}


def route_actions(route: Route) -> tuple[s.RateLimitActions, ...]:
    """What an entry of a route says to the configuration of the virtual host."""
    if route.rate_limit is None:
        return ()
    mine = s.RateLimitAction(generic_key=s.GenericKey(_ROUTE, _key_of(route)))
    return tuple(s.RateLimitActions((mine, action)) for action in _keys_of(route.rate_limit)[0])


def _key_of(route: Route) -> str:
    """A route's name without `%`, which newer versions substitute here and older ones don't."""
    return route.name.replace("=", "=3D").replace("%", "=25")


def _bucket(limit: RateLimit) -> s.TokenBucket:
    return s.TokenBucket(limit.burst, limit.rate.tokens, duration_text(limit.rate.period_ms))


def _config(
    descriptors: tuple[s.LimitDescriptor, ...], actions: tuple[s.RateLimitActions, ...] = ()
) -> s.LocalRateLimit:
    return s.LocalRateLimit(
        stat_prefix="limit",
        token_bucket=_NO_LIMIT,
        filter_enabled=_ALWAYS,
        filter_enforced=_ALWAYS,
        always_consume_default_token_bucket=False,
        max_dynamic_descriptors=_KEYS,
        rate_limits=actions,
        descriptors=descriptors,
    )


def _keys_of(limit: RateLimit) -> tuple[list[s.RateLimitAction], list[s.DescriptorEntry]]:
    """How a request says its key, and the entries that take it."""
    if limit.key == "address":
        return [s.RateLimitAction(remote_address=s.Empty())], [s.DescriptorEntry("remote_address")]
    return _by_header(LIMIT_CLAIM_HEADER if limit.key == "claim" else limit.key_name)


def _by_header(header: str) -> tuple[list[s.RateLimitAction], list[s.DescriptorEntry]]:
    """A bucket for each value, and one for all requests without the header."""
    absent = s.HeaderMatcher(header, s.StringMatcher(exact=""), treat_missing_header_as_empty=True)
    actions = [
        s.RateLimitAction(request_headers=s.RequestHeaders(header, "key")),
        s.RateLimitAction(header_value_match=s.HeaderValueMatch("no_key", "true", (absent,))),
    ]
    return actions, [s.DescriptorEntry("key"), s.DescriptorEntry("no_key", "true")]


FILTER = Filter(
    name="envoy.filters.http.local_ratelimit",
    order=40,
    reason="after authentication, so that only requests that pass it count",
    chain=lambda _: s.LocalRateLimit(stat_prefix="limit"),
    per_route=_per_route,
)
