"""`galc diff`: what changes in meaning."""

import sys
from typing import Any

import click
from msgspec.structs import replace

from galc.cli import io
from galc.cli.build import choose_targets, report
from galc.cli.values import options, values_of
from galc.diagnostics import Diagnostic
from galc.frontend.source import Place


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "-t", "--target", "names", metavar="NAME[,NAME…]|all", help="Compare for targets, too."
)
@options
@click.option("--old-overlay", "olds", multiple=True, metavar="FILE", help="Lay FILE over OLD.")
@click.option("--new-overlay", "news", multiple=True, metavar="FILE", help="Lay FILE over NEW.")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text")
def command(
    old: str,
    new: str,
    names: str | None,
    olds: tuple[str, ...],
    news: tuple[str, ...],
    form: str,
    **given: Any,
) -> None:
    """Tell what changes in meaning from OLD to NEW (one of them may be `-`, standard input).

    Ends with 0 if nothing does, with 1 if something does, and with 2 if a file has errors (others
    than in its tests).
    """
    if old == new == "-":
        raise io.UsageError("only one of the two files can be standard input")
    values = values_of(**given)
    both = values.overlays
    before = replace(values, overlays=(*both, *olds)).load(old)
    after = replace(values, overlays=(*both, *news)).load(new)
    values.refuse_unknown()
    chosen = choose_targets(names, after) if names is not None else []
    wrong = [(side, list(filter(_is_grave, side.diagnostics))) for side in (before, after)]
    for side, found in wrong:
        if found:
            report(side, found)
    if any(found for _, found in wrong):
        sys.exit(2)
    from galc.difference.report import as_json, as_markdown, as_text, compared

    outcome = compared(before, after, chosen)
    if form == "json":
        text = as_json(outcome)
    elif form == "markdown":
        text = as_markdown(outcome)
    else:
        text = as_text(outcome, color=io.use_color(sys.stdout))
    click.echo(text, nl=False)
    sys.exit(1 if outcome.findings else 0)


def _is_grave(diagnostic: Diagnostic) -> bool:
    """Whether it leaves open what the gateway is to do; the tests of a file don't say that."""
    place = diagnostic.place
    is_of_tests = isinstance(place, Place) and place.path[:1] == ("tests",)
    return diagnostic.severity == "error" and not is_of_tests
