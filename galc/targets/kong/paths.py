"""Paths as Kong's router compares them: regexes over a path that Kong has normalised its own way.

kong/tools/uri.lua: `normalize` decodes every percent-encoding but that of reserved characters; the
language's normal form decodes unreserved characters only, so a literal is decoded here once more.
kong/router/transform.lua: `~/…` is a regex of Rust, anchored at its start only.
"""

import re
from importlib import import_module
from typing import Any

from galc.ir.gateway import PathMatch

#: The parser that `re` itself uses.
_parser: Any = import_module("re._parser")
_RESERVED = frozenset("!*'();:@&=+$,/?%#[]")
_ENCODED = re.compile(r"(?:%[0-9A-F]{2})+")
_TOKEN = re.compile(r"\\.|.")
_LISTED = ("CATEGORY_DIGIT", "CATEGORY_WORD")
_CLASSES = {r"\d": "0-9", r"\w": "0-9A-Za-z_"}
#: An encoded character whose last digit is repeated, or that stands in a class.
_DIVIDED = re.compile(r"%[0-9A-F]{2}[*+?{]|\[[^\]]*%")
#: Literals like most, which are regexes for themselves.
_PLAIN = re.compile(r"[A-Za-z0-9/_-]*")
_SPECIAL = str.maketrans({char: f"\\{char}" for char in r"\.+*?()|[]{}^$"})


def _decoded(run: str) -> str | None:
    """A run of percent-encodings with what isn't reserved decoded; None if that is no UTF-8."""
    raw = bytes.fromhex(run.replace("%", ""))
    kept = b"".join(
        f"%{byte:02X}".encode() if chr(byte) in _RESERVED else bytes([byte]) for byte in raw
    )
    try:
        return kept.decode()
    except UnicodeDecodeError:
        return None


def _literal(text: str) -> str:
    """Text that a regex matches as it stands.

    >>> _literal("/a.b"), _literal("/a%20b%25")
    ('/a\\\\.b', '/a b%25')
    """
    if _PLAIN.fullmatch(text):
        return text
    return _ENCODED.sub(lambda run: _decoded(run[0]) or run[0], text).translate(_SPECIAL)


def path_regex(match: PathMatch) -> str:
    """The entry of a route's `paths`.

    >>> path_regex(PathMatch("prefix", "/api")), path_regex(PathMatch("exact", "/x"))
    ('~/api(?:/|$)', '~/x$')
    """
    if match.kind == "exact":
        return f"~{_literal(match.value)}$"
    if match.kind == "prefix":
        return "~/" if match.value == "/" else f"~{_literal(match.value)}(?:/|$)"
    # A line break is a character like any other: Kong compares `%0A` decoded.
    flags, pattern = "s", match.value
    if pattern.startswith("(?i)"):
        flags, pattern = "is", pattern[4:]
    pattern = _plain_classes(pattern)
    # `?<` would be taken for the beginning of a named group, and rewritten.
    pattern = _ENCODED.sub(lambda run: _escaped(run[0]), pattern).replace("?<", r"?\x3C")
    # A path must begin with a slash; `{0}` takes it back.
    return f"~/{{0}}(?{flags}:{pattern})$"


def _plain_classes(pattern: str) -> str:
    """`\\d` and `\\w` spelled out: for Rust they have the digits and letters of all scripts."""
    parts, inside = [], False
    for token in _TOKEN.findall(pattern):
        if token in _CLASSES:
            parts.append(_CLASSES[token] if inside else f"[{_CLASSES[token]}]")
            continue
        inside = token == "[" or (inside and token != "]")
        parts.append(token)
    return "".join(parts)


def _escaped(run: str) -> str:
    return (_decoded(run) or run).translate(_SPECIAL)


def problem(match: PathMatch) -> str | None:
    """Why Kong can't be given a path, or None."""
    if match.kind == "regex":
        if "//" in match.value:
            return "Kong takes no path with `//` in its text, also not in a regex"
        if "%" in _ENCODED.sub("", match.value) or _DIVIDED.search(match.value):
            return "Kong compares decoded paths, so `%` in a regex must begin a whole `%XX`"
    for run in _ENCODED.findall(match.value):
        if _decoded(run) is None:
            return f"Kong's router compares UTF-8 text, and `{run}` is none"
    return None


def compares_encoding(match: PathMatch) -> bool:
    """Whether a regex could tell `%20` from a blank: the language compares the one, Kong the
    other. Literals and classes of plain ASCII can't match either; `[^/]+` and `.*` match both."""
    if match.kind != "regex":
        return False
    return any(_tells(*node) for node in _parser.parse(match.value))


def _tells(op: Any, argument: Any) -> bool:
    name = str(op)
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        low, high, body = argument
        if low <= 1 and high is _parser.MAXREPEAT and len(body) == 1 and _takes_all(*body[0]):
            return False
        return any(_tells(*node) for node in body)
    if name == "SUBPATTERN":
        return any(_tells(*node) for node in argument[3])
    if name == "BRANCH":
        return any(_tells(*node) for branch in argument[1] for node in branch)
    return _is_wide(name, argument)


def _takes_all(op: Any, argument: Any) -> bool:
    """Any character, or any but slashes."""
    return str(op) == "ANY" or (str(op) == "NOT_LITERAL" and argument == ord("/"))


def _is_wide(name: str, argument: Any) -> bool:
    """Whether a node matches more than listed ASCII characters."""
    if name in ("ANY", "NOT_LITERAL"):
        return True
    return name == "IN" and any(
        str(kind) == "NEGATE" or (str(kind) == "CATEGORY" and str(value) not in _LISTED)
        for kind, value in argument
    )
