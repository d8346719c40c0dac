"""Headers in which the upstream is told who calls: nobody else may write them."""

from collections.abc import Iterator

from galc.diagnostics import Diagnostic, lint
from galc.frontend.source import Path, Place
from galc.ir.gateway import ApiKeys, Authentication, Gateway, Jwt, Route
from galc.passes.lint.places import Written

_CONSUMER = "X-Consumer-Name"


def identity_headers(authentication: Authentication | None) -> tuple[str, ...]:
    """The headers that an authentication writes."""
    scheme = authentication.scheme if authentication else None
    if isinstance(scheme, Jwt):
        return tuple(header for _, header in scheme.claims_to_headers)
    return (_CONSUMER,) if isinstance(scheme, ApiKeys) and scheme.forward_name else ()


def check(written: Written, gateway: Gateway) -> Iterator[Diagnostic]:
    """Routes where a client can write them, and rules that overwrite them."""
    names: dict[int, tuple[str, ...]] = {}
    trusting: dict[str, dict[str, tuple[str, Route]]] = {}
    for route in gateway.routes:
        found = names.get(id(route.authentication))
        if found is None:
            found = names[id(route.authentication)] = identity_headers(route.authentication)
        for name in found:
            known = trusting.setdefault(route.service, {})
            first = known.setdefault(name.lower(), (name, route))
            if route.origin < first[1].origin:
                known[name.lower()] = (name, route)
    if trusting:
        yield from _forgeable(gateway, trusting, names, written)
        yield from _overwritten(gateway, names, written)


def _forgeable(
    gateway: Gateway,
    trusting: dict[str, dict[str, tuple[str, Route]]],
    names: dict[int, tuple[str, ...]],
    written: Written,
) -> Iterator[Diagnostic]:
    for route in gateway.routes:
        trusted = trusting.get(route.service)
        if not trusted or (route.authentication is None and written.asks(route)):
            continue
        safe = {name.lower() for name in names[id(route.authentication)]}
        if route.headers is not None:
            rules = route.headers.request
            safe.update(name.lower() for name in rules.remove)
            safe.update(name.lower() for name, _ in rules.set)
        open_names = [pair for lower, pair in trusted.items() if lower not in safe]
        if open_names:
            first = Place(open_names[0][1].origin)
            told = tuple(name for name, _ in open_names)
            yield lint.ForgeableIdentity(Place(route.origin), told, first)


def _overwritten(
    gateway: Gateway, names: dict[int, tuple[str, ...]], written: Written
) -> Iterator[Diagnostic]:
    told: set[Path] = set()
    for route in gateway.routes:
        own = names[id(route.authentication)]
        if not own or route.headers is None:
            continue
        lower = frozenset(name.lower() for name in own)
        rules = route.headers.request
        touched = (*rules.remove, *(n for n, _ in rules.set), *(n for n, _ in rules.add))
        if lower.isdisjoint(name.lower() for name in touched):
            continue
        for rule, name, place in written.header_rules(route, lower):
            if place.path not in told:
                told.add(place.path)
                yield lint.OverwrittenIdentity(place, name, rule)
