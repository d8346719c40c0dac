"""Routes: one for each route of the gateway, and those that answer its preflights.

A preflight is for the route that its requested method would reach, so each route with CORS has a
second one beside it that takes the preflights for its methods. Where a longer path takes a method
without allowing the origin, a guard there keeps its preflights from the CORS of a shorter one. A
route with WebSocket has one more for handshakes, which have times of their own.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from galc.ir.gateway import (
    Authentication,
    BodyRules,
    Cors,
    Gateway,
    HeaderRules,
    RateLimit,
    Route,
    Upstream,
)
from galc.passes.overlap import Overlaps, covers
from galc.targets import bodies
from galc.targets.apisix import cors, matching, policies, requests, websocket
from galc.targets.apisix import schema as s
from galc.targets.apisix.matching import Hosts
from galc.targets.apisix.names import identifier
from galc.targets.apisix.programs import call
from galc.targets.apisix.upstreams import name_of, timeout
from galc.targets.memo import shared

_NOT_FOUND = s.Plugins(fault_injection=s.FaultInjection(s.Abort(404)))


def routes(gateway: Gateway) -> tuple[tuple[s.Route, ...], tuple[s.Service, ...]]:
    """All routes, in the order of the gateway, each after what belongs to its preflights; and a
    service for each limit that counts on a route and on those that stand in for it.

    apisix/plugins/limit-req.lua, `gen_limit_key`: a counter belongs to the resource that the
    plugin is configured on.
    """
    owners: dict[str, str] = {}
    found = tuple(_routes(gateway, owners))
    owners.update({owner: owner for owner in owners.values()})
    services: dict[str, s.Service] = {}
    together = []
    for route in found:
        owner = owners.get(route.id)
        if owner is not None and route.plugins.limit_req is not None:
            plugins = s.Plugins(limit_req=route.plugins.limit_req)
            services[owner] = s.Service(owner, plugins)
            own = replace(route.plugins, limit_req=None)
            route = replace(route, plugins=own, service_id=owner)
        together.append(route)
    return tuple(together), tuple(services[key] for key in sorted(services))


def _routes(gateway: Gateway, owners: dict[str, str]) -> Iterator[s.Route]:
    """`owners` takes up which route a guard or a route for handshakes stands in for, by their
    ids."""
    trusting = bool(gateway.trusted_proxies)
    hosts = Hosts(gateway.routes)
    overlaps = Overlaps.of(gateway.routes) if any(r.cors for r in gateway.routes) else None
    for index, route in enumerate(gateway.routes):
        under = hosts.of(route.hosts)
        if route.cors is not None:
            yield _preflight(route, under)
        if overlaps is not None and overlaps.shadows_preflights(index):
            yield from _guards(route, under, overlaps.around(index), trusting, owners)
        plain = _request(route, under, trusting, overlaps, index)
        if route.websocket is None:
            yield plain
            continue
        handshakes = websocket.handshakes(route, plain)
        owners[handshakes.id] = plain.id
        yield from (handshakes, websocket.all_else(plain))


def _request(
    route: Route, hosts: tuple[str, ...], trusting: bool, overlaps: Overlaps | None, index: int
) -> s.Route:
    names, method_condition = matching.methods(route.methods)
    found = matching.paths(route.match)
    conditions = (*method_condition, *found.conditions)
    if overlaps is not None and "OPTIONS" in route.methods:
        others = overlaps.around(index)
        if any(other.cors is not None and other is not route for other in others):
            conditions = (*conditions, cors.asks_for_others(route.methods))
    return s.Route(
        id=identifier(route.name),
        name=route.name[:256],
        uris=found.uris,
        hosts=hosts,
        methods=names,
        vars=conditions,
        priority=matching.priority(route.match, bool(route.methods)),
        plugins=_plugins(route, trusting, route.cors),
        upstream_id=identifier(name_of(route)),
        timeout=timeout(route),
    )


def _preflight(route: Route, hosts: tuple[str, ...]) -> s.Route:
    """Answered by Lua; there is no upstream. A refused origin doesn't match."""
    assert route.cors is not None
    name = f"{route.name} (preflight)"
    found = matching.paths(route.match)
    return s.Route(
        id=identifier(name),
        name=name[:256],
        uris=found.uris,
        hosts=hosts,
        methods=("OPTIONS",),
        vars=(*cors.preflight_conditions(route), *found.conditions),
        priority=matching.priority(route.match, bool(route.methods), matching.PREFLIGHT),
        plugins=_preflight_plugins(route.cors, route.methods),
    )


@shared
def _preflight_plugins(policy: Cors, methods: tuple[str, ...]) -> s.Plugins:
    calls = (call("preflight", cors.preflight(policy, methods)),)
    return s.Plugins(serverless_pre_function=s.Serverless("rewrite", calls))


def _guards(
    route: Route,
    hosts: tuple[str, ...],
    around: Iterator[Route],
    trusting: bool,
    owners: dict[str, str],
) -> Iterator[s.Route]:
    """A preflight for this route that it doesn't allow is an OPTIONS request like any other: it
    goes to the first route that takes OPTIONS there, or to none."""
    if not route.methods:
        return  # the route itself takes OPTIONS
    found = matching.paths(route.match)
    base = s.Route(
        id="",
        name="",
        uris=found.uris,
        hosts=hosts,
        methods=("OPTIONS",),
        vars=(*cors.asks_for(route.methods), *found.conditions),
        priority=matching.priority(route.match, True, matching.GUARD),
        plugins=_NOT_FOUND,
    )
    for other in around:
        if other.methods and "OPTIONS" not in other.methods:
            continue
        guard = _guard_to(other, route, base, trusting)
        owners[guard.id] = identifier(other.name)
        yield guard
        if covers(other, route):
            return
    name = f"{route.name} (no preflight)"
    yield _named(base, name, base.vars, _NOT_FOUND, None)


def _guard_to(other: Route, route: Route, base: s.Route, trusting: bool) -> s.Route:
    conditions = base.vars
    if other is not route:
        conditions = (*conditions, *matching.path_condition(other.match))
        if other.hosts and other.hosts != route.hosts:
            conditions = (*conditions, ("host", "~~", matching.host_regex(other.hosts)))
    name = f"{other.name} (OPTIONS under {route.name})"
    return _named(base, name, conditions, _plugins(other, trusting, None), other)


def _named(
    base: s.Route,
    name: str,
    conditions: tuple[s.Expression, ...],
    plugins: s.Plugins,
    target: Route | None,
) -> s.Route:
    return s.Route(
        id=identifier(name),
        name=name[:256],
        uris=base.uris,
        hosts=base.hosts,
        methods=base.methods,
        vars=conditions,
        priority=base.priority,
        plugins=plugins,
        upstream_id=identifier(name_of(target)) if target else None,
        timeout=timeout(target) if target else None,
    )


def _plugins(route: Route, trusting: bool, policy: Cors | None) -> s.Plugins:
    limit = route.rate_limit
    before = _before(
        policy,
        route.headers.response if route.headers and requests.has_response_rules(route) else None,
        limit if limit and limit.key != "address" else None,
        route.authentication,
        trusting,
    )
    return s.Plugins(
        serverless_pre_function=before,
        proxy_rewrite=requests.proxy_rewrite(route, trusting),
        limit_req=policies.limit_req(limit, trusting) if limit else None,
        serverless_post_function=_at_the_end(route, trusting),
    )


@shared
def _before(
    policy: Cors | None,
    rules: HeaderRules | None,
    limit: RateLimit | None,
    authentication: Authentication | None,
    trusting: bool,
) -> s.Serverless | None:
    """The calls of phase rewrite. What the answer needs comes first, so that the gateway's own
    rejections have it; then the key of a limit, before authentication hides a header; a claim is
    known only after it."""
    calls = []
    if policy is not None:
        calls.append(call("cors", cors.answer(policy)))
    if rules is not None:
        calls.append(call("rules", requests.response_rules(rules, trusting)))
    if limit is not None and limit.key == "header":
        calls.append(call("limit_by_header", {"header": limit.key_name}))
    if authentication is not None:
        calls.append(call(*policies.authentication(authentication)))
    if limit is not None and limit.key == "claim":
        calls.append(call("limit_by_claim", {"claim": limit.key_name}))
    return s.Serverless("rewrite", tuple(calls)) if calls else None


def _at_the_end(route: Route, trusting: bool) -> s.Serverless | None:
    """The calls right before the upstream, after the limit."""
    choice = _choice(route.upstream, trusting)
    calls = [*_bodies(route.request_body, route.response_body)]
    if not calls and route.circuit_breaker is None:
        return choice
    calls += choice.functions if choice else ()
    if route.circuit_breaker is not None:
        name = identifier(route.name)
        # Last: a request that it lets through as a trial is sent.
        calls.append(call("breaker", policies.breaker(route.circuit_breaker, name)))
    return s.Serverless("before_proxy", tuple(calls))


@shared
def _bodies(request: BodyRules | None, answer: BodyRules | None) -> tuple[str, ...]:
    calls = []
    if request is not None:
        calls.append(call("change_request", bodies.data(request)))
    if answer is not None:
        calls.append(call("ask_readable", bodies.data(answer)))
    return tuple(calls)


@shared
def _choice(upstream: Upstream, trusting: bool) -> s.Serverless | None:
    if not policies.watches_targets(upstream):
        return None
    data = policies.targets(upstream, trusting)
    return s.Serverless("before_proxy", (call("choose", data),))
