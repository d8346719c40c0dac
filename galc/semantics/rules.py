"""Header rules (language section 4.3)."""

from collections.abc import Mapping

from galc.ir.gateway import HeaderRules, Template
from galc.semantics.messages import Headers, without


def applied(rules: HeaderRules, headers: Headers, variables: Mapping[str, str]) -> Headers:
    """Remove, then set, then add."""
    kept = without(headers, *rules.remove, *(name for name, _ in rules.set))
    new = (*rules.set, *rules.add)
    return (*kept, *((name, filled_in(value, variables)) for name, value in new))


def filled_in(template: Template, variables: Mapping[str, str]) -> str:
    """The text of a template for one request."""
    return "".join(part if isinstance(part, str) else variables[part.name] for part in template)
