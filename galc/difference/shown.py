"""Text of a document in a report: nothing in it can pass for a part of the report."""

import unicodedata

#: Control and format characters (those that turn the direction of text among them), lines and
#: paragraphs that end, and what no encoding can write.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})


def visible(text: str) -> str:
    r"""A text in one line, with what a terminal wouldn't show as escapes.

    >>> visible("a\nb\u202e")
    'a\\nb\\u202e'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _UNSEEN else char
        for char in text
    )


def quoted(text: str) -> str:
    """A text of a document for a terminal."""
    return f"`{visible(text)}`"


def code_span(text: str) -> str:
    """A text of a document for Markdown: a code span, in which nothing has a meaning.

    It is fenced by more backticks than stand in a row in it (CommonMark 0.31, section 6.1). A `|`
    is left alone, for no code span stands in a table.

    >>> code_span("a`b"), code_span("`")
    ('``a`b``', '`` ` ``')
    """
    text = visible(text)
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    fence = "`" * (longest + 1)
    pad = " " if not text or text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"
