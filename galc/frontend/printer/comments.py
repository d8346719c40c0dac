"""The comments of a source, and the nodes of the tree that they speak about."""

import re
from collections.abc import Iterator

from galc.frontend.printer.lines import Comment
from galc.frontend.source import Source

#: What YAML has no place for, not even in a comment, or takes for the end of a line.
_UNPRINTABLE = re.compile(
    "[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+"
)
_COMMENT_OR_EMPTY_LINE = re.compile(r"#|\n[ \t\r]*\n")


def comments_of(source: Source) -> list[Comment]:
    """The comments and the empty lines of a source that could be read, in their order."""
    if not _COMMENT_OR_EMPTY_LINE.search(source.text):
        return []
    if source.spelling == "gal":
        from galc.frontend.printer.gal_comments import comments
    else:
        from galc.frontend.printer.yaml_comments import comments
    return [
        comment._replace(text=_UNPRINTABLE.sub(" ", comment.text).rstrip())
        for comment in comments(source)
    ]


def before_empty_lines(lines: list[str]) -> Iterator[int]:
    """The last of each group of empty lines that has something after it."""
    for at, line in enumerate(lines[:-1]):
        if not line.strip() and lines[at + 1].strip():
            yield at
