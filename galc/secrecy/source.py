"""Source lines as they may be shown: every character of a secret is an asterisk.

So columns stay what they are. Secrets are masked by place, because a value may be spelled with
escapes, and by value, because another line may repeat it.
"""

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from galc.compiler import read_places, read_tree
from galc.diagnostics import Diagnostic
from galc.diagnostics.findings import Finding
from galc.frontend.source import Path, Place, Source
from galc.ir.secrets import literal
from galc.secrecy.places import secret_places
from galc.secrecy.unreadable import masked_line, words_of

#: Shorter ones are masked by place only: a password `admin` would hide the path `/admin`.
_SHORTEST = 8
#: So many are looked for one by one.
_FEW = 50
#: A file with more secrets is searched only around what is shown.
_MANY = 500


def without_secrets(findings: list[Finding]) -> list[Finding]:
    """Findings whose source may be shown."""
    groups: dict[Source, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.source, []).append(finding)
    shown = {source: _around(source, group) for source, group in groups.items()}
    return [replace(finding, source=shown[finding.source]) for finding in findings]


def masked(source: Source) -> Source:
    """A whole source."""
    return _masked(source, None, None)


def _around(source: Source, findings: Iterable[Finding]) -> Source:
    lines: set[int] = set()
    owners: set[Path] = set()
    for finding in findings:
        lines.update(span.line for span in (finding.span, *(span for span, _ in finding.related)))
        if isinstance(finding.diagnostic.place, Place):
            owners.add(finding.diagnostic.place.path[:2])
    return _masked(source, lines, owners)


def _masked(source: Source, shown: set[int] | None, owners: set[Path] | None) -> Source:
    """`shown` are the lines that count, `owners` the services in which these are; None for all."""
    # As `lines_of` splits it; what ends the lines stays.
    breaks = "(\n)" if source.spelling == "gal" else "(\r\n|[\r\n\x85\u2028\u2029])"
    parts = re.split(breaks, source.text)
    lines = parts[::2]
    numbers = range(len(lines)) if shown is None else sorted(n for n in shown if n < len(lines))
    problems: list[Diagnostic] = []
    tree = read_tree(source, problems.append)
    if problems:
        # What couldn't be read isn't in the tree.
        _by_value(lines, numbers, words_of(source.text))
        for number in numbers:
            lines[number] = masked_line(lines[number])
    places = dict(secret_places(tree))
    if not places and not problems:
        return source
    if owners is not None and len(places) > _MANY:
        near = {path: value for path, value in places.items() if path[:2] in owners}
    else:
        near = places
    _by_place(source, lines, near)
    _by_value(lines, numbers, places.values())
    return _joined(source, lines, parts)


def _joined(source: Source, lines: list[str], parts: list[str]) -> Source:
    parts[::2] = lines
    return replace(source, text="".join(parts))


def _by_place(source: Source, lines: list[str], places: Mapping[Path, str]) -> None:
    finder = read_places(source)
    for path in places:
        span = finder.find(Place(path))
        for number in range(span.line, min(span.end_line, len(lines) - 1) + 1):
            text = lines[number]
            start = span.column if number == span.line else 0
            end = span.end_column if number == span.end_line else len(text)
            lines[number] = text[:start] + "*" * len(text[start:end]) + text[end:]


def _by_value(lines: list[str], numbers: Iterable[int], values: Iterable[str]) -> None:
    long = {value for value in map(literal, values) if len(value) >= _SHORTEST}
    if len(long) <= _FEW:
        for number in numbers:
            for value in long:
                lines[number] = lines[number].replace(value, "*" * len(value))
        return
    index: dict[str, set[str]] = {}
    for value in long:
        index.setdefault(value[:_SHORTEST], set()).add(value)
    for number in numbers:
        text = lines[number]
        for start in range(len(text) - _SHORTEST + 1):
            for value in index.get(text[start : start + _SHORTEST], ()):
                if text.startswith(value, start):
                    end = start + len(value)
                    text = text[:start] + "*" * len(value) + text[end:]
        lines[number] = text
