"""Secrets in a text that can't be read: what stands after a word that announces one."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from galc.diagnostics import Diagnostic
from galc.ir.secrets import secret_names
from galc.secrecy.places import announces, known_names
from galc.secrecy.values import MASK, is_sensitive

#: A word, and what may be the value behind it: a quoted text, or words up to a mark or another
#: `name=`; in brackets all up to the end of the line.
_PAIR = re.compile(
    r"""(?<![\w./-])(?P<word>[A-Za-z][\w-]*)["']?(?P<sign>[ \t]*[:=][ \t]*|[ \t]+)"""
    r"""(?P<value>"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|[\[{][^\n]*"""
    r"""|[^\s;,{}\[\]"'=]+(?:[ \t]+[^\s;,{}\[\]"'=]+(?![^\s;,{}\[\]"'=]|[ \t]*=))*=*)"""
)
_BLOCKS = ("keys", "users")
#: Words of other statements that have `key` or a header beside them.
_PLAIN = frozenset({"key_header", "key_claim", "key_type", "header_name", "query_param"})
#: What comes later in a line isn't looked at, and not shown.
_LONGEST_LINE = 10_000
#: Shorter words are no secrets that a message would give away; longer ones are hidden anywhere.
_SHORTEST = 3
_SHORTEST_ANYWHERE = 8


def _secrets(line: str, named: Collection[str] = ()) -> Iterator[tuple[int, int]]:
    """From and to of what may be secret; `named` are words that announce a secret, too."""
    if len(line) > _LONGEST_LINE:
        yield _LONGEST_LINE, len(line)
    start = 0
    while found := _PAIR.search(line, start, _LONGEST_LINE):
        word, sign, value = found["word"], found["sign"].strip(), found["value"]
        is_block = value[0] in "[{"
        if word in named or (is_block and word in _BLOCKS and sign == ":"):
            hides = True
        elif is_block or word in _PLAIN:
            hides = False
        elif word == "key":
            hides = sign != "="  # that is a limit's
        elif word in secret_names():
            hides = True
        else:
            hides = word not in known_names() and (announces(word) or is_sensitive(word))
        if hides:
            yield found.span("value")
        start = found.end("value") if hides else found.end("word")


def masked_line(line: str, named: Collection[str] = ()) -> str:
    """A line without what may be secret in it, as long as before."""
    for start, end in list(_secrets(line, named)):
        line = line[:start] + re.sub(r"[^\s{}\[\];,\"'=]", "*", line[start:end]) + line[end:]
    return line


def words_of(text: str) -> set[str]:
    """The words of a text that may be secrets."""
    found: set[str] = set()
    for line in text.splitlines():
        for start, end in _secrets(line[:_LONGEST_LINE]):
            found.update(re.findall(r"[^\s\"'`,;{}\[\]=]+", line[start:end]))
    return found


def without_words(text: str, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The diagnostics of such a text without words of it that may be secret."""
    words: set[str] | None = None
    for diagnostic in diagnostics:
        if words is None:
            words = words_of(text)
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

    value = re.sub(r"[^\s\"'`,;{}\[\]=]+", hide, value)
    for word in words:
        if len(word) >= _SHORTEST_ANYWHERE:
            value = value.replace(word, MASK)
    return value
