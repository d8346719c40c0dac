"""A file of findings that are known and put up with, so that only new ones are shown.

An entry is found again by its fingerprint, which doesn't change when lines move. Errors are never
in it.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

from galc.diagnostics.findings import Finding, by_source, fingerprints

Known = dict[str, Counter[str]]


class BaselineError(Exception):
    """A baseline can't be read; the text says why."""


def key_of(name: str, baseline: Path) -> str:
    """How a baseline names a source: relative to the baseline, where that can be."""
    path, folder = Path(name).absolute(), baseline.absolute().parent
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else name


def read(baseline: Path) -> Known:
    """The fingerprints of each source."""
    try:
        value: Any = json.loads(baseline.read_text("utf-8"))
        return {
            str(name): Counter(str(entry["fingerprint"]) for entry in entries)
            for name, entries in value["files"].items()
        }
    except OSError as error:
        raise BaselineError(f"can't read {baseline}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BaselineError(f"{baseline} isn't a baseline that galc has written") from error


def without_known(
    findings: list[Finding], names: Iterable[str], known: Known, baseline: Path
) -> tuple[list[Finding], int]:
    """The findings of a gateway that are new, and how many entries of its files, by their `names`,
    don't occur any more."""
    left = {name: Counter(known.get(key_of(name, baseline), Counter())) for name in names}
    new = []
    for name, group in by_source(findings).items():
        for finding, fingerprint in zip(group, fingerprints(group), strict=True):
            if finding.diagnostic.severity != "error" and left[name][fingerprint] > 0:
                left[name][fingerprint] -= 1
            else:
                new.append(finding)
    return new, sum(entries.total() for entries in left.values())


def written(findings: list[Finding], baseline: Path) -> str:
    """The text of a baseline that knows all these findings."""
    files: dict[str, list[dict[str, str]]] = {}
    for name, group in by_source(findings).items():
        entries = [
            {"code": finding.code, "message": finding.message, "fingerprint": fingerprint}
            for finding, fingerprint in zip(group, fingerprints(group), strict=True)
            if finding.diagnostic.severity != "error"
        ]
        if entries:
            files[PurePath(key_of(name, baseline)).as_posix()] = entries
    value = {"version": 1, "files": dict(sorted(files.items()))}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
