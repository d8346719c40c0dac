"""The page of a target, of a feature, and of a diagnostic code, in three formats."""

from collections.abc import Sequence

from galc.diagnostics import Diagnostic
from galc.explain.matrix import (
    Matrix,
    as_json,
    matrix,
    sentence,
    support_object,
    table,
    target_object,
    to_object,
)
from galc.ir.features import Feature, all_features
from galc.targets import Support, Target

_VALUES = (
    "A value that no configuration of {} can hold is refused where it stands (GAL4005); "
    "`galc explain FILE` names them."
)


def feature_keys(topic: str) -> list[str]:
    """The features that a topic names: one, all values of a field, or all of a construct."""
    begins = (f"{topic}.", f"{topic}=")
    return [key for key in all_features() if key == topic or key.startswith(begins)]


def refuses_values(target: Target) -> str | None:
    """A sentence on values, of a target that looks at them."""
    without = Target.__struct_defaults__[-1]
    return None if target.values is without else _VALUES.format(target.title)


def _with_case(support: Support) -> str:
    case = f" [{support.case}]" if support.case else ""
    return f"{sentence(support)}{case}"


def target_text(target: Target) -> str:
    """A target: versions, files, every answer, and what goes less well together."""
    lines = [f"{target.title} ({target.versions})", ""]
    lines += [f"writes: {', '.join(target.artifacts)}", ""]
    lines += [f"{key}: {_with_case(support)}" for key, support in target.support.items()]
    if target.conditions:
        lines += ["", "together:"]
        lines += [f"{c.feature}: {_with_case(c.support)}" for c in target.conditions]
    values = refuses_values(target)
    return "\n".join([*lines, *(["", values] if values else [])]) + "\n"


def target_markdown(target: Target) -> str:
    """The same for Markdown."""
    files = ", ".join(f"`{name}`" for name in target.artifacts)
    rows = [(f"`{key}`", _with_case(support)) for key, support in target.support.items()]
    parts = [
        f"# {target.title}\n",
        f"Versions: {target.versions}. Writes {files}.\n",
        table(("feature", "answer"), rows),
    ]
    if target.conditions:
        together = [(f"`{c.feature}`", _with_case(c.support)) for c in target.conditions]
        parts += ["## Together\n", table(("feature", "answer"), together)]
    values = refuses_values(target)
    return "\n".join([*parts, *([f"{values}\n"] if values else [])])


def target_json(target: Target) -> str:
    """The same for programs."""
    value = {
        **target_object(target),
        "artifacts": list(target.artifacts),
        "features": {key: support_object(s) for key, s in target.support.items()},
        "together": [
            {"feature": c.feature, **support_object(c.support)} for c in target.conditions
        ],
        "refuses_values": refuses_values(target) is not None,
    }
    return as_json(value)


def feature_text(topic: str, targets: Sequence[Target]) -> str:
    """A feature with its answers, and those below it."""
    lines: list[str] = []
    for row in matrix(targets, feature_keys(topic)).rows:
        lines += _heading(row.feature)
        for target, cell in zip(targets, row.cells, strict=True):
            lines.append(f"  {target.title}: {_with_case(cell.support)}")
            lines += [f"    together: {text}" for text in cell.together]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _heading(feature: Feature) -> list[str]:
    lines = [feature.key, f"  {feature.doc}"]
    default = default_text(feature)
    return [*lines, f"  default: {default}"] if default else lines


def default_text(feature: Feature) -> str:
    """A default as a file would write it; empty where there is none to speak of."""
    default = feature.default
    if default in (None, (), {}, ""):
        return ""
    if isinstance(default, tuple):
        return ", ".join(map(str, default))
    return str(default).lower() if isinstance(default, bool) else str(default)


def feature_markdown(topic: str, targets: Sequence[Target]) -> str:
    """The same for Markdown."""
    parts = []
    for row in matrix(targets, feature_keys(topic)).rows:
        default = default_text(row.feature)
        more = f" Default: `{default}`." if default else ""
        parts += [f"## `{row.feature.key}`\n", f"{row.feature.doc}{more}\n"]
        rows = [
            (target.title, "; together: ".join((_with_case(cell.support), *cell.together)))
            for target, cell in zip(targets, row.cells, strict=True)
        ]
        parts.append(table(("target", "answer"), rows))
    return "\n".join(parts)


def feature_json(topic: str, targets: Sequence[Target]) -> str:
    """The same for programs: the matrix, cut to these features."""
    return as_json(to_object(feature_matrix(topic, targets)))


def feature_matrix(topic: str, targets: Sequence[Target]) -> Matrix:
    """The rows of a topic."""
    return matrix(targets, feature_keys(topic))


def explanation(diagnostic: type[Diagnostic]) -> str:
    """The paragraph on a diagnostic."""
    return " ".join((diagnostic.__doc__ or "").split())


def code_text(diagnostic: type[Diagnostic]) -> str:
    """A code: title, severity, explanation, what raises it and what doesn't."""
    head = f"{diagnostic.code}: {diagnostic.title} ({diagnostic.default_severity})"
    lines = [head, "", explanation(diagnostic)]
    for word, text in diagnostic.beside_example():
        lines += ["", f"{word}:", "", *_indented(text)]
    if diagnostic.bad:
        lines += ["", "This raises it:", "", *_indented(diagnostic.bad)]
    if diagnostic.fix:
        lines += ["", "This doesn't:", "", *_indented(diagnostic.fix)]
    return "\n".join(lines) + "\n"


def _indented(text: str) -> list[str]:
    return [f"    {line}".rstrip() for line in text.splitlines()]


def code_markdown(diagnostic: type[Diagnostic]) -> str:
    """The same for Markdown."""
    parts = [
        f"# {diagnostic.code}: {diagnostic.title}\n",
        f"*{diagnostic.default_severity.capitalize()}.* {explanation(diagnostic)}\n",
    ]
    for word, text in diagnostic.beside_example():
        parts += [f"{word}:\n", f"```text\n{text}```\n"]
    if diagnostic.bad:
        parts += ["This raises it:\n", f"```text\n{diagnostic.bad}```\n"]
    if diagnostic.fix:
        parts += ["This doesn't:\n", f"```text\n{diagnostic.fix}```\n"]
    return "\n".join(parts)


def code_json(diagnostic: type[Diagnostic]) -> str:
    """The same for programs."""
    value = {
        "code": diagnostic.code,
        "title": diagnostic.title,
        "severity": diagnostic.default_severity,
        "explanation": explanation(diagnostic),
        "bad": diagnostic.bad or None,
        "fix": diagnostic.fix or None,
        "base": diagnostic.example_base or None,
        "files": dict(diagnostic.example_files),
    }
    return as_json(value)
