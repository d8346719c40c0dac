"""Rate limits: local_ratelimit with a bucket for each route and value of the key.

extensions/filters/http/local_ratelimit/v3/local_rate_limit.proto; dynamic descriptors since 1.34.
Buckets refill continuously and are shared by all workers (seen on 1.40).
"""

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


def _per_route(route: Route) -> s.LocalRateLimit | None:
    return _limit(route.rate_limit) if route.rate_limit else None


@shared
def _limit(limit: RateLimit) -> s.LocalRateLimit:
    bucket = s.TokenBucket(limit.burst, limit.rate.tokens, duration_text(limit.rate.period_ms))
    if limit.key == "address":
        actions = [s.RateLimitAction(remote_address=s.Empty())]
        entries = [s.DescriptorEntry("remote_address")]
    else:
        header = LIMIT_CLAIM_HEADER if limit.key == "claim" else limit.key_name
        actions, entries = _by_header(header)
    return s.LocalRateLimit(
        stat_prefix="limit",
        token_bucket=_NO_LIMIT,
        filter_enabled=_ALWAYS,
        filter_enforced=_ALWAYS,
        always_consume_default_token_bucket=False,
        max_dynamic_descriptors=_KEYS,
        rate_limits=tuple(s.RateLimitActions((action,)) for action in actions),
        descriptors=tuple(s.LimitDescriptor((entry,), bucket) for entry in entries),
    )


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
