"""Rate limits: a token bucket in Kong's shared dictionary, by a constant program.

Kong's own plugin has fixed calendar windows and no burst, and falls back to the client's address
where a header is missing (kong/plugins/rate-limiting). A full dictionary forgets the buckets that
were used least recently.
"""

from galc.ir.gateway import RateLimit
from galc.targets.kong import programs as lua
from galc.targets.memo import shared


@shared
def step(limit: RateLimit) -> str:
    """One token for each request; the program names the bucket after route and key."""
    data = {
        "interval": limit.rate.period_ms / limit.rate.tokens / 1000,
        "burst": limit.burst,
        "key": limit.key,
        "name": limit.key_name,
        "status": limit.status,
        "message": limit.message,
    }
    return lua.request_step("limit", data)
