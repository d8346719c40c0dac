"""Routes: one entry a route, in the order of the gateway, in one virtual host.

config/route/v3/route_components.proto. Hosts are matched by header and not by virtual host: a
route with two hosts must stay one entry, or it would count in two buckets.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from galc.ir.gateway import Gateway, PathMatch, Route
from galc.ir.units import duration_text
from galc.passes.matching import has_letters_in_escapes, path_pattern
from galc.passes.overlap import Overlaps, covers
from galc.targets.envoy import auth, cors, headers, rate_limit, replies, sticky
from galc.targets.envoy import schema as s
from galc.targets.envoy.clusters import name_of
from galc.targets.envoy.filters import Filter
from galc.targets.memo import shared

FILTERS: tuple[Filter, ...] = tuple(
    sorted(
        (*cors.FILTERS, *auth.FILTERS, rate_limit.FILTER, sticky.FILTER, headers.PATH_STATE),
        key=lambda filter_: filter_.order,
    )
)
#: A response later than this also meets the connection manager's idle timeout, 5 minutes.
_STREAM_IDLE_MS = 300_000
_OPTIONS = s.HeaderMatcher(":method", s.StringMatcher(exact="OPTIONS"))
_ORIGIN = s.HeaderMatcher("origin", present_match=True)
_PREFLIGHT = (
    _OPTIONS,
    _ORIGIN,
    s.HeaderMatcher("access-control-request-method", present_match=True),
)
_BY_ADDRESS = (s.HashPolicy(s.ConnectionProperties(source_ip=True), terminal=True),)


def entries(gateway: Gateway) -> Iterator[s.Route]:
    """What answers preflights, then every route."""
    if any(route.cors for route in gateway.routes):
        yield from _preflights(gateway)
    for route in gateway.routes:
        entry = _entry(route)
        if route.cors is not None and "OPTIONS" in route.methods:
            # A preflight that got here asks for a method of no route: for this one it is an
            # OPTIONS request like any other.
            match = _match(route.match, (*_hosts(route), *_PREFLIGHT))
            name = f"{route.name} (OPTIONS)"
            yield replace(_without_cors(entry), name=name, match=match)
        yield entry


def _preflights(gateway: Gateway) -> Iterator[s.Route]:
    """A preflight is for the route that its requested method would reach, so these stand in the
    order of the routes, and before all of them."""
    overlaps = Overlaps(gateway.routes)
    for index, route in enumerate(gateway.routes):
        if route.cors is not None:
            yield _preflight(route)
        if overlaps.shadows_preflights(index):
            yield from _guards(route, overlaps.around(index))


def _entry(route: Route) -> s.Route:
    action = s.RouteAction(
        cluster=name_of(route),
        timeout=duration_text(route.timeout_ms),
        idle_timeout="0s" if route.timeout_ms >= _STREAM_IDLE_MS else None,
        regex_rewrite=_strip(route.match.value) if route.strip_prefix else None,
        hash_policy=_BY_ADDRESS if route.upstream.algorithm == "ip_hash" else (),
    )
    rules = route.headers.request if route.headers else None
    return s.Route(
        name=route.name,
        match=_match(route.match, _conditions(route)),
        route=action,
        metadata=replies.metadata(route),
        request_headers_to_remove=auth.hidden_headers(route) + (rules.remove if rules else ()),
        request_headers_to_add=headers.request_options(rules) if rules else (),
        typed_per_filter_config=_per_filter(route),
    )


def _per_filter(route: Route) -> dict[str, Any]:
    found = {}
    for filter_ in FILTERS:
        config = filter_.per_route(route)
        if config is not None:
            found[filter_.name] = config
    mutations = headers.response_mutations(route)
    if mutations or route.cors is not None:
        found[headers.RESPONSE_RULES] = _response_rules(mutations, route.cors is not None)
    return found


@shared
def _response_rules(
    mutations: tuple[s.HeaderMutation, ...], has_cors: bool
) -> s.HeaderMutationPerRoute:
    steps = (*cors.STRIP, *mutations) if has_cors else mutations
    return s.HeaderMutationPerRoute(s.Mutations(response_mutations=steps))


def _match(match: PathMatch, conditions: tuple[s.HeaderMatcher, ...]) -> s.RouteMatch:
    if match.kind == "regex":
        return s.RouteMatch(safe_regex=s.Regex(match.value), headers=conditions)
    if has_letters_in_escapes(match.value):  # `%C3` is `%c3` too, and Envoy compares bytes
        rest = "" if match.kind == "exact" else "(/.*)?"
        pattern = path_pattern(match.value) + rest
        return s.RouteMatch(safe_regex=s.Regex(pattern), headers=conditions)
    if match.kind == "exact":
        return s.RouteMatch(path=match.value, headers=conditions)
    if match.value == "/":
        return s.RouteMatch(prefix="/", headers=conditions)
    return s.RouteMatch(path_separated_prefix=match.value, headers=conditions)


def _conditions(route: Route) -> tuple[s.HeaderMatcher, ...]:
    methods = (_one_of(":method", route.methods),) if route.methods else ()
    return (*_hosts(route), *methods)


def _hosts(route: Route) -> tuple[s.HeaderMatcher, ...]:
    return (_header(":authority", host_regex(route.hosts)),) if route.hosts else ()


def host_regex(hosts: tuple[str, ...]) -> str:
    """Hosts without regard to case, port and a final dot; `*.` stands for one label or more."""
    alternatives = (
        rf".+\.{re.escape(host[2:])}" if host.startswith("*.") else re.escape(host)
        for host in hosts
    )
    # A port may be empty, and Envoy lets a user pass: neither makes another host of it.
    return rf"(?i)([^@]*@)?({'|'.join(alternatives)})\.?(:[0-9]*)?"


@shared
def _header(name: str, regex: str) -> s.HeaderMatcher:
    return s.HeaderMatcher(name, s.StringMatcher(safe_regex=s.Regex(regex)))


@shared
def _one_of(name: str, words: tuple[str, ...]) -> s.HeaderMatcher:
    if len(words) == 1:
        return s.HeaderMatcher(name, s.StringMatcher(exact=words[0]))
    return _header(name, "|".join(words))


def _strip(prefix: str) -> s.RegexRewrite:
    return s.RegexRewrite(s.Regex(f"^{path_pattern(prefix)}(/|$)"), "/")


def _asks_for(route: Route) -> s.HeaderMatcher:
    """The method that a preflight asks for is one that the route takes."""
    name = "access-control-request-method"
    if route.methods:
        return _one_of(name, route.methods)
    return s.HeaderMatcher(name, present_match=True)


def _preflight(route: Route) -> s.Route:
    """Answered by the CORS filter; the cluster is never called. A refused origin doesn't match."""
    assert route.cors is not None
    origin = _header("origin", cors.origins_regex(route.cors))
    conditions = (*_hosts(route), _OPTIONS, origin, _asks_for(route))
    filters = {f.name: f.per_route(route) for f in cors.FILTERS}
    return s.Route(
        name=f"{route.name} (preflight)",
        match=_match(route.match, conditions),
        route=s.RouteAction(cluster=name_of(route), timeout=duration_text(route.timeout_ms)),
        typed_per_filter_config=filters,
    )


def _guards(route: Route, around: Iterator[Route]) -> Iterator[s.Route]:
    """A preflight for this route that it doesn't allow is an OPTIONS request like any other: it
    goes to the routes that take OPTIONS there, past the preflight entries of broader routes."""
    asked = (*_hosts(route), _OPTIONS, _ORIGIN, _asks_for(route))
    for other in around:
        if other.methods and "OPTIONS" not in other.methods:
            continue
        # A regex is better matched as a path: as a condition it would see the query too.
        path, beside = (other.match, route.match)
        if route.match.kind == "regex" and other.match.kind != "regex":
            path, beside = beside, path
        match = _match(path, (*_hosts(other), *asked, *_path_condition(beside)))
        name = f"{other.name} (OPTIONS under {route.name})"
        yield replace(_without_cors(_entry(other)), name=name, match=match)
        if covers(other, route):
            return
    yield s.Route(
        name=f"{route.name} (no preflight)",
        match=_match(route.match, asked),
        direct_response=s.DirectResponse(404),
    )


def _without_cors(entry: s.Route) -> s.Route:
    configs = entry.typed_per_filter_config
    kept = {name: config for name, config in configs.items() if name != cors.NAME}
    return replace(entry, typed_per_filter_config=kept)


def _path_condition(match: PathMatch) -> tuple[s.HeaderMatcher, ...]:
    """The path as a condition on `:path`, which has the query, for an entry with another path."""
    if match.kind == "prefix":
        if match.value == "/":
            return ()
        return (_header(":path", rf"{path_pattern(match.value)}(/[^?]*)?(\?.*)?"),)
    if match.kind == "exact":
        return (_header(":path", rf"{path_pattern(match.value)}(\?.*)?"),)
    flags, pattern = ("(?i)", match.value[4:]) if match.value.startswith("(?i)") else (
        "", match.value
    )  # fmt: skip
    return (_header(":path", rf"{flags}(?:{pattern})(\?.*)?"),)
