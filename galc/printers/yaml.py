"""Block-style YAML that readers of YAML 1.1 and 1.2 take alike.

Gateways read YAML with yaml-cpp or go-yaml, which follow 1.1 for words (`n` is false) and 1.2 for
others. A string is written plain only when no reader could take it for something else, and
otherwise as JSON, which both versions contain.
"""

import json
import re
from typing import Any

import msgspec

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@-]*(:[A-Za-z0-9_./@-]+)*")
#: Words of YAML 1.1 (https://yaml.org/type/bool.html) and 1.2 that aren't text.
_WORDS = frozenset("y yes n no on off true false null".split())


def print_yaml(value: Any) -> str:
    """The YAML text of a Struct, dict, list or scalar; ends with a newline.

    Text goes out as it is, not escaped to ASCII: yaml-cpp refuses surrogate pairs.
    """
    lines: list[str] = []
    _block(msgspec.to_builtins(value), "", lines.append)
    return "".join(lines)


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


def _block(value: Any, indent: str, write: Any, first: str | None = None) -> None:
    """Lines of a mapping or list; `first` stands before the first line instead of the indent."""
    head = indent if first is None else first
    if isinstance(value, dict) and value:
        for key, item in value.items():
            _entry(f"{head}{scalar(key)}:", item, indent, write)
            head = indent
    elif isinstance(value, (list, tuple)) and value:
        for item in value:
            if isinstance(item, (dict, list, tuple)) and item:
                _block(item, indent + "  ", write, head + "- ")
            else:
                write(f"{head}- {_flat(item)}\n")
            head = indent
    else:
        write(f"{head}{_flat(value)}\n")


def _entry(head: str, item: Any, indent: str, write: Any) -> None:
    if isinstance(item, dict) and item:
        write(head + "\n")
        _block(item, indent + "  ", write)
    elif isinstance(item, (list, tuple)) and item:
        write(head + "\n")
        _block(item, indent, write)
    else:
        write(f"{head} {_flat(item)}\n")


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{}"
    return "[]" if isinstance(value, (list, tuple)) else scalar(value)
