"""`galc explain`: the capability table, a target, a feature, or a diagnostic code."""

import click

from galc import targets
from galc.cli.io import UsageError
from galc.diagnostics import all_codes, listed, nearest
from galc.ir.features import Feature, all_features
from galc.targets import Support, Target

_MARKS = {"native": "native", "emulated": "emulated", "approximate": "~", "unsupported": "-"}
_LEGEND = (
    "native: the gateway's own construct does exactly this; emulated: composed of others, with the "
    "same behaviour; ~: approximate; -: unsupported; todo: not built yet"
)


@click.command()
@click.argument("topic", required=False, metavar="[TARGET|FEATURE|CODE]")
def command(topic: str | None) -> None:
    """Show what each target can do, or all about a TARGET, a FEATURE or a diagnostic CODE."""
    known = {name: targets.load(name) for name in targets.ALL}
    features = all_features()
    if topic is None:
        click.echo(_matrix(list(known.values())), nl=False)
    elif topic in known:
        click.echo(_target(known[topic]), nl=False)
    elif topic in features or any(key.startswith(f"{topic}.") for key in features):
        click.echo(_feature(topic, list(known.values())), nl=False)
    elif topic.upper() in all_codes():
        click.echo(_code(topic.upper()), nl=False)
    else:
        words = (*known, *features, *all_codes())
        word = nearest(topic, words)
        hint = f"did you mean `{word}`?" if word else f"targets: {listed(tuple(known))}"
        raise UsageError(f"nothing is known of `{topic}`; {hint}")


def _cell(support: Support) -> str:
    if support.level == "unsupported" and support.todo:
        return "todo"
    return _MARKS[support.level]


def _matrix(known: list[Target]) -> str:
    features = all_features()
    width = max(map(len, features))
    columns = [max(len(target.title), len("emulated")) for target in known]
    heads = "  ".join(t.title.ljust(n) for t, n in zip(known, columns, strict=True))
    lines = [f"{'feature'.ljust(width)}  {heads}".rstrip()]
    for key in features:
        cells = "  ".join(
            _cell(t.support[key]).ljust(n) for t, n in zip(known, columns, strict=True)
        )
        lines.append(f"{key.ljust(width)}  {cells}".rstrip())
    return "\n".join([*lines, "", _LEGEND, ""])


def _target(target: Target) -> str:
    lines = [f"{target.title} ({target.versions})", ""]
    lines += [f"writes: {', '.join(target.artifacts)}", ""]
    for key, support in target.support.items():
        lines.append(f"{key}: {_sentence(support)}")
    if target.conditions:
        lines += ["", "together:"]
        lines += [f"{c.feature}: {_sentence(c.support)}" for c in target.conditions]
    return "\n".join(lines) + "\n"


def _sentence(support: Support) -> str:
    level = "not yet" if support.todo else support.level
    text = f"{level}: {support.text}"
    if support.instead:
        text += f"; {support.instead}"
    return text


def _feature(topic: str, known: list[Target]) -> str:
    lines: list[str] = []
    for key, feature in all_features().items():
        if key == topic or key.startswith((f"{topic}.", f"{topic}=")):
            lines += [*_heading(feature), *(_answer(target, key) for target in known), ""]
    return "\n".join(lines[:-1]) + "\n"


def _heading(feature: Feature) -> list[str]:
    lines = [feature.key, f"  {feature.doc}"]
    if feature.default not in (None, (), {}, ""):
        default = feature.default
        shown = ", ".join(map(str, default)) if isinstance(default, tuple) else str(default)
        lines.append(f"  default: {shown.lower() if isinstance(default, bool) else shown}")
    return lines


def _answer(target: Target, key: str) -> str:
    support = target.support[key]
    case = f" [{support.case}]" if support.case else ""
    return f"  {target.title}: {_sentence(support)}{case}"


def _code(code: str) -> str:
    diagnostic = all_codes()[code]
    explanation = " ".join((diagnostic.__doc__ or "").split())
    lines = [f"{code}: {diagnostic.title} ({diagnostic.default_severity})", "", explanation]
    if diagnostic.bad:
        lines += ["", "This raises it:", "", *_indented(diagnostic.bad)]
    if diagnostic.fix:
        lines += ["", "This doesn't:", "", *_indented(diagnostic.fix)]
    return "\n".join(lines) + "\n"


def _indented(text: str) -> list[str]:
    return [f"    {line}".rstrip() for line in text.splitlines()]
