"""Values that no configuration of Envoy can hold, and why: seen on 1.40, or in its `.proto`."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from galc.ir.gateway import (
    ApiKeys,
    Authentication,
    Basic,
    Gateway,
    Headers,
    Introspection,
    Jwt,
    RateLimit,
    Route,
)
from galc.targets.envoy import headers
from galc.targets.envoy.auth import BEARER
from galc.targets.envoy.cors import origins_regex
from galc.targets.envoy.environment import has_references
from galc.targets.envoy.matches import host_regex
from galc.targets.memo import shared

#: config/route/v3/route_components.proto: request_headers_to_add has max_items 1000.
_MOST_HEADERS = 1000
#: config/core/v3/base.proto: HeaderValue.value has max_bytes 16384.
_LONGEST_VALUE = 16384
#: RE2 bounds a regex's memory; ten thousand hosts still fit.
_LONGEST_REGEX = 200_000
#: A key set that is nested more deeply is "an invalid JSON".
_DEEPEST_JSON = 100
#: Of the methods that the language knows; every such request is 400.
_UNKNOWN_METHODS = frozenset(
    (
        "BASELINE-CONTROL CHECKIN LABEL MKREDIRECTREF MKWORKSPACE ORDERPATCH QUERY UNCHECKOUT "
        "UPDATE UPDATEREDIRECTREF VERSION-CONTROL"
    ).split()
)
#: A feature, and why its value can't be.
_Refusal = tuple[str, str]
_Scheme = Basic | ApiKeys | Jwt | Introspection


def refused_values(gateway: Gateway) -> Iterator[tuple[Route, str, str]]:
    """The route, the feature, and why."""
    for route in gateway.routes:
        of_policies = _of_policies(route.authentication, route.headers, route.rate_limit)
        for feature, why in (*_of_matches(route), *of_policies):
            yield route, feature, why


def _of_matches(route: Route) -> Iterator[_Refusal]:
    too_long = f"more than {_LONGEST_REGEX} characters on one route"
    if len(host_regex(route.hosts)) > _LONGEST_REGEX:
        yield "routes.hosts", too_long
    if route.cors and len(origins_regex(route.cors)) > _LONGEST_REGEX:
        yield "cors.allowed_origins", too_long
    for method in sorted(_UNKNOWN_METHODS.intersection(route.methods)):
        yield "routes.methods", f"its HTTP parser doesn't know `{method}`"


@shared
def _of_policies(
    authentication: Authentication | None, rules: Headers | None, limit: RateLimit | None
) -> tuple[_Refusal, ...]:
    scheme = authentication.scheme if authentication else None
    names = (*_names_in(rules), *_names_read_by(scheme, limit))
    return (*_of_authentication(scheme), *_of_headers(rules, names))


def _of_authentication(scheme: _Scheme | None) -> Iterator[_Refusal]:
    if isinstance(scheme, Basic):
        if has_references(scheme) and any(user.scheme == "sha1" for user in scheme.users):
            why = "beside a password in the environment there are none but clear texts"
            yield "authentication.basic.users.password_hash", why
        for user in scheme.users:
            if user.username.startswith("#") or user.username != user.username.strip():
                why = "a user name can't begin with `#` or a space in the basic_auth filter's list"
                yield "authentication.basic.users.username", why
    elif isinstance(scheme, ApiKeys) and scheme.header:
        for key in scheme.keys:
            if isinstance(key.key, str) and key.key.startswith(BEARER):
                why = f"api_key_auth takes `{BEARER}` off before it compares a key"
                yield "authentication.api_key.keys.key", why
    elif isinstance(scheme, Jwt):
        host = urlsplit(scheme.jwks_uri or "").hostname or ""
        if "_" in host:
            why = f"a URI's host can't have an underscore, as `{host}` has"
            yield "authentication.jwt.jwks_uri", why
        if _depth(scheme.jwks or "") > _DEEPEST_JSON:
            why = f"a key set is nested {_DEEPEST_JSON} levels deep at most"
            yield "authentication.jwt.jwks", why


def _depth(json: str) -> int:
    """How deeply objects and arrays are nested."""
    deepest = depth = 0
    for mark in re.sub(r'"(\\.|[^"\\])*"|[^][{}"]', "", json):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _of_headers(rules: Headers | None, names: tuple[str, ...]) -> Iterator[_Refusal]:
    for name in names:
        if name.lower().startswith(("x-envoy-", "x-galc-")):
            yield "headers", f"`{name}` is one of the headers that Envoy itself reads"
    if rules is None:
        return
    added = len(rules.request.set) + len(rules.request.add)
    if added > _MOST_HEADERS:
        yield "headers", f"more than {_MOST_HEADERS} request headers on one route"
    for one in (rules.request, rules.response):
        for name, template in (*one.set, *one.add):
            if len(headers.value(template).encode()) > _LONGEST_VALUE:
                yield "headers", f"the value of `{name}` is longer than {_LONGEST_VALUE} bytes"


def _names_in(rules: Headers | None) -> Iterator[str]:
    """The names of the header rules."""
    for one in (rules.request, rules.response) if rules else ():
        yield from (*one.remove, *(name for name, _ in (*one.set, *one.add)))


def _names_read_by(scheme: _Scheme | None, limit: RateLimit | None) -> Iterator[str]:
    """The names of the headers that other policies read or set."""
    if isinstance(scheme, Jwt):
        yield from (scheme.header, *(header for _, header in scheme.claims_to_headers))
    if isinstance(scheme, ApiKeys) and scheme.header:
        yield scheme.header
    if limit and limit.key == "header":
        yield limit.key_name
