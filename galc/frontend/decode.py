"""From the tree to a typed `Document`.

msgspec converts good input in one pass of C. It stops at the first mistake, so when it finds one
the tree is walked again here, along the same types, to report every mistake at its place.
"""

import re
from typing import Any

import msgspec
from msgspec import inspect

from galc.diagnostics import Report, fields, files, habits, nearest
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir.document import Document
from galc.ir.files import BESIDE
from galc.ir.types import struct_type

_SINGULAR = {
    "services": "a service",
    "routes": "a route",
    "targets": "a target",
    "users": "a user",
    "keys": "a key",
    "claims_to_headers": "an entry of `claims_to_headers`",
    "computed_fields": "an entry of `computed_fields`",
    "tests": "a test",
    "requests": "a request",
}


def _pattern(annotated: Any) -> str:
    meta: msgspec.Meta = annotated.__metadata__[0]
    assert meta.pattern is not None
    return meta.pattern


_DURATIONS = (_pattern(doc.Duration), _pattern(doc.DurationOrZero))
#: What a text of a certain pattern is, in words.
_FORMS = {
    _pattern(doc.Duration): "a duration above zero, such as `30s`, `250ms` or `5m`",
    _pattern(doc.DurationOrZero): "a duration such as `30s`, `250ms` or `5m`",
    _pattern(doc.HeaderName): "a header name (letters, digits and `-`)",
    _pattern(doc.Method): "a method in upper case, such as `GET`",
    _pattern(doc.Name): "a name of letters, digits, `.`, `_` and `-`",
    _pattern(doc.Scope): "one scope, without spaces and quotes",
    _pattern(doc.Claim): "the name of a claim, or names with dots between them",
    "^[^:]+$": "a user name without a colon",
    _pattern(doc.ProbePath): "a path that starts with `/`, percent-encoded where it must be",
}


def decode(tree: dict[str, Any]) -> Document | None:
    """The document, or None when the tree doesn't have its types."""
    try:
        return msgspec.convert(tree, Document)
    except msgspec.ValidationError:
        return None


def explain(tree: dict[str, Any], report: Report) -> None:
    """Report everything for which `decode` refuses a tree."""
    _struct(tree, struct_type(Document), (), report)


def check_field(construct: type[msgspec.Struct], value: Any, path: Path, report: Report) -> None:
    """Report everything that is wrong with the field of a construct that a path leads to."""
    kinds = (construct, *(BESIDE[kind] for kind in (construct,) if kind in BESIDE))
    fields_ = (field for kind in kinds for field in struct_type(kind).fields)
    kind = next(field.type for field in fields_ if field.encode_name == path[-1])
    _check(value, kind, path, report)


def within(path: Path) -> str:
    """The construct at a path, in words."""
    if not path:
        return "a gateway file"
    last = path[-1]
    if isinstance(last, int):
        return _SINGULAR.get(str(path[-2]), f"an entry of `{path[-2]}`")
    if path[:-1] == ("policies",):
        return f"the policy `{last}`"
    return f"`{last}`"


def _bare(kind: inspect.Type) -> inspect.Type:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind


def _check(value: Any, kind: inspect.Type, path: Path, report: Report) -> None:
    kind = _bare(kind)
    if isinstance(kind, inspect.UnionType):
        kind = _member(value, kind)
    if isinstance(kind, inspect.StructType):
        _struct(value, kind, path, report)
    elif isinstance(kind, inspect.DictType):
        _map(value, kind, path, report)
    elif isinstance(kind, inspect.VarTupleType):
        _list(value, kind, path, report)
    elif isinstance(kind, inspect.LiteralType):
        _option(value, kind, path, report)
    elif isinstance(kind, inspect.BoolType):
        _boolean(value, path, report)
    elif isinstance(kind, inspect.IntType):
        _integer(value, kind, path, report)
    elif isinstance(kind, inspect.StrType):
        _text(value, kind, path, report)


def _member(value: Any, union: inspect.UnionType) -> inspect.Type:
    """The alternative that a value was probably meant to be."""
    kinds = [_bare(kind) for kind in union.types]
    wanted: dict[type, tuple[type, ...]] = {
        dict: (inspect.StructType, inspect.DictType),
        bool: (inspect.BoolType,),
        int: (inspect.IntType,),
        float: (inspect.FloatType,),
    }
    for kind in kinds:
        if isinstance(kind, wanted.get(type(value), (inspect.StrType,))):
            return kind
    return next((kind for kind in kinds if isinstance(kind, inspect.StrType)), kinds[0])


def _wrong(value: Any, expected: str, path: Path, report: Report, hint: str | None = None) -> None:
    name = within(path) if path and isinstance(path[-1], int) else f"`{_name(path)}`"
    report(fields.WrongType(Place(path), name, expected, _described(value), hint))


def _name(path: Path) -> str:
    names = [step for step in path if isinstance(step, str)]
    return names[-1] if names else "the file"


def _described(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, dict):
        return "a block"
    return "a list" if isinstance(value, list) else f"the text `{value}`"


def _struct(value: Any, kind: inspect.Type, path: Path, report: Report) -> None:
    assert isinstance(kind, inspect.StructType)
    if not isinstance(value, dict):
        hint = habits.block_for(kind.cls.__name__, value)
        if hint is None:
            names = ", ".join(f"`{field.encode_name}`" for field in kind.fields[:3])
            hint = f"its fields are {names} and so on"
        _wrong(value, "a block", path, report, hint)
        return
    known = {field.encode_name: field for field in kind.fields}
    if not path and "services" not in value:
        # A whole file of another tool: what else it has is no mistake of its author's.
        foreign = next((key for key in value if habits.is_other_file(key, value)), None)
        if foreign is not None:
            hint = habits.word_for(foreign, ("services",))
            place = Place((foreign,), key=True)
            report(fields.UnknownField(place, foreign, within(()), tuple(known), hint))
            return
    # Names that aren't known stand for the fields that seem to be missing.
    meant: set[str] = set()
    for key, item in value.items():
        if key in known:
            _check(item, known[key].type, (*path, key), report)
        elif key == "remove" and kind.cls in BESIDE:
            report(files.NotAnOverlay(Place((*path, key), key=True)))
        else:
            place = Place((*path, key), key=True)
            words = ("include", *known) if kind.cls is Document else tuple(known)
            unknown = fields.UnknownField(place, key, within(path), words)
            word = habits.meant(key, unknown.known) or nearest(key, unknown.known)
            meant.update({word} if word in words else known)
            hint = habits.word_for(key, unknown.known, item)
            report(msgspec.structs.replace(unknown, hint=hint))
    for field in kind.fields:
        if field.required and field.encode_name not in value and field.encode_name not in meant:
            meaning = _description(field.type)
            place = Place(path, key=True)
            report(fields.MissingField(place, field.encode_name, within(path), meaning))


def _description(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.Metadata) and kind.extra_json_schema:
        return str(kind.extra_json_schema.get("description", ""))
    return ""


def _map(value: Any, kind: inspect.DictType, path: Path, report: Report) -> None:
    if not isinstance(value, dict):
        _wrong(value, "a mapping of names to values", path, report)
        return
    key_kind = _bare(kind.key_type)
    for key, item in value.items():
        if isinstance(key_kind, inspect.StrType) and not _fits(key, key_kind):
            form = _FORMS.get(key_kind.pattern or "", "another text")
            place = Place((*path, key), key=True)
            report(fields.BadFormat(place, _name(path), key or '""', form))
        _check(item, kind.value_type, (*path, key), report)


def _list(value: Any, kind: inspect.VarTupleType, path: Path, report: Report) -> None:
    if not isinstance(value, list):
        hint = habits.item_for(value) if isinstance(value, dict) else f"write `[{value}]`"
        hint = None if value is None else hint
        _wrong(value, "a list", path, report, hint)
        return
    if kind.min_length and len(value) < kind.min_length:
        report(
            fields.OutOfRange(Place(path), _name(path), "an empty list", "a list of at least one")
        )
    for index, item in enumerate(value):
        _check(item, kind.item_type, (*path, index), report)


def _option(value: Any, kind: inspect.LiteralType, path: Path, report: Report) -> None:
    words = tuple(str(word) for word in kind.values)
    if not isinstance(value, str):
        _wrong(value, f"one of {', '.join(f'`{word}`' for word in words)}", path, report)
    elif value not in words:
        report(fields.UnknownOption(Place(path), _name(path), value, words))


def _boolean(value: Any, path: Path, report: Report) -> None:
    if isinstance(value, bool):
        return
    if isinstance(value, str) and value.lower() in ("yes", "no", "on", "off", "y", "n"):
        report(fields.WrongBoolean(Place(path), _name(path), value))
    else:
        _wrong(value, "`true` or `false`", path, report)


def _integer(value: Any, kind: inspect.IntType, path: Path, report: Report) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        _wrong(value, "a whole number", path, report)
        return
    low, high = kind.ge, kind.le
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"between {low} and {high}" if high is not None else f"at least {low}"
        report(fields.OutOfRange(Place(path), _name(path), str(value), bounds))


def _text(value: Any, kind: inspect.StrType, path: Path, report: Report) -> None:
    form = _FORMS.get(kind.pattern or "", "text")
    if not isinstance(value, str):
        hint = None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            hint = f'write it in quotes: `"{value}"`'
            if kind.pattern in _DURATIONS:
                hint = habits.duration(value)
        _wrong(value, form, path, report, hint)
    elif not _fits(value, kind):
        if not value:
            form, shown = "a text that isn't empty", '""'
        else:
            shown = value if len(value) <= 60 else value[:57] + "…"
        hint = None
        if kind.pattern == _pattern(doc.Method) and _fits(value.upper(), kind):
            hint = f"write `{value.upper()}`"
        elif kind.pattern in _DURATIONS:
            hint = habits.duration(value)
        report(fields.BadFormat(Place(path), _name(path), shown, form, hint))


def _fits(value: str, kind: inspect.StrType) -> bool:
    if kind.min_length and len(value) < kind.min_length:
        return False
    if kind.max_length and len(value) > kind.max_length:
        return False
    return kind.pattern is None or re.search(kind.pattern, value) is not None
