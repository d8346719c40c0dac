"""Diagnostics as text for people, and as JSON. Only here 0-based becomes 1-based."""

import json
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from galc.diagnostics import Diagnostic, in_order
from galc.frontend.source import Place, Source, Span

SpanOf = Callable[[Place | Span], Span]
_WIDEST = 160
_COLORS = {"error": "31", "warning": "33", "note": "36", "help": "32", "frame": "34"}
#: Control characters, and those that turn the direction of what follows.
_UNSHOWN = (
    *range(9),
    *range(10, 32),
    *range(127, 160),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)
_ESCAPES = {c: f"\\x{c:02x}" if c < 256 else f"\\u{c:04x}" for c in _UNSHOWN}


def as_text(
    source: Source, diagnostics: Iterable[Diagnostic], span_of: SpanOf, *, color: bool = False
) -> str:
    """Every diagnostic with the lines that it is about, in source order."""
    lines = source.text.splitlines() or [""]
    paint = _painter(color)
    blocks = [
        _block(source.name, lines, diagnostic, span, span_of, paint)
        for diagnostic, span in in_order(list(diagnostics), span_of)
    ]
    return "\n".join(blocks)


def as_json(source: Source, diagnostics: Iterable[Diagnostic], span_of: SpanOf) -> list[Any]:
    """Every diagnostic as a JSON object: code, severity, message, help, file, 1-based position."""
    return [
        {
            "code": diagnostic.code,
            "severity": diagnostic.severity,
            "message": diagnostic.message(),
            "help": diagnostic.help(),
            **_position(source.name, span),
            "related": [
                {"message": label, **_position(source.name, span_of(place))}
                for place, label in diagnostic.related()
            ],
        }
        for diagnostic, span in in_order(list(diagnostics), span_of)
    ]


def dump(values: Any) -> str:
    """JSON text, indented, ending with a newline."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def summary(diagnostics: Iterable[Diagnostic], *, notes: bool = True) -> str:
    """`2 errors, 1 warning`; empty when there is nothing to count."""
    counts = {"error": 0, "warning": 0, "note": 0}
    for diagnostic in diagnostics:
        counts[diagnostic.severity] += 1
    if not notes:
        del counts["note"]
    return ", ".join(f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in counts.items() if n)


def _position(name: str, span: Span) -> dict[str, Any]:
    return {
        "file": name,
        "line": span.line + 1,
        "column": span.column + 1,
        "end_line": span.end_line + 1,
        "end_column": span.end_column + 1,
    }


def _painter(color: bool) -> Callable[[str, str], str]:
    if not color:
        return lambda text, _: text
    return lambda text, kind: f"\x1b[1;{_COLORS[kind]}m{text}\x1b[0m"


def _block(
    name: str,
    lines: list[str],
    diagnostic: Diagnostic,
    span: Span,
    span_of: SpanOf,
    paint: Callable[[str, str], str],
) -> str:
    severity = diagnostic.severity
    related = [(span_of(place), label) for place, label in diagnostic.related()]
    widest = max(s.line for s in (span, *(s for s, _ in related))) + 1
    margin = " " * len(str(widest))
    frame = paint("|", "frame")
    out = [
        f"{paint(f'{severity}[{diagnostic.code}]', severity)}: {_shown(diagnostic.message())}",
        f"{margin}{paint('-->', 'frame')} {name}:{span.line + 1}:{span.column + 1}",
        f"{margin} {frame}",
        *_excerpt(lines, span, "", margin, paint, severity),
    ]
    for place, label in related:
        if place.line != span.line:
            out.append(f"{margin} {paint('::', 'frame')} line {place.line + 1}")
        out.extend(_excerpt(lines, place, label, margin, paint, "frame"))
    help_text = diagnostic.help()
    if help_text:
        out.append(f"{margin} {paint('=', 'frame')} {paint('help', 'help')}: {_shown(help_text)}")
    return "\n".join(out) + "\n"


def _excerpt(
    lines: list[str],
    span: Span,
    label: str,
    margin: str,
    paint: Callable[[str, str], str],
    kind: str,
) -> list[str]:
    text = lines[span.line] if span.line < len(lines) else ""
    end = span.end_column if span.end_line == span.line else len(text.rstrip())
    start = min(span.column, len(text))
    end = max(min(end, len(text)), start + 1)
    cut = max(0, start - _WIDEST // 2) if len(text) > _WIDEST else 0
    shown = text[cut : cut + _WIDEST]
    before, marked = text[cut:start], text[start : min(end, cut + _WIDEST)]
    carets = "^" * max(_width(marked), 1)
    number = str(span.line + 1).rjust(len(margin))
    frame = paint("|", "frame")
    lead = " " * _width(before) + (" " if cut else "")
    tail = f" {label}" if label else ""
    dots = "…" if cut else ""
    return [
        f"{paint(number, 'frame')} {frame} {dots}{_shown(shown)}",
        f"{margin} {frame} {lead}{paint(carets + tail, kind)}",
    ]


def _shown(text: str) -> str:
    """Text that a terminal shows as it is: tabs as spaces, control characters as escapes."""
    return text.replace("\t", "    ").translate(_ESCAPES)


def _width(text: str) -> int:
    """Columns that a terminal needs: two for wide characters, none for combining ones."""
    width = 0
    for char in _shown(text):
        if not unicodedata.combining(char):
            width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return width
