"""Where the services and routes of a YAML source begin.

An item of a block sequence is read alike by itself and among others: nothing before its line
matters but its own indent (https://yaml.org/spec/1.2.2/#821-block-sequences). Only anchors do, so
parts are known for a document without any.
"""

from collections import deque
from itertools import pairwise
from typing import Any, ClassVar

from galc.frontend.source import Path, Source

#: Deeper collections aren't noted: the document is 0, a service 2, a route 4.
MAX_PART_DEPTH = 5


class Parts:
    """The beginnings of the services and routes of one source, in its order.

    Those of the sources that were composed last are kept (two can be compared): it is their
    findings that are shown.
    """

    kept: ClassVar[deque["Parts"]] = deque(maxlen=2)

    def __init__(self, source: Source) -> None:
        """See the class."""
        self.source = source
        self.starts: dict[Path, Any] = {}
        self.following: dict[Path, int] = {}
        self.lists: dict[int, str | None] = {}
        self.service = 0

    @classmethod
    def of(cls, source: Source) -> "Parts":
        """Those of a source, if it was composed lately; else there are none."""
        return next((parts for parts in cls.kept if parts.source is source), cls(source))

    def note(self, event: Any, depth: int, key: str | None, into: Any) -> None:
        """A collection begins, so many levels deep, in this one (under a key)."""
        if depth in (1, 3):
            self.lists[depth] = None if event.flow_style else key
        elif depth == 2 and self.lists[1] == "services":
            self.service = len(into)
            self.starts["services", self.service] = event.start_mark
        elif depth == 4 and self.lists[1] == "services" and self.lists[3] == "routes":
            self.starts["services", self.service, "routes", len(into)] = event.start_mark

    def keep(self) -> None:
        """Remember these."""
        Parts.kept.append(self)

    def text(self, path: Path) -> tuple[str, int] | None:
        """The lines of a part, and the number of the first one; None where that isn't known. Of no
        path, those before the first service.

        What follows in the text is at most one line that isn't the part's: where it ends shows
        in what comes next.
        """
        start = self.starts.get(path or ("services", 0))
        if start is None:
            return None
        text = self.source.text
        begin = start.index - start.column
        if text[begin : start.index].strip(" ") != "-":
            return None
        if not path:
            return (text[:begin], 0) if self.source.document is None else None
        end = self._end(path)
        return text[begin:end], start.line

    def _end(self, path: Path) -> int:
        if not self.following:
            paths = list(self.starts)
            for length in (2, 4):
                known = [found for found in paths if len(found) <= length]
                for one, other in pairwise(known):
                    if len(one) == length:
                        self.following[one] = self.starts[other].index
        following = self.following.get(path)
        if following is None:
            return len(self.source.text)
        return self.source.text.find("\n", following) + 1 or len(self.source.text)
