"""Rate limits (language section 4.1): a token bucket for each route and key."""

from galc.ir.gateway import RateLimit
from galc.semantics.state import Bucket


def taken(limit: RateLimit, bucket: Bucket | None, now: float) -> tuple[bool, Bucket]:
    """Whether there was a token, and the bucket after it was taken."""
    tokens = filled(limit, bucket, now)
    allowed = tokens >= 1
    return allowed, Bucket(tokens - 1 if allowed else tokens, now)


def filled(limit: RateLimit, bucket: Bucket | None, now: float) -> float:
    """The tokens in a bucket: full at first, refilled evenly, never more than `burst`."""
    if bucket is None:
        return limit.burst
    elapsed = (now - bucket.at) * 1000
    tokens = bucket.tokens + elapsed * limit.rate.tokens / limit.rate.period_ms
    # A token that is due at this very moment is there, whatever the floating point says.
    return min(float(limit.burst), tokens + 1e-9)
