"""The first reading: no positions, and an end at the first mistake.

Equal words are one token here, which is most of what makes it fast.
"""

from collections.abc import Iterator

from galc.frontend.gal.builder import MAX_DEPTH, MistakeError
from galc.frontend.gal.grammar import Parser, UnexpectedTokenError, grammar
from galc.frontend.gal.tokens import EscapeError, Statement, Token, read_token
from galc.frontend.recovery import CONTROL

#: What the parser's stack can hold at most when no block is deeper than `MAX_DEPTH`.
_MAX_STACK = 6 * (MAX_DEPTH + 1)
_CHUNK = 1 << 16


class _Tokens(dict[str, Token]):
    """The tokens of a file by their text. What type a token has depends on nothing else."""

    def __missing__(self, raw: str) -> Token:
        match = grammar().classify.fullmatch(raw)
        if not match or not match.lastgroup:
            raise MistakeError
        try:
            token = read_token(match.lastgroup, raw, 0)
        except EscapeError:
            raise MistakeError from None
        if match.lastgroup != "END" and CONTROL.search((token.value or token).text):
            raise MistakeError
        self[raw] = token
        return token


def start_of(text: str) -> int:
    """Where a text begins: after a byte order mark."""
    return 1 if text.startswith("\ufeff") else 0


def _chunks(text: str) -> Iterator[str]:
    """The text in pieces that end with a line, so that not all of its words are held at once."""
    start = start_of(text)
    while start < len(text):
        end = text.find("\n", start + _CHUNK) + 1 or len(text)
        yield text[start:end]
        start = end


def parsed(text: str) -> list[Statement]:
    """The statements of a file without mistakes."""
    parser, scan, tokens = Parser(), grammar().scan, _Tokens()
    try:
        for chunk in _chunks(text):
            words = scan.findall(chunk)
            while words and not words[-1]:
                words.pop()
            parser.feed(map(tokens.__getitem__, words))
            if len(parser.states) > _MAX_STACK:
                raise MistakeError
        return parser.end()
    except UnexpectedTokenError:
        raise MistakeError from None
