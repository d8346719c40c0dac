"""`galc fmt`: the canonical form of `.gal` files."""

import sys
from pathlib import Path

import click
from msgspec.structs import replace

from galc.cli import io
from galc.cli.convert import read
from galc.secrecy.source import masked


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]…")
@click.option("--check", is_flag=True, help="Write nothing; fail if a file would change.")
@click.option("--diff", is_flag=True, help="The same, and show the changes.")
def command(files: tuple[str, ...], check: bool, diff: bool) -> None:
    """Rewrite each `.gal` FILE in its canonical form, with its comments.

    Without a FILE, or for `-`, standard input is formatted to standard output.
    """
    from galc.frontend.printer import comments_of, print_gal

    ok = True
    for file in files or ("-",):
        source, tree = read(file)
        if tree is None:
            ok = False
            continue
        if source.spelling != "gal":
            click.echo(f"{source.name}: left as it is; only .gal files are formatted", err=True)
            continue
        formatted = print_gal(tree, comments_of(source))
        changed = formatted != source.text
        if check or diff:
            ok = ok and not changed
            if diff:
                after = replace(source, text=formatted)
                shown = masked(source).text, masked(after).text
                click.echo(io.unified_diff(source.name, *shown), nl=False)
            elif changed:
                click.echo(f"{source.name}: would be formatted", err=True)
        elif file == "-":
            click.echo(formatted, nl=False)
        elif changed:
            io.rewrite(Path(file), formatted)
            click.echo(f"{source.name}: formatted", err=True)
    sys.exit(0 if ok else 1)
