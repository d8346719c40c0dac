"""A tree as YAML, read back by the 1.2 core schema as the same tree."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from galc.frontend.gal import core
from galc.frontend.source import Path

_WIDTH = 100
#: A key longer than this can't stand before its colon (YAML 1.2.2, section 8.2.2: 1024 characters).
_LONGEST_KEY = 500
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_SPECIAL = re.compile('["\\\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]')
#: What needs no quotes anywhere, not even in a flow list.
_PLAIN = re.compile(
    r"[A-Za-z0-9_./$^()+](?:[A-Za-z0-9_./$^()+*@%;=<>~!|\\&?'\"-]|:(?=[^\s])| (?=[^\s#:-]))*"
)
#: What YAML 1.1 readers take for something else than text: other tools read these files as well.
_OTHERWISE_IN_1_1 = re.compile(
    r"[yY]|[nN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"
    r"|[-+]?0b[01_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9_]+"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*"
)


def escaped(text: str, escapes: Mapping[str, str]) -> str:
    """The text for a place between double quotes; both spellings read `\\uXXXX`."""
    return _SPECIAL.sub(lambda match: escapes.get(match[0]) or f"\\u{ord(match[0]):04x}", text)


def float_text(value: float) -> str:
    """A float as both spellings and YAML 1.1 read it.

    >>> float_text(1e16), float_text(-0.5), float_text(float("inf"))
    ('1.0e+16', '-0.5', '.inf')
    """
    text = repr(value)
    if "n" in text:
        return text.replace("inf", ".inf").replace("nan", ".nan")
    return text if "." in text else text.replace("e", ".0e")


def print_yaml(tree: dict[str, Any], comments: Mapping[Path, list[str]] | None = None) -> str:
    """The tree in the YAML spelling. `comments` are lines before a key or an item, by its path."""
    lines = _mapping(tree, (), comments or {}) if tree else ["{}"]
    return "".join(f"{line}\n" for line in lines)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        plain = (
            _PLAIN.fullmatch(value)
            and isinstance(core(value), str)
            and not _OTHERWISE_IN_1_1.fullmatch(value)
        )
        return value if plain else f'"{escaped(value, _ESCAPES)}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return float_text(value) if isinstance(value, float) else str(value)


def _inline(value: Any) -> str | None:
    """A value that has a place after its key: a scalar, a short list of them, or nothing at all."""
    if isinstance(value, dict):
        return None if value else "{}"
    if not isinstance(value, list):
        return _scalar(value)
    if any(isinstance(item, dict | list) for item in value):
        return None
    text = f"[{', '.join(_scalar(item) for item in value)}]"
    return text if len(text) <= _WIDTH else None


def _nested(value: Any, path: Path, comments: Mapping[Path, list[str]]) -> Iterator[str]:
    lines = _mapping if isinstance(value, dict) else _sequence
    for line in lines(value, path, comments):
        yield f"  {line}"


def _mapping(node: dict[str, Any], path: Path, comments: Mapping[Path, list[str]]) -> Iterator[str]:
    for key, value in node.items():
        at = (*path, key)
        yield from comments.get(at, ())
        name = _scalar(key)
        if len(name) > _LONGEST_KEY:
            yield f"? {name}"
            name = ""
        text = _inline(value)
        if text is not None:
            yield f"{name}: {text}"
        else:
            yield f"{name}:"
            yield from _nested(value, at, comments)


def _sequence(items: list[Any], path: Path, comments: Mapping[Path, list[str]]) -> Iterator[str]:
    for index, item in enumerate(items):
        at = (*path, index)
        yield from comments.get(at, ())
        text = _inline(item)
        if text is not None:
            yield f"- {text}"
            continue
        first, *rest = _nested(item, at, comments)
        if isinstance(item, dict) and not first.lstrip().startswith("#"):
            yield f"- {first[2:]}"
        else:
            yield "-"
            yield first
        yield from rest
