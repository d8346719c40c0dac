"""What a file loses on each target, as text, Markdown and JSON."""

from typing import Any

from galc.difference.shown import code_span, visible
from galc.explain import matrix
from galc.explain.excerpts import Line
from galc.explain.matrix import named_lines, target_object, to_object
from galc.explain.verdict import Explained, Loss, Verdict

SIGNS = {"approximate": "~", "unsupported": "-"}
#: Lines that are shown with their text before the rest is only counted.
MOST_SHOWN = 4


def elsewhere(loss: Loss) -> str:
    """`Envoy and Kong do this`; empty if no target does."""
    titles = loss.elsewhere
    if len(titles) < 2:
        return f"{titles[0]} does this" if titles else ""
    return f"{', '.join(titles[:-1])} and {titles[-1]} do this"


def shown_lines(loss: Loss) -> tuple[list[Line], str]:
    """The lines to be shown, and a word on the rest."""
    rest = [line.at for line in loss.lines[MOST_SHOWN:]]
    return list(loss.lines[:MOST_SHOWN]), f"and {named_lines(rest)}" if rest else ""


def as_text(explained: Explained) -> str:
    """Verdicts, what is lost, and the features with their lines."""
    return f"{losses_text(explained)}\n{matrix.as_text(explained.used)}"


def losses_text(explained: Explained) -> str:
    """The verdicts, and for each target what is lost, where, and what to do."""
    lines = [visible(explained.file), "", *map(str, explained.verdicts), ""]
    for verdict in explained.verdicts:
        if verdict.losses:
            lines += [verdict.target.title, ""]
            lines += [line for loss in verdict.losses for line in _loss_text(loss)]
            lines.append("")
    return "\n".join(lines)


def _loss_text(loss: Loss) -> list[str]:
    default = " (by default)" if loss.default else ""
    lines = [f"  {SIGNS[loss.level]} {', '.join(loss.features)}{default}: {visible(loss.why)}"]
    shown, rest = shown_lines(loss)
    lines += [f"      {line.at.spoken}: {line.text}".rstrip(": ") for line in shown]
    lines += [f"      {rest}"] if rest else []
    lines += [f"      instead: {loss.instead}"] if loss.instead else []
    return lines + ([f"      {elsewhere(loss)}"] if loss.elsewhere else [])


def as_markdown(explained: Explained) -> str:
    """The same for a comment on a pull request."""
    parts = [f"### {code_span(explained.file)}\n"]
    parts.append("".join(f"- **{v.target.title}**: {v.summary}\n" for v in explained.verdicts))
    for verdict in explained.verdicts:
        if verdict.losses:
            parts += [f"#### {verdict.target.title}\n", _losses_markdown(verdict)]
    return "\n".join([*parts, matrix.as_markdown(explained.used)])


def _losses_markdown(verdict: Verdict) -> str:
    lines = []
    for loss in verdict.losses:
        features = ", ".join(f"`{feature}`" for feature in loss.features)
        default = " (by default)" if loss.default else ""
        why = code_span(loss.why) if "<" in loss.why else visible(loss.why)
        lines.append(f"- {loss.level}{default}: {features}: {why}")
        shown, rest = shown_lines(loss)
        for line in shown:
            text = f": {code_span(line.text)}" if line.text else ""
            lines.append(f"  - {_spoken(line)}{text}")
        lines += [f"  - {code_span(rest) if ':' in rest else rest}"] if rest else []
        lines += [f"  - instead: {loss.instead}"] if loss.instead else []
        lines += [f"  - {elsewhere(loss)}"] if loss.elsewhere else []
    return "\n".join(lines) + "\n"


def _spoken(line: Line) -> str:
    return code_span(line.at.spoken) if line.at.name else line.at.spoken


def _line_object(line: Line) -> dict[str, Any]:
    """A line; its file is named where it isn't the one that was asked for."""
    other = {"file": line.at.name} if line.at.name else {}
    return {**other, "line": line.number, "text": line.text}


def as_json(explained: Explained) -> str:
    """An object with the same keys for every verdict and loss."""
    value = {
        "file": explained.file,
        "verdicts": [_verdict_object(verdict) for verdict in explained.verdicts],
        **to_object(explained.used),
    }
    return matrix.as_json(value)


def _verdict_object(verdict: Verdict) -> dict[str, Any]:
    return {
        **target_object(verdict.target),
        "builds": verdict.builds,
        "verdict": str(verdict),
        "unsupported": len(verdict.counted("unsupported")),
        "approximate": len(verdict.counted("approximate")),
        "defaults": len([loss for loss in verdict.losses if loss.default]),
        "losses": [_loss_object(loss) for loss in verdict.losses],
    }


def _loss_object(loss: Loss) -> dict[str, Any]:
    return {
        "level": loss.level,
        "default": loss.default,
        "features": list(loss.features),
        "why": loss.why,
        "instead": loss.instead,
        "elsewhere": list(loss.elsewhere),
        "lines": [_line_object(line) for line in loss.lines],
    }
