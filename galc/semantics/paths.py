"""Path normalisation (language section 3): no spelling of a path gets around its route.

The client's `%XX` of an unreserved character is decoded, dot segments are resolved as RFC 3986
section 5.2.4 says, slashes that stand together are merged; in this order.
"""

import re
from typing import NamedTuple

from galc.passes.matching import ENCODED_SLASH, decoded


class Split(NamedTuple):
    """A normal path, and the query with its `?` as the client wrote it, or nothing."""

    path: str
    query: str


def normalised(target: str) -> Split | None:
    """The path that routes are compared with, or None where the answer is 400.

    >>> normalised("/a/../%62//c?d=%2F")
    Split(path='/b/c', query='?d=%2F')
    >>> normalised("/a%2Fb") is None
    True
    """
    path, mark, query = target.partition("?")
    if not path.startswith("/") or "\\" in path or ENCODED_SLASH.search(path):
        return None
    resolved = _without_dots(decoded(path))
    if resolved is None:
        return None
    return Split(re.sub("/{2,}", "/", resolved), mark + query)


def _without_dots(path: str) -> str | None:
    """None where `..` goes above the root."""
    kept: list[str] = []
    segments = path[1:].split("/")
    for segment in segments:
        if segment == ".." and not kept:
            return None
        if segment == "..":
            kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
