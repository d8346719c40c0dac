"""Findings as a list of JSON objects, with all that galc knows of each."""

import json
from typing import Any

from galc.diagnostics.findings import Finding, position, with_fingerprints


def written(findings: list[Finding]) -> str:
    """The list as text."""
    return dumped([_object(*pair) for pair in with_fingerprints(findings)])


def dumped(value: Any) -> str:
    """JSON text, indented, ending with a newline."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _object(finding: Finding, fingerprint: str) -> dict[str, Any]:
    name = finding.source.name
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "help": finding.help,
        "file": name,
        **position(finding.span),
        "related": [
            {"message": other.label, "file": other.source.name, **position(other.span)}
            for other in finding.related
        ],
        "fixable": bool(finding.diagnostic.edits()),
        "fingerprint": fingerprint,
    }
