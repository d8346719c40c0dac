"""Changes to JSON bodies, as the targets that run Lua do them: one constant program for all.

`members.lua` never decodes a body and encodes it again, because numbers, escapes and the order of
members would not survive it. A target puts its own few lines around the program and gives it the
rules as data.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from galc.ir.gateway import BodyRules, Edit
from galc.targets.memo import shared


@cache
def program() -> str:
    """The text of `members.lua`: it defines `body_of_request` and `body_of_answer`."""
    return (files(__package__) / "members.lua").read_text("utf-8")


@shared
def data(rules: BodyRules) -> dict[str, Any]:
    """Rules as the program reads them: texts, lists and maps only."""
    return {"required": list(rules.required), "edits": [_edit(edit) for edit in rules.edits]}


def _edit(edit: Edit) -> dict[str, str]:
    found = {"action": edit.action, "field": edit.field}
    if edit.action == "rename":
        return {**found, "to": edit.value, "key": _json(edit.value)}
    if edit.action == "compute":
        before, after = _json(edit.prefix)[:-1], _json(edit.suffix)[1:]
        return {
            **found, "key": _json(edit.field), "generator": edit.value, "before": before,
            "after": after,
        }  # fmt: skip
    if edit.action == "remove":
        return found
    return {**found, "key": _json(edit.field), "value": edit.value}


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
