"""CORS: Envoy's own filter, with the gaps around it closed.

extensions/filters/http/cors/v3/cors.proto. The filter answers a preflight from a refused origin
with 200 and the methods, so the origin is part of the preflight route's match; it passes a request
on whose origin or requested method is empty, so the match asks for both; it sends no `Vary`, and
lets the upstream's own `Access-Control-*` through.
"""

import re

from galc.ir.gateway import Cors, Origin, Route
from galc.targets.envoy import schema as s
from galc.targets.envoy.filters import Filter
from galc.targets.envoy.headers import ADD
from galc.targets.memo import shared

NAME = "envoy.filters.http.cors"
VARY = "galc.vary"
REQUESTED_METHOD = "access-control-request-method"
#: Methods of a route that takes all, as told to a browser.
_ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: The answer headers of https://fetch.spec.whatwg.org/#http-responses
_ANSWER_HEADERS = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
)
#: What an upstream says about CORS is dropped: the policy of the route speaks.
STRIP = tuple(s.HeaderMutation(remove=name) for name in _ANSWER_HEADERS)


def _origin_regex(origin: Origin) -> str:
    if origin.kind == "any":
        return ".+"
    if origin.kind == "subdomains":
        scheme, _, host = origin.value.partition("://")
        return rf"{re.escape(scheme)}://[^/:@]+\.{re.escape(host)}"
    return re.escape(origin.value)


@shared
def origins_regex(cors: Cors) -> str:
    """One regex for all allowed origins."""
    return "|".join(_origin_regex(origin) for origin in cors.origins)


def _matcher(origin: Origin) -> s.StringMatcher:
    if origin.kind == "exact":
        return s.StringMatcher(exact=origin.value)
    return s.StringMatcher(safe_regex=s.Regex(_origin_regex(origin)))


def _per_route(route: Route) -> s.CorsPolicy | None:
    return _policy(route.cors, route.methods) if route.cors else None


@shared
def _policy(cors: Cors, taken: tuple[str, ...]) -> s.CorsPolicy:
    methods = cors.methods or taken or _ALL_METHODS
    return s.CorsPolicy(
        allow_origin_string_match=tuple(_matcher(origin) for origin in cors.origins),
        allow_methods=",".join(methods),
        allow_headers=",".join(cors.headers),
        expose_headers=",".join(cors.expose),
        max_age=str(cors.max_age_s),
        allow_credentials=cors.credentials,
    )


_VARY_ORIGIN = s.HeaderMutationPerRoute(
    s.Mutations(
        response_mutations=(
            s.HeaderMutation(append=s.HeaderValueOption(s.HeaderValue("vary", "Origin"), ADD)),
        )
    )
)

FILTERS = (
    Filter(
        name=VARY,
        order=10,
        reason="outermost, so that it sees every answer, also the rejections of later filters",
        chain=lambda _: s.HeaderMutationFilter(),
        per_route=lambda route: _VARY_ORIGIN if route.cors else None,
    ),
    Filter(
        name=NAME,
        order=20,
        reason="before authentication and limits: a preflight carries no credentials",
        chain=lambda _: s.Cors(),
        per_route=_per_route,
    ),
)
