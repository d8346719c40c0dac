"""What the targets that run Lua answer for body rules, and how a `transformation` has header rules."""

from collections.abc import Mapping

from msgspec.structs import replace

from galc.ir.gateway import Route
from galc.targets import Condition, Support, approximate, emulated

#: Feature → the live case that shows it.
_CASES = {
    "transformation.defaults": "defaults-are-set-where-a-member-is-missing",
    "transformation.computed_fields.field": "computed-fields-replace-what-the-client-sent",
    "transformation.computed_fields.generator=random": "computed-fields-replace-what-the-client-sent",
    "transformation.computed_fields.generator=timestamp": "computed-fields-replace-what-the-client-sent",
    "transformation.computed_fields.generator=uuid": "computed-fields-replace-what-the-client-sent",
    "transformation.computed_fields.prefix": "computed-fields-replace-what-the-client-sent",
    "transformation.computed_fields.suffix": "computed-fields-replace-what-the-client-sent",
    "transformation.validation.required_fields": "a-body-without-a-required-member-is-400",
    "transformation.metadata": "metadata-is-set-whatever-the-client-sent",
    "body_transformation": "request-members-are-removed-then-renamed-then-set",
    "body_transformation.request.add_fields": "request-members-are-removed-then-renamed-then-set",
    "body_transformation.request.remove_fields": "request-members-are-removed-then-renamed-then-set",
    "body_transformation.request.rename_fields": "request-members-are-removed-then-renamed-then-set",
    "body_transformation.response.filter_fields": "answer-members-are-filtered-then-set",
    "body_transformation.response.add_fields": "answer-members-are-filtered-then-set",
}
_HEADERS = "header-rules-of-a-transformation-hold-on-all-routes-of-its-service"


def body_cells(how: str) -> dict[str, Support]:
    """The answers for all body rules."""
    return {feature: emulated(how, case) for feature, case in _CASES.items()}


def transformation_cells(table: Mapping[str, Support]) -> dict[str, Support]:
    """The answers for `transformation` and its header rules: those for `headers`, which these rules
    are the outermost layer of."""
    found = {"transformation": replace(table["headers"], case=_HEADERS)}
    for feature, support in table.items():
        if feature.startswith("headers.") and "=" not in feature:
            found[f"transformation.{feature}"] = replace(
                support, case=_HEADERS if support.case else ""
            )
    return found


def _is_of_service(route: Route) -> bool:
    """Whether the rules for a request's body begin with a `transformation`."""
    rules = route.request_body
    first = rules.edits[0].action if rules and rules.edits else ""
    return bool(rules and rules.required) or first in ("default", "compute")


_LENGTH = approximate(
    "over HTTP/2 a request has to tell its body's length: where it has none, a body that isn't "
    "needed is thrown away, and any other request is refused with 411"
)
#: Of nginx, which can't hold back a body of HTTP/2 without knowing how long it is.
CONDITIONS = (
    Condition("transformation", _LENGTH, _is_of_service),
    Condition(
        "body_transformation",
        _LENGTH,
        lambda route: route.request_body is not None and not _is_of_service(route),
    ),
)
