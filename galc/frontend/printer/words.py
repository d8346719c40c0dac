"""Values as words of the `.gal` spelling."""

from functools import lru_cache
from typing import Any, Final

from galc.frontend.gal.grammar import is_word
from galc.frontend.gal.scalars import Types, scalar
from galc.frontend.printer.yaml import escaped, float_text

_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def quoted(text: str) -> str:
    """A text in quotes."""
    return f'"{escaped(text, _ESCAPES)}"'


@lru_cache(4096)
def text_word(text: str) -> str:
    """A text as one word, in quotes where it needs them."""
    bare = text != "json" and is_word(text)
    return text if bare else quoted(text)


def word_of(value: Any, types: Types) -> str | None:
    """A scalar as the word that a field of these types reads as the same; None if there is none."""
    if isinstance(value, str):
        word = text_word(value)
        fits = word[0] == '"' or scalar(value, False, types) is value
        return word if fits else quoted(value)
    if value is None or isinstance(value, bool):
        word = {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, int):
        word = str(value)
    elif isinstance(value, float):
        word = float_text(value)
    else:
        return None
    return word if same(scalar(word, False, types), value) else None


def same(one: Any, other: Any) -> bool:
    """Equal in value and type: 1, 1.0 and True are three values."""
    return type(one) is type(other) and bool(one == other)


def words_of(values: list[Any], types: Types) -> list[str] | None:
    """The words of a list; None if one of its values has none."""
    words = [word_of(value, types) for value in values]
    known = [word for word in words if word is not None]
    return known if len(known) == len(words) else None
