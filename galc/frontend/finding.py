"""Where a place of the document stands in its source, without reading all of it again.

Most findings stand in a service or a route. A front end that knows where these begin reads just
those again that are asked for, or what stands before the first service; for any other place it
reads the whole source, once.
"""

from collections.abc import Callable
from functools import cache
from typing import Protocol

from galc.frontend.source import Mark, Path, Place, Span

#: The lengths of paths of parts: of a route (`services`, 0, `routes`, 2) and of a service.
_PARTS = (4, 2)


class Part(Protocol):
    """The text of a service or a route."""

    def find(self, place: Place) -> Span | None:
        """The span of a place in it, as `Mark.find` would say it; None where it can't tell."""


class Finder:
    """Turns places into spans, as the marks of the whole source would.

    `read_head` gives the mark of what stands before the services, and `read_part` a service or a
    route by its path; or None where they can't.
    """

    def __init__(
        self,
        read_whole: Callable[[], Mark],
        read_head: Callable[[], Mark | None],
        read_part: Callable[[Path], Part | None],
    ) -> None:
        self.read_whole = read_whole
        self.read_head = cache(read_head)
        self.read_part = read_part
        self.parts: dict[Path, Part | None] = {}
        self.whole: Mark | None = None

    def find(self, place: Place) -> Span:
        """The span of a place, or of the nearest construct around it that the source has."""
        path = place.path
        for length in _PARTS if self.whole is None else ():
            part = self.part(path[:length]) if len(path) >= length else None
            span = part.find(Place(path[length:], place.key)) if part else None
            if span is not None:
                return span
        if self.whole is None:
            head = self.read_head()
            if head is not None and path and path[0] in head.children:
                return head.find(place)
            self.whole = self.read_whole()
        return self.whole.find(place)

    def part(self, path: Path) -> Part | None:
        """A service or a route."""
        if path not in self.parts:
            self.parts[path] = self.read_part(path)
        return self.parts[path]
