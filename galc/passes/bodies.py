"""Changes to JSON bodies in normal form: one list of edits a direction.

A request meets the service's `transformation` first: what it requires, its defaults, computed
fields, metadata. Then the route's `body_transformation` removes, renames and sets.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from galc.diagnostics import Report, meaning
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir import gateway as gw
from galc.passes.policies import headers

#: What the front ends read as text because it has too many digits.
_LONG_NUMBER = re.compile(r"[-+]?[0-9]{18,}")
_SHORT = 18


class Transformed(msgspec.Struct, frozen=True):
    """What a service's `transformation` comes to."""

    body: gw.BodyRules | None
    headers: gw.Headers | None


class Bodies(msgspec.Struct, frozen=True):
    """What a route's `body_transformation` comes to."""

    request: gw.BodyRules | None
    response: gw.BodyRules | None


UNTRANSFORMED = Transformed(None, None)
NONE = Bodies(None, None)


def transformation(policy: doc.Transformation, path: Path, report: Report) -> Transformed:
    """Its rules for bodies and headers; None for what it has none of."""
    required = tuple(dict.fromkeys(policy.validation.required_fields))
    for name in policy.defaults:
        if name in required:
            place = Place((*path, "defaults", name), key=True)
            report(meaning.Ineffective(place, name, "where `required_fields` has it"))
    edits = (
        *_values("default", policy.defaults, (*path, "defaults"), report),
        *(
            gw.Edit("compute", one.field, one.generator, one.prefix, one.suffix)
            for one in policy.computed_fields
        ),
        *_values("set", policy.metadata, (*path, "metadata"), report),
    )
    rules = headers(policy.headers, (*path, "headers"), report) if policy.headers.enabled else None
    return Transformed(_rules(edits, required), rules)


def body_transformation(policy: doc.BodyTransformation, path: Path, report: Report) -> Bodies:
    """Its rules for both directions; None for one without any."""
    request, response = policy.request, policy.response
    sent = (
        *(gw.Edit("remove", name) for name in request.remove_fields),
        *(gw.Edit("rename", old, new) for old, new in request.rename_fields.items()),
        *_values("set", request.add_fields, (*path, "request", "add_fields"), report),
    )
    answered = (
        *(gw.Edit("remove", name) for name in response.filter_fields),
        *_values("set", response.add_fields, (*path, "response", "add_fields"), report),
    )
    return Bodies(_rules(sent), _rules(answered))


def refuse(
    whole: Transformed,
    own: Bodies,
    service: str,
    path: Path,
    raw: Mapping[str, Any],
    report: Report,
) -> None:
    """Report body rules in force on a route of a gRPC service; those of the service once."""
    if whole.body is not None and path[3] == 0:
        place = Place((*path[:2], "transformation"), key=True)
        report(meaning.GrpcBody(place, "transformation", service))
    if own != NONE:
        where = "body_transformation" if "body_transformation" in raw else "use"
        report(meaning.GrpcBody(Place((*path, where), key=True), "body_transformation", service))


def joined(service: gw.BodyRules | None, route: gw.BodyRules | None) -> gw.BodyRules | None:
    """The service's rules, then the route's."""
    if service is None or route is None:
        return service or route
    return gw.BodyRules((*service.edits, *route.edits), service.required)


def in_force(name: str, raw: Any) -> Any:
    """A policy's tree without header rules that are switched off in it."""
    if name != "transformation" or not isinstance(raw, dict):
        return raw
    rules = raw.get("headers")
    if isinstance(rules, dict) and rules.get("enabled") is False:
        return {key: value for key, value in raw.items() if key != "headers"}
    return raw


def _rules(edits: tuple[gw.Edit, ...], required: tuple[str, ...] = ()) -> gw.BodyRules | None:
    return gw.BodyRules(edits, required) if edits or required else None


def _values(
    action: Any, values: Mapping[str, Any], path: Path, report: Report
) -> tuple[gw.Edit, ...]:
    wrong = set()
    for name, value in values.items():
        for below, leaf in _leaves(value, (*path, name)):
            place = Place(below)
            if isinstance(leaf, float) and not math.isfinite(leaf):
                wrong.add(name)
                report(meaning.NotJson(place, name, str(leaf)))
            elif isinstance(leaf, str) and len(leaf) > _SHORT and _LONG_NUMBER.fullmatch(leaf):
                report(meaning.LongNumber(place, name))
    sound = ((name, value) for name, value in values.items() if name not in wrong)
    return tuple(gw.Edit(action, name, _json(value)) for name, value in sound)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def _json(value: Any) -> str:
    import json  # only here: a file without changes to bodies doesn't load it

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
