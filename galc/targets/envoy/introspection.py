"""Authentication by token introspection, with a constant program of the Lua filter.

extensions/filters/http/lua/v3/lua.proto, and the filter's API
(https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/lua_filter). No filter
of Envoy introspects: oauth2 is a login flow, ext_authz speaks a protocol of its own. The program
answers a failure itself, with the texts of the route, because other programs' answers have the same
code details (`lua_response`).
"""

from functools import cache
from importlib.resources import files

from galc.ir.gateway import Authentication, Introspection, Route
from galc.targets import lua
from galc.targets.envoy import schema as s
from galc.targets.envoy.filters import Filter
from galc.targets.introspection import credentials, endpoint, scheme_of, wanted
from galc.targets.memo import shared


def cluster_of(url: str) -> str:
    """The name of the cluster of an endpoint's server."""
    to = endpoint(url)
    return f"introspection/{to.scheme}/{to.authority}"


@cache
def _program() -> str:
    own = files(__package__).joinpath("lua", "introspection.lua").read_text("utf-8")
    return f"{lua.programs('json', 'introspection')}\n{own}"


def _per_route(route: Route) -> s.LuaPerRoute | None:
    if scheme_of(route) is None:
        return None
    assert route.authentication is not None
    return _context(route.authentication)


@shared
def _context(policy: Authentication) -> s.LuaPerRoute:
    scheme = policy.scheme
    assert isinstance(scheme, Introspection)
    to = endpoint(scheme.endpoint)
    return s.LuaPerRoute(
        {
            "cluster": cluster_of(scheme.endpoint),
            "authority": to.authority,
            "path": to.path,
            **credentials(scheme),
            **wanted(scheme),
            "status": str(policy.status),
            "message": policy.message,
        }
    )


FILTER = Filter(
    name="galc.introspection",
    order=34,
    reason="after CORS, so that preflights need no token; before limits, so that a request that "
    "fails authentication doesn't use up a bucket",
    chain=lambda _: s.Lua(s.DataSource(_program())),
    per_route=_per_route,
)
