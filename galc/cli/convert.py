"""`galc convert`: the other spelling."""

import sys
from typing import Any

import click

from galc.cli import io
from galc.cli.build import report
from galc.compiler import Checked
from galc.diagnostics import Diagnostic
from galc.frontend.reading import read_tree
from galc.frontend.source import Source


@click.command()
@click.argument("file")
@click.option("--to", "spelling", type=click.Choice(["yaml", "gal"]), required=True)
@click.option("--document", type=click.IntRange(min=1), metavar="N", help="Of several in a file.")
def command(file: str, spelling: str, document: int | None) -> None:
    """Print FILE (or standard input, `-`) in the other spelling, with its comments."""
    from galc.frontend import printer

    source, tree = read(file, document)
    if tree is None:
        sys.exit(1)
    printed = printer.print_gal if spelling == "gal" else printer.print_yaml
    click.echo(printed(tree, printer.comments_of(source)), nl=False)


def read(file: str, document: int | None = None) -> tuple[Source, dict[str, Any] | None]:
    """A source and its tree; None for the tree when there are mistakes, which are shown."""
    source = io.read_source(file, document)
    found: list[Diagnostic] = []
    tree: dict[str, Any] | None = None
    if isinstance(source, tuple):
        source, problem = source
        found.append(problem)
    else:
        tree = read_tree(source, found.append)
    if found:
        report(Checked(source, None, tuple(found)), found)
    return source, None if found else tree
