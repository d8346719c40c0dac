"""One line a finding, as compilers write it: editors and `grep` read it."""

from galc.diagnostics.findings import Finding
from galc.diagnostics.formats.text import shown


def written(findings: list[Finding]) -> str:
    """`file:line:column: severity[code]: message`, and after a dash the help."""
    return "".join(f"{_line(finding)}\n" for finding in findings)


def _line(finding: Finding) -> str:
    place = f"{finding.source.name}:{finding.span.line + 1}:{finding.span.column + 1}"
    help_text = finding.help
    more = f" – {help_text}" if help_text else ""
    return shown(f"{place}: {finding.severity}[{finding.code}]: {finding.message}{more}")
