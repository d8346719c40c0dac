"""What a file may refer to, and how it writes that."""

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Scalar = str | int | float | bool
_PIECE = re.compile(r"\$\$\{|\$\{(var|env):([^}]*)(\}?)")
_VARIABLE = re.compile(r"[A-Za-z0-9._-]+")
_ENVIRONMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


class Given(Struct, frozen=True):
    """What comes from outside: variables, which win over the file's, and the environment; that is
    None where it isn't to be read."""

    variables: Mapping[str, Scalar] = {}
    environment: Mapping[str, str] | None = None


class Reference(Struct, frozen=True):
    """`text` is the whole of it; a default is the environment's alone."""

    kind: Literal["var", "env"]
    name: str
    text: str
    default: str | None = None


class BadReferenceError(Exception):
    """A reference that can't be read; the text says why."""


def pieces(text: str) -> list[str | Reference]:
    """The text and the references that a scalar is made of.

    >>> pieces("a-${var:b}$${c}")
    ['a-', Reference(kind='var', name='b', text='${var:b}', default=None), '${c}']
    """
    found: list[str | Reference] = []
    literal, last = "", 0
    for match in _PIECE.finditer(text):
        literal += text[last : match.start()]
        last = match.end()
        if match[1] is None:
            literal += "${"
            continue
        if literal:
            found.append(literal)
        literal = ""
        found.append(_reference(match))
    literal += text[last:]
    return [*found, literal] if literal or not found else found


def _reference(match: re.Match[str]) -> Reference:
    kind, inner, end = match.groups()
    if not end:
        raise BadReferenceError(f"`${{{kind}:` lacks its `}}`")
    if "${" in inner:
        raise BadReferenceError("a reference can't stand in another one")
    if kind == "var":
        if not _VARIABLE.fullmatch(inner):
            raise BadReferenceError(f"`{inner}` isn't the name of a variable")
        return Reference("var", inner, match[0])
    named = _ENVIRONMENT.fullmatch(inner)
    if named is None:
        raise BadReferenceError(f"`{inner}` isn't `NAME` or `NAME:-default`")
    return Reference("env", named[1], f"${{env:{named[1]}}}", named[2])


def spelled(value: Scalar) -> str:
    """A value as text.

    >>> spelled(True), spelled(8080), spelled("x")
    ('true', '8080', 'x')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
