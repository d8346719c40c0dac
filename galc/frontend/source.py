"""Source text, and places in it.

Both front ends compose a *tree*: dicts, lists and scalars, spelled with the language's own keys,
the same for the same document in either spelling. It carries no positions, so that good input
doesn't pay for them. A phase that finds something wrong names the place by its *path* in the tree;
only when a diagnostic is shown is the source read again, with marks (`Mark`), and the path turned
into a `Span`.
"""

from typing import Literal

from msgspec import Struct

#: Keys and indices from the root of the document: `("services", 0, "routes", 2, "methods")`.
Path = tuple[str | int, ...]
Spelling = Literal["yaml", "gal"]


class Span(Struct, frozen=True):
    """From (line, column) up to, not including, (end_line, end_column); 0-based, in characters."""

    line: int
    column: int
    end_line: int
    end_column: int


class Place(Struct, frozen=True):
    """A node of the document; with `key`, the name that it has in its mapping."""

    path: Path
    key: bool = False


class Mark(Struct):
    """Where a node of the tree stands. `key` is the span of its name, where it has one."""

    span: Span
    key: Span | None = None
    children: dict[str | int, "Mark"] = {}

    def find(self, place: Place) -> Span:
        """The span of a place, or of the nearest construct around it that the source has."""
        node, missing = self, False
        for step in place.path:
            child = node.children.get(step)
            if child is None:
                missing = True
                break
            node = child
        if (place.key or missing) and node.key is not None:
            return node.key
        return node.span


class Source(Struct, frozen=True):
    """A named text in one of the two spellings.

    `document` picks one of several in a YAML stream, counted from 1.
    """

    name: str
    text: str
    spelling: Spelling
    document: int | None = None
