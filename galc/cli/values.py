"""What a call gives beside the file: variables, and the environment."""

import os
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from msgspec import Struct
from msgspec.structs import replace

from galc.cli import io
from galc.cli.files import Files
from galc.compiler import Checked, Observer, check
from galc.diagnostics import Diagnostic, nearest
from galc.frontend.loading import Loader
from galc.frontend.source import Source
from galc.passes.variables import Given, Scalar

_F = TypeVar("_F", bound=Callable[..., Any])


class Values(Struct, frozen=True):
    """The options; `known` collects the variables of each file, None where it can't be read."""

    given: Given
    single: tuple[str, ...]
    known: list[tuple[str, ...] | None]
    overlays: tuple[str, ...] = ()
    #: The paths of all files that were read, or looked for.
    read: list[str] = []

    def check(
        self,
        source: Source,
        observe: Observer | None = None,
        overlays: Sequence[Source] = (),
        load: Loader | None = None,
    ) -> Checked:
        """Check a source with these values."""
        checked = check(source, observe, self.given, overlays=overlays, load=load)
        self.known.append(checked.state.variables if checked.state else None)
        return checked

    def load(
        self,
        file: str,
        document: int | None = None,
        observe: Observer | None = None,
        files: Files | None = None,
    ) -> Checked:
        """Read and check a file, with the overlays over it; `files` reads what it names."""
        files = files or Files()
        try:
            source, *overlays = (
                files.root(name, None if at else document)
                for at, name in enumerate((file, *self.overlays))
            )
            problem = next((one for one in (source, *overlays) if isinstance(one, tuple)), None)
            if problem is not None:
                self.known.append(None)
                return Checked(problem[0], None, (problem[1],))
            sources = [one for one in (source, *overlays) if isinstance(one, Source)]
            return self.check(sources[0], observe, sources[1:], files)
        finally:
            self.read.extend(files.paths)

    def refuse_unknown(self) -> None:
        """End the call if `--var` names a variable that no file has: a typing error would else
        leave the default in force in silence."""
        known = tuple(name for names in self.known for name in names or ())
        for name in self.single if None not in self.known else ():
            if name not in known:
                word = nearest(name, known)
                hint = f"; did you mean `{word}`?" if word else ""
                raise io.UsageError(f"`--var {name}`: no variable is called that{hint}")


def options(command: _F) -> _F:
    """`--overlay`, `--var`, `--vars-file` and `--resolve-env`; see `values_of`."""
    for decorate in (
        click.option(
            "--resolve-env", is_flag=True, help="Read `${env:NAME}` from the environment now."
        ),
        click.option(
            "--vars-file", "vars_files", multiple=True, metavar="FILE", help="Variables, as YAML."
        ),
        click.option(
            "--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set `${var:NAME}`."
        ),
        click.option(
            "--overlay",
            "overlays",
            multiple=True,
            metavar="FILE",
            help="Lay FILE over it; several in order.",
        ),
    ):
        command = decorate(command)
    return command


def values_of(
    variables: tuple[str, ...],
    vars_files: tuple[str, ...],
    resolve_env: bool,
    overlays: tuple[str, ...] = (),
    read: list[str] | None = None,
) -> Values:
    """What the options say; `--var` wins over a file, and the later one over the earlier. Paths
    of files that are read are put to `read`."""
    read = [] if read is None else read
    read.extend(vars_files)
    if "-" in overlays:
        raise io.UsageError("an overlay is a file; only the file below it may be standard input")
    found: dict[str, Scalar] = {}
    for file in vars_files:
        found |= _file(file)
    single: dict[str, Scalar] = {}
    for text in variables:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise io.UsageError(f"`--var {name}` isn't NAME=VALUE")
        if not _is_utf8(text):
            raise io.UsageError("a `--var` isn't UTF-8")
        single[name] = _typed(value)
    environment = None
    if resolve_env:
        # What isn't UTF-8 is no text that a file could hold, and as good as not set.
        environment = {name: value for name, value in os.environ.items() if _is_utf8(value)}
    return Values(Given({**found, **single}, environment), tuple(single), [], overlays, read)


def _is_utf8(text: str) -> bool:
    """Whether the system's bytes were: what isn't UTF-8 in them are lone surrogates (PEP 383)."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _typed(text: str) -> Scalar:
    """The value of a text that isn't in quotes."""
    from galc.frontend.gal.scalars import core

    value: Scalar | None = core(text)
    return text if value is None else value


def _mask(found: re.Match[str]) -> str:
    return re.sub(r"\S", "*", found[0])


def _file(name: str) -> dict[str, Scalar]:
    from galc.cli.build import report
    from galc.frontend import yaml

    source = io.read_source(name)
    found: list[Diagnostic] = []
    if isinstance(source, tuple):
        source, problem = source
        found.append(problem)
        tree = None
    else:
        tree = yaml.compose(source, found.append)
    if tree is None:
        # Which of the variables are secret, only the gateway file says.
        hidden = replace(
            source, text=re.sub(r"(?m)(?<=[:=])[^\r\n]+|^[^:=\r\n]+$", _mask, source.text)
        )
        report(Checked(hidden, None, tuple(found)), found)
        raise SystemExit(1)
    for key, value in tree.items():
        if not isinstance(value, str | int | float):
            io.fail(f"{name}: the variable `{key}` takes a text, a number or a truth value")
    return tree
