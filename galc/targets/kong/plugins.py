"""A route's plugins: its policies as steps of a request and of its answer.

The order is the language's (section 4). Kong runs `pre-function` (priority 1000000), `jwt` (1450)
and `post-function` (-1000) in this order, in both phases; the steps of one plugin run as listed.
"""

from galc.ir.gateway import Jwt, Route
from galc.targets.kong import auth, circuit_breaker, cors, headers, jwt, rate_limit, times
from galc.targets.kong import programs as lua
from galc.targets.kong import schema as s
from galc.targets.kong.upstreams import watch_step
from galc.targets.memo import shared


def of_route(route: Route) -> tuple[s.Plugin, ...]:
    """All plugins of a route."""
    after = _after(_requests(route), _responses(route))
    authentication = route.authentication
    if authentication is None or not isinstance(authentication.scheme, Jwt):
        return (after,)
    before = _before(auth.before_jwt(authentication))
    return (before, jwt.plugin(authentication.scheme), after)


def _requests(route: Route) -> tuple[str, ...]:
    steps = (
        lua.FORWARD,
        times.websocket_step(route),
        auth.step(route.authentication) if route.authentication else None,
        # After authentication: a request that fails it doesn't use up a bucket.
        rate_limit.step(route.rate_limit) if route.rate_limit else None,
        # After the limit, which may be counted by the key.
        auth.hide(route.authentication) if route.authentication else None,
        headers.request_step(route.headers.request) if route.headers else None,
        # Last: what it lets through reaches the upstream.
        circuit_breaker.step(route.circuit_breaker) if route.circuit_breaker else None,
    )
    return tuple(filter(None, steps))


def _responses(route: Route) -> tuple[str, ...]:
    passive = route.upstream.passive
    steps = (
        watch_step(passive) if passive else None,
        circuit_breaker.result(route.circuit_breaker) if route.circuit_breaker else None,
        headers.response_step(route.headers.response) if route.headers else None,
        # Last: neither the upstream nor a rule may say something else.
        cors.response_step(route.cors) if route.cors else None,
    )
    return tuple(filter(None, steps))


@shared
def _before(step: str) -> s.Plugin:
    return s.Plugin("pre-function", s.Functions(access=(step,)))


@shared
def _after(requests: tuple[str, ...], responses: tuple[str, ...]) -> s.Plugin:
    return s.Plugin("post-function", s.Functions(access=requests, header_filter=responses))


@shared
def of_preflight(step: str) -> tuple[s.Plugin, ...]:
    """The plugin of a route that answers preflights."""
    return (s.Plugin("post-function", s.Functions(access=(step,))),)


#: As Kong answers a request without a route.
NOT_FOUND = (
    s.Plugin("request-termination", s.Termination(404, "no Route matched with those values")),
)
