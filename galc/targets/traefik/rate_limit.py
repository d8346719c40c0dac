"""Rate limits: the `rateLimit` middleware, which counts by itself on every router that has it.

https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/middlewares/ratelimit/ and
`pkg/middlewares/ratelimiter`.
"""

from galc.ir.gateway import RateLimit, Route
from galc.ir.units import duration_text
from galc.targets.memo import shared
from galc.targets.traefik import rules
from galc.targets.traefik import schema as s
from galc.targets.traefik.chain import Case, Chain, Named
from galc.targets.traefik.middlewares import named


def limit(chain: Chain, route: Route, trusted: tuple[str, ...]) -> None:
    """One bucket for each key, whichever router a request came through."""
    if route.rate_limit is None:
        return
    chain.join("counted")
    if route.rate_limit.key == "address" and trusted:
        chain.split(_by_forwarded_address(route.rate_limit, trusted))
    else:
        chain.apply(_limit(route.rate_limit, ()))


@shared
def _by_forwarded_address(limit: RateLimit, trusted: tuple[str, ...]) -> tuple[Case, ...]:
    """Traefik finds the client in X-Forwarded-For or at the connection, never in both."""
    proxies = rules.any_of(f"ClientIP(`{network}`)" for network in trusted)
    return (
        Case("proxied", proxies, (_limit(limit, trusted),)),
        Case("direct", rules.ALWAYS, (_limit(limit, ()),)),
    )


@shared
def _limit(limit: RateLimit, trusted: tuple[str, ...]) -> Named:
    criterion: s.SourceCriterion | None = None
    if limit.key == "header":
        criterion = s.SourceCriterion(request_header_name=limit.key_name)
    elif trusted:
        criterion = s.SourceCriterion(s.IpStrategy(trusted))
    period = duration_text(limit.rate.period_ms)
    bucket = s.RateLimit(limit.rate.tokens, period, limit.burst, criterion)
    return named("limit", s.Middleware(rate_limit=bucket))
