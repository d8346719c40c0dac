"""The `.gal` spelling of a tree.

Short forms are used wherever they can say all that the tree says (`heads`); what has no form of its
own is printed as `json "…"`.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from galc.frontend.gal.constructs import document_form
from galc.frontend.gal.forms import (
    ConstructField,
    Field,
    Form,
    ItemField,
    ItemsField,
    ListField,
    MapField,
    NamedItemField,
    ScalarField,
)
from galc.frontend.gal.scalars import ANY
from galc.frontend.gal.sugar import OTHER_VERSIONS, SINGULAR
from galc.frontend.printer.heads import head, properties
from galc.frontend.printer.lines import Comment, Line, settle
from galc.frontend.printer.words import quoted, text_word, word_of, words_of
from galc.frontend.source import Path

_WIDTH = 80
_MOST_ON_A_LINE = 3
_MOST_SINGLE_ENTRIES = 4


def print_gal(tree: dict[str, Any], comments: Iterable[Comment] = ()) -> str:
    """The tree in the `.gal` spelling."""
    lines = _members(document_form(), tree, ())
    end = settle(lines, comments)
    text: list[str] = []
    apart = False
    for line in lines:
        more = list(_layout(line, ""))
        if text and more[0] and (apart or len(more) > 1):
            text.append("")
        apart = len(more) > len(line.before) + 1
        text += more
    text += ["", *end] if text and end and end[0] else end
    return "".join(f"{one}\n" for one in text)


# ---------------------------------------------------------------------------------------------
# Layout


def _layout(line: Line, indent: str) -> Iterator[str]:
    for comment in line.before:
        yield indent + comment if comment else ""
    after = f"  {line.after}" if line.after else ""
    short = _in_one_line(line)
    if short is not None and (not line.block or len(indent) + len(short) <= _WIDTH):
        yield indent + short + after
        return
    yield f"{indent}{line.text} {{{after}"
    for inner in line.block or []:
        yield from _layout(inner, indent + "  ")
    for comment in line.end:
        yield f"{indent}  {comment}" if comment else ""
    yield f"{indent}}}"


def _in_one_line(line: Line) -> str | None:
    """A statement without a block, or with a small one where nothing has a block or a comment."""
    if line.end:
        return None
    if line.block is None:
        return line.text
    if not line.block:
        return f"{line.text} {{}}"
    if len(line.block) > _MOST_ON_A_LINE or line.text.startswith(("service ", "policy ")):
        return None
    if any(inner.block is not None or inner.before or inner.after for inner in line.block):
        return None
    return f"{line.text} {{ {' ; '.join(inner.text for inner in line.block)} }}"


# ---------------------------------------------------------------------------------------------
# Statements


def _members(form: Form, node: dict[str, Any], path: Path) -> list[Line]:
    """The statements of a construct's block, in the order of its keys."""
    lines: list[Line] = []
    for key, value in node.items():
        lines += _field(form, key, value, (*path, key))
    return lines


def _field(form: Form, key: str, value: Any, path: Path) -> list[Line]:
    """The statements that give a field its value."""
    field = form.fields.get(key)
    if field is None:
        name = key if key in OTHER_VERSIONS and key not in form.statements else quoted(key)
        return [_anything(name, value, path)]
    one = form.statements.get(SINGULAR.get(key, ""))
    if isinstance(one, ItemField) and isinstance(value, list) and words_of(value, ANY) is None:
        name = SINGULAR[key]
        return [_item(one.form, name, item, (*path, at)) for at, item in enumerate(value)]
    if isinstance(one, NamedItemField) and _all_dicts(value):
        name = SINGULAR[key]
        return [
            _construct(one.form, f"{name} {text_word(entry)}", inner, (*path, entry))
            for entry, inner in value.items()
        ]
    if isinstance(field, MapField) and isinstance(value, dict):
        return _map(field, key, value, path)
    return [_value(field, key, value, path)]


def _all_dicts(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(item, dict) for item in value.values())
    )


def _item(form: Form, name: str, value: Any, path: Path) -> Line:
    return (
        _construct(form, name, value, path) if isinstance(value, dict) else _json(name, value, path)
    )


def _value(field: Field, name: str, value: Any, path: Path) -> Line:
    """The one statement that gives a field its value."""
    if isinstance(field, ListField):
        return _list(field, name, value, path)
    if isinstance(field, ItemsField) and not isinstance(value, dict):
        words = words_of(value, ANY) if isinstance(value, list) else None
        return Line(path, " ".join([name, *words])) if words else _json(name, value, path)
    if isinstance(field, ScalarField | ConstructField) and isinstance(value, dict):
        if field.form:
            return _construct(field.form, name, value, path)
        if isinstance(field, ScalarField) and not field.mapping:
            return _json(name, value, path)
    if isinstance(field, ScalarField):
        word = word_of(value, field.types)
        if word is not None:
            return Line(path, f"{name} {word}")
        if not isinstance(value, dict):
            return _json(name, value, path)
    elif isinstance(field, ConstructField | MapField):
        return _json(name, value, path)
    return _anything(name, value, path)


def _list(field: ListField, name: str, value: Any, path: Path) -> Line:
    words = words_of(value, field.types) if isinstance(value, list) else None
    if words is None:
        return _json(name, value, path)
    text = " ".join([name, *words])
    block = Line(path, name, [Line((*path, at), word) for at, word in enumerate(words)])
    return Line(path, text, spread=block) if words and len(text) <= _WIDTH else block


def _map(field: MapField, name: str, value: dict[str, Any], path: Path) -> list[Line]:
    lines = [_value(field.item, text_word(key), item, (*path, key)) for key, item in value.items()]
    single = field.item.types != ANY and 0 < len(lines) <= _MOST_SINGLE_ENTRIES
    if single and all(line.block is None for line in lines):
        return [Line(line.path, f"{name} {line.text}") for line in lines]
    return [Line(path, name, lines)]


def _anything(name: str, value: Any, path: Path) -> Line:
    """A statement for a value whose kind the language doesn't fix."""
    if isinstance(value, dict):
        lines = [_anything(text_word(key), item, (*path, key)) for key, item in value.items()]
        return Line(path, name, lines)
    if isinstance(value, list):
        words = words_of(value, ANY) if len(value) > 1 else None
    else:
        words = words_of([value], ANY)
    return _json(name, value, path) if words is None else Line(path, " ".join([name, *words]))


def _json(name: str, value: Any, path: Path) -> Line:
    return Line(path, f"{name} json {quoted(json.dumps(value, ensure_ascii=False))}")


def _construct(form: Form, name: str, node: dict[str, Any], path: Path) -> Line:
    """A construct: its head, its properties, and a block for the rest."""
    words, used = head(form, node)
    left = {key: value for key, value in node.items() if key not in used}
    if words:
        words += properties(form, left)
    inner = _delegated(form, left, node) if words else None
    lines: list[Line] = []
    for key, value in left.items():
        if key == inner:
            field = form.fields[key]
            assert isinstance(field, ConstructField)
            lines += _members(field.form, value, (*path, key))
        else:
            lines += _field(form, key, value, (*path, key))
    text = " ".join([name, *words])
    return Line(path, text, lines if lines or not words else None)


def _delegated(form: Form, left: dict[str, Any], node: dict[str, Any]) -> str | None:
    """The field whose block is the construct's own, if what each statement means stays clear."""
    inner = node.get("type")
    if not form.delegates or inner not in left:
        return None
    value = left[inner]
    field = form.fields.get(inner)
    if not isinstance(field, ConstructField) or not isinstance(value, dict) or not value:
        return None
    return None if any(key in form.fields for key in value) else inner
