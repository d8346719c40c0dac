"""What changes in meaning between two gateway files.

Both are compared in normal form, so that names of routes and services, their order, the spelling
and written-out defaults make no difference. What counts is what becomes of a request: which route
takes it (`routing`), and what that route does with it (a module for each policy).
"""

from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Any

from msgspec.structs import replace

from galc.difference import authentication, listener, policies, resilience, upstreams
from galc.difference.bodies import Bodies, bodies
from galc.difference.bodies import compare as compare_bodies
from galc.difference.changes import BEHAVIOUR, RISKS, Change, Unshown, value
from galc.difference.findings import (
    Finding,
    GatewayChanged,
    PolicyChanged,
    RequestsAccepted,
    RequestsRefused,
    RequestsRerouted,
    Spot,
    Taker,
    UpstreamChanged,
    Where,
)
from galc.difference.regions import Entry, regions
from galc.difference.routing import Pair, Table, changed, moved, own
from galc.ir.gateway import Gateway, Route, Upstream
from galc.passes import State
from galc.secrecy.values import Masks, secrets

#: Fields of a route that say which requests it takes, how it is called, or where it is written.
IDENTITY = frozenset({"name", "service", "origin", "match", "methods", "hosts", "bundles"})
#: Fields that are compared together.
BODIES = ("request_body", "response_body")


def _types(old: bool, new: bool) -> list[Change]:
    return value("services.type", "grpc" if old else "rest", "grpc" if new else "rest")


#: Field of a route → what compares it; `strip_prefix` and bodies are compared with what is beside
#: them. A field that isn't here is told without its values.
COMPARERS: dict[str, Callable[[Any, Any], list[Change]]] = {
    "upstream": upstreams.compare,
    "grpc": _types,
    "timeout_ms": resilience.timeouts,
    "rate_limit": policies.rate_limits,
    "authentication": authentication.compare,
    "headers": policies.headers,
    "cors": policies.cors,
    "circuit_breaker": policies.circuit_breakers,
    "retry": resilience.retries,
    "phases": resilience.phases,
    "websocket": resilience.websockets,
}


class Side:
    """One gateway, with all that a route means as a key."""

    def __init__(self, state: State) -> None:
        assert state.gateway is not None and state.document is not None
        self.gateway: Gateway = state.gateway
        self.table = Table(self.gateway.routes)
        self.document = state.document
        self.nameless: dict[int, Upstream] = {}
        self.keys: list[Hashable] = [self._key(i) for i in range(len(self.gateway.routes))]

    def _key(self, index: int) -> Hashable:
        route = self.gateway.routes[index]
        upstream = self.nameless.get(id(route.upstream))
        if upstream is None:
            upstream = self.nameless[id(route.upstream)] = replace(route.upstream, name="")
        methods, hosts = tuple(sorted(route.methods)), tuple(sorted(route.hosts))
        plain = replace(
            route,
            name="",
            service="",
            origin=(),
            bundles=(),
            match=self.table.matches[index],
            methods=methods,
            hosts=hosts,
            upstream=upstream,
        )
        return plain

    def bodies(self, index: int) -> Bodies:
        """What becomes of the bodies of a route."""
        return bodies(self.document, self.gateway.routes[index])


class _Comparison:
    """Compares routes; a pair of policies that many routes share is compared once."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old = old
        self.new = new
        self.known: dict[tuple[str, int, int], list[Change]] = {}

    def changes(self, pair: tuple[int, int]) -> list[Change]:
        """What the new route does otherwise with the requests of a pair."""
        one, other = self.old.gateway.routes[pair[0]], self.new.gateway.routes[pair[1]]
        found: list[Change] = []
        for field in Route.__struct_fields__:
            if field in IDENTITY or field in BODIES:
                continue
            before, after = getattr(one, field), getattr(other, field)
            if field == "strip_prefix":
                found += value("routes.strip_prefix", _stripped(one), _stripped(other))
            elif before != after:
                found += self._policy(field, before, after)
        if any(getattr(one, field) != getattr(other, field) for field in BODIES):
            found += compare_bodies(self.old.bodies(pair[0]), self.new.bodies(pair[1]))
        return found

    def _policy(self, field: str, old: Any, new: Any) -> list[Change]:
        key = (field, id(old), id(new))
        if key not in self.known:
            compare = COMPARERS.get(field)
            unknown: list[Change] = [Unshown(field, BEHAVIOUR, "the value")]
            self.known[key] = compare(old, new) if compare else unknown
        return self.known[key]


def _stripped(route: Route) -> str | None:
    return route.match.value if route.strip_prefix else None


def differences(old: State, new: State) -> list[Finding]:
    """All that means another thing in the new file, gravest first.

    Precondition: both states are those of files without errors.
    """
    one, other = Side(old), Side(new)
    found: list[Finding] = [
        GatewayChanged(*_spots(("global",), ("global",), change), change)
        for change in listener.compare(one.gateway, other.gateway)
    ]
    found += _requests(one, other)
    if not found:
        return []
    masks = Masks(secrets(one.gateway, other.gateway))
    masked: list[Finding] = [masks.apply(finding) for finding in found]
    return sorted(masked, key=_rank)


def _rank(finding: Finding) -> tuple[int, str]:
    return RISKS.index(finding.risk), finding.headline(str)


def _spots(old: tuple[Any, ...], new: tuple[Any, ...], change: Change) -> tuple[Spot, Spot]:
    return Spot(old, change.field), Spot(new, change.field)


def _requests(old: Side, new: Side) -> list[Finding]:
    compared = _Comparison(old, new)
    found: list[Finding] = []
    shared: dict[Change, list[tuple[tuple[int, int], list[Entry]]]] = defaultdict(list)
    unknown = changed(old.keys, new.keys), changed(new.keys, old.keys)
    for pair, entries in moved(old.table, new.table, unknown).items():
        one, other = pair
        if one is None or other is None:
            found.append(_appeared_or_gone(old, new, pair, entries))
            continue
        changes = compared.changes((one, other))
        is_same = old.table.matches[one] == new.table.matches[other]
        if is_same and one in unknown[0] and other in unknown[1]:
            for change in changes:
                shared[change].append(((one, other), _told(old, new, (one, other), entries)))
        elif changes:
            before, after = old.gateway.routes[one], new.gateway.routes[other]
            spots = Spot(before.origin), Spot(after.origin)
            takers = _taker(before), _taker(after)
            found.append(RequestsRerouted(*spots, regions(entries), *takers, tuple(changes)))
    found += [_shared(old, new, change, pairs) for change, pairs in shared.items()]
    return found


def _told(old: Side, new: Side, pair: tuple[int, int], entries: list[Entry]) -> list[Entry]:
    """The requests of a route that stayed: what its file says, if both say the same."""
    before, after = own(old.gateway.routes[pair[0]]), own(new.gateway.routes[pair[1]])
    return [after] if before == after else entries


def _taker(route: Route) -> Taker:
    return Taker(route.name, route.service, authentication.kind(route.authentication))


def _appeared_or_gone(old: Side, new: Side, pair: Pair, entries: list[Entry]) -> Finding:
    if pair[0] is not None:
        route = old.gateway.routes[pair[0]]
        return RequestsRefused(Spot(route.origin), None, regions(entries), _taker(route))
    assert pair[1] is not None
    route = new.gateway.routes[pair[1]]
    return RequestsAccepted(None, Spot(route.origin), regions(entries), _taker(route))


def _shared(
    old: Side, new: Side, change: Change, pairs: list[tuple[tuple[int, int], list[Entry]]]
) -> Finding:
    """One finding for all routes that change alike."""
    routes = [(old.gateway.routes[a], new.gateway.routes[b]) for (a, b), _ in pairs]
    first = min(routes, key=lambda r: (r[1].origin, r[0].origin))
    spots = _spots(first[0].origin, first[1].origin, change)
    if change.field.startswith(("upstream.", "services.")):
        return UpstreamChanged(*spots, tuple(sorted({r.service for _, r in routes})), change)
    touched = {index for (_, index), _ in pairs}
    return PolicyChanged(*spots, _where(new.gateway.routes, touched, pairs), change)


def _where(
    routes: tuple[Route, ...],
    touched: set[int],
    pairs: list[tuple[tuple[int, int], list[Entry]]],
) -> Where:
    found = regions([entry for _, entries in pairs for entry in entries])
    if len(touched) == 1:
        return Where(found)
    services = {routes[index].service for index in touched}
    whole = all(i in touched for i, route in enumerate(routes) if route.service in services)
    if not whole:
        return Where(found)
    if len(touched) == len(routes):
        return Where(found, every=True)
    return Where(found, services=tuple(sorted(services)) if len(services) <= 3 else ())
