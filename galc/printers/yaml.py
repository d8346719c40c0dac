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
#: Line breaks of YAML 1.1, and characters that a reader may refuse or drop.
_ESCAPES = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF)}
_Layout = tuple[str, tuple[tuple[str, str, Any], ...]]


def print_yaml(value: Any) -> str:
    """The YAML text of a Struct, dict, list or scalar; ends with a newline.

    Fields of a Struct that have their default are left out. Text goes out as it is, not escaped to
    ASCII: yaml-cpp refuses surrogate pairs.
    """
    printer = _Printer()
    printer.value(value, "", "")
    return "".join(printer.out)


def scalar(value: Any) -> str:
    """A scalar, quoted where it needs to be.

    >>> scalar("GET|POST"), scalar("n"), scalar("users.internal"), scalar(8080), scalar(True)
    ('"GET|POST"', '"n"', 'users.internal', '8080', 'true')
    """
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
            return value
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
    if value is True or value is False or value is None:
        return json.dumps(value)
    text = repr(value)
    # YAML 1.1 takes an exponent without a fraction for text.
    return text if "e" not in text or "." in text else text.replace("e", ".0e")


class _Printer:
    """One run. `out` is the text so far, in pieces.

    A value is written after a head (`- ` of a list, or nothing) that stands before its first line;
    its further lines begin with the indent.
    """

    def __init__(self) -> None:
        self.out: list[str] = []
        self.scalars: dict[str, str] = {}
        self.layouts: dict[type, _Layout] = {}
        # Per Struct and indent: where its pieces lie, and once it is met again, its text.
        self.known: dict[tuple[int, str], tuple[int, int] | str] = {}

    def value(self, value: Any, head: str, indent: str) -> None:
        if isinstance(value, Struct):
            self.struct(value, head, indent)
        elif isinstance(value, dict) and value:
            self.out.append(head)
            for position, (key, item) in enumerate(value.items()):
                self.entry(scalar(key) + ":", item, indent, indent if position else "")
        elif isinstance(value, (list, tuple)) and value:
            for position, item in enumerate(value):
                self.value(item, f"{indent if position else head}- ", indent + "  ")
        else:
            self.out.append(f"{head}{self.flat(value)}\n")

    def struct(self, value: Struct, head: str, indent: str) -> None:
        key = (id(value), indent)
        known = self.known.get(key)
        if known is not None:
            if isinstance(known, tuple):
                known = self.known[key] = "".join(self.out[known[0] : known[1]])
            self.out.append(head)
            self.out.append(known)
            return
        tag, layout = self.layouts.get(type(value)) or self.layout(type(value))
        self.out.append(head)
        start = len(self.out)
        if tag:
            self.out.append(tag)
        for name, text, default in layout:
            item = getattr(value, name)
            if item is not default and item != default:
                self.entry(text, item, indent, indent if len(self.out) > start else "")
        if len(self.out) == start:
            self.out.append("{}\n")
        self.known[key] = (start, len(self.out))

    def entry(self, key: str, item: Any, indent: str, before: str) -> None:
        """A key with its value; nested blocks begin on the next line, lists at the same indent."""
        if isinstance(item, str):
            text = self.scalars.get(item) or self.flat(item)
            self.out.append(f"{before}{key} {text}\n")
        elif isinstance(item, (list, tuple)) and item:
            self.out.append(f"{before}{key}\n")
            self.value(item, indent, indent)
        elif isinstance(item, (Struct, dict)) and not self.is_empty(item):
            self.out.append(f"{before}{key}\n")
            self.value(item, indent + "  ", indent + "  ")
        else:
            self.out.append(f"{before}{key} {self.flat(item)}\n")

    def is_empty(self, item: Any) -> bool:
        if isinstance(item, dict):
            return not item
        tag, layout = self.layouts.get(type(item)) or self.layout(type(item))
        return not tag and all(getattr(item, name) == default for name, _, default in layout)

    def flat(self, value: Any) -> str:
        """A value in one line: a scalar, or an empty collection."""
        if isinstance(value, (dict, Struct)):
            return "{}"
        if isinstance(value, (list, tuple)):
            return "[]"
        text = scalar(value)
        if isinstance(value, str):
            self.scalars[value] = text
        return text

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
