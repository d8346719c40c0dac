"""Secrets in a text that can't be read: what stands after a word that announces one."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from galc.diagnostics import Diagnostic
from galc.secrecy.values import MASK

#: A word that announces a secret, and the value, list or block behind it. (`key=` is a limit's.)
_VALUE = r"""(?:"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|[^\s;,{}\[\]"']+)"""
_ANNOUNCED = re.compile(
    rf"""(?<![\w./-])(?:
        (?:pass\w*|client_?secret|secret|token)["']?(?:\s*[:=]\s*|[ \t]+)(?P<value>{_VALUE})
      | key["']?(?:\s*:\s*|[ \t]+)(?P<key>{_VALUE})
      | (?:keys|users)["']?\s*:\s*(?P<block>[\[{{][^\n]*)
      | [\w-]*(?:authorization|cookie|api-key|token|secret)["']?(?:\s*:\s*|[ \t]+)(?P<header>[^\n]*)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: Shorter words are no secrets that a message would give away.
_SHORTEST = 3


def masked_line(line: str) -> str:
    """A line without what may be secret in it, as long as before."""
    for found in _ANNOUNCED.finditer(line):
        start, end = found.span(found.lastgroup or 0)
        line = line[:start] + re.sub(r"[^\s{}\[\];,\"'=]", "*", line[start:end]) + line[end:]
    return line


def without_words(text: str, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The diagnostics of such a text without words of it that may be secret."""
    words: set[str] | None = None
    for diagnostic in diagnostics:
        if words is None:
            found = (m[m.lastgroup or 0] for m in _ANNOUNCED.finditer(text))
            words = {word for part in found for word in re.findall(r"[^\s\"'`,;{}\[\]=]+", part)}
        fields = {
            name: _masked(value, words)
            for name in diagnostic.__struct_fields__
            if isinstance(value := getattr(diagnostic, name), str | tuple)
        }
        yield replace(diagnostic, **fields)


def _masked(value: Any, words: set[str]) -> Any:
    if isinstance(value, tuple):
        return tuple(_masked(item, words) for item in value)
    if not isinstance(value, str):
        return value

    def hide(found: re.Match[str]) -> str:
        word = found[0]
        return MASK if len(word) >= _SHORTEST and word in words else word

    return re.sub(r"[^\s\"'`,;{}\[\]=]+", hide, value)
