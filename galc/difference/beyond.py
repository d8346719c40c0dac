"""Policies of the document that the normal form doesn't hold yet, compared as they are written.

The normal form of a route has no retries, upgrades or changes of bodies, because no target builds
them so far. A change of theirs must not pass in silence. A policy that becomes a field of
`gateway.Route` leaves this module by itself.
"""

from typing import Any

import msgspec
from msgspec import UNSET

from galc.difference.changes import BEHAVIOUR, Added, Change, Changed, Removed, Unshown
from galc.ir import document as doc
from galc.ir.gateway import Route
from galc.ir.units import milliseconds

_NAMES = tuple(
    name
    for name in ("retry", "websocket", "transformation", "body_transformation")
    if name not in Route.__struct_fields__
)
#: Policies whose fields hold bodies: what a client or a server sends isn't shown.
_BODIES = ("transformation", "body_transformation")

#: Policy → its fields by name; a policy that isn't in force isn't there.
Policies = dict[str, dict[str, Any]]


def policies(document: doc.Document, route: Route) -> Policies:
    """The policies in force on a route that its normal form lacks."""
    _, service_index, _, route_index = route.origin
    service = document.services[int(service_index)]
    written = service.routes[int(route_index)]
    bundles = (document.policies[name] for name in reversed(route.bundles))
    owners = (written, *bundles, service)
    found: Policies = {}
    for name in _NAMES:
        policy = _in_force(owners, name)
        if policy is not None and policy.enabled:
            found[name] = msgspec.to_builtins(policy)
    return found


def _in_force(owners: tuple[doc.Policies, ...], name: str) -> Any:
    """The policy of the first who has one: the route, its bundles, its service; else None."""
    found = (getattr(owner, name, UNSET) for owner in owners)
    return next((policy for policy in found if policy is not UNSET), None)


def compare(old: Policies, new: Policies) -> list[Change]:
    """The changes of these policies, field by field."""
    if old == new:
        return []
    found: list[Change] = []
    for name in _NAMES:
        one, other = old.get(name), new.get(name)
        if one is not None and other is not None:
            found += _fields(name, one, other)
        elif one is not None:
            found.append(Removed(name, BEHAVIOUR, _summary(name, one)))
        elif other is not None:
            found.append(Added(name, BEHAVIOUR, _summary(name, other)))
    return found


def _summary(name: str, fields: dict[str, Any]) -> str:
    if name in _BODIES:
        return "changes of JSON bodies"
    first, value = next((n, v) for n, v in fields.items() if n != "enabled")
    return f"{first} {value}"


def _fields(policy: str, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    found: list[Change] = []
    for name in old:
        one, other = old[name], new[name]
        if _plain(one) == _plain(other):
            continue
        field = f"{policy}.{name}"
        if policy in _BODIES:
            found.append(Unshown(field, BEHAVIOUR, "the value"))
        else:
            found.append(Changed(field, BEHAVIOUR, _text(one), _text(other)))
    return found


def _plain(value: Any) -> Any:
    """A duration in milliseconds, a list without its order, anything else as it is."""
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return sorted(value)
    if isinstance(value, str) and value[:1].isdigit():
        return milliseconds(value)
    return value


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
