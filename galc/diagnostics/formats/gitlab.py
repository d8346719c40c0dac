"""GitLab's Code Quality report, which a merge request shows as a widget and in its diff.

The fields are those of https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format:
`fingerprint` is unique in a report, `location.path` is relative to the repository and has no `./`.
"""

from hashlib import sha256
from typing import Any, Final

from galc.diagnostics import Severity
from galc.diagnostics.findings import Finding, with_fingerprints
from galc.diagnostics.formats.json import dumped
from galc.diagnostics.formats.paths import relative

_SEVERITIES: Final[dict[Severity, str]] = {"error": "critical", "warning": "minor", "note": "info"}


def written(findings: list[Finding]) -> str:
    """The report as text."""
    return dumped([_object(*pair) for pair in with_fingerprints(findings)])


def _object(finding: Finding, fingerprint: str) -> dict[str, Any]:
    path = relative(finding.source.name)
    help_text = finding.help
    return {
        "description": f"{finding.message}; {help_text}" if help_text else finding.message,
        "check_name": finding.code,
        "fingerprint": sha256(f"{path}\0{fingerprint}".encode()).hexdigest()[:32],
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": path, "lines": {"begin": finding.span.line + 1}},
    }
