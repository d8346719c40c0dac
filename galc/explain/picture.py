"""The routing tree as an inline SVG: hosts, path segments, methods, policies, services.

One line a route from left to right, with columns as wide as what stands in them. All measures are
in pixels at full size; texts are monospaced, so that their width is known without a browser.
"""

from collections.abc import Iterator
from html import escape
from itertools import groupby
from unicodedata import east_asian_width

from msgspec import Struct

from galc.difference.shown import visible
from galc.explain.marks import Losses, gravest
from galc.explain.policies import Chip, usual_chips
from galc.explain.tree import Row, rows
from galc.explain.verdict import counted
from galc.ir.gateway import Gateway, Route, Upstream

_ROW, _TOP, _LEFT, _INDENT = 30, 40, 16, 22
#: Advance of a character at 13 and at 11 pixels, in the widest of the usual fonts.
_WIDE, _SMALL = 7.9, 6.7
_LONGEST_HOST, _LONGEST_PATH, _LONGEST_METHODS = 80, 38, 24
_GAP, _SERVICE = 28, 340


class _Columns(Struct, frozen=True):
    """Where the columns begin."""

    methods: float
    policies: float
    services: float
    width: float


class _Run(Struct, frozen=True):
    """Lines that follow each other and lead to one service: from the first row to the last."""

    first: int
    last: int
    route: Route

    @property
    def top(self) -> float:
        """The upper edge of its box."""
        return _TOP + self.first * _ROW + 3

    @property
    def height(self) -> float:
        """The height of its box."""
        return (self.last - self.first + 1) * _ROW - 6


def cut(text: str, most: int) -> str:
    """A text that may be too long, without its middle.

    >>> cut("/a/rather/long/path", 11)
    '/a/ra…/path'
    """
    text = visible(text)
    if _cells(text) <= most:
        return text
    head, tail = most // 2, most - most // 2 - 1
    while _cells(text[:head]) > most // 2:
        head -= 1
    while _cells(text[-tail:]) > most - most // 2 - 1:
        tail -= 1
    return f"{text[:head]}…{text[-tail:]}"


def _cells(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


_FIRST_HEAD = "host and path"


class Picture:
    """Draws a gateway whose secrets are masked; `losses` marks what a target lacks."""

    def __init__(self, gateway: Gateway, losses: Losses) -> None:
        self.losses = losses
        self.rows = rows(gateway.routes)
        of_route = usual_chips(gateway.routes)
        self.chips = {i: of_route(row.route) for i, row in enumerate(self.rows) if row.route}
        self.columns = self._columns()
        self.runs = list(_runs(self.rows))
        self.count = len(gateway.upstreams)

    def _columns(self) -> _Columns:
        ends = [_label_end(row) for row in self.rows if row.parent is not None]
        methods = max(*ends, _LEFT + _cells(_FIRST_HEAD) * _SMALL, 0) + 28
        widest = max((_cells(_methods(row.route)) for row in self.rows if row.route), default=0)
        policies = methods + max(widest * _SMALL, 50) + 22
        end = max((_chips_end(policies, found) for found in self.chips.values()), default=0)
        services = max(end, policies + 60) + _GAP
        return _Columns(methods, policies, services, services + _SERVICE + _LEFT)

    def svg(self) -> str:
        """The whole picture."""
        width, height = round(self.columns.width), _TOP + len(self.rows) * _ROW + 16
        label = f"{counted(len(self.chips), 'route')} to {counted(self.count, 'service')}"
        parts = [
            f'<svg class="tree" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label="{label}">',
            *self._heads(),
            *self._branches(),
            *(part for i, row in enumerate(self.rows) for part in self._row(i, row)),
            *(part for run in self.runs for part in self._service(run)),
            "</svg>",
        ]
        return "\n".join(parts)

    def _heads(self) -> Iterator[str]:
        columns = self.columns
        first = ((_LEFT, _FIRST_HEAD), (columns.methods, "methods"))
        others = ((columns.policies, "policies"), (columns.services, "service"))
        for x, text in (*first, *others):
            yield f'<text class="head" x="{x:.0f}" y="26">{text}</text>'

    def _branches(self) -> Iterator[str]:
        """From each row down, and to the right to those that hang from it."""
        below: dict[int, list[int]] = {}
        for i, row in enumerate(self.rows):
            if row.parent is not None:
                below.setdefault(row.parent, []).append(i)
        for parent, children in below.items():
            x, to = _label_x(self.rows[parent]) + 4, _label_x(self.rows[children[0]]) - 4
            down = f"M{x:.0f} {_middle(parent) + 10:.0f}V{_middle(children[-1]):.0f}"
            right = "".join(f"M{x:.0f} {_middle(i):.0f}H{to:.0f}" for i in children)
            yield f'<path class="branch" d="{down}{right}"/>'

    def _row(self, index: int, row: Row) -> Iterator[str]:
        y = _middle(index) + 4.5
        kind = "host" if row.parent is None else "path" if row.route else "path shared"
        if row.route is None:
            yield _text(kind, _label_x(row), y, _label(row), row.label)
            return
        route = row.route
        told = self.losses.of_policy(route, "routes")
        kind = f"{kind} {gravest(told)}".strip()
        whole = "\n".join((row.label, f"route {route.name}", *(text for _, text in told)))
        start, end = _label_end(row) + 6, self.columns.services
        yield f'<path class="edge" d="M{start:.0f} {_middle(index):.0f}H{end:.0f}"/>'
        yield _text(kind, _label_x(row), y, _label(row), whole)
        every = " ".join(route.methods) or "every method"
        x = self.columns.methods
        yield _ground(x, y, _cells(_methods(route)) * _SMALL)
        yield _text("methods", x, y, _methods(route), every)
        x = self.columns.policies
        for chip in self.chips[index]:
            yield self._chip(chip, route, x, y)
            x += _chip_width(chip) + 6

    def _chip(self, chip: Chip, route: Route, x: float, y: float) -> str:
        told = self.losses.of_policy(route, chip.policy) if chip.policy != "routes" else []
        title = "\n".join((chip.sentence, *(text for _, text in told)))
        width = _chip_width(chip)
        return (
            f'<g class="chip {gravest(told)}"><title>{_escaped(title)}</title>'
            f'<rect x="{x:.0f}" y="{y - 14.5:.0f}" width="{width:.0f}" height="20" rx="10"/>'
            f'<text x="{x + width / 2:.0f}" y="{y - 0.5:.0f}" text-anchor="middle">'
            f"{escape(chip.text)}</text></g>"
        )

    def _service(self, run: _Run) -> Iterator[str]:
        x, upstream = self.columns.services, run.route.upstream
        told = self.losses.of_service(run.route)
        title = "\n".join((upstream.name, *_servers(upstream), *(text for _, text in told)))
        yield f'<g class="service {gravest(told)}"><title>{_escaped(title)}</title>'
        yield (
            f'<rect x="{x:.0f}" y="{run.top:.0f}" width="{_SERVICE}" '
            f'height="{run.height:.0f}" rx="6"/>'
        )
        name = cut(upstream.name, 22)
        yield f'<text class="name" x="{x + 12:.0f}" y="{run.top + 16.5:.1f}">{escape(name)}</text>'
        room = int((run.height - 24) // 16)
        if room == 0:
            x += 22 + _cells(name) * _WIDE
            room_for = int((self.columns.services + _SERVICE - 8 - x) // _SMALL)
            yield _server(x, run.top + 16.5, cut(_in_short(upstream), room_for))
        for number, text in enumerate(_server_lines(upstream, room)):
            yield _server(x + 12, run.top + 33 + 16 * number, cut(text, 46))
        yield "</g>"


def _runs(found: list[Row]) -> Iterator[_Run]:
    taking = [(i, row.route) for i, row in enumerate(found) if row.route is not None]
    for _, group in groupby(taking, lambda pair: pair[1].service):
        run = list(group)
        yield _Run(run[0][0], run[-1][0], run[0][1])


def _middle(index: int) -> float:
    return _TOP + index * _ROW + _ROW / 2


def _label_x(row: Row) -> float:
    return _LEFT + row.depth * _INDENT


def _label(row: Row) -> str:
    return cut(row.label, _LONGEST_HOST if row.parent is None else _LONGEST_PATH)


def _label_end(row: Row) -> float:
    return _label_x(row) + _cells(_label(row)) * _WIDE


def _methods(route: Route) -> str:
    """As many as there is room for, and how many more."""
    names = route.methods
    for count in range(len(names), 0, -1):
        more = f" +{len(names) - count}" if count < len(names) else ""
        text = " ".join(names[:count]) + more
        if len(text) <= _LONGEST_METHODS:
            return text
    return f"{len(names)} methods" if names else "every"


def _chip_width(chip: Chip) -> float:
    return _cells(chip.text) * _SMALL + 18


def _chips_end(start: float, found: list[Chip]) -> float:
    return start + sum(_chip_width(chip) + 6 for chip in found)


def _servers(upstream: Upstream) -> list[str]:
    weighted = len({target.weight for target in upstream.targets}) > 1
    texts = []
    for target in upstream.targets:
        weight = f" ×{target.weight}" if weighted else ""
        texts.append(f"{target.host}:{target.port}{weight}")
    return texts


def _in_short(upstream: Upstream) -> str:
    texts = _servers(upstream)
    return f"{texts[0]} +{len(texts) - 1}" if len(texts) > 1 else "".join(texts)


def _server_lines(upstream: Upstream, room: int) -> list[str]:
    """The servers, and how they are spoken to and chosen, in so many lines."""
    words = [word for word, holds in (("https", upstream.tls), ("HTTP/2", upstream.http2)) if holds]
    if len(upstream.targets) > 1:
        words.append(upstream.algorithm.replace("_", " "))
    words += ["sticky"] if upstream.sticky_cookie else []
    words += ["health checks"] if upstream.active or upstream.passive else []
    lines = [*_servers(upstream), *([", ".join(words)] if words else [])]
    if len(lines) <= room or not room:
        return lines[:room]
    if room == 1:
        return [_in_short(upstream)]
    return [*lines[: room - 1], f"and {len(upstream.targets) - room + 1} more"]


def _server(x: float, y: float, text: str) -> str:
    return f'<text class="server" x="{x:.0f}" y="{y:.1f}">{escape(text)}</text>'


def _ground(x: float, y: float, width: float) -> str:
    """What keeps a line from crossing a text."""
    left, top = x - 5, y - 14
    return (
        f'<rect class="ground" x="{left:.0f}" y="{top:.0f}" width="{width + 10:.0f}" height="20"/>'
    )


def _text(kind: str, x: float, y: float, text: str, title: str) -> str:
    return (
        f'<text class="{kind}" x="{x:.0f}" y="{y:.1f}">{escape(text)}'
        f"<title>{_escaped(title)}</title></text>"
    )


def _escaped(text: str) -> str:
    return "\n".join(escape(visible(line)) for line in text.split("\n"))
