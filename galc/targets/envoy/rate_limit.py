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
from galc.targets.envoy.replies import LIMIT_ROUTE, NAMESPACE
from galc.targets.memo import shared

_ALWAYS = s.RuntimeFraction(s.FractionalPercent(100, "HUNDRED"))
_MOST = 4_294_967_295
#: Required by the schema, and never empty: only the keyed buckets limit.
_NO_LIMIT = s.TokenBucket(_MOST, _MOST, "1s")
#: Keys remembered per route before the least recently used one starts afresh; Envoy's default
#: is 20.
_KEYS = 100_000
_ROUTE = "route"
#: Fails, so that no limit applies, for an entry without that metadata.
_BY_ROUTE = s.RateLimitAction(
    metadata=s.MetadataAction(
        _ROUTE, s.MetadataKey(NAMESPACE, (s.PathSegment(LIMIT_ROUTE),)), "ROUTE_ENTRY"
    )
)


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
    many requests through. Metadata of the entry tells here whose bucket a request counts in.
    Only such routes are listed, because Envoy compares a request with one after the other.
    """
    actions: dict[s.RateLimitActions, None] = {}
    descriptors: list[s.LimitDescriptor] = []
    for route in sorted(routes, key=lambda route: route.name):
        if route.rate_limit:
            bucket = _bucket(route.rate_limit)
            told, entries = _keys_of(route.rate_limit)
            actions |= {s.RateLimitActions((_BY_ROUTE, action)): None for action in told}
            mine = s.DescriptorEntry(_ROUTE, route.name)
            descriptors += [s.LimitDescriptor((mine, entry), bucket) for entry in entries]
    return {FILTER.name: _config(tuple(descriptors), tuple(actions))} if descriptors else {}


def _bucket(limit: RateLimit) -> s.TokenBucket:
    return s.TokenBucket(limit.burst, limit.rate.tokens, duration_text(limit.rate.period_ms))


def _config(
    descriptors: tuple[s.LimitDescriptor, ...], actions: tuple[s.RateLimitActions, ...]
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
    key, no_key = f"key:{header}", f"no_key:{header}"
    absent = s.HeaderMatcher(header, s.StringMatcher(exact=""), treat_missing_header_as_empty=True)
    actions = [
        s.RateLimitAction(request_headers=s.RequestHeaders(header, key)),
        s.RateLimitAction(header_value_match=s.HeaderValueMatch(no_key, "true", (absent,))),
    ]
    return actions, [s.DescriptorEntry(key), s.DescriptorEntry(no_key, "true")]


FILTER = Filter(
    name="envoy.filters.http.local_ratelimit",
    order=40,
    reason="after authentication, so that only requests that pass it count",
    chain=lambda _: s.LocalRateLimit(stat_prefix="limit"),
    per_route=_per_route,
)
