"""`galc fmt`: the canonical form of `.gal` files."""

import difflib
import shutil
import sys
from pathlib import Path

import click

from galc.cli import io
from galc.cli.convert import read


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
                _show(source.name, source.text, formatted)
            elif changed:
                click.echo(f"{source.name}: would be formatted", err=True)
        elif file == "-":
            click.echo(formatted, nl=False)
        elif changed:
            _rewrite(Path(file).resolve(), formatted)
            click.echo(f"{source.name}: formatted", err=True)
    sys.exit(0 if ok else 1)


def _show(name: str, before: str, after: str) -> None:
    old, new = (text.splitlines(keepends=True) for text in (before, after))
    for line in difflib.unified_diff(old, new, name, name):
        ended = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        click.echo(ended, nl=False)


def _rewrite(path: Path, text: str) -> None:
    """Replace a file as a whole; whoever may not read it now, may not later."""
    try:
        temporary = io.staged(path, text)
        try:
            shutil.copymode(path, temporary)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        io.fail(f"can't write {path}: {error.strerror}")
