"""A tree as YAML, read back by the 1.2 core schema as the same tree."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from galc.frontend.gal.scalars import core
from galc.frontend.printer.lines import Comment, Line, settle
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


def print_yaml(tree: dict[str, Any], comments: Iterable[Comment] = ()) -> str:
    """The tree in the YAML spelling."""
    lines = _mapping(tree, ()) if tree else [Line((), "{}")]
    end = settle(lines, comments)
    text = [*(one for line in lines for one in _layout(line, "")), *end]
    return "".join(f"{one}\n" for one in text)


# ---------------------------------------------------------------------------------------------
# Layout


def _layout(line: Line, indent: str) -> Iterator[str]:
    if line.block and line.text == "-":
        yield from _item(line, line.block, indent)
        return
    yield from _indented(line.before, indent)
    first, *rest = line.text.split("\n")  # a long key has a second line
    yield from _indented([f"{first}  {line.after}" if line.after else first, *rest], indent)
    yield from _block(line, line.block or [], indent)


def _item(line: Line, block: list[Line], indent: str) -> Iterator[str]:
    """A block in a list: what is first in it stands in the line of the dash."""
    first, *rest = block
    _gather(line)
    yield from _indented(line.before, indent)
    top, *more = _layout(first, indent + "  ")
    yield f"{indent}- {top.removeprefix(indent + '  ')}"
    yield from more
    yield from _block(line, rest, indent)


def _gather(line: Line) -> None:
    """Dashes share a line with what comes after them, and so its place for comments."""
    last, before = line, line.before
    while last.text == "-" and last.block:
        first = last.block[0]
        if last.after:
            first.annotate(last.after)
            last.after = ""
        last = first
        before += last.before
        last.before = []


def _block(line: Line, block: list[Line], indent: str) -> Iterator[str]:
    for inner in block:
        yield from _layout(inner, indent + "  ")
    yield from _indented(line.end, indent + "  ")


def _indented(texts: Iterable[str], indent: str) -> Iterator[str]:
    for text in texts:
        yield indent + text if text else ""


# ---------------------------------------------------------------------------------------------
# Lines


def _mapping(node: dict[str, Any], path: Path) -> list[Line]:
    lines: list[Line] = []
    for key, value in node.items():
        name = _scalar(key)
        name = f"? {name}\n:" if len(name) > _LONGEST_KEY else f"{name}:"
        lines.append(_line(name, value, (*path, key)))
    return lines


def _sequence(items: list[Any], path: Path) -> list[Line]:
    return [_line("-", item, (*path, at)) for at, item in enumerate(items)]


def _line(name: str, value: Any, path: Path) -> Line:
    """A key or a dash, and its value: beside it where there is room, or else in a block."""
    if isinstance(value, dict):
        return Line(path, name, _mapping(value, path)) if value else Line(path, f"{name} {{}}")
    if not isinstance(value, list):
        return Line(path, f"{name} {_scalar(value)}")
    if any(isinstance(item, dict | list) for item in value):
        return Line(path, name, _sequence(value, path))
    text = f"[{', '.join(_scalar(item) for item in value)}]"
    if not value:
        return Line(path, f"{name} []")
    block = Line(path, name, _sequence(value, path))
    return Line(path, f"{name} {text}", spread=block) if len(text) <= _WIDTH else block


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
