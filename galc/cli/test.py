"""`galc test`: run the tests that stand in a gateway file."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import click
from msgspec import Struct

from galc import targets
from galc.cli import io
from galc.cli.build import choose_targets, report
from galc.cli.values import options, values_of
from galc.compiler import Checked, build, relocated
from galc.diagnostics import Diagnostic, render
from galc.diagnostics.trials import NothingExpected, TestFailed
from galc.ir import document as doc
from galc.semantics import UnknowableError
from galc.semantics.trials import Interpreted, run

Verdict = Literal["passed", "failed", "skipped"]
_SIGNS: dict[Verdict, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "skipped": ("-", "yellow"),
}


class Result(Struct, frozen=True):
    """What came of one test, on the language's definition or on a target."""

    index: int
    test: str
    target: targets.Target | None
    failures: Sequence[TestFailed] = ()
    skipped: str | None = None

    @property
    def verdict(self) -> Verdict:
        """In one word."""
        return "skipped" if self.skipped else "failed" if self.failures else "passed"


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("-k", "wanted", default="", metavar="TEXT", help="Only tests with TEXT in the name.")
@click.option("--live", is_flag=True, help="On the real gateway, which must be installed.")
@click.option("-t", "--target", "names", metavar="NAME[,NAME…]", help="The gateways for --live.")
@options
@click.option("--document", type=click.IntRange(min=1), metavar="N", help="Of several in a file.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(
    files: tuple[str, ...],
    wanted: str,
    live: bool,
    names: str | None,
    document: int | None,
    form: str,
    **given: Any,
) -> None:
    """Run the tests that stand in each FILE.

    They run on the language's own definition, in no time; with --live on the gateway of each
    target, with upstreams that answer as the tests say.
    """
    if names is not None and not live:
        raise io.UsageError("`-t` names gateways for `--live`")
    counts: Counter[str] = Counter()
    told: list[dict[str, Any]] = []
    values = values_of(**given)
    for file in files:
        checked = values.load(file, document)
        if not checked.ok:
            report(checked, [d for d in checked.diagnostics if d.severity == "error"])
            counts["broken"] += 1
            told.append(_entry(checked, None, None, "broken", "the file has errors", []))
            continue
        runs = _runs(names, checked) if live else [None]
        for target in runs:
            told += _file(checked, target, wanted, counts, form == "text")
    values.refuse_unknown()
    if wanted and not counts:
        raise io.UsageError(f"no test has `{wanted}` in its name")
    click.echo(_json(told) if form == "json" else _summary(counts))
    sys.exit(1 if counts["failed"] or counts["broken"] else 0)


def _runs(names: str | None, checked: Checked) -> list[targets.Target]:
    """The gateways that are asked for; each must be here."""
    from galc.live import find

    chosen = choose_targets(names, checked)
    try:
        for target in chosen:
            find(target.name)
    except UnknowableError as missing:
        io.fail(f"{target.title}: {missing}")
    return chosen


def _file(
    checked: Checked,
    target: targets.Target | None,
    wanted: str,
    counts: Counter[str],
    aloud: bool,
) -> list[dict[str, Any]]:
    """Run the tests of a file; what came of them is told at once if `aloud`, and returned."""
    state = checked.state
    assert state is not None and state.document is not None
    tests = [(n, test) for n, test in enumerate(state.document.tests) if wanted in test.name]
    if aloud and (tests or not wanted):
        on = f" on {target.title}" if target else ""
        click.echo(checked.source.name + on + ("" if tests else ": no tests"))
    results = []
    refusal = _refusal(checked, target) if target else None
    if aloud and refusal:
        click.echo(f"  {len(tests)} skipped: {refusal}")
    for index, test in tests:
        if refusal:
            result = Result(index, test.name, target, skipped=refusal)
        else:
            result = _result(checked, index, test, target)
        counts[result.verdict] += 1
        results.append(result)
        if aloud and not refusal:
            _tell(result)
    told: list[Diagnostic] = [failure for result in results for failure in result.failures]
    told += [d for d in checked.diagnostics if isinstance(d, NothingExpected)]
    spans = io.span_finder(checked, told)
    if aloud and told:
        color = io.use_color(sys.stdout)
        click.echo("\n" + render.as_text(checked.source, told, spans, color=color))
    return [_as_dict(checked, result, spans) for result in results]


def _refusal(checked: Checked, target: targets.Target) -> str | None:
    """Why a target can't have the file at all."""
    built = build(checked, target)
    errors = (d.message() for d in built.diagnostics if d.severity == "error")
    return None if built.ok else next(errors)


def _tell(result: Result) -> None:
    sign, color = _SIGNS[result.verdict]
    sign = click.style(sign, fg=color) if io.use_color(sys.stdout) else sign
    reason = f" (skipped: {result.skipped})" if result.skipped else ""
    click.echo(f"  {sign} {result.test}{reason}")


def _result(
    checked: Checked, index: int, trial: doc.Trial, target: targets.Target | None
) -> Result:
    """What went wrong, or why the test couldn't run."""
    state = checked.state
    assert state is not None and state.gateway is not None
    path = ("tests", index)
    try:
        if target is None:
            failures = list(run(state.gateway, trial, path, Interpreted(state.gateway)))
        else:
            from galc.live import on_gateway

            with on_gateway(checked, target, trial) as (gateway, player):
                failures = list(run(gateway, trial, path, player))
    except UnknowableError as unknown:
        return Result(index, trial.name, target, skipped=str(unknown))
    told = []
    for moved in relocated(failures, state):
        assert isinstance(moved, TestFailed)
        told.append(moved)
    return Result(index, trial.name, target, told)


def _summary(counts: Counter[str]) -> str:
    parts = [f"{counts[word]} {word}" for word in _SIGNS if counts[word]]
    if counts["broken"]:
        files = "file has" if counts["broken"] == 1 else "files have"
        parts.append(f"{counts['broken']} {files} errors")
    return ", ".join(parts) or "no tests"


def _json(told: list[dict[str, Any]]) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False)


def _as_dict(checked: Checked, result: Result, spans: io.SpanFinder) -> dict[str, Any]:
    target = result.target.name if result.target else None
    failures = [_failure(checked, failure, spans) for failure in result.failures]
    return _entry(checked, result.test, target, result.verdict, result.skipped, failures)


def _entry(
    checked: Checked,
    test: str | None,
    target: str | None,
    outcome: str,
    reason: str | None,
    failures: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "file": checked.source.name,
        "test": test,
        "target": target,
        "outcome": outcome,
        "reason": reason,
        "failures": failures,
    }


def _failure(checked: Checked, failure: TestFailed, spans: io.SpanFinder) -> dict[str, Any]:
    """A failure for programs; lines and columns count from 1."""
    span, files = spans(failure.place), checked.source.files
    decided = spans(failure.decides) if failure.decides else None
    return {
        "message": failure.message(),
        "expected": failure.expected,
        "actual": failure.actual,
        "request": failure.turn,
        "file": files[span.file].name,
        "line": span.line + 1,
        "column": span.column + 1,
        "because": failure.because or failure.differs or None,
        "because_file": files[decided.file].name if decided else None,
        "because_line": decided.line + 1 if decided else None,
    }
