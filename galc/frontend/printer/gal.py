"""A tree as source text, in either spelling: for `galc fmt` and `galc convert`.

What is printed reads back as the same tree. Short forms are used wherever they can say all that the
tree says, and every one is tried with the reader's own shapes before it is used, so that the two
can't drift; what has no form of its own is printed as `json "…"`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from galc.frontend import gal
from galc.frontend.printer_yaml import escaped, float_text, print_yaml
from galc.frontend.source import Path

__all__ = ["print_gal", "print_yaml"]

#: Lines of comments before a statement, without their indentation, by the statement's path.
Comments = Mapping[Path, list[str]]

_WIDTH = 80
_MOST_ON_A_LINE = 3
_MOST_SINGLE_ENTRIES = 4
#: Fields that stand as properties in the line of their construct, after its head.
_INLINE: Final[dict[str, tuple[str, ...]]] = {
    "Target": ("weight",),
    "RateLimit": ("burst",),
    "LoadBalancer": ("sticky_sessions", "cookie_name"),
    "BasicUser": ("password", "password_hash"),
    "ApiKey": ("name",),
    "ComputedField": ("generator", "prefix", "suffix"),
}
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


class _Line(NamedTuple):
    """A statement, and its block if it has one."""

    path: Path
    head: str
    block: "list[_Line] | None" = None


def print_gal(tree: dict[str, Any], comments: Comments | None = None) -> str:
    """The tree in the `.gal` spelling."""
    lines: list[str] = []
    apart = False
    for line in _members(gal.document_form(), tree, ()):
        text = list(_layout(line, "", comments or {}))
        if lines and (apart or len(text) > 1):
            lines.append("")
        apart = len(text) > 1
        lines += text
    return "".join(f"{line}\n" for line in lines)


# ---------------------------------------------------------------------------------------------
# Layout


def _layout(line: _Line, indent: str, comments: Comments) -> Iterator[str]:
    for comment in comments.get(line.path, ()):
        yield indent + comment
    if line.block is None:
        yield indent + line.head
    elif not line.block:
        yield f"{indent}{line.head} {{}}"
    else:
        short = _in_one_line(line, comments)
        if short and len(indent) + len(short) <= _WIDTH:
            yield indent + short
            return
        yield f"{indent}{line.head} {{"
        for inner in line.block:
            yield from _layout(inner, indent + "  ", comments)
        yield f"{indent}}}"


def _in_one_line(line: _Line, comments: Comments) -> str | None:
    """A small block, where nothing in it has a block or a comment of its own."""
    block = line.block or []
    if len(block) > _MOST_ON_A_LINE or line.head.startswith(("service ", "policy ")):
        return None
    if any(inner.block is not None or inner.path in comments for inner in block):
        return None
    return f"{line.head} {{ {' ; '.join(inner.head for inner in block)} }}"


# ---------------------------------------------------------------------------------------------
# Words


def _quoted(text: str) -> str:
    return f'"{escaped(text, _ESCAPES)}"'


@lru_cache(4096)
def _text(text: str) -> str:
    """A text as one word, in quotes where it needs them."""
    bare = text != "json" and gal.is_word(text)
    return text if bare else _quoted(text)


def _word(value: Any, types: gal.Types) -> str | None:
    """A scalar as the word that a field of these types reads as the same; None if there is none."""
    if isinstance(value, str):
        word = _text(value)
        quoted = word[0] == '"' or gal.scalar(value, False, types) is not value
        return _quoted(value) if quoted else word
    if value is None or isinstance(value, bool):
        word = {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, int):
        word = str(value)
    elif isinstance(value, float):
        word = float_text(value)
    else:
        return None
    return word if _same(gal.scalar(word, False, types), value) else None


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _words(values: list[Any], types: gal.Types) -> list[str] | None:
    words = [_word(value, types) for value in values]
    known = [word for word in words if word is not None]
    return known if len(known) == len(words) else None


# ---------------------------------------------------------------------------------------------
# Statements


def _members(form: gal.Form, node: dict[str, Any], path: Path) -> list[_Line]:
    """The statements of a construct's block, in the order of its keys."""
    lines: list[_Line] = []
    for key, value in node.items():
        lines += _field(form, key, value, (*path, key))
    return lines


def _field(form: gal.Form, key: str, value: Any, path: Path) -> list[_Line]:
    """The statements that give a field its value."""
    field = form.fields.get(key)
    if field is None:
        name = key if key in gal.OTHER_VERSIONS and key not in form.statements else _quoted(key)
        return [_anything(name, value, path)]
    one = form.statements.get(gal.SINGULAR.get(key, ""))
    if isinstance(one, gal.ItemField) and isinstance(value, list) and value:
        name = gal.SINGULAR[key]
        return [_item(one.form, name, item, (*path, at)) for at, item in enumerate(value)]
    if isinstance(one, gal.NamedItemField) and _all_dicts(value):
        name = gal.SINGULAR[key]
        return [
            _construct(one.form, f"{name} {_text(entry)}", inner, (*path, entry))
            for entry, inner in value.items()
        ]
    if isinstance(field, gal.MapField) and isinstance(value, dict):
        return _map(field, key, value, path)
    return [_value(field, key, value, path)]


def _all_dicts(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(item, dict) for item in value.values())
    )


def _item(form: gal.Form, name: str, value: Any, path: Path) -> _Line:
    return (
        _construct(form, name, value, path) if isinstance(value, dict) else _json(name, value, path)
    )


def _value(field: gal.Field, name: str, value: Any, path: Path) -> _Line:
    """The one statement that gives a field its value."""
    if isinstance(field, gal.ListField):
        return _list(field, name, value, path)
    if isinstance(field, gal.ScalarField | gal.ConstructField) and isinstance(value, dict):
        if field.form:
            return _construct(field.form, name, value, path)
        if isinstance(field, gal.ScalarField) and not field.mapping:
            return _json(name, value, path)
    if isinstance(field, gal.ScalarField):
        word = _word(value, field.types)
        if word is not None:
            return _Line(path, f"{name} {word}")
        if not isinstance(value, dict):
            return _json(name, value, path)
    elif isinstance(field, gal.ConstructField | gal.MapField):
        return _json(name, value, path)
    return _anything(name, value, path)


def _list(field: gal.ListField, name: str, value: Any, path: Path) -> _Line:
    words = _words(value, field.types) if isinstance(value, list) else None
    if words is None:
        return _json(name, value, path)
    head = " ".join([name, *words])
    if words and len(head) <= _WIDTH:
        return _Line(path, head)
    return _Line(path, name, [_Line((*path, at), word) for at, word in enumerate(words)])


def _map(field: gal.MapField, name: str, value: dict[str, Any], path: Path) -> list[_Line]:
    lines = [_value(field.item, _text(key), item, (*path, key)) for key, item in value.items()]
    single = field.item.types != gal.ANY and 0 < len(lines) <= _MOST_SINGLE_ENTRIES
    if single and all(line.block is None for line in lines):
        return [line._replace(head=f"{name} {line.head}") for line in lines]
    return [_Line(path, name, lines)]


def _anything(name: str, value: Any, path: Path) -> _Line:
    """A statement for a value whose kind the language doesn't fix."""
    if isinstance(value, dict):
        lines = [_anything(_text(key), item, (*path, key)) for key, item in value.items()]
        return _Line(path, name, lines)
    if isinstance(value, list):
        words = _words(value, gal.ANY) if len(value) > 1 else None
    else:
        words = _words([value], gal.ANY)
    return _json(name, value, path) if words is None else _Line(path, " ".join([name, *words]))


def _json(name: str, value: Any, path: Path) -> _Line:
    return _Line(path, f"{name} json {_quoted(json.dumps(value, ensure_ascii=False))}")


# ---------------------------------------------------------------------------------------------
# Constructs: the sugar before the block


def _construct(form: gal.Form, name: str, node: dict[str, Any], path: Path) -> _Line:
    """A construct: its head, its properties, and a block for the rest."""
    words, used = _head(form, node)
    left = {key: value for key, value in node.items() if key not in used}
    if words:
        words += _properties(form, left)
    inner = _delegated(form, left, node) if words else None
    lines: list[_Line] = []
    for key, value in left.items():
        if key == inner:
            field = form.fields[key]
            assert isinstance(field, gal.ConstructField)
            lines += _members(field.form, value, (*path, key))
        else:
            lines += _field(form, key, value, (*path, key))
    head = " ".join([name, *words])
    return _Line(path, head, lines if lines or not words else None)


def _delegated(form: gal.Form, left: dict[str, Any], node: dict[str, Any]) -> str | None:
    """The field whose block is the construct's own, if what each statement means stays clear."""
    inner = node.get("type")
    if not form.delegates or inner not in left:
        return None
    value = left[inner]
    field = form.fields.get(inner)
    if not isinstance(field, gal.ConstructField) or not isinstance(value, dict) or not value:
        return None
    return None if any(key in form.fields for key in value) else inner


def _head(form: gal.Form, node: dict[str, Any]) -> tuple[list[str], set[str]]:
    """The words before the block, and the fields that they give; none where no head fits."""
    if form.delegates and not form.fields.keys() >= node.keys():
        return [], set()  # an unknown key would be read as one of the inner block
    for steps in form.heads:
        words: list[str] = []
        used: set[str] = set()
        for step in steps:
            if not _step(form, step, node, words, used):
                break
        else:
            return words, used
    return [], set()


def _step(
    form: gal.Form, step: str, node: dict[str, Any], words: list[str], used: set[str]
) -> bool:
    """Add the word for a step of a head; False if the construct has none that fits."""
    if step.endswith("..."):
        key = step[:-3]
        value = node.get(key)
        more = _words(value, form.fields[key].types) if isinstance(value, list) else None
        if more:
            words += more
            used.add(key)
        return True
    if step.isupper():
        spelled = _shaped(form, step, node)
        if spelled is None:
            return False
        words.append(spelled[0])
        used |= spelled[1]
        return True
    if not step[0].isalpha():
        words.append(step)
        return True
    word = _word(node[step], form.fields[step].types) if step in node else None
    if word is None:
        return False
    words.append(word)
    used.add(step)
    return True


def _properties(form: gal.Form, left: dict[str, Any]) -> list[str]:
    """`name=value` for the fields that may stand so; takes them out of `left`."""
    words: list[str] = []
    for key in _INLINE.get(form.name, ()):
        word = _word(left[key], form.fields[key].types) if key in left else None
        if word is not None:
            words.append(f"{key}={word}")
            del left[key]
    for name, shape in gal.ASPECTS.get(form.name, {}).items():
        spelled = _shaped(form, shape, left)
        if spelled is not None:
            words.append(f"{name}={spelled[0]}")
            for key in spelled[1]:
                del left[key]
    return words


def _shaped(form: gal.Form, shape: str, node: dict[str, Any]) -> tuple[str, set[str]] | None:
    """The word that stands for several fields, if the reader takes it for the same."""
    text = _SPELLINGS[shape](node)
    if text is None:
        return None
    word = _text(text)
    token = gal.Token("WORD", text, 0, len(text), quoted=word != text)
    parts = gal.SHAPES[shape](token)
    for key, part in parts or ():
        value = gal.scalar(part.text, part.quoted, form.fields[key].types)
        if key not in node or not _same(value, node[key]):
            return None
    return (word, {key for key, _ in parts}) if parts else None


def _address(node: dict[str, Any]) -> str | None:
    host, port = node.get("host"), node.get("port")
    bracketed = ":" in str(host) and not any(mark in str(host) for mark in ("${", "://"))
    return f"[{host}]:{port}" if bracketed else f"{host}:{port}"


def _pattern(node: dict[str, Any]) -> str | None:
    if "path_prefix" in node:
        prefix = node["path_prefix"]
        return "/*" if prefix == "/" else f"{prefix}/*"
    return str(node["path"]) if "path" in node else None


def _rate(node: dict[str, Any]) -> str | None:
    for unit, period in (("s", "second"), ("m", "minute"), ("h", "hour")):
        if f"requests_per_{period}" in node:
            return f"{node[f'requests_per_{period}']}/{unit}"
    return None


def _rate_key(node: dict[str, Any]) -> str | None:
    kind = node.get("key_type")
    field = {"header": "key_header", "jwt_claim": "key_claim"}.get(str(kind))
    return f"{kind}:{node.get(field)}" if field else str(kind)


_SPELLINGS: Final[dict[str, Callable[[dict[str, Any]], str | None]]] = {
    "ADDRESS": _address,
    "PATTERN": _pattern,
    "RATE": _rate,
    "KEY": _rate_key,
}
