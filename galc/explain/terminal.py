"""The matrix on a terminal. The only module that imports rich, and only a terminal needs it."""

from io import StringIO
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from galc.explain.matrix import LEGEND, Matrix, heads, texts

_STYLES = {
    "native": "green",
    "emulated": "cyan",
    "~": "yellow",
    "-": "red",
    "todo": "dim",
}


def rendered(matrix: Matrix, *, color: bool) -> str:
    """The matrix and its legend, as wide as the terminal at most; a line between groups of
    features."""
    out = StringIO()
    system: Literal["auto"] | None = "auto" if color else None
    console = Console(file=out, force_terminal=True, color_system=system, highlight=False)
    table = Table(header_style="bold" if color else "")
    for number, head in enumerate(heads(matrix)):
        is_answer = number >= len(heads(matrix)) - len(matrix.targets)
        table.add_column(head, overflow="fold", no_wrap=is_answer)
    for row, following in zip(matrix.rows, (*matrix.rows[1:], None), strict=True):
        cells = [Text(cell, style=_STYLES.get(cell, "")) for cell in texts(matrix, row)]
        ends = following is not None and _group(following.feature.key) != _group(row.feature.key)
        table.add_row(*cells, end_section=ends)
    console.print(table)
    for mark, meaning in LEGEND.items():
        console.print(Text.assemble((mark.rjust(8), _STYLES[mark]), f"  {meaning}"))
    return out.getvalue()


def _group(key: str) -> str:
    return key.partition("=")[0].partition(".")[0]
