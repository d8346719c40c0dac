"""Sticky sessions: a cookie that names the target.

extensions/filters/http/stateful_session/v3/stateful_session.proto and
extensions/http/stateful_session/cookie/v3/cookie.proto. Envoy adds `HttpOnly` itself.
"""

from galc.ir.gateway import Route
from galc.targets.envoy import schema as s
from galc.targets.envoy.filters import Filter


def _per_route(route: Route) -> s.StatefulSessionPerRoute | None:
    if route.upstream.sticky_cookie is None:
        return None
    state = s.CookieSession(s.Cookie(route.upstream.sticky_cookie, "/"))
    named = s.Named("envoy.http.stateful_session.cookie", state)
    return s.StatefulSessionPerRoute(s.SessionState(named))


FILTER = Filter(
    name="envoy.filters.http.stateful_session",
    order=80,
    reason="after everything that may reject a request: it only chooses the target",
    chain=lambda _: s.StatefulSession(),
    per_route=_per_route,
)
