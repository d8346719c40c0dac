"""Where the services and routes of a file lie, so that one can be located without the others."""

from galc.frontend.finding import Finder
from galc.frontend.gal.constructs import document_form, form_of
from galc.frontend.gal.grammar import grammar
from galc.frontend.gal.locating import Located, Part, starts_of_lines
from galc.frontend.gal.reading import start_of
from galc.frontend.source import Mark, Path
from galc.ir.document import Service

#: The statements that are parts, by the depth at which they stand.
_NAMES = ("service", "route")
_LISTS = ("services", "routes")


class Parts:
    """The statements of services and routes in a file without mistakes."""

    def __init__(self, text: str) -> None:
        """See the class."""
        self.text = text
        self.lines: list[int] = []
        self.ranges: dict[Path, tuple[int, int]] | None = None

    def mark(self, path: Path) -> Mark | None:
        """The mark of a service or a route; None where it has no statement of its own."""
        if self.ranges is None:
            self.lines = starts_of_lines(self.text)
            self.ranges = _ranges(self.text)
        bounds = self.ranges.get(path)
        if bounds is None:
            return None
        form = document_form() if len(path) == 2 else form_of(Service)
        located = Located(self.text, lambda _: None, Part(*bounds, self.lines))
        marks = located.marks(form).children.get(path[-2])
        return marks.children.get(0) if marks else None


def finder(text: str) -> Finder:
    """Turns places into spans."""
    return Finder(Located(text, lambda _: None).marks, lambda: None, Parts(text).mark)


def _ranges(text: str) -> dict[Path, tuple[int, int]]:
    """From where to where the statement of each service and route goes, by its path.

    None at all for a file that gives its services or routes in another form: then the statements
    can't be counted.
    """
    found: dict[Path, tuple[int, int]] = {}
    counts = [0, 0]
    open_parts: list[tuple[Path, int] | None] = [None, None]
    depth, fresh = 0, True

    def close(end: int) -> None:
        part = open_parts[depth] if depth < 2 else None
        if part is not None:
            found[part[0]] = (part[1], end)
            open_parts[depth] = None

    for match in grammar().scan.finditer(text, start_of(text)):
        raw = match[1]
        if raw == "{":
            depth += 1
            fresh = True
        elif not raw or raw[0] in ";\n":
            close(match.start(1))
            fresh = True
            if not raw:
                break
        elif raw == "}":
            close(match.start(1))
            depth -= 1
            close(match.end(1))
        elif fresh and depth < 2:
            fresh = False
            if depth == 0 or open_parts[0] is not None:
                if raw in _LISTS or raw[0] == '"':
                    return {}
                if raw == _NAMES[depth]:
                    above = open_parts[0][0] if depth and open_parts[0] else ()
                    open_parts[depth] = ((*above, _LISTS[depth], counts[depth]), match.start(1))
                    counts[depth] += 1
                    counts[1] = counts[1] if depth else 0
    return found
