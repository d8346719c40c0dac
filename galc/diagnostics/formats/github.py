"""Workflow commands, which make a GitHub Actions run annotate the lines of a pull request.

The form is `::error file=…,line=…,col=…::message`. The runner splits at `::`, `,` and `=` and then
decodes `%0D`, `%0A`, `%3A`, `%2C` and `%25`, the colon and the comma in properties only
(github.com/actions/runner, src/Runner.Common/ActionCommand.cs). Columns count only when the
annotation lies within one line (github.com/actions/toolkit, packages/core/src/core.ts).
"""

from typing import Final

from galc.diagnostics import Severity
from galc.diagnostics.findings import Finding
from galc.diagnostics.formats.paths import relative

_COMMANDS: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "note": "notice"}
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = {**_DATA, **str.maketrans({":": "%3A", ",": "%2C"})}


def written(findings: list[Finding]) -> str:
    """One command a finding, each in a line of its own."""
    return "".join(f"{_command(finding)}\n" for finding in findings)


def _command(finding: Finding) -> str:
    span = finding.span
    properties = {
        "file": relative(finding.source.name),
        "line": str(span.line + 1),
        "endLine": str(span.end_line + 1),
        "title": f"{finding.code} {finding.diagnostic.title}",
    }
    if span.line == span.end_line:
        # An annotation's last column is one that it covers.
        last = max(span.end_column, span.column + 1)
        properties |= {"col": str(span.column + 1), "endColumn": str(last)}
    listed = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    help_text = finding.help
    message = f"{finding.message}\n{help_text}" if help_text else finding.message
    return f"::{_COMMANDS[finding.severity]} {listed}::{message.translate(_DATA)}"
