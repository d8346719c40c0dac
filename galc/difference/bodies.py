"""What differs between two routes in what becomes of JSON bodies.

Names of members are shown, values aren't: they are what clients and servers send to each other.
"""

from msgspec import Struct

from galc.difference.changes import BEHAVIOUR, OPENING, SECURITY, Change, Members, Risk, Unshown
from galc.ir import document as doc
from galc.ir.gateway import Edit, Route

#: Action → the field that asks for it, and how grave it is that an entry of it goes.
_OF_SERVICE: dict[str, tuple[str, Risk]] = {
    "default": ("transformation.defaults", BEHAVIOUR),
    "compute": ("transformation.computed_fields", BEHAVIOUR),
    "set": ("transformation.metadata", BEHAVIOUR),
}
_OF_REQUEST: dict[str, tuple[str, Risk]] = {
    # What is no longer removed reaches the other side as it was sent.
    "remove": ("body_transformation.request.remove_fields", OPENING),
    "rename": ("body_transformation.request.rename_fields", BEHAVIOUR),
    "set": ("body_transformation.request.add_fields", BEHAVIOUR),
}
_OF_RESPONSE: dict[str, tuple[str, Risk]] = {
    "remove": ("body_transformation.response.filter_fields", OPENING),
    "set": ("body_transformation.response.add_fields", BEHAVIOUR),
}


class Bodies(Struct, frozen=True):
    """The edits of a route, by what asks for them."""

    service: tuple[Edit, ...]
    request: tuple[Edit, ...]
    response: tuple[Edit, ...]
    required: tuple[str, ...]


_NOTHING = Bodies((), (), (), ())


def bodies(document: doc.Document, route: Route) -> Bodies:
    """What becomes of the bodies of a route; the edits of its service come first."""
    if route.request_body is None and route.response_body is None:
        return _NOTHING
    policy = document.services[int(route.origin[1])].transformation
    count = 0
    if isinstance(policy, doc.Transformation) and policy.enabled:
        count = len(policy.defaults) + len(policy.computed_fields) + len(policy.metadata)
    edits = route.request_body.edits if route.request_body else ()
    return Bodies(
        edits[:count],
        edits[count:],
        route.response_body.edits if route.response_body else (),
        route.request_body.required if route.request_body else (),
    )


def compare(old: Bodies, new: Bodies) -> list[Change]:
    """The changes, field by field."""
    found: list[Change] = []
    if set(old.required) != set(new.required):
        went = tuple(name for name in old.required if name not in new.required)
        came = tuple(name for name in new.required if name not in old.required)
        risk = SECURITY if went else BEHAVIOUR
        found.append(Members("transformation.validation.required_fields", risk, came, went))
    found += _edits(old.service, new.service, _OF_SERVICE)
    found += _edits(old.request, new.request, _OF_REQUEST)
    return found + _edits(old.response, new.response, _OF_RESPONSE)


def _edits(
    old: tuple[Edit, ...], new: tuple[Edit, ...], fields: dict[str, tuple[str, Risk]]
) -> list[Change]:
    found: list[Change] = []
    for action, (field, leaving) in fields.items():
        before, after = (
            {_entry(edit): edit for edit in side if edit.action == action} for side in (old, new)
        )
        came = tuple(name for name in after if name not in before)
        went = tuple(name for name in before if name not in after)
        if came and (leaving == BEHAVIOUR or not went):
            found.append(Members(field, BEHAVIOUR, came, went))
        elif came or went:
            found += [Members(field, BEHAVIOUR, came, ())] if came else []
            found.append(Members(field, leaving, (), went))
        found += [
            Unshown(field, BEHAVIOUR, "the value", name)
            for name, edit in before.items()
            if name in after and after[name] != edit
        ]
        # Of members only renaming has an order that tells: the next name may be the last one.
        if action == "rename" and not found and list(before) != list(after):
            found.append(Unshown(field, BEHAVIOUR, "the order"))
    return found


def _entry(edit: Edit) -> str:
    return f"{edit.field} -> {edit.value}" if edit.action == "rename" else edit.field
