"""Routes: a Kong service for each route of the file, with a Kong route, and more where a preflight
needs them.

kong/router/transform.lua: get_priority. What orders Kong's routes is the number of kinds of
conditions that they have, then whether all hosts are plain, then the number of headers, and only
then `regex_priority`; so the first three are made equal wherever the language orders by something
else. Every path is a regex, because a plain one is no prefix of segments.
"""

from typing import Any

from galc.ir.gateway import Gateway, PathMatch, Route
from galc.passes.order import rank
from galc.targets.kong import auth, circuit_breaker, cors, headers, jwt, rate_limit
from galc.targets.kong import programs as lua
from galc.targets.kong import schema as s
from galc.targets.kong.names import entity_name, upstream_name
from galc.targets.kong.paths import path_regex
from galc.targets.memo import shared

#: On a listener without TLS a route's `snis` are no condition, but count as a kind: they stand in
#: for `methods`. `snis` want a protocol with TLS among the route's.
_NO_CONDITION = ("galc.invalid",)
_PROTOCOLS = ("http", "https")
#: A wildcard beside plain hosts, so that these don't beat other wildcards.
_NO_HOST = "*.galc.invalid"
_REQUESTED = "access-control-request-method"
_FORWARD = lua.request_step("forward")


def services(gateway: Gateway) -> tuple[s.Service, ...]:
    """Every route's service, sorted by name."""
    extra = _preflights(gateway)
    priorities = _priorities(gateway)
    found = [
        _service(route, priorities[rank(route)], tuple(extra.get(route.name, ())))
        for route in gateway.routes
    ]
    return tuple(sorted(found, key=lambda service: service.name))


def _priorities(gateway: Gateway) -> dict[Any, int]:
    """Rank → `regex_priority`: the same for routes that no request can match both."""
    ranks = sorted({rank(route) for route in gateway.routes}, reverse=True)
    return {found: number for number, found in enumerate(ranks, 1)}


def _service(route: Route, priority: int, extra: tuple[s.Route, ...]) -> s.Service:
    upstream = route.upstream
    plain = "grpc" if upstream.http2 else "http"
    own = _route(route, route.name, route.match, route.methods, {}, priority, _plugins(route))
    return s.Service(
        name=entity_name(route.name),
        host=upstream_name(upstream.name),
        protocol="https" if upstream.tls else plain,
        connect_timeout=route.timeout_ms,
        write_timeout=route.timeout_ms,
        read_timeout=route.timeout_ms,
        retries=0,
        routes=(own, *extra),
        tls_verify=True if upstream.tls else None,
    )


def _route(
    route: Route,
    name: str,
    match: PathMatch,
    methods: tuple[str, ...],
    conditions: dict[str, tuple[str, ...]],
    priority: int,
    plugins: tuple[s.Plugin, ...],
) -> s.Route:
    return s.Route(
        name=entity_name(name),
        paths=(path_regex(match),),
        regex_priority=priority,
        strip_path=route.strip_prefix,
        # With TLS the certificate is checked against the name that is sent as Host.
        preserve_host=not route.upstream.tls,
        protocols=_PROTOCOLS,
        methods=methods,
        hosts=_hosts(route.hosts),
        headers=conditions,
        snis=() if methods else _NO_CONDITION,
        plugins=plugins,
    )


@shared
def _hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    if not hosts or any(host.startswith("*.") for host in hosts):
        return hosts
    return (*hosts, _NO_HOST)


def _plugins(route: Route, *, with_cors: bool = True) -> tuple[s.Plugin, ...]:
    """In the order in which they run: Kong's own priorities are pre-function, jwt, post-function."""
    found = []
    authentication = route.authentication
    if authentication and isinstance(authentication.scheme, jwt.Jwt):
        found.append(_before(auth.before_plugins(authentication)))
        found.append(jwt.plugin(authentication.scheme))
    response = headers.response_step(route.headers.response) if route.headers else None
    requests = (
        _FORWARD,
        auth.step(authentication) if authentication else None,
        rate_limit.step(route.rate_limit) if route.rate_limit else None,
        headers.request_step(route.headers.request) if route.headers else None,
        circuit_breaker.step(route.circuit_breaker) if route.circuit_breaker else None,
    )
    responses = (
        circuit_breaker.result(route.circuit_breaker) if route.circuit_breaker else None,
        response,
        cors.response_step(route.cors) if route.cors and with_cors else None,
    )
    found.append(_after(tuple(filter(None, requests)), tuple(filter(None, responses))))
    return tuple(found)


@shared
def _before(step: str) -> s.Plugin:
    return s.Plugin("pre-function", s.Functions(access=(step,)))


@shared
def _after(requests: tuple[str, ...], responses: tuple[str, ...] = ()) -> s.Plugin:
    return s.Plugin("post-function", s.Functions(access=requests, header_filter=responses))


def _preflights(gateway: Gateway) -> dict[str, list[s.Route]]:
    """Kong routes that answer preflights, or lead them past broader routes that would, by the name
    of the route whose service they belong to.

    They all have a path, a method and two headers, so they beat every other route; among them the
    order of the routes decides.
    """
    if not any(route.cors for route in gateway.routes):
        return {}
    found = [entry for entry in _entries(gateway)]
    extra: dict[str, list[s.Route]] = {}
    for number, (owner, name, match, conditions, plugins) in enumerate(found):
        entry = _route(
            owner, name, match, ("OPTIONS",), conditions, len(found) - number, plugins
        )
        extra.setdefault(owner.name, []).append(entry)
    return extra
