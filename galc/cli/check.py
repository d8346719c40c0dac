"""`galc check`: report, build nothing."""

import sys

import click

from galc.cli import io
from galc.cli.build import choose_targets, load, report
from galc.compiler import build
from galc.diagnostics import render


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("-t", "--target", "names", metavar="NAME[,NAME…]|all", help="Check for targets too.")
@click.option("--strict", is_flag=True, help="What a target does differently is an error.")
@click.option("--document", type=click.IntRange(min=1), metavar="N", help="Of several in a file.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(
    files: tuple[str, ...], names: str | None, strict: bool, document: int | None, form: str
) -> None:
    """Report errors, warnings and notes of each FILE (`-` is standard input)."""
    ok = True
    collected = []
    for file in files:
        checked = load(file, document)
        found = list(checked.diagnostics)
        if names is not None:
            for target in choose_targets(names, checked):
                found.extend(build(checked, target, strict=strict).diagnostics)
        ok = ok and not any(d.severity == "error" for d in found)
        if form == "json":
            span_of = io.span_finder(checked, found)
            collected.extend(render.as_json(checked.source, found, span_of))
        else:
            report(checked, found)
    if form == "json":
        click.echo(render.dump(collected), nl=False)
    elif ok:
        click.echo(f"{len(files)} file{'s' if len(files) > 1 else ''} checked, no errors", err=True)
    sys.exit(0 if ok else 1)
