"""`galc build`: compile."""

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path as FilePath
from typing import Any

import click

from galc import targets
from galc.cli import io
from galc.cli.progress import Progress
from galc.cli.together import Job, Together
from galc.cli.values import options, values_of
from galc.compiler import (
    Checked,
    Compilation,
    Observer,
    build,
    default_target,
    known_secrets,
    lower,
    pinned,
    texts_of_secrets,
)
from galc.diagnostics import Diagnostic, listed, nearest, render
from galc.frontend.source import Path
from galc.ir.gateway import Gateway
from galc.passes import PASSES, State

#: Characters of a file from which on targets are lowered side by side: a fork takes some
#: milliseconds, and so do a hundred routes.
_WORTH_FORKING = 50_000
#: The target that takes longest: it begins first, or in the end all would wait for it.
_LONGEST = "traefik"
_STAGES = ("read", *(step.__name__ for step in PASSES), "legalize", "lower")


@click.command()
@click.argument("file")
@click.option("-t", "--target", "names", metavar="NAME[,NAME…]|all", help="Targets to build for.")
@click.option(
    "-o",
    "--output",
    default="build",
    show_default=True,
    metavar="DIR",
    help="Directory for DIR/<target>/<files>; `-` prints the main file.",
)
@click.option("--strict", is_flag=True, help="What a target does differently is an error.")
@click.option("--lossy", is_flag=True, help="Leave out what a target can't do (never security).")
@click.option(
    "--fetch-keys",
    is_flag=True,
    help="Fetch each `jwks_uri` now and build its keys in, for targets that can't fetch them.",
)
@click.option("--document", type=click.IntRange(min=1), metavar="N", help="Of several in a file.")
@click.option(
    "--emit",
    type=click.Choice(["document", "gateway", "legal"]),
    help="Print a stage's output instead of building.",
)
@options
@click.option("--time-passes", is_flag=True, help="Print what each stage took.")
@click.option("--print-after", type=click.Choice(_STAGES), help="Print the state after a stage.")
@click.option("--watch", "watching", is_flag=True, help="Build again whenever FILE changes.")
def command(file: str, watching: bool, **given: Any) -> None:
    """Compile FILE (or standard input, `-`) into each target's configuration."""
    if not watching:
        return _build(file, [], **given)
    from galc.cli.watch import watch

    return watch((file,), lambda read: _build(file, read, **given))


def _build(
    file: str,
    read: list[str],
    names: str | None,
    output: str,
    strict: bool,
    lossy: bool,
    fetch_keys: bool,
    document: int | None,
    emit: str | None,
    time_passes: bool,
    print_after: str | None,
    **given: Any,
) -> None:
    """Build once, with the options of the command; `read` is told all files that are read."""
    observer = _Observer(time_passes, print_after)
    values = values_of(**given, read=read)
    checked = values.load(file, document, observer)
    values.refuse_unknown()
    chosen = [] if emit in ("document", "gateway") else choose_targets(names, checked)
    if fetch_keys:
        from galc.cli.keys import fetch

        checked = pinned(checked, fetch)
    if emit in ("document", "gateway"):
        observer.progress.clear()
        report(checked, checked.diagnostics)
        _emit(checked, emit)
        sys.exit(0 if checked.ok else 1)
    # All that there is to say of the targets is known before anything is lowered.
    legal = [
        build(checked, target, strict=strict, lossy=lossy, lowered=False, observe=observer)
        for target in chosen
    ]
    found = [*checked.diagnostics, *(d for result in legal for d in result.diagnostics)]
    is_sound = checked.ok and all(result.gateway is not None for result in legal)
    jobs: list[tuple[str, Job]] = []
    if is_sound and emit != "legal":
        jobs = [
            (target.name, partial(_lower, target, result, output, observer))
            for target, result in zip(chosen, legal, strict=True)
        ]
    apart = len(checked.source.text) > _WORTH_FORKING and not observer.says and output != "-"
    if apart:
        jobs.sort(key=lambda job: job[0] != _LONGEST)
    if output == "-" and len(jobs) > 1:
        raise io.UsageError("`-o -` prints the main file of one target; give one with `-t`")
    with Together(jobs, apart=apart):
        observer.progress.clear()
        kept, _ = io.judged(checked, found)
        report(checked, kept, notes=False)
        if not is_sound:
            sys.exit(1)
    observer.progress.clear()
    if emit == "legal":
        from galc.secrecy.dumps import masked_gateway

        for result in legal:
            if result.gateway is not None:
                click.echo(_as_json(masked_gateway(result.gateway)), nl=False)
    elif output != "-":
        for target in chosen:
            for name in target.artifacts:
                click.echo(str(FilePath(output) / target.name / name))


def _lower(target: targets.Target, legal: Compilation, output: str, observe: Observer) -> None:
    """Lower what is legal, and write it."""
    built = lower(legal, target, observe)
    if output == "-":
        _print_main(built)
    else:
        io.write_artifacts(FilePath(output) / target.name, built.artifacts, built.private)


def choose_targets(names: str | None, checked: Checked) -> list[targets.Target]:
    """The targets that the option names, or the file's `provider`."""
    if names is None:
        provider = default_target(checked)
        if provider is None and checked.state is None:
            return []
        if provider is None:
            raise io.UsageError("no target: give `-t NAME`, or a `provider` in the file")
        names = provider
    chosen = list(targets.ALL) if names == "all" else names.split(",")
    for name in chosen:
        if name not in targets.ALL:
            word = nearest(name, tuple(targets.ALL))
            known = f"did you mean `{word}`?" if word else f"known: {listed(tuple(targets.ALL))}"
            if name in targets.KNOWN:
                known = f"this version builds for {listed(tuple(targets.ALL), 'and')}"
            raise io.UsageError(f"`{name}` isn't a target that galc can build for; {known}")
    return [targets.load(name) for name in dict.fromkeys(chosen)]


def report(checked: Checked, found: Sequence[Diagnostic], *, notes: bool = True) -> None:
    """Show diagnostics on standard error; without `notes` these are only counted."""
    shown = [d for d in found if notes or d.severity != "note"]
    span_of = io.span_finder(checked, shown)
    color = io.use_color(sys.stderr)
    known = known_secrets(checked) if shown else None
    text = render.as_text(checked.source, shown, span_of, color=color, known=known)
    hidden = len(found) - len(shown)
    if text:
        click.echo(text, err=True)
    counts = render.summary(shown)
    if counts:
        click.echo(f"{checked.source.name}: {counts}", err=True)
    if hidden:
        more = f"{hidden} note{'s' if hidden > 1 else ''}"
        click.echo(f"{checked.source.name}: {more} (shown by `galc check`)", err=True)


def _print_main(built: Compilation) -> None:
    try:
        click.echo(next(iter(built.artifacts.values())).encode(), nl=False)
    except OSError as error:
        io.fail(f"can't write <stdout>: {error.strerror}")


def _emit(checked: Checked, what: str) -> None:
    from galc.secrecy.dumps import NOTE, masked_document, masked_gateway

    if checked.state is None:
        return
    if what == "document":
        from galc.compiler import written_secrets
        from galc.frontend.printer import print_yaml

        hidden = texts_of_secrets(checked.state)
        tree, lacks = masked_document(checked.state.tree, written_secrets(checked), hidden)
        if lacks:
            click.echo(NOTE)
        click.echo(print_yaml(tree), nl=False)
    elif checked.state.gateway is None:
        click.echo(_as_json(None), nl=False)
    else:
        shown = masked_gateway(checked.state.gateway, texts_of_secrets(checked.state))
        click.echo(_as_json(shown), nl=False)


def _as_json(value: Any) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


class _Observer:
    """Prints what `--time-passes` and `--print-after` ask for, on standard error."""

    def __init__(self, times: bool, after: str | None) -> None:
        self.progress = Progress(_STAGES, sys.stderr)
        self.times = times
        self.after = after
        self.says = times or after is not None

    def __call__(self, name: str, value: Any, seconds: float) -> None:
        self.progress.after(name)
        if self.times:
            click.echo(f"{name:12} {seconds * 1000:9.1f} ms", err=True)
        if name == self.after == "references" and value.gateway is not None:
            from galc.passes.references import text
            from galc.secrecy.dumps import masked_gateway

            shown = masked_gateway(value.gateway, texts_of_secrets(value))
            click.echo(text(shown), nl=False, err=True)
        elif name == self.after:
            hidden = texts_of_secrets(value) if isinstance(value, State) else ()
            value = getattr(value, "gateway", None) or getattr(value, "tree", value)
            click.echo(_as_json(_shown(value, hidden)), nl=False, err=True)


def _shown(value: Any, hidden: Iterable[str]) -> Any:
    """What a stage made, without secrets; `hidden` are those of parts that were taken out."""
    from galc.secrecy.dumps import masked_document, masked_gateway

    if isinstance(value, Gateway):
        return masked_gateway(value, hidden)
    if value is None:  # what was read makes no whole
        return None
    if not isinstance(value, dict):
        return value()
    # What a variable is for is no longer seen.
    variables = value.get("vars")
    known = variables.items() if isinstance(variables, dict) else ()
    written: dict[Path, str] = {("vars", name): str(item) for name, item in known}
    return masked_document(value, written, hidden)[0]
