"""`galc explain`: the capability table, a file, a target, a feature, or a diagnostic code."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from galc import targets
from galc.cli import io
from galc.cli.build import choose_targets, report
from galc.cli.values import options, values_of
from galc.compiler import Checked
from galc.diagnostics import all_codes, listed, nearest
from galc.frontend.source import Source
from galc.ir.features import all_features
from galc.targets import Target

if TYPE_CHECKING:
    from galc.explain.matrix import Matrix

#: Format → what makes it; the work is done for the one that is asked for.
Forms = dict[str, Callable[[], str]]


@click.command()
@click.argument("topic", required=False, metavar="[FILE|TARGET|FEATURE|CODE]")
@click.option("-t", "--target", "names", metavar="NAME[,NAME…]|all", help="Only these targets.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json", "html"]),
    default="text",
    show_default=True,
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
@options
@click.option("--document", type=click.IntRange(min=1), metavar="N", help="Of several in a file.")
def command(
    topic: str | None,
    names: str | None,
    form: str,
    output: str | None,
    document: int | None,
    **given: Any,
) -> None:
    """Show what each target can do, what becomes of FILE (or standard input, `-`) on each, or all
    about a TARGET, a FEATURE or a diagnostic CODE.

    A path that exists is a FILE.
    """
    is_file = topic is not None and _is_file(topic)
    if document is not None and not is_file:
        raise io.UsageError("`--document` goes with a FILE")
    if any(given.values()) and not is_file:
        raise io.UsageError("variables and overlays go with a FILE")
    if topic is not None and is_file:
        if _is_known(topic):
            click.echo(_AMBIGUOUS.format(topic), err=True)
        values = values_of(**given)
        checked = values.load(topic, document)
        values.refuse_unknown()
        forms = _file(checked, names, on_terminal=_on_terminal(form, output))
    elif topic is None:
        forms = _matrix(_chosen(names), on_terminal=_on_terminal(form, output))
    else:
        forms = _page(topic, names)
    _deliver(forms[form](), output)


_AMBIGUOUS = (
    "galc: `{0}` is read as the file of that name; where there is no such file, "
    "`galc explain {0}` explains the word"
)


def _is_file(topic: str) -> bool:
    path = Path(topic)
    try:
        return topic == "-" or (path.exists() and not path.is_dir())
    except OSError:
        return False


def _is_known(topic: str) -> bool:
    from galc.explain.pages import feature_keys

    return topic in targets.ALL or bool(feature_keys(topic)) or topic.upper() in all_codes()


def _on_terminal(form: str, output: str | None) -> bool:
    return form == "text" and output is None and sys.stdout.isatty()


def _chosen(names: str | None) -> list[Target]:
    nothing = Checked(Source("", "", "yaml"), None, ())
    return choose_targets("all" if names is None else names, nothing)


def _matrix(chosen: list[Target], *, on_terminal: bool) -> Forms:
    from galc.explain import html, matrix

    table = matrix.matrix(chosen)
    return {
        "text": lambda: _for_terminal(table) if on_terminal else matrix.as_text(table),
        "markdown": lambda: matrix.as_markdown(table),
        "json": lambda: matrix.as_json(matrix.to_object(table)),
        "html": lambda: html.matrix_page(table),
    }


def _for_terminal(table: "Matrix") -> str:
    from galc.explain import terminal

    return terminal.rendered(table, color=io.use_color(sys.stdout))


def _file(checked: Checked, names: str | None, *, on_terminal: bool) -> Forms:
    """Precondition for an answer is a file without errors: half a file would get half a truth."""
    if not checked.ok:
        report(checked, [d for d in checked.diagnostics if d.severity == "error"])
        sys.exit(1)
    from galc.explain import file, html
    from galc.explain.verdict import explained

    told = explained(checked, _chosen(names))

    def text() -> str:
        if on_terminal:
            return f"{file.losses_text(told)}\n{_for_terminal(told.used)}"
        return file.as_text(told)

    return {
        "text": text,
        "markdown": lambda: file.as_markdown(told),
        "json": lambda: file.as_json(told),
        "html": lambda: html.file_page(told, checked),
    }


def _page(topic: str, names: str | None) -> Forms:
    """What is known of a word; a feature's page can be cut to some targets."""
    from galc.explain import html, pages

    if pages.feature_keys(topic):
        chosen = _chosen(names)
        return {
            "text": lambda: pages.feature_text(topic, chosen),
            "markdown": lambda: pages.feature_markdown(topic, chosen),
            "json": lambda: pages.feature_json(topic, chosen),
            "html": lambda: html.feature_page(topic, pages.feature_matrix(topic, chosen)),
        }
    if names is not None:
        raise io.UsageError("`-t` goes with the whole table, a feature or a FILE")
    if topic in targets.ALL:
        target = targets.load(topic)
        return {
            "text": lambda: pages.target_text(target),
            "markdown": lambda: pages.target_markdown(target),
            "json": lambda: pages.target_json(target),
            "html": lambda: html.target_page(target),
        }
    diagnostic = all_codes().get(topic.upper())
    if diagnostic is None:
        _unknown(topic)
    return {
        "text": lambda: pages.code_text(diagnostic),
        "markdown": lambda: pages.code_markdown(diagnostic),
        "json": lambda: pages.code_json(diagnostic),
        "html": lambda: html.code_page(diagnostic),
    }


def _unknown(topic: str) -> NoReturn:
    if topic.endswith((".gal", ".yaml", ".yml")) or "/" in topic:
        io.fail(f"can't read {topic}: No such file or directory")
    features = all_features()
    fields = {key.partition("=")[0] for key in features}
    groups = {field.rsplit(".", n)[0] for field in fields for n in range(1, field.count(".") + 1)}
    words = dict.fromkeys((*targets.ALL, *features, *sorted(fields | groups), *all_codes()))
    word = nearest(topic, tuple(words))
    known = f"there is no such file; targets: {listed(tuple(targets.ALL))}"
    hint = f"did you mean `{word}`?" if word else known
    raise io.UsageError(f"nothing is known of `{topic}`; {hint}")


def _deliver(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        path = Path(output)
        io.write_artifacts(path.parent, {path.name: text})
