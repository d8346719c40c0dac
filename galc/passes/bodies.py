"""Changes to JSON bodies in normal form: one list of edits a direction.

A request meets the service's `transformation` first: what it requires, its defaults, computed
fields, metadata. Then the route's `body_transformation` removes, renames and sets.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from galc.diagnostics import Report, meaning
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir import gateway as gw
from galc.passes.policies import headers


class Transformed(msgspec.Struct, frozen=True):
    """What a service's `transformation` comes to."""

    body: gw.BodyRules | None
    headers: gw.Headers | None


class Bodies(msgspec.Struct, frozen=True):
    """What a route's `body_transformation` comes to."""

    request: gw.BodyRules | None
    response: gw.BodyRules | None


def transformation(policy: doc.Transformation, path: Path, report: Report) -> Transformed:
    """Its rules for bodies and headers; None for what it has none of."""
    required = tuple(dict.fromkeys(policy.validation.required_fields))
    for name in policy.defaults:
        if name in required:
            place = Place((*path, "defaults", name), key=True)
            report(meaning.Ineffective(place, name, "where `required_fields` has it"))
    edits = (
        *_values("default", policy.defaults),
        *(
            gw.Edit("compute", one.field, one.generator, one.prefix, one.suffix)
            for one in policy.computed_fields
        ),
        *_values("set", policy.metadata),
    )
    rules = headers(policy.headers, (*path, "headers"), report) if policy.headers.enabled else None
    return Transformed(_rules(edits, required), rules)


def body_transformation(policy: doc.BodyTransformation, _path: Path, _report: Report) -> Bodies:
    """Its rules for both directions; None for one without any."""
    request, response = policy.request, policy.response
    sent = (
        *(gw.Edit("remove", name) for name in request.remove_fields),
        *(gw.Edit("rename", old, new) for old, new in request.rename_fields.items()),
        *_values("set", request.add_fields),
    )
    answered = (
        *(gw.Edit("remove", name) for name in response.filter_fields),
        *_values("set", response.add_fields),
    )
    return Bodies(_rules(sent), _rules(answered))


def joined(service: gw.BodyRules | None, route: gw.BodyRules | None) -> gw.BodyRules | None:
    """The service's rules, then the route's."""
    if service is None or route is None:
        return service or route
    return gw.BodyRules((*service.edits, *route.edits), service.required)


def _rules(edits: tuple[gw.Edit, ...], required: tuple[str, ...] = ()) -> gw.BodyRules | None:
    return gw.BodyRules(edits, required) if edits or required else None


def _values(action: Any, values: Mapping[str, Any]) -> tuple[gw.Edit, ...]:
    return tuple(
        gw.Edit(action, name, msgspec.json.encode(value).decode()) for name, value in values.items()
    )
