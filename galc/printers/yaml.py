"""Block-style YAML that readers of YAML 1.1 and 1.2 take alike.

Gateways read YAML with yaml-cpp or go-yaml, which follow 1.1 for words (`n` is false) and 1.2 for
others. A string is written plain only when no reader could take it for something else, and
otherwise as JSON, which both versions contain.

Structs are written as they stand, without a tree of dicts in between; the text of a Struct that
occurs many times (a policy of a thousand routes) is made once.
"""

import json
import re
from typing import Any

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@-]*(:[A-Za-z0-9_./@-]+)*")
#: Words of YAML 1.1 (https://yaml.org/type/bool.html) and 1.2 that aren't text.
_WORDS = frozenset("y yes n no on off true false null".split())
_Layout = tuple[str, tuple[tuple[str, str, Any], ...]]


def print_yaml(value: Any) -> str:
    """The YAML text of a Struct, dict, list or scalar; ends with a newline.

    Fields of a Struct that have their default are left out. Text goes out as it is, not escaped to
    ASCII: yaml-cpp refuses surrogate pairs.
    """
    text = _Printer().block(value, "")
    return text if text.endswith("\n") else text + "\n"


def scalar(value: Any) -> str:
    """A scalar, quoted where it needs to be.

    >>> scalar("GET|POST"), scalar("n"), scalar("users.internal"), scalar(8080), scalar(True)
    ('"GET|POST"', '"n"', 'users.internal', '8080', 'true')
    """
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
            return value
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if value is True or value is False or value is None:
        return json.dumps(value)
    return repr(value)


class _Printer:
    """One run. `block` gives the lines of a value below an indent, or `{}`, `[]` or a scalar
    without an end of line."""

    def __init__(self) -> None:
        self.scalars: dict[str, str] = {}
        self.layouts: dict[type, _Layout] = {}
        self.texts: dict[tuple[int, str], str] = {}

    def block(self, value: Any, indent: str) -> str:
        if isinstance(value, str):
            text = self.scalars.get(value)
            if text is None:
                text = self.scalars[value] = scalar(value)
            return text
        if isinstance(value, Struct):
            key = (id(value), indent)
            text = self.texts.get(key)
            if text is None:
                text = self.texts[key] = self.struct(value, indent)
            return text
        if isinstance(value, dict):
            lines = [self.entry(indent, scalar(key) + ":", item) for key, item in value.items()]
            return "".join(lines) or "{}"
        if isinstance(value, (list, tuple)):
            return "".join([self.item(indent, item) for item in value]) or "[]"
        return scalar(value)

    def struct(self, value: Struct, indent: str) -> str:
        tag, layout = self.layouts.get(type(value)) or self.layout(type(value))
        lines = [f"{indent}{tag}"] if tag else []
        for name, key, default in layout:
            item = getattr(value, name)
            if item is not default and item != default:
                lines.append(self.entry(indent, key, item))
        return "".join(lines) or "{}"

    def entry(self, indent: str, key: str, item: Any) -> str:
        text = self.block(item, indent if isinstance(item, (list, tuple)) else indent + "  ")
        if text[-1:] == "\n":
            return f"{indent}{key}\n{text}"
        return f"{indent}{key} {text}\n"

    def item(self, indent: str, item: Any) -> str:
        text = self.block(item, indent + "  ")
        if text[-1:] == "\n":
            return f"{indent}- {text[len(indent) + 2 :]}"
        return f"{indent}- {text}\n"

    def layout(self, kind: type[Struct]) -> _Layout:
        """The tag's line, and for each field its attribute, key and default."""
        config = kind.__struct_config__
        tag = f"{scalar(config.tag_field)}: {scalar(config.tag)}\n" if config.tag_field else ""
        found = tuple((f.name, scalar(f.encode_name) + ":", _default(f)) for f in fields(kind))
        self.layouts[kind] = (tag, found)
        return tag, found


def _default(field: FieldInfo) -> Any:
    if field.default_factory is not NODEFAULT:
        return field.default_factory()
    return field.default
