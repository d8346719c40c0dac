"""Header rules, by constant programs.

Kong's transformer plugins evaluate templates in values, swallow leading colons, miss headers after
the first hundred, and change the gateway's own rejections too.
"""

from typing import Any

from galc.ir.gateway import HeaderRules, Template
from galc.targets.kong import programs as lua
from galc.targets.memo import shared

#: Headers of the upstream's request that Kong writes from what it knows, whatever a plugin says
#: (kong/templates/nginx_kong.lua). Others of this kind can be changed (lua/headers.lua).
FIXED = frozenset({"x-real-ip"})


def _value(template: Template) -> Any:
    """Text, or a list in which a variable is a list of its own."""
    parts = [part if isinstance(part, str) else [part.name] for part in template]
    if all(isinstance(part, str) for part in parts):
        return "".join(map(str, parts))
    return parts


def _data(rules: HeaderRules) -> dict[str, Any]:
    return {
        "remove": rules.remove,
        "set": [[name, _value(template)] for name, template in rules.set],
        "add": [[name, _value(template)] for name, template in rules.add],
    }


def _is_empty(rules: HeaderRules) -> bool:
    return not (rules.remove or rules.set or rules.add)


@shared
def request_step(rules: HeaderRules) -> str | None:
    """The rules for a request, or None where there are none."""
    return None if _is_empty(rules) else lua.request_step("request_headers", _data(rules))


@shared
def response_step(rules: HeaderRules) -> str | None:
    """The rules for the upstream's answer, or None where there are none."""
    return None if _is_empty(rules) else lua.response_step("response_headers", _data(rules))
