"""Routes: one entry a route, in the order of the gateway, in one virtual host.

config/route/v3/route_components.proto. Hosts are matched by header and not by virtual host, so that
a route with two hosts is one entry. Where preflights or retries need more entries of a route, these
share its buckets.
"""

from collections.abc import Iterator, Set
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from galc.ir.gateway import Gateway, HeaderRules, Route
from galc.ir.units import duration_text
from galc.passes.matching import path_pattern
from galc.targets.envoy import (
    auth,
    bodies,
    cors,
    headers,
    introspection,
    rate_limit,
    replies,
    retry,
    slashes,
    sticky,
    websocket,
)
from galc.targets.envoy import schema as s
from galc.targets.envoy.clusters import name_of
from galc.targets.envoy.filters import Filter
from galc.targets.envoy.matches import MALFORMED_HOST, conditions_of, match_of
from galc.targets.envoy.preflights import Copy, as_any_options, preflights
from galc.targets.envoy.retry import Careful, careful
from galc.targets.envoy.tree import tree
from galc.targets.envoy.websocket import Handshakes
from galc.targets.memo import shared

FILTERS: tuple[Filter, ...] = tuple(
    sorted(
        (
            *cors.FILTERS,
            *auth.FILTERS,
            introspection.FILTER,
            rate_limit.FILTER,
            bodies.FILTER,
            sticky.FILTER,
            headers.PATH_STATE,
        ),
        key=lambda filter_: filter_.order,
    )
)
#: A response later than this also meets the connection manager's idle timeout, 5 minutes.
_STREAM_IDLE_MS = 300_000
_Planned = s.Route | Copy | Careful | Handshakes | Route
#: Routes of one service mostly share it, and its text.
_action = shared(s.RouteAction)
_BY_ADDRESS = (s.HashPolicy(s.ConnectionProperties(source_ip=True), terminal=True),)


class Table(Struct, frozen=True):
    """Entries in the order in which they are tried, or a matcher that finds them as if they were;
    `together` is the filter configuration that they have in common; `filters` are the names of all
    that are used."""

    entries: tuple[s.Route, ...]
    matcher: s.Matcher | None
    together: dict[str, s.LocalRateLimit]
    filters: Set[str]


#: 400 as RFC 9112 section 3.2 wants it. Otherwise a host that none of the routes knows, and the
#: upstream may, would reach a route for all hosts.
_MALFORMED = s.Route(
    name="(malformed host)",
    match=s.RouteMatch(prefix="/", headers=(MALFORMED_HOST,)),
    direct_response=s.DirectResponse(400),
)


def table(gateway: Gateway) -> Table:
    """What answers preflights, then every route."""
    planned: list[_Planned] = []
    if any(route.hosts for route in gateway.routes):
        planned.append(_MALFORMED)
    merged = slashes.only_slashes(gateway)
    if slashes.is_reached(gateway):
        planned += (*_planned(replace(gateway, routes=merged)), slashes.NOT_FOUND)
    planned += _planned(gateway)
    copied = (item.of for item in planned if isinstance(item, (Copy, Careful, Handshakes)))
    several = {route.name: route for route in (*merged, *copied)}
    lowering = Lowering(several.keys())
    entries = tuple(lowering.entry(item) for item in planned)
    together = rate_limit.together(several.values())
    used = {name for entry in entries for name in entry.typed_per_filter_config}
    matcher = tree(entries)
    return Table(() if matcher else entries, matcher, together, used | together.keys())


def _planned(gateway: Gateway) -> Iterator[_Planned]:
    yield from preflights(gateway)
    for route in gateway.routes:
        yield from as_any_options(route)
        if websocket.takes_handshakes(route):
            yield Handshakes(route)
        yield from careful(route)
        yield route


class _Common(Struct, frozen=True):
    """What entries have in common whose routes have the same policies."""

    metadata: s.Metadata | None
    removed: tuple[str, ...]
    added: tuple[s.HeaderValueOption, ...]
    configs: dict[str, Any]


#: What doesn't matter for them. Of the upstream only the cookie does.
OWN = frozenset("name service origin match hosts upstream grpc timeout_ms bundles".split())
_policies = attrgetter(*(name for name in Route.__struct_fields__ if name not in OWN))


class Lowering:
    """Makes the entries; `several` are the names of the routes that have more than one."""

    def __init__(self, several: Set[str]) -> None:
        self.several = several
        #: By what the policies are, not what they say: that is told apart when they are resolved.
        self.common: dict[tuple[Any, ...], _Common] = {}

    def entry(self, item: _Planned) -> s.Route:
        if isinstance(item, Route):
            return self.of_route(item)
        if isinstance(item, Careful):
            entry = self.of_route(item.of, is_careful=True)
            return replace(entry, name=item.name, match=item.match)
        if isinstance(item, Handshakes):
            return websocket.entry(item.of, self.of_route(item.of))
        return self.copy(item) if isinstance(item, Copy) else item

    def copy(self, copy: Copy) -> s.Route:
        """Without the CORS filter, which would answer, or allow the origin what it asks for."""
        entry = self.of_route(copy.of)
        configs = entry.typed_per_filter_config
        kept = {name: config for name, config in configs.items() if name != cors.NAME}
        return replace(entry, name=copy.name, match=copy.match, typed_per_filter_config=kept)

    def of_route(self, route: Route, *, is_careful: bool = False) -> s.Route:
        """`is_careful`: for the methods that aren't idempotent."""
        several = route.name in self.several
        common = self.in_common(route, several)
        return s.Route(
            name=route.name,
            match=match_of(route.match, conditions_of(route)),
            route=_action_of(route, is_careful),
            metadata=_limited(common.metadata, route) if several else common.metadata,
            request_headers_to_remove=common.removed,
            request_headers_to_add=common.added,
            typed_per_filter_config=common.configs,
        )

    def in_common(self, route: Route, several: bool) -> _Common:
        key = (several, route.upstream.sticky_cookie, *map(id, _policies(route)))
        found = self.common.get(key)
        if found is None:
            rules = route.headers.request if route.headers else HeaderRules()
            found = self.common[key] = _Common(
                replies.metadata(route),
                (*auth.hidden_headers(route), *bodies.hidden(route), *rules.remove),
                (*headers.request_options(rules), *bodies.asked(route)),
                _per_filter(route, several),
            )
        return found


def _action_of(route: Route, is_careful: bool) -> s.RouteAction:
    retried = retry.in_force(route, is_careful=is_careful)
    whole_ms = retry.whole_ms(route.timeout_ms, retried)
    return _action(
        cluster=name_of(route),
        timeout=duration_text(whole_ms),
        idle_timeout=_stream_idle(route, whole_ms),
        retry_policy=retry.policy(route, retried) if retried else None,
        regex_rewrite=_rewrite(route),
        hash_policy=_BY_ADDRESS if route.upstream.algorithm == "ip_hash" else (),
    )


def _stream_idle(route: Route, whole_ms: int) -> str | None:
    """How long nothing may move in a request; Envoy tells neither who is slow nor in which phase.

    While it waits for the answer nothing moves either, so with `send` it is both times together.
    """
    if route.phases is not None:
        return duration_text(route.phases.send_ms + whole_ms)
    return "0s" if whole_ms >= _STREAM_IDLE_MS else None


def _limited(metadata: s.Metadata | None, route: Route) -> s.Metadata | None:
    """With the name of the route whose buckets count."""
    if metadata is None or route.rate_limit is None:
        return metadata
    texts = {**metadata.filter_metadata[replies.NAMESPACE], replies.LIMIT_ROUTE: route.name}
    return s.Metadata({replies.NAMESPACE: texts})


def _per_filter(route: Route, several: bool) -> dict[str, Any]:
    found = {}
    for filter_ in FILTERS:
        if several and filter_ is rate_limit.FILTER:
            continue
        config = filter_.per_route(route)
        if config is not None:
            found[filter_.name_for(route)] = config
    mutations = headers.response_mutations(route) + bodies.answer_mutations(route)
    if mutations or route.cors is not None:
        found[headers.RESPONSE_RULES] = _response_rules(mutations, route.cors is not None)
    return found


@shared
def _response_rules(
    mutations: tuple[s.HeaderMutation, ...], has_cors: bool
) -> s.HeaderMutationPerRoute:
    steps = (*cors.STRIP, *mutations) if has_cors else mutations
    return s.HeaderMutationPerRoute(s.Mutations(response_mutations=steps))


def _rewrite(route: Route) -> s.RegexRewrite | None:
    if slashes.is_for_slashes(route):
        return slashes.REWRITE
    if not route.strip_prefix:
        return None
    return s.RegexRewrite(s.Regex(f"^{path_pattern(route.match.value)}(/|$)"), "/")
