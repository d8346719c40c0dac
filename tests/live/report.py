"""`python -m tests.live.report`: run every case for every target, and write what came of it.

Written are `tests/live/outcomes.json` and `docs/conformance.md`; about two minutes on two cores.
With `--page` nothing is run, and the page is made of the record as it is.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from galc import targets

from .cases import ALL_CASES
from .conformance import (
    PAGE,
    RECORD,
    SUITES,
    Outcome,
    Run,
    as_json,
    fuzzed,
    page,
    recorded,
    refusal,
)
from .model import Case
from .processes import find_program

_OUTSIDE = "outside the model"
#: The outcome of a test and, for a skipped one, its reason.
Verdict = tuple[str, str]


def main() -> int:
    """The exit status is 1 if a case failed."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--page", action="store_true", help="run nothing")
    runs = recorded() if parser.parse_args().page else _run()
    RECORD.write_text(as_json(runs), "utf-8")
    PAGE.write_text(page(runs, fuzzed()), "utf-8")
    failed = [
        f"{target}: {name}"
        for target, run in runs.items()
        for name, outcome in run.outcomes.items()
        if outcome.kind == "failed"
    ]
    print("\n".join(failed) or "no case failed")
    return 1 if failed else 0


def _run() -> dict[str, Run]:
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "junit.xml"
        files = [suite.file for suite in SUITES.values()]
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={told}", *files]
        subprocess.run(command, check=False, cwd=Path(__file__).parents[2])
        verdicts = _verdicts(told)
    return {
        target: Run(
            _on(target),
            {
                case.name: _outcome(case, target, verdicts[target].get(case.name))
                for case in ALL_CASES
            },
        )
        for target in SUITES
    }


def _verdicts(told: Path) -> dict[str, dict[str, Verdict]]:
    """What pytest said of each case, by target."""
    targets_of = {suite.file[:-3].replace("/", "."): name for name, suite in SUITES.items()}
    found: dict[str, dict[str, Verdict]] = {name: {} for name in SUITES}
    for test in ET.parse(told).getroot().iter("testcase"):
        name = re.fullmatch(r"\w+\[(.+)\]", test.get("name", ""))
        if name is None:
            continue
        verdict = "passed", ""
        for kind in ("failure", "error", "skipped"):
            element = test.find(kind)
            if element is not None:
                verdict = kind, (element.get("message") or "").removeprefix("Skipped: ")
        found[targets_of[test.get("classname", "")]][name[1]] = verdict
    return found


def _outcome(case: Case, target: str, verdict: Verdict | None) -> Outcome:
    if verdict is not None and verdict[0] == "passed":
        return Outcome("passed")
    if verdict is not None and verdict[0] != "skipped":
        return Outcome("failed", verdict[1].partition("\n")[0])
    refused = refusal(case, target)
    if refused is not None:
        return Outcome("unsupported", refused)
    reason = verdict[1] if verdict else _OUTSIDE
    return Outcome("approximate" if SUITES[target].program else "not run", reason)


def _on(target: str) -> str:
    """The program and its version as it tells it, or the version that a model is made after."""
    program, title = SUITES[target].program, targets.load(target).title
    if program is None:
        return f"a model of {title} {targets.load(target).versions.partition(',')[0]}"
    option = "--version" if program == "envoy" else "version"
    done = subprocess.run(
        [find_program(program), option], capture_output=True, text=True, check=True, timeout=30
    )
    version = re.search(r"\b\d+\.\d+\.\d+\b", done.stdout)
    assert version is not None, done.stdout
    return f"{title} {version[0]}"


if __name__ == "__main__":
    sys.exit(main())
