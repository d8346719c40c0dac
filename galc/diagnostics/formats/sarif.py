"""SARIF 2.1.0, the interchange format of static analysis; GitHub code scanning reads it.

The properties are those of https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. The
rules are the diagnostic classes that occur; their text is the one that `galc explain` prints.
"""

from typing import Any, Final

from galc import __version__
from galc.diagnostics import Diagnostic
from galc.diagnostics.findings import Finding, with_fingerprints
from galc.diagnostics.formats.json import dumped
from galc.diagnostics.formats.paths import uri
from galc.frontend.source import Span

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: What the thousands of the codes are about. (SARIF's levels are galc's severities.)
_KINDS: Final = {
    "0": "reading", "1": "fields", "2": "names", "3": "meaning", "4": "targets", "5": "lint",
}  # fmt: skip


def written(findings: list[Finding]) -> str:
    """One run of galc as text."""
    kinds = sorted({type(finding.diagnostic) for finding in findings}, key=lambda kind: kind.code)
    index = {kind.code: at for at, kind in enumerate(kinds)}
    driver = {
        "name": "galc",
        "semanticVersion": __version__,
        "rules": [_rule(kind) for kind in kinds],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(*pair, index) for pair in with_fingerprints(findings)],
    }
    return dumped({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(kind: type[Diagnostic]) -> dict[str, Any]:
    explanation = " ".join((kind.__doc__ or "").split())
    markdown = explanation
    for word, text in kind.beside_example():
        markdown += f"\n\n{word}:\n\n```\n{text}```\n"
    if kind.bad:
        markdown += f"\n\nThis raises it:\n\n```\n{kind.bad}```\n"
        markdown += f"\nThis doesn't:\n\n```\n{kind.fix}```\n"
    return {
        "id": kind.code,
        "name": kind.__name__,
        "shortDescription": {"text": kind.title},
        "fullDescription": {"text": explanation},
        "help": {"text": explanation, "markdown": markdown},
        "defaultConfiguration": {"level": kind.default_severity},
        "properties": {"tags": [_KINDS[kind.code[3]]]},
    }


def _result(finding: Finding, fingerprint: str, index: dict[str, int]) -> dict[str, Any]:
    name = finding.source.name
    help_text = finding.help
    text = f"{finding.message}; {help_text}" if help_text else finding.message
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": finding.severity,
        "message": {"text": _message(text)},
        "locations": [{"physicalLocation": _physical(name, finding.span)}],
        "partialFingerprints": {"galc/v1": fingerprint},
    }
    if finding.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _physical(other.source.name, other.span),
                "message": {"text": _message(other.label)},
            }
            for number, other in enumerate(finding.related, 1)
        ]
    return result


def _message(text: str) -> str:
    """Text of a message; single braces would be placeholders (section 3.11.5)."""
    return text.replace("{", "{{").replace("}", "}}")


def _physical(name: str, span: Span) -> dict[str, Any]:
    """A place. The text itself is left out: a line of a gateway file may hold a password."""
    region = {
        "startLine": span.line + 1,
        "startColumn": span.column + 1,
        "endLine": span.end_line + 1,
        "endColumn": span.end_column + 1,
    }
    return {"artifactLocation": {"uri": uri(name)}, "region": region}
