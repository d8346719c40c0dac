"""Findings for people: header, place, the lines that they are about, and one next step."""

import unicodedata
from collections.abc import Callable

from galc.diagnostics.findings import Finding, lines_of
from galc.frontend.source import Span

#: The most of a line that is shown, in columns of a terminal.
WIDEST = 160
#: What stays before a mark when the line before it is cut.
_CONTEXT = 80
_COLORS = {"error": "31", "warning": "33", "note": "36", "help": "32", "frame": "34"}
#: Control characters, what breaks a line, and what turns the direction of what follows.
_UNSHOWN = (
    *range(9),
    *range(10, 32),
    *range(127, 160),
    0x061C,
    *range(0x200E, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
)
_ESCAPES = {c: f"\\x{c:02x}" if c < 256 else f"\\u{c:04x}" for c in _UNSHOWN}

Paint = Callable[[str, str], str]


def written(findings: list[Finding], *, color: bool = False) -> str:
    """Every finding as a block, with an empty line between two."""
    paint: Paint = _colored if color else lambda text, _: text
    return "\n".join(_block(finding, paint) for finding in findings)


def shown(text: str) -> str:
    """Text that a terminal shows as it is: tabs as spaces, control characters as escapes."""
    return text if text.isprintable() else text.replace("\t", "    ").translate(_ESCAPES)


def width(text: str) -> int:
    """Columns that a terminal needs: two for wide characters, none for those that join others.

    >>> width("ab"), width("日本"), width("e\u0301"), width("\t")
    (2, 4, 1, 4)
    """
    text = shown(text)
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _colored(text: str, kind: str) -> str:
    return f"\x1b[1;{_COLORS[kind]}m{text}\x1b[0m"


def _block(finding: Finding, paint: Paint) -> str:
    mark = _Mark(finding.span, "^", finding.diagnostic.label() or "", finding.severity)
    marks: dict[str, list[_Mark]] = {finding.source.name: [mark]}
    sources = {finding.source.name: finding.source}
    for other in finding.related:
        sources.setdefault(other.source.name, other.source)
        mark = _Mark(other.span, "-", other.label, "frame")
        marks.setdefault(other.source.name, []).append(mark)
    widest = max(mark.span.line for some in marks.values() for mark in some) + 1
    margin = " " * len(str(widest))
    span, severity = finding.span, finding.severity
    head = paint(f"{severity}[{finding.code}]", severity)
    out = [
        f"{head}: {shown(finding.message)}",
        f"{margin}{paint('-->', 'frame')} "
        f"{shown(finding.source.name)}:{span.line + 1}:{span.column + 1}",
        f"{margin} {paint('|', 'frame')}",
    ]
    for name, source in sources.items():
        if source is not finding.source:
            first = marks[name][0].span
            place = f"{shown(name)}:{first.line + 1}:{first.column + 1}"
            out += [f"{margin}{paint(':::', 'frame')} {place}", f"{margin} {paint('|', 'frame')}"]
        out += _excerpt(lines_of(source), marks[name], margin, paint)
    help_text = finding.help
    if help_text:
        out.append(f"{margin} {paint('=', 'frame')} {paint('help', 'help')}: {shown(help_text)}")
    return "\n".join(out) + "\n"


class _Mark:
    """A span to be underlined, with the character for it, its label and its colour."""

    def __init__(self, span: Span, sign: str, label: str, kind: str) -> None:
        self.span = span
        self.sign = sign
        self.label = label
        self.kind = kind

    def within(self, text: str) -> tuple[int, int]:
        """From and to, in characters of its first line; at least one, which may lie behind it."""
        end = self.span.end_column if self.span.end_line == self.span.line else len(text.rstrip())
        start = min(self.span.column, len(text))
        return start, max(min(end, len(text)), start + 1)


def _excerpt(lines: list[str], marks: list[_Mark], margin: str, paint: Paint) -> list[str]:
    """The marked lines from top to bottom, each once, `...` where some are left out."""
    out: list[str] = []
    before: int | None = None
    frame = paint("|", "frame")
    for line in sorted({mark.span.line for mark in marks}):
        if before is not None and line > before + 1:
            out.append(paint("...", "frame"))
        text = lines[line] if line < len(lines) else ""
        number = paint(str(line + 1).rjust(len(margin)), "frame")
        first, last = 1, 0  # no part of the line is shown yet
        for mark in (mark for mark in marks if mark.span.line == line):
            start, end = mark.within(text)
            if not first <= start <= last or (end > last and last < len(text)):
                first, last = _window(text, start)
                dots = "…" if first else "", "…" if last < len(text.rstrip()) else ""
                out.append(f"{number} {frame} {dots[0]}{shown(text[first:last])}{dots[1]}".rstrip())
            lead = " " * (width(text[first:start]) + (1 if first else 0))
            signs = mark.sign * max(width(text[start : min(end, last)]), 1)
            label = f" {shown(mark.label)}" if mark.label else ""
            out.append(f"{margin} {frame} {lead}{paint(signs + label, mark.kind)}")
        before = line
    return out


def _window(text: str, start: int) -> tuple[int, int]:
    """Which characters of a line are shown when one of them must be."""
    if len(text) <= WIDEST and width(text) <= WIDEST:
        return 0, len(text)
    base = max(0, start - 2 * WIDEST)  # a line may have a million characters
    columns = [width(char) for char in text[base : start + 2 * WIDEST]]
    first = start - base
    room = max(_CONTEXT, WIDEST - sum(columns[first:]))
    while first > 0 and columns[first - 1] <= room:
        first -= 1
        room -= columns[first]
    last, room = first, WIDEST
    while last < len(columns) and columns[last] <= room:
        room -= columns[last]
        last += 1
    return base + first, base + last
