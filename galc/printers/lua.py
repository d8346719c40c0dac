"""Lua literals: how a document's values reach a constant Lua program.

Every byte that isn't a plain letter, digit or one of a few marks is written as a decimal escape, so
no text can end its string (https://www.lua.org/manual/5.1/manual.html#2.1).
"""

import re
from collections.abc import Mapping, Sequence

_SPECIAL = re.compile(rb"[^A-Za-z0-9 _./:-]")


def lua_literal(value: object) -> str:
    """A Lua expression that gives the value: text, number, boolean, list or mapping; None is nil.

    >>> lua_literal({"key": 'a"b', "limits": [1, 2.5]})
    '{["key"]="a\\\\034b",["limits"]={1,2.5}}'
    """
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return f'"{_text(value)}"'
    if isinstance(value, Mapping):
        return (
            "{" + ",".join(f"[{lua_literal(k)}]={lua_literal(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, Sequence):
        return "{" + ",".join(lua_literal(item) for item in value) + "}"
    raise TypeError(f"no Lua literal for {type(value).__name__}")


def _text(value: str) -> str:
    escaped = _SPECIAL.sub(lambda found: b"\\%03d" % found[0][0], value.encode())
    return escaped.decode("ascii")
