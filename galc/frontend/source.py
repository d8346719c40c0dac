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
#: The number of a file, and a path in that file's own tree.
Origin = tuple[int, Path]
Spelling = Literal["yaml", "gal"]


class Span(Struct, frozen=True):
    """From (line, column) up to, not including, (end_line, end_column); 0-based, in characters.

    `file` is the number of the file among those that a source is composed of.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    file: int = 0


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

    @property
    def files(self) -> "tuple[Source, ...]":
        """The files that it is made of; spans count them."""
        return (self,)

    @property
    def title(self) -> str:
        """What it is called as a whole."""
        return self.name

    def origin(self, path: Path) -> Origin:
        """The file in which a path of the whole tree stands, and its path there."""
        return 0, path


def source_of(name: str, text: str) -> Source:
    """A text named like a file, whose ending tells the spelling."""
    return Source(name, text, "gal" if name.endswith(".gal") else "yaml")


class Composed(Source, frozen=True):
    """A source with other files: what it includes, and what lies over it.

    It has the name and the text of the file that was asked for, which is the first of `parts`.
    `overlays` are the numbers of those that lie over it, in order. `origins` are those of the
    whole tree.
    """

    parts: tuple[Source, ...] = ()
    overlays: tuple[int, ...] = ()
    origins: "Origins | None" = None

    @property
    def files(self) -> tuple[Source, ...]:
        """See `Source`."""
        return self.parts

    @property
    def title(self) -> str:
        """See `Source`."""
        return " + ".join((self.name, *(self.parts[number].name for number in self.overlays)))

    def origin(self, path: Path) -> Origin:
        """See `Source`."""
        return self.origins.of(path) if self.origins else (0, path)


class Origins(Struct):
    """Where the parts of a tree come from, as a tree itself.

    What has no origin of its own comes from below that of the part around it, and with none around
    it from the same path of the first file.
    """

    own: Origin | None = None
    below: dict[str | int, "Origins"] = {}

    def of(self, path: Path) -> Origin:
        """The origin of a path."""
        node: Origins | None = self
        known, at = self.own or (0, ()), 0
        for length, step in enumerate(path, 1):
            node = node.below.get(step) if node else None
            if node is None:
                break
            if node.own is not None:
                known, at = node.own, length
        return known[0], known[1] + path[at:]

    def at(self, path: Path) -> "Origins":
        """What is known below a path."""
        node = self
        for step in path:
            node = node.below.setdefault(step, Origins())
        return node

    def put(self, path: Path, origin: Origin) -> None:
        """A part comes from elsewhere; what is in it keeps origins of its own."""
        self.at(path).own = origin

    def forget(self, path: Path, origin: Origin) -> None:
        """A part is gone, with all that was in it; that it isn't there has an origin, too."""
        node = self.at(path)
        node.own = origin
        node.below = {}

    def keep(self, path: Path, numbers: list[int]) -> None:
        """Of the items of a list those with these numbers are left, in order."""
        node = self.at(path)
        below: dict[str | int, Origins] = {}
        for new, old in enumerate(numbers):
            item = node.below.get(old, Origins())
            if new != old and item.own is None:
                item.own = self.of((*path, old))
            if item.own is not None or item.below:
                below[new] = item
        node.below = below
