"""Diagnostics of one source as text, and their count."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from galc.diagnostics import Diagnostic, Severity
from galc.diagnostics.findings import SpanOf, located
from galc.frontend.source import Path, Source


class Weighed(Protocol):
    """Something with a severity: a diagnostic, or a finding."""

    @property
    def severity(self) -> Severity:
        """How grave it is."""


def as_text(
    source: Source,
    diagnostics: Iterable[Diagnostic],
    span_of: SpanOf,
    *,
    color: bool = False,
    known: Mapping[Path, str] | None = None,
) -> str:
    """Every diagnostic with the lines that it is about, in source order. `known` are secrets of the
    source by their places, where they needn't be looked for."""
    from galc.diagnostics.formats import text
    from galc.secrecy.source import without_secrets

    findings = without_secrets(located(source, diagnostics, span_of), source.files, known)
    return text.written(findings, color=color)


def summary(found: Iterable[Weighed], *, notes: bool = True) -> str:
    """`2 errors, 1 warning`; empty when there is nothing to count."""
    counts = {"error": 0, "warning": 0, "note": 0}
    for one in found:
        counts[one.severity] += 1
    if not notes:
        del counts["note"]
    return ", ".join(f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in counts.items() if n)
