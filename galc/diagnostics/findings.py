"""A diagnostic with all that a format needs to show it: its source, its spans, its severity."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from msgspec import Struct

from galc.diagnostics import Diagnostic, Severity
from galc.diagnostics.spelling import in_gal
from galc.frontend.source import Place, Source, Span

SpanOf = Callable[[Place | Span], Span]
#: The severity that the user gives a diagnostic, or None for one that isn't wanted.
SeverityOf = Callable[[Diagnostic], Severity | None]


class Related(Struct, frozen=True):
    """Another place that has to do with a finding, perhaps in another file."""

    source: Source
    span: Span
    label: str


class Finding(Struct, frozen=True):
    """One diagnostic in one file; spans are 0-based, as everywhere before the formats."""

    diagnostic: Diagnostic
    severity: Severity
    source: Source
    span: Span
    related: tuple[Related, ...] = ()

    @property
    def code(self) -> str:
        """The diagnostic's code."""
        return self.diagnostic.code

    @property
    def message(self) -> str:
        """The diagnostic's sentence."""
        return self.diagnostic.message()

    @property
    def help(self) -> str | None:
        """The diagnostic's next step; what it says to write is in the spelling of the source."""
        text = self.diagnostic.help()
        # A target's advice names settings of the language, and isn't to be copied.
        is_advice = text is not None and not self.code.startswith("GAL4")
        return in_gal(text) if text and is_advice and self.source.spelling == "gal" else text


def own_severity(diagnostic: Diagnostic) -> Severity:
    """What the diagnostic says of itself."""
    return diagnostic.severity


def located(
    source: Source,
    diagnostics: Iterable[Diagnostic],
    span_of: SpanOf,
    severity_of: SeverityOf = own_severity,
) -> list[Finding]:
    """The wanted diagnostics with their spans, in source order; of several files, in the order in
    which they were read. What is said of one text twice, because aliases repeat it, is said once.
    """
    found: dict[tuple[Any, ...], Finding] = {}
    files = source.files
    for diagnostic in diagnostics:
        severity = severity_of(diagnostic)
        if severity is not None:
            others = ((span_of(place), label) for place, label in diagnostic.related())
            related = tuple(Related(files[span.file], span, label) for span, label in others)
            span = span_of(diagnostic.place)
            one = Finding(diagnostic, severity, files[span.file], span, related)
            places = tuple((other.span, other.label) for other in related)
            found.setdefault((_order(one), span, places), one)
    return [found[key] for key in sorted(found, key=lambda key: key[0])]


def _order(one: Finding) -> tuple[int, int, int, str, str]:
    return one.span.file, one.span.line, one.span.column, one.code, one.message


@lru_cache(maxsize=16)
def lines_of(source: Source) -> list[str]:
    """The lines of a source, as its own reader counts them.

    The `.gal` spelling knows one end of a line, LF. libyaml also takes CR, NEL, LS and PS for one.
    """
    text = source.text
    if source.spelling == "gal":
        return [line.removesuffix("\r") for line in text.split("\n")]
    if not any(mark in text for mark in "\r\x85\u2028\u2029"):
        return text.split("\n")
    import re

    return re.split("\r\n|[\r\n\x85\u2028\u2029]", text)


def line_of(finding: Finding) -> str:
    """The text of the line in which a finding begins."""
    lines = lines_of(finding.source)
    return lines[finding.span.line] if finding.span.line < len(lines) else ""


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """A name for each finding of one source that stays when lines around it come, go or move.

    It is made of the code, the sentence and the text of the line; of several findings that are
    alike in these, the first, the second and so on differ by their count.
    """
    from hashlib import sha256

    seen: dict[tuple[str, ...], int] = {}
    names = []
    for finding in findings:
        facts = (finding.code, finding.message, line_of(finding).strip())
        seen[facts] = count = seen.get(facts, 0) + 1
        names.append(sha256("\0".join((*facts, str(count))).encode()).hexdigest()[:32])
    return names


def by_source(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings grouped by the name of their source, in order."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.source.name, []).append(finding)
    return groups


def with_fingerprints(findings: Iterable[Finding]) -> list[tuple[Finding, str]]:
    """Each finding with its fingerprint within its source."""
    return [
        pair
        for group in by_source(findings).values()
        for pair in zip(group, fingerprints(group), strict=True)
    ]


def position(span: Span) -> dict[str, Any]:
    """A span as people count: from 1; the end column is the one after the last character."""
    return {
        "line": span.line + 1,
        "column": span.column + 1,
        "end_line": span.end_line + 1,
        "end_column": span.end_column + 1,
    }
