"""Words, blocks and statements of a `.gal` file."""

import re
from typing import Final, NamedTuple


class Token:
    """A word. `text` is what it says, `quoted` whether it says so in quotes.

    A property has its two sides in `name` and `value` besides. Offsets count from the start of the
    file; in the first reading, which shares tokens, they mean nothing.
    """

    __slots__ = ("end", "name", "quoted", "start", "text", "type", "value")

    def __init__(self, type: str, text: str, start: int, end: int, quoted: bool = False) -> None:
        """See the class."""
        self.type = type
        self.text = text
        self.start = start
        self.end = end
        self.quoted = quoted
        self.name: Token | None = None
        self.value: Token | None = None

    def part(self, first: int, last: int) -> "Token":
        """Some of the characters, as a word of its own; also of a quoted word, where they lie."""
        length, extra = self.end - self.start, 1 if self.quoted else 0
        if length != len(self.text) + 2 * extra:
            return Token("WORD", self.text[first:last], self.start, self.end)
        start = self.start + extra
        return Token("WORD", self.text[first:last], start + first, start + last)


class Block(NamedTuple):
    """What stands between two braces."""

    open: Token
    items: "list[Statement]"
    close: Token


Statement = tuple[Token, list[Token], Block | None]


def clipped(text: str) -> str:
    """A word as a message shows it."""
    return text if len(text) <= 60 else text[:60] + "…"


def is_bare(word: Token, text: str) -> bool:
    """Whether a word says just this, without quotes."""
    return word.text == text and not word.quoted


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES: Final = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class EscapeError(Exception):
    """An escape that the language doesn't have, at an offset from the string's quote."""

    def __init__(self, offset: int, text: str) -> None:
        """See the class."""
        super().__init__()
        self.offset = offset
        self.text = text


def _unescaped(raw: str) -> str:
    """What a string between its quotes says."""
    if "\\" not in raw:
        return raw[1:-1]

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] not in _ESCAPES:
            raise EscapeError(match.start() + 1, match[0])
        return _ESCAPES[match[2]]

    text = _ESCAPE.sub(replace, raw[1:-1])
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def read_token(type: str, raw: str, start: int) -> Token:
    """A token of the grammar; `raw` is its text in the file."""
    end = start + len(raw)
    if type == "STRING":
        return Token(type, _unescaped(raw), start, end, quoted=True)
    token = Token(type, raw, start, end)
    if type == "PROPERTY":
        split = raw.index("=")
        token.name = Token("WORD", raw[:split], start, start + split)
        kind = "STRING" if raw[split + 1] == '"' else "WORD"
        token.value = read_token(kind, raw[split + 1 :], start + split + 1)
    return token


END_OF_FILE: Final = Token("$END", "", 0, 0)
