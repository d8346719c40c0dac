"""Envoy, as a static bootstrap."""

from collections.abc import Iterator

from galc.ir.gateway import ApiKeys, Basic, Gateway, Jwt, Route
from galc.targets import Condition, Target, approximate
from galc.targets.envoy import headers
from galc.targets.envoy.auth import BEARER
from galc.targets.envoy.lower import lower
from galc.targets.envoy.routing import host_regex
from galc.targets.envoy.support import SUPPORT

#: config/route/v3/route_components.proto: request_headers_to_add has max_items 1000.
_MOST_HEADERS = 1000
#: config/core/v3/base.proto: HeaderValue.value has max_bytes 16384.
_LONGEST_VALUE = 16384
#: RE2 bounds a regex's memory; ten thousand hosts still fit.
_LONGEST_REGEX = 200_000


#: Of the methods that the language knows; seen on 1.40: every such request is 400.
_UNKNOWN_METHODS = frozenset(
    (
        "BASELINE-CONTROL CHECKIN LABEL MKREDIRECTREF MKWORKSPACE ORDERPATCH QUERY UNCHECKOUT "
        "UPDATE UPDATEREDIRECTREF VERSION-CONTROL"
    ).split()
)


def _header_names(route: Route) -> Iterator[str]:
    """Every header name that the file gives for a route."""
    for rules in (route.headers.request, route.headers.response) if route.headers else ():
        yield from (*rules.remove, *(name for name, _ in (*rules.set, *rules.add)))
    scheme = route.authentication.scheme if route.authentication else None
    if isinstance(scheme, Jwt):
        yield from (scheme.header, *(header for _, header in scheme.claims_to_headers))
    if isinstance(scheme, ApiKeys) and scheme.header:
        yield scheme.header
    if route.rate_limit and route.rate_limit.key == "header":
        yield route.rate_limit.key_name


def _refused_values(gateway: Gateway) -> Iterator[tuple[Route, str, str]]:
    for route in gateway.routes:
        if len(host_regex(route.hosts)) > _LONGEST_REGEX:
            yield route, "routes.hosts", f"more than {_LONGEST_REGEX} characters on one route"
        for method in sorted(_UNKNOWN_METHODS.intersection(route.methods)):
            yield route, "routes.methods", f"its HTTP parser doesn't know `{method}`"
        for name in _header_names(route):
            if name.lower().startswith(("x-envoy-", "x-galc-")):
                why = f"`{name}` is one of the headers that Envoy itself reads"
                yield route, "headers", why
        scheme = route.authentication.scheme if route.authentication else None
        for user in scheme.users if isinstance(scheme, Basic) else ():
            if user.username.startswith("#") or user.username != user.username.strip():
                why = "a user name can't begin with `#` or a space in the basic_auth filter's list"
                yield route, "authentication.basic.users.username", why
        for key in scheme.keys if isinstance(scheme, ApiKeys) and scheme.header else ():
            if key.key.startswith(BEARER):
                why = f"api_key_auth takes `{BEARER}` off before it compares a key"
                yield route, "authentication.api_key.keys.key", why
        if route.headers:
            added = len(route.headers.request.set) + len(route.headers.request.add)
            if added > _MOST_HEADERS:
                yield route, "headers", f"more than {_MOST_HEADERS} request headers on one route"
        for rules in (route.headers.request, route.headers.response) if route.headers else ():
            for name, template in (*rules.set, *rules.add):
                if len(headers.value(template).encode()) > _LONGEST_VALUE:
                    why = f"the value of `{name}` is longer than {_LONGEST_VALUE} bytes"
                    yield route, "headers", why


TARGET = Target(
    name="envoy",
    title="Envoy",
    versions="1.34 or newer; 1.35 for forward_name, 1.36 for circuit breakers and passive checks",
    support=SUPPORT,
    artifacts=("envoy.yaml",),
    lower=lower,
    conditions=(
        Condition(
            "upstream.health_check.passive",
            approximate("on a route with a circuit breaker only the breaker watches the answers"),
            lambda route: bool(route.circuit_breaker and route.upstream.passive),
        ),
    ),
    values=_refused_values,
)
