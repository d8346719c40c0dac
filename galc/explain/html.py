"""Self-contained pages: style and script stand in the page, and nothing else is ever loaded.

Every text goes through `escape`; the policy in the head allows only this style and this script, so
that a text which got past it could do nothing.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import groupby
from urllib.parse import quote

from galc import __version__
from galc.compiler import Checked
from galc.diagnostics import Diagnostic
from galc.difference.shown import visible
from galc.explain.file import elsewhere, shown_lines
from galc.explain.marks import Losses
from galc.explain.matrix import LEGEND, Cell, Matrix, Row, matrix, named_lines, sentence
from galc.explain.pages import default_text, explanation, refuses_values
from galc.explain.picture import Picture
from galc.explain.policies import usual_chips
from galc.explain.tree import rows as tree_rows
from galc.explain.verdict import Explained, Loss, Verdict, counted
from galc.ir.gateway import Gateway
from galc.secrecy.values import Masks, secrets
from galc.targets import Support, Target

#: After these the name of a feature may go on in a new line.
_BREAKS = re.compile("([._=])")
_CODE = re.compile(r"`([^`]+)`")
_CLASSES = {"-": "unsupported", "~": "approximate"}


def shown(text: str) -> str:
    """A text for a page, in which nothing is markup."""
    return escape(visible(text))


def prose(text: str) -> str:
    """A sentence of galc for a page: what stands in backticks is code."""
    return _CODE.sub(r"<code>\1</code>", shown(text))


def page(title: str, lead: str, body: Sequence[str], *, script: bool = False) -> str:
    """A whole page."""
    style = _resource("page.css")
    code = _resource("page.js") if script else ""
    scripts = f"'sha256-{_digest(code)}'" if code else "'none'"
    policy = (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src 'sha256-{_digest(style)}'; script-src {scripts}"
    )
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{shown(title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        f"<header><h1>{shown(title)}</h1>",
        f"<p>{shown(lead)}</p></header>",
        "<main>",
        *body,
        "</main>",
        f"<footer>Made by galc {__version__}.</footer>",
        *([f"<script>{code}</script>"] if code else []),
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _resource(name: str) -> str:
    return (files("galc.explain") / name).read_text("utf-8")


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


# The matrix


def matrix_page(table: Matrix) -> str:
    """The whole table."""
    lead = "Every feature of the language. Choose an answer for its sentence and for the live "
    lead += "case that shows it on the real gateway."
    body = [*_matrix(table), "<h2>Versions</h2>", '<ul class="losses">']
    body += [f"<li><b>{shown(t.title)}</b> {shown(t.versions)}</li>" for t in table.targets]
    return page("What each gateway can do", lead, [*body, "</ul>"], script=True)


def feature_page(topic: str, table: Matrix) -> str:
    """The rows of a topic."""
    lead = "What each gateway makes of it."
    return page(topic, lead, list(_matrix(table)), script=True)


def _matrix(table: Matrix) -> Iterator[str]:
    yield from _legend(any(cell.together for row in table.rows for cell in row.cells))
    yield (
        '<form class="filter" hidden><label>Filter <input type="search" '
        'placeholder="rate_limit, JWT, unsupported…"></label>'
        '<label><input type="checkbox"> only where gateways differ</label>'
        '<output aria-live="polite"></output></form>'
    )
    yield '<div class="scroll"><table class="matrix">'
    yield "<caption>Features, and each gateway's answer</caption>"
    heads = "".join(f'<th scope="col">{shown(target.title)}</th>' for target in table.targets)
    yield f'<thead><tr><th scope="col">feature</th>{heads}</tr></thead>'
    for group, found in groupby(table.rows, _group):
        columns = len(table.targets) + 1
        yield f'<tbody><tr class="group"><th colspan="{columns}" scope="rowgroup">{group}</th></tr>'
        for row in found:
            yield _row(table, row)
        yield "</tbody>"
    yield "</table></div>"


def _legend(has_together: bool) -> Iterator[str]:
    yield '<ul class="legend" aria-label="Legend">'
    for mark, meaning in LEGEND.items():
        yield f'<li><span class="mark {_CLASSES.get(mark, mark)}">{mark}</span> {meaning}</li>'
    if has_together:
        yield '<li><span class="aside">†</span> less together with something else</li>'
    yield "</ul>"


def _group(row: Row) -> str:
    return row.feature.key.partition("=")[0].partition(".")[0]


def _row(table: Matrix, row: Row) -> str:
    feature = row.feature
    notes = [] if feature.field else [prose(feature.doc)]
    default = default_text(feature)
    notes += [f"Default: <code>{shown(default)}</code>."] if default else []
    if table.of_file:
        notes = [shown(named_lines(row.lines)) if row.lines else "not written: its default counts"]
    meaning = f'<span class="meaning">{" ".join(notes)}</span>' if notes else ""
    cells = "".join(map(_cell, table.targets, row.cells))
    key = shown(feature.key)
    name = _BREAKS.sub(r"\1<wbr>", key)
    return f'<tr id="{key}"><th scope="row"><code>{name}</code>{meaning}</th>{cells}</tr>'


def _cell(target: Target, cell: Cell) -> str:
    """The mark, with its sentence and the live case behind it."""
    case = cell.support.case.replace("-", " ")
    together = [f"Together with others: {text}" for text in cell.together]
    lines = [f"{target.title}: {sentence(cell.support)}.", *(f"{text}." for text in together)]
    tip = "\n".join([*lines, *([f"Shown by the live case “{case}”."] if case else [])])
    inner = "".join(f"<p>{prose(line)}</p>" for line in lines)
    if case:
        inner += f'<p class="case">Shown by the live case “{shown(case)}”.</p>'
    dagger = '<span class="aside"> †</span>' if together else ""
    return (
        f'<td><details><summary data-tip="{_attribute(tip)}"><span class="mark '
        f'{_CLASSES.get(cell.mark, cell.mark)}">{cell.mark}</span>{dagger}</summary>{inner}'
        "</details></td>"
    )


def _attribute(text: str) -> str:
    return "&#10;".join(map(shown, text.split("\n")))


# A file


def file_page(told: Explained, checked: Checked) -> str:
    """Verdicts, what is lost, the routing tree, and the features that the file uses."""
    assert checked.state is not None and checked.state.gateway is not None
    gateway = checked.state.gateway
    gateway = Masks(secrets(gateway)).apply(gateway)
    picture = Picture(gateway, Losses(checked, told.verdicts))
    body = [
        *_verdicts(told.verdicts),
        "<h2>Routing</h2>",
        "<p>Amber is what a gateway does differently, red what one can't do. Point at a part for "
        "its whole name and what is lost.</p>",
        f'<div class="scroll picture" tabindex="0" role="group" aria-label="Routing tree">'
        f"{picture.svg()}</div>",
        *_route_table(gateway),
        *_losses(told.verdicts),
        "<h2>The features it uses</h2>",
        *_matrix(told.used),
    ]
    routes, services = len(gateway.routes), len(gateway.upstreams)
    lead = f"{counted(routes, 'route')}, {counted(services, 'service')}, and what becomes of "
    lead += f"{'it' if routes == 1 else 'them'} on each gateway."
    return page(told.file, lead, body, script=True)


def _verdicts(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield '<ul class="verdicts" aria-label="Verdicts">'
    for verdict in verdicts:
        refused, near = verdict.counted("unsupported"), verdict.counted("approximate")
        level = "unsupported" if refused else "approximate" if near else "native"
        yield (
            f'<li class="{level}"><strong>{shown(verdict.target.title)}</strong>'
            f'<span class="says">{shown(verdict.summary)}</span></li>'
        )
    yield "</ul>"


def _losses(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "<h2>What is lost, and where</h2>"
    for verdict in verdicts:
        if not verdict.losses:
            continue
        is_open = "" if verdict.builds else " open"
        yield f'<details class="target"{is_open}><summary>{shown(str(verdict))}</summary>'
        yield '<ul class="losses">'
        yield from map(_loss, verdict.losses)
        yield "</ul></details>"
    if not any(verdict.losses for verdict in verdicts):
        yield "<p>Nothing.</p>"


def _loss(loss: Loss) -> str:
    links = ", ".join(
        f'<a href="#{quote(feature)}"><code>{shown(feature)}</code></a>'
        for feature in loss.features
    )
    default = " by default" if loss.default else ""
    lines, rest = shown_lines(loss)
    texts = (f" <code>{escape(line.text)}</code>" if line.text else "" for line in lines)
    items = "".join(
        f"<li>{shown(line.at.spoken)}{text}</li>" for line, text in zip(lines, texts, strict=True)
    )
    items += f"<li>{shown(rest)}</li>" if rest else ""
    parts = [
        f'<li><span class="mark {loss.level}">{loss.level}{default}</span> {links}',
        f"<p>{prose(loss.why)}</p><ol>{items}</ol>",
    ]
    if loss.instead:
        parts.append(f'<p class="instead"><b>Instead:</b> {prose(loss.instead)}.</p>')
    if loss.elsewhere:
        parts.append(f'<p class="instead">{shown(elsewhere(loss))}.</p>')
    return "".join([*parts, "</li>"])


def _route_table(gateway: Gateway) -> Iterator[str]:
    """The picture for those who read or search."""
    yield '<details class="target"><summary>The same as a table</summary>'
    yield '<div class="scroll"><table><caption>Routes</caption><thead><tr>'
    for head in ("host", "path", "methods", "policies", "service", "servers"):
        yield f'<th scope="col">{head}</th>'
    yield "</tr></thead><tbody>"
    found = usual_chips(gateway.routes)
    for row in tree_rows(gateway.routes):
        route = row.route
        if route is None:
            continue
        match = route.match
        forms = {"exact": match.value, "regex": f"~ {match.value}"}
        path = forms.get(match.kind, f"{match.value.rstrip('/')}/*")
        cells = (
            ", ".join(route.hosts) or "any",
            " ".join(route.methods) or "every",
            "; ".join(chip.sentence for chip in found(route)) or "none",
            route.service,
            ", ".join(f"{target.host}:{target.port}" for target in route.upstream.targets),
        )
        host, *others = (f"<td>{shown(cell)}</td>" for cell in cells)
        yield f'<tr>{host}<th scope="row"><code>{shown(path)}</code></th>{"".join(others)}</tr>'
    yield "</tbody></table></div></details>"


# Other pages


def target_page(target: Target) -> str:
    """A target's column, what goes less well together, and which values it takes."""
    artifacts = ", ".join(target.artifacts)
    body = list(_matrix(matrix((target,))))
    if target.conditions:
        body += ["<h2>Together</h2>", '<ul class="losses">']
        body += [_condition(c.feature, c.support) for c in target.conditions]
        body.append("</ul>")
    values = refuses_values(target)
    body += [f"<p>{prose(values)}</p>"] if values else []
    lead = f"Versions: {target.versions}. galc writes {artifacts}."
    return page(target.title, lead, body, script=True)


def _condition(feature: str, support: Support) -> str:
    mark = f'<span class="mark {support.level}">{support.level}</span>'
    more = f" Instead: {prose(support.instead)}." if support.instead else ""
    return f"<li>{mark} <code>{shown(feature)}</code><p>{prose(support.text)}.{more}</p></li>"


def code_page(diagnostic: type[Diagnostic]) -> str:
    """A code: what it means, what raises it and what doesn't."""
    body = [f"<p>{prose(explanation(diagnostic))}</p>"]
    examples = (("This raises it", diagnostic.bad), ("This doesn't", diagnostic.fix))
    for head, text in (*diagnostic.beside_example(), *examples):
        body += [f"<h2>{prose(head)}</h2>", f"<pre>{escape(text)}</pre>"] if text else []
    lead = f"A diagnostic of galc: {diagnostic.default_severity}."
    return page(f"{diagnostic.code}: {diagnostic.title}", lead, body)
