"""`$${` is a literal `${`; references are refused until galc can resolve them.

Precondition: a tree as a front end composes it. Postcondition: no value holds an escape any more.
"""

import re
from typing import Any

from galc.diagnostics import Report
from galc.diagnostics.fields import NotYet
from galc.frontend.source import Path, Place

_REFERENCE = re.compile(r"(?<!\$)\$\{(env|var):[^}]*\}?")


def interpolate(value: Any, report: Report, path: Path = ()) -> Any:
    """The tree with its escapes resolved; every reference in it is reported, at its place."""
    if isinstance(value, dict):
        return {key: interpolate(item, report, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolate(item, report, (*path, index)) for index, item in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value
    found = _REFERENCE.search(value)
    if found:
        report(NotYet(Place(path), f"${{{found.group(1)}:…}}"))
    return value.replace("$${", "${")
