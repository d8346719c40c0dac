"""Reading a source by the front end of its spelling."""

from typing import Any, Protocol

from msgspec.structs import replace

from galc.diagnostics import Report
from galc.frontend.finding import Finder
from galc.frontend.recovery import Recovered
from galc.frontend.source import Composed, Mark, Place, Source, Span


def _front_end(source: Source) -> Any:
    if source.spelling == "gal":
        from galc.frontend import gal

        return gal
    from galc.frontend import yaml

    return yaml


def recover(source: Source, report: Report) -> Recovered:
    """What can be read of one file, and the paths of what is wrong in it, which is reported."""
    found: Recovered = _front_end(source).recover(source, report)
    return found


def read_tree(source: Source, report: Report) -> dict[str, Any] | None:
    """One file as a tree of plain values, or None when it can't be read."""
    tree: dict[str, Any] | None = _front_end(source).compose(source, report)
    return tree


def read_marks(source: Source) -> Mark:
    """Where every node of one file stands; read again only when something is to be shown."""
    found: Mark = _front_end(source).marks(source)
    return found


class Places(Protocol):
    """Turns places of a source into spans."""

    def find(self, place: Place) -> Span:
        """The span of a place, or of the nearest construct around it that the source has."""


class _PlacesOfSeveral:
    """Those of a source that is composed of files. It reads no more of them than it must."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.finders: dict[int, Finder] = {}

    def find(self, place: Place) -> Span:
        """See `Places`."""
        number, path = self.source.origin(place.path)
        if number not in self.finders:
            self.finders[number] = finder_of(self.source.files[number])
        span = self.finders[number].find(Place(path, place.key))
        return replace(span, file=number) if number else span


def finder_of(source: Source) -> Finder:
    """What finds places of one file; a part at a time, where only some are asked for."""
    found: Finder = _front_end(source).finder(source)
    return found


def read_places(source: Source) -> Places:
    """Where places of a source stand, for those who ask for some of them."""
    return _PlacesOfSeveral(source) if isinstance(source, Composed) else finder_of(source)


def span_of(place: Place | Span, places: Places | None) -> Span:
    """The span of a place, given the source's `places`."""
    if isinstance(place, Span):
        return place
    assert places is not None
    return places.find(place)
