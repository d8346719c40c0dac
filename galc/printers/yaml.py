"""Block-style YAML that readers of YAML 1.1 and 1.2 take alike.

Gateways read YAML with yaml-cpp or go-yaml, which follow 1.1 for words (`n` is false) and 1.2 for
others. A string is written plain only when no reader could take it for something else, and
otherwise as JSON, which both versions contain.

Structs are written as they stand, without a tree of dicts in between; the text of a Struct that
occurs many times (a policy of a thousand routes) is made once. Most of a build's time would be
spent here, so the loop over a Struct's fields writes what is simple itself.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import NODEFAULT, Struct
from msgspec.json import Encoder
from msgspec.structs import FieldInfo, astuple, fields

_json = Encoder().encode
_quote = json.JSONEncoder(ensure_ascii=False).encode
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@-]*(?::[A-Za-z0-9_./@-]+)*")
#: Words of YAML 1.1 (https://yaml.org/type/bool.html) and 1.2 that aren't text.
_WORDS = frozenset("y yes n no on off true false null".split())
_CONSTANTS = {True: "true", False: "false", None: "null"}
_LONGEST_WORD = max(map(len, _WORDS))
#: Of more items in a list each stands in a line of its own.
MOST_READ = 200
#: After so many Structs of a kind, none of which was met twice, it isn't expected of any other.
_UNSHARED = 500
#: Line breaks of YAML 1.1, and characters that a reader may refuse or drop.
_ESCAPES = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF)}


class Inline(Struct, frozen=True):
    """A Struct in one line, as JSON, which is YAML, too: for what a gateway has by the thousand. It
    takes half the place and a tenth of the time."""

    value: Struct


def shown(items: Sequence[Struct]) -> tuple[Any, ...]:
    """Items of a list: as people read them, or each in a line where nobody reads so many. Kong and
    APISIX read YAML by libyaml (kong/db/declarative/init.lua, apisix/core/config_yaml.lua)."""
    return tuple(items if len(items) <= MOST_READ else map(Inline, items))


class Verbatim(str):
    """A scalar that is YAML already: whoever makes one has quoted what is in it."""


def print_yaml(value: Any) -> str:
    """The YAML text of a Struct, dict, list or scalar; ends with a newline.

    Fields of a Struct that have their default are left out. Text goes out as it is, not escaped to
    ASCII: yaml-cpp refuses surrogate pairs.
    """
    printer = _Printer()
    printer.value(value, "", printer.level(""))
    return "".join(printer.out)


def scalar(value: Any) -> str:
    """A scalar, quoted where it needs to be.

    >>> scalar("GET|POST"), scalar("n"), scalar("users.internal"), scalar(8080), scalar(True)
    ('"GET|POST"', '"n"', 'users.internal', '8080', 'true')
    """
    if isinstance(value, str):
        if isinstance(value, Verbatim):
            return str(value)
        if _PLAIN.fullmatch(value) and (len(value) > _LONGEST_WORD or value.lower() not in _WORDS):
            return value
        return quoted(value)
    if value is True or value is False or value is None:
        return _CONSTANTS[value]
    text = repr(value)
    # YAML 1.1 takes an exponent without a fraction for text.
    return text if "e" not in text or "." in text else text.replace("e", ".0e")


def quoted(text: str) -> str:
    """A text between quotes."""
    return _escaped(_quote(text))


def _in_one_line(value: Inline) -> str:
    return _escaped(_json(value.value).decode())


def _escaped(text: str) -> str:
    """JSON with escapes for all that a reader may refuse. Only texts have such characters."""
    return text if text.isascii() and "\x7f" not in text else text.translate(_ESCAPES)


class _Layout(NamedTuple):
    """How a kind of Struct is written: the tag's line, and of each field its key and default."""

    tag: str
    keys: tuple[str, ...]
    defaults: tuple[Any, ...]
    may_be_empty: bool


class _Level:
    """What is written at one indent. `known` says of a Struct where its pieces lie, and how long
    the head before them is; once it is met again, its text without the head."""

    __slots__ = ("deeper", "indent", "known")

    def __init__(self, indent: str) -> None:
        self.indent = indent
        self.known: dict[int, tuple[int, int, int] | str] = {}
        self.deeper: _Level | None = None


class _Printer:
    """One run. `out` is the text so far, in pieces.

    A value is written after a head: all that stands before its first line, which is a piece
    together with it. Further lines begin with the indent of the level.
    """

    def __init__(self) -> None:
        self.out: list[str] = []
        self.scalars: dict[str, str] = {}
        self.layouts: dict[type, _Layout] = {}
        self.levels: dict[str, _Level] = {}
        self.never_empty: set[type] = set()
        #: Of each kind of Struct how often one was met for the first time rather than again.
        self.met_first: dict[type, int] = {}

    def level(self, indent: str) -> _Level:
        return self.levels.setdefault(indent, _Level(indent))

    def below(self, level: _Level) -> _Level:
        deeper = level.deeper
        if deeper is None:
            deeper = level.deeper = self.level(level.indent + "  ")
        return deeper

    def value(self, value: Any, head: str, level: _Level) -> None:
        if type(value) is Inline:
            self.out.append(f"{head}{_in_one_line(value)}\n")
        elif isinstance(value, Struct):
            self.struct(value, head, level)
        elif isinstance(value, dict) and value:
            for key, item in value.items():
                text = self.scalars.get(key) or self.flat(key)
                self.entry(f"{head}{text}:", item, level)
                head = level.indent
        elif isinstance(value, (list, tuple)) and value:
            self.items(value, head, level)
        else:
            self.out.append(f"{head}{self.flat(value)}\n")

    def items(self, value: Sequence[Any], head: str, level: _Level) -> None:
        deeper = level.deeper or self.below(level)
        head += "- "
        dash = level.indent + "- "
        for item in value:
            kind = type(item)
            if kind is str:
                self.out.append(f"{head}{self.scalars.get(item) or self.flat(item)}\n")
            elif kind in self.layouts:
                self.struct(item, head, deeper)
            else:
                self.value(item, head, deeper)
            head = dash

    def struct(self, value: Struct, head: str, level: _Level) -> None:
        out, kind = self.out, type(value)
        met = self.met_first.get(kind, 0)
        if met < _UNSHARED:
            number = id(value)
            known = level.known.get(number)
            if known is not None:
                if isinstance(known, tuple):
                    start, end, length = known
                    known = level.known[number] = "".join(out[start:end])[length:]
                out.append(head)
                out.append(known)
                self.met_first[kind] = met - _UNSHARED
                return
        layouts, scalars = self.layouts, self.scalars
        layout = layouts.get(kind) or self.layout(kind)
        before, start, indent = head, len(out), level.indent
        deeper = level.deeper or self.below(level)
        if layout.tag:
            out.append(head + layout.tag)
            before = indent
        for key, default, item in zip(layout.keys, layout.defaults, astuple(value), strict=True):
            if item is default or (default is not None and item == default):
                continue
            of = type(item)
            if of is str:
                out.append(f"{before}{key} {scalars.get(item) or self.flat(item)}\n")
            elif of is int or of is bool:
                out.append(f"{before}{key} {self.flat(item)}\n")
            elif of in self.never_empty:
                self.struct(item, f"{before}{key}\n{deeper.indent}", deeper)
            else:
                self.entry(before + key, item, level)
            before = indent
        if len(out) == start:
            out.append(head + "{}\n")
        if met < _UNSHARED:
            self.met_first[kind] = met + 1
            level.known[number] = (start, len(out), len(head))

    def entry(self, key: str, item: Any, level: _Level) -> None:
        """A key with its value; nested blocks begin on the next line, lists at the same indent."""
        kind = type(item)
        if kind is Inline:
            self.out.append(f"{key} {_in_one_line(item)}\n")
        elif kind is str:
            self.out.append(f"{key} {self.scalars.get(item) or self.flat(item)}\n")
        elif kind in self.layouts:
            self.nested(key, item, level)
        elif kind is tuple or kind is list:
            if item:
                self.items(item, f"{key}\n{level.indent}", level)
            else:
                self.out.append(f"{key} []\n")
        elif kind is dict and item:
            deeper = level.deeper or self.below(level)
            self.value(item, f"{key}\n{deeper.indent}", deeper)
        elif isinstance(item, Struct):
            self.nested(key, item, level)
        else:
            self.out.append(f"{key} {self.flat(item)}\n")

    def nested(self, key: str, item: Struct, level: _Level) -> None:
        layout = self.layouts.get(type(item)) or self.layout(type(item))
        if layout.may_be_empty and astuple(item) == layout.defaults:
            self.out.append(f"{key} {{}}\n")
        else:
            deeper = level.deeper or self.below(level)
            self.struct(item, f"{key}\n{deeper.indent}", deeper)

    def flat(self, value: Any) -> str:
        """A value in one line: a scalar, or an empty collection."""
        kind = type(value)
        if kind is str:
            text = self.scalars[value] = scalar(value)
            return text
        if kind is int:
            return repr(value)
        if kind is bool:
            return _CONSTANTS[value]
        if isinstance(value, (dict, Struct)):
            return "{}"
        return "[]" if isinstance(value, (list, tuple)) else scalar(value)

    def layout(self, kind: type[Struct]) -> _Layout:
        config = kind.__struct_config__
        tag = f"{scalar(config.tag_field)}: {scalar(config.tag)}\n" if config.tag_field else ""
        found = fields(kind)
        keys = tuple(scalar(field.encode_name) + ":" for field in found)
        defaults = tuple(_default(field) for field in found)
        layout = self.layouts[kind] = _Layout(
            tag, keys, defaults, not tag and NODEFAULT not in defaults
        )
        if not layout.may_be_empty:
            self.never_empty.add(kind)
        return layout


def _default(field: FieldInfo) -> Any:
    if field.default_factory is not NODEFAULT:
        return field.default_factory()
    return field.default
