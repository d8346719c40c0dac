"""A comparison as text for people, as Markdown for a pull request, and as JSON.

Only here 0-based becomes 1-based.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from galc.compiler import Checked
from galc.difference import differences
from galc.difference.changes import RISKS, Quote, Risk
from galc.difference.fidelity import Fidelity
from galc.difference.fidelity import compare as fidelity
from galc.difference.findings import (
    PolicyChanged,
    RequestsAccepted,
    RequestsRefused,
    RequestsRerouted,
)
from galc.difference.places import Located, locate
from galc.difference.regions import Region, Some
from galc.difference.shown import code_span, quoted, visible
from galc.frontend.source import Span
from galc.targets import Target

_COLORS: dict[Risk, str] = {
    "security-opening": "31",
    "security-changing": "33",
    "behaviour": "36",
    "cosmetic": "34",
}


class Report(Struct, frozen=True):
    """All that was found, with the names of both files; and of all files that each is made of."""

    old: str
    new: str
    findings: tuple[Located, ...]
    targets: tuple[Fidelity, ...] = ()
    olds: tuple[str, ...] = ()
    news: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[Risk, int]:
        """How many findings there are of each risk, gravest first."""
        found = Counter(located.finding.risk for located in self.findings)
        return {risk: found[risk] for risk in RISKS}


def compared(old: Checked, new: Checked, targets: list[Target]) -> Report:
    """Compare two files without errors, and what targets make of them."""
    assert old.state is not None and new.state is not None
    found = differences(old.state, new.state)
    told = tuple(fidelity(old, new, target) for target in targets)
    found += [finding for each in told for finding in each.findings]
    found.sort(key=lambda finding: RISKS.index(finding.risk))
    olds, news = (tuple(file.name for file in side.source.files) for side in (old, new))
    located = tuple(locate(found, old, new))
    return Report(old.source.title, new.source.title, located, told, olds, news)


def summary(report: Report) -> str:
    """`3 differences: 1 security-opening, 2 behaviour`."""
    total = len(report.findings)
    if not total:
        return "no difference in meaning"
    parts = ", ".join(f"{count} {risk}" for risk, count in report.counts.items() if count)
    return f"{total} difference{'s' if total > 1 else ''}: {parts}"


def _by_risk(report: Report) -> Iterator[tuple[Risk, list[Located]]]:
    for risk in RISKS:
        found = [located for located in report.findings if located.finding.risk == risk]
        if found:
            yield risk, found


def _places(report: Report, located: Located) -> list[str]:
    sides = ((report.olds, located.old), (report.news, located.new))
    return [
        f"{names[span.file]}:{span.line + 1}:{span.column + 1}" for names, span in sides if span
    ]


def as_text(report: Report, *, color: bool = False) -> str:
    """The findings by risk, each with its places in both files."""
    lines: list[str] = []
    for risk, found in _by_risk(report):
        lines += [f"\x1b[1;{_COLORS[risk]}m{risk}\x1b[0m" if color else risk, ""]
        for located in found:
            places = " -> ".join(map(visible, _places(report, located)))
            lines.append(f"  {located.finding.headline(quoted)}")
            lines += [f"    - {detail}" for detail in located.finding.details(quoted)]
            lines += [f"    {places}"] if places else []
        lines.append("")
    lines += [each.summary() for each in report.targets]
    return "\n".join([*lines, summary(report), ""])


_TITLES: dict[Risk, str] = {
    "security-opening": "Opens something",
    "security-changing": "Changes what protects",
    "behaviour": "Changes behaviour",
    "cosmetic": "Cosmetic",
}


def as_markdown(report: Report) -> str:
    """The same for a comment on a pull request."""
    lines = [f"### {code_span(report.old)} → {code_span(report.new)}: {summary(report)}", ""]
    for risk, found in _by_risk(report):
        lines += [f"#### {_TITLES[risk]} ({risk})", ""]
        for located in found:
            places = " → ".join(map(code_span, _places(report, located)))
            lines.append(f"- {_sentence(located, code_span)}" + (f" ({places})" if places else ""))
            lines += [f"  - {detail}" for detail in located.finding.details(code_span)]
        lines.append("")
    for each in report.targets:
        lines += [f"{each.summary()}.", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _sentence(located: Located, quote: Quote) -> str:
    where, mark, what = located.finding.headline(quote).partition(": ")
    is_security = located.finding.risk == "security-opening"
    return f"**{where}**{mark}{what}" if mark and is_security else f"{where}{mark}{what}"


def as_json(report: Report) -> str:
    """An object with the same keys for every finding; null where one doesn't apply."""
    value = {
        "old": report.old,
        "new": report.new,
        "differences": [_object(report, located) for located in report.findings],
        "targets": [_target(each) for each in report.targets],
        "summary": {"differences": len(report.findings), "by_risk": report.counts},
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _target(fidelity: Fidelity) -> dict[str, Any]:
    return {
        "target": fidelity.target.name,
        "old_builds": fidelity.old_builds,
        "new_builds": fidelity.new_builds,
        "artifacts_differ": fidelity.artifacts_differ,
    }


def _object(report: Report, located: Located) -> dict[str, Any]:
    finding = located.finding
    changes = getattr(finding, "changes", ())
    change = getattr(finding, "change", None)
    return {
        "risk": finding.risk,
        "kind": finding.kind,
        "message": finding.headline(_plain),
        "requests": _requests(finding),
        "services": list(getattr(finding, "services", ())) or None,
        "changes": [_change(each) for each in (changes or ((change,) if change else ()))],
        "target": getattr(finding, "target", None),
        "feature": getattr(finding, "feature", None),
        "old": _side(report.olds, located.old, getattr(finding, "before", None)),
        "new": _side(report.news, located.new, getattr(finding, "after", None)),
    }


def _plain(text: str) -> str:
    return f"`{text}`"


def _requests(finding: Any) -> list[dict[str, Any]] | None:
    if isinstance(finding, PolicyChanged):
        return [_region(region) for region in finding.where.regions]
    if isinstance(finding, RequestsAccepted | RequestsRefused | RequestsRerouted):
        return [_region(region) for region in finding.regions]
    return None


def _region(region: Region) -> dict[str, Any]:
    return {
        "paths": list(region.paths),
        "methods": _some(region.methods),
        "hosts": _some(region.hosts),
    }


def _some(some: Some) -> dict[str, Any]:
    return {"all_but" if some.others else "only": list(some.names)}


def _change(change: Any) -> dict[str, Any]:
    """A change's own fields, null where its kind has none."""
    fields = msgspec.to_builtins(change)
    return {
        "field": change.field,
        "risk": change.risk,
        "message": change.message(_plain),
        "old": fields.get("old"),
        "new": fields.get("new"),
        "added": list(fields.get("added", ())),
        "removed": list(fields.get("removed", ())),
    }


def _side(names: tuple[str, ...], span: Span | None, taker: Any) -> dict[str, Any] | None:
    if span is None:
        return None
    return {
        "file": names[span.file],
        "line": span.line + 1,
        "column": span.column + 1,
        "end_line": span.end_line + 1,
        "end_column": span.end_column + 1,
        "route": taker.route if taker else None,
        "service": taker.service if taker else None,
        "authentication": taker.authentication if taker else None,
    }
