"""`galc check`: report, build nothing."""

import sys
from pathlib import Path
from typing import Any

import click
from msgspec import Struct
from msgspec.structs import replace

from galc import targets
from galc.cli import io
from galc.cli.build import choose_targets
from galc.cli.files import Files, changed
from galc.cli.values import Values, options, values_of
from galc.compiler import Checked, build, known_secrets
from galc.config import FAIL_ON, ConfigError, FailOn, Settings, settings_for
from galc.diagnostics import Diagnostic, render
from galc.diagnostics.findings import Finding, located
from galc.diagnostics.formats import FORMATS, writer
from galc.diagnostics.selection import Selection, problem
from galc.frontend.source import Source, Span
from galc.secrecy.source import masked, without_secrets


class Options(Struct, frozen=True):
    """The command line; None for what it leaves to the project's settings."""

    targets: str | None
    strict: bool
    document: int | None
    form: str
    color: str
    select: tuple[str, ...] | None
    ignore: tuple[str, ...] | None
    fail_on: FailOn | None
    baseline: Path | None
    write_baseline: bool
    fix: bool
    diff: bool


class Result(Struct, frozen=True):
    """What is left to say of one file."""

    settings: Settings
    findings: list[Finding]
    known: int = 0
    stale: int = 0
    failed: bool = False


def _codes(_ctx: click.Context, option: click.Parameter, value: str | None) -> Any:
    """`--select` and `--ignore`: codes, or prefixes of codes, with commas between them."""
    if value is None:
        return None
    codes = tuple(code.strip().upper() for code in value.split(",") if code.strip())
    for code in codes:
        wrong = problem(code, hides=option.name == "ignore")
        if wrong:
            raise click.BadParameter(wrong)
    return codes


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "-t", "--target", "targets", metavar="NAME[,NAME…]|all", help="Check for targets too."
)
@click.option("--strict", is_flag=True, help="What a target does differently is an error.")
@click.option("--document", type=click.IntRange(min=1), metavar="N", help="Of several in a file.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", help="How findings are shown."
)
@click.option(
    "--color", type=click.Choice(["always", "never", "auto"]), default="auto", help="For text."
)
@click.option("--select", metavar="CODE[,CODE…]", callback=_codes, help="No other warnings, notes.")
@click.option("--ignore", metavar="CODE[,CODE…]", callback=_codes, help="Not these, e.g. GAL5004.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="What makes the exit status 1.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Hide the warnings and notes that are in FILE.",
)
@click.option("--write-baseline", is_flag=True, help="Write what is found to the baseline.")
@options
@click.option("--fix", is_flag=True, help="Mend what can be mended without a doubt.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@click.option("--watch", "watching", is_flag=True, help="Check again whenever a FILE changes.")
def command(
    files: tuple[str, ...],
    variables: tuple[str, ...],
    vars_files: tuple[str, ...],
    resolve_env: bool,
    overlays: tuple[str, ...],
    watching: bool,
    **given: Any,
) -> None:
    """Report errors, warnings and notes of each FILE (`-` is standard input).

    Settings come from the nearest galc.toml, or [tool.galc] of pyproject.toml, at or above a FILE.
    """
    asked = Options(**given)

    def once(read: list[str]) -> None:
        _check(files, asked, values_of(variables, vars_files, resolve_env, overlays, read))

    if not watching:
        return once([])
    from galc.cli.watch import watch

    return watch(files, once)


def _check(files: tuple[str, ...], asked: Options, values: Values) -> None:
    """Check all files once."""
    if (asked.fix or asked.diff) and "-" in files and asked.form != "text":
        raise io.UsageError("with `-`, a fix goes to standard output, so `--format` must be `text`")
    told: _Told = set()
    results = [_one(file, asked, values, told) for file in files]
    values.refuse_unknown()
    if asked.write_baseline:
        results = _write_baselines(results)
    if asked.form != "text":
        findings = [finding for result in results for finding in result.findings]
        click.echo(writer(asked.form)(findings), nl=False)
    failed = any(result.failed or _fails(result) for result in results)
    if asked.form == "text" and not _errors(results):
        click.echo(f"{len(files)} file{'s' if len(files) > 1 else ''} checked, no errors", err=True)
    sys.exit(1 if failed else 0)


#: What was told of earlier files: two gateways may share a file, and so what is found there.
_Told = set[tuple[str, Span, str, str]]


def _identity(finding: Finding) -> tuple[str, Span, str, str]:
    return finding.source.name, replace(finding.span, file=0), finding.code, finding.message


def _one(file: str, options: Options, values: Values, told: _Told) -> Result:
    """Check one file, mend it if that is asked for, and show what is left if it is for people."""
    settings, files = _settings(file, options), Files()
    checked = values.load(file, options.document, files=files)
    failed = False
    if options.fix or options.diff:
        checked, failed = _mended(file, files, checked, settings.selection, options, values)
    result = _found(checked, settings, options)
    fresh = [finding for finding in result.findings if _identity(finding) not in told]
    told.update(map(_identity, fresh))
    result = replace(result, findings=fresh)
    if options.form == "text":
        _show(checked.source.name, result, options)
    return replace(result, failed=failed)


def _settings(file: str, options: Options) -> Settings:
    """The project's settings, and over them what the command line says."""
    try:
        settings = settings_for(file)
    except ConfigError as error:
        io.fail(str(error))
    selection = settings.selection
    if options.select is not None:
        selection = replace(selection, select=options.select)
    if options.ignore is not None:
        selection = replace(selection, ignore=options.ignore)
    return Settings(
        selection,
        options.fail_on or settings.fail_on,
        options.baseline or settings.baseline,
        tuple(options.targets.split(",")) if options.targets else settings.targets,
        options.strict or settings.strict,
    )


def _found(checked: Checked, settings: Settings, options: Options) -> Result:
    """The findings that neither a comment, nor the selection, nor the baseline takes away."""
    diagnostics = list(checked.diagnostics)
    chosen: list[targets.Target] = []
    if settings.targets:
        chosen = choose_targets(",".join(settings.targets), checked)
    for target in chosen:
        legal = build(checked, target, strict=settings.strict, lowered=False)
        diagnostics.extend(legal.diagnostics)
    kept, problems = io.judged(
        checked, diagnostics, for_all_targets=len(chosen) == len(targets.ALL)
    )
    span_of = io.span_finder(checked, kept)
    severity_of = settings.selection.severity_of
    shown = located(checked.source, [*kept, *problems], span_of, severity_of)
    secrets = known_secrets(checked) if shown else None
    findings = without_secrets(shown, checked.source.files, secrets)
    if settings.baseline is None or options.write_baseline:
        return Result(settings, findings)
    from galc.diagnostics import baseline

    try:
        known = baseline.read(settings.baseline)
    except baseline.BaselineError as error:
        io.fail(str(error))
    names = [file.name for file in checked.source.files]
    new, stale = baseline.without_known(findings, names, known, settings.baseline)
    return Result(settings, new, len(findings) - len(new), stale)


def _mended(
    file: str,
    files: Files,
    checked: Checked,
    selection: Selection,
    options: Options,
    values: Values,
) -> tuple[Checked, bool]:
    """Apply the safe fixes, or show them; and whether there were any that are only shown."""
    from galc.diagnostics.fixing import mend

    def wanted(checked: Checked) -> list[Diagnostic]:
        kept, _ = io.judged(checked, checked.diagnostics)
        return [diagnostic for diagnostic in kept if selection.wants(diagnostic)]

    def again(source: Source) -> Checked:
        return values.check(source, load=files)

    source, count = mend(checked.source, again, wanted)
    name = source.name
    if options.diff:
        for one, (old, new) in changed(masked(checked.source), masked(source)).items():
            click.echo(io.unified_diff(one, old, new), nl=False)
        if count:
            click.echo(f"{name}: {count} would be fixed", err=True)
    else:
        if file == "-":
            click.echo(source.text, nl=False)
        for one, (_, text) in changed(checked.source, source).items():
            if one != "<stdin>":
                io.rewrite(Path(one), text)
        if count and file != "-":
            click.echo(f"{name}: {count} fixed", err=True)
    return (again(source) if count else checked), options.diff and count > 0


def _write_baselines(results: list[Result]) -> list[Result]:
    """Write all that is found into the baselines; only errors are left."""
    from galc.diagnostics import baseline

    groups: dict[Path, list[Finding]] = {}
    for result in results:
        if result.settings.baseline is None:
            raise io.UsageError("`--write-baseline` needs a place: give `--baseline FILE`")
        groups.setdefault(result.settings.baseline, []).extend(result.findings)
    for path, findings in groups.items():
        io.write_artifacts(path.parent, {path.name: baseline.written(findings, path)})
    return [
        replace(result, findings=[one for one in result.findings if one.severity == "error"])
        for result in results
    ]


def _show(name: str, result: Result, options: Options) -> None:
    """Show findings on standard error, and count them."""
    from galc.diagnostics.formats import text

    color = options.color == "always" or (options.color == "auto" and io.use_color(sys.stderr))
    if result.findings and not options.write_baseline:
        shown = text.written(result.findings, color=color)
        click.echo(shown, err=True, color=True if color else None)
        click.echo(f"{name}: {render.summary(result.findings)}", err=True)
        fixable = sum(bool(finding.diagnostic.edits()) for finding in result.findings)
        if fixable and not options.diff:
            click.echo(f"{name}: {fixable} can be fixed with `galc check --fix`", err=True)
    if result.known:
        click.echo(f"{name}: {result.known} known from {result.settings.baseline}", err=True)
    if result.stale:
        gone = f"{result.stale} known in {result.settings.baseline} no longer found"
        click.echo(f"{name}: {gone}; `--write-baseline` writes it anew", err=True)


def _errors(results: list[Result]) -> bool:
    return any(one.severity == "error" for result in results for one in result.findings)


def _fails(result: Result) -> bool:
    """Whether the findings of a file are grave enough for an exit status of 1."""
    grave = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
    return any(one.severity in grave[result.settings.fail_on] for one in result.findings)
