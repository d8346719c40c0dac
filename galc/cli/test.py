"""`galc test`: run the tests that stand in a gateway file."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from galc import targets
from galc.cli import io
from galc.cli.build import choose_targets, load, report
from galc.compiler import Checked, relocated
from galc.diagnostics.trials import TestFailed
from galc.ir import document as doc
from galc.semantics import UnknowableError
from galc.semantics.trials import interpreted, run


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("-k", "wanted", default="", metavar="TEXT", help="Only tests with TEXT in the name.")
@click.option("--live", is_flag=True, help="On the real gateway, where it is installed.")
@click.option("-t", "--target", "names", metavar="NAME[,NAME…]", help="The gateways for --live.")
@click.option("--document", type=click.IntRange(min=1), metavar="N", help="Of several in a file.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(
    files: tuple[str, ...],
    wanted: str,
    live: bool,
    names: str | None,
    document: int | None,
    form: str,
) -> None:
    """Run the tests that stand in each FILE.

    They run on the language's own definition, in no time; with --live on the gateway of each
    target, with upstreams that answer as the tests say.
    """
    if names is not None and not live:
        raise io.UsageError("`-t` names gateways for `--live`")
    results = [result for file in files for result in _file(file, document, wanted, live, names)]
    failed = [result for result in results if result["failures"]]
    skipped = [result for result in results if result["skipped"]]
    if form == "json":
        click.echo(json.dumps(results, indent=2, ensure_ascii=False))
    else:
        _summary(len(results), len(failed), len(skipped))
    sys.exit(1 if failed else 0)


def _file(
    file: str, document: int | None, wanted: str, live: bool, names: str | None
) -> Iterator[dict[str, Any]]:
    checked = load(file, document)
    if not checked.ok:
        report(checked, [d for d in checked.diagnostics if d.severity == "error"])
        sys.exit(1)
    chosen = choose_targets(names, checked) if live else [None]
    for target in chosen:
        click.echo(checked.source.name + (f" on {target.title}" if target else ""), err=True)
        yield from _tests(checked, wanted, target)


def _tests(
    checked: Checked, wanted: str, target: targets.Target | None
) -> Iterator[dict[str, Any]]:
    state = checked.state
    assert state is not None and state.document is not None
    found: list[TestFailed] = []
    for index, trial in enumerate(state.document.tests):
        if wanted not in trial.name:
            continue
        failures, skipped = _outcome(checked, index, trial, target)
        mark = "-" if skipped else "✗" if failures else "✓"
        click.echo(f"  {mark} {trial.name}" + (f": {skipped}" if skipped else ""), err=True)
        found += failures
        yield {
            "file": checked.source.name,
            "test": trial.name,
            "target": target.name if target else None,
            "skipped": skipped,
            "failures": [failure.message() for failure in failures],
        }
    if found:
        click.echo(err=True)
        report(checked, [relocated(failure, state) for failure in found])


def _outcome(
    checked: Checked, index: int, trial: doc.Trial, target: targets.Target | None
) -> tuple[list[TestFailed], str | None]:
    """What went wrong, and why the test couldn't run, if so."""
    state = checked.state
    assert state is not None and state.gateway is not None
    path = ("tests", index)
    try:
        if target is None:
            return list(run(state.gateway, trial, path, interpreted(state.gateway))), None
        from galc.live import on_gateway, signed

        with on_gateway(checked, target, trial) as (gateway, send):
            return list(run(gateway, trial, path, send, signed)), None
    except UnknowableError as unknown:
        return [], str(unknown)


def _summary(tests: int, failed: int, skipped: int) -> None:
    parts = [f"{tests - failed - skipped} passed"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{skipped} skipped"] if skipped else []
    click.echo(f"{tests} test{'s' if tests != 1 else ''}: {', '.join(parts)}")
