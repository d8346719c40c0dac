"""The feature × target matrix, whole or in part, as text, Markdown and JSON."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from galc.difference.shown import visible
from galc.ir.features import Feature, all_features
from galc.targets import Level, Support, Target

_MARKS: dict[Level, str] = {
    "native": "native",
    "emulated": "emulated",
    "approximate": "~",
    "unsupported": "-",
}
#: Mark → what it means, best first.
LEGEND = {
    "native": "the gateway's own construct does exactly this",
    "emulated": "composed of others, with the same behaviour",
    "~": "approximate",
    "-": "unsupported",
    "todo": "not built yet",
}
#: Lines that are named before the rest is only counted.
_MOST_LINES = 6


class Cell(Struct, frozen=True):
    """A target's answer for a feature; `together` tells of features that make it less.

    For a file, `support` is the worst that holds there, and the table's own answer otherwise.
    """

    support: Support
    together: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """The answer in one word or sign."""
        support = self.support
        return "todo" if support.level == "unsupported" and support.todo else _MARKS[support.level]


class At(NamedTuple):
    """A line, counted from 1; `name` is that of its file, where it isn't the one asked for."""

    file: int
    number: int
    name: str = ""

    def __str__(self) -> str:
        return f"{visible(self.name)}:{self.number}" if self.name else str(self.number)

    @property
    def spoken(self) -> str:
        """`line 4`, or `team.gal:4` in another file."""
        return str(self) if self.name else f"line {self.number}"


class Row(Struct, frozen=True):
    """A feature, and for a file the lines that use it; none for a default."""

    feature: Feature
    cells: tuple[Cell, ...]
    lines: tuple[At, ...] = ()


class Matrix(Struct, frozen=True):
    """Rows of features, with a cell for each target. `of_file`: the rows have lines."""

    targets: tuple[Target, ...]
    rows: tuple[Row, ...]
    of_file: bool = False


def matrix(targets: Sequence[Target], keys: Iterable[str] | None = None) -> Matrix:
    """The table of some targets, of all features or of those with the given keys."""
    features = all_features()
    chosen = [features[key] for key in (features if keys is None else keys)]
    rows = [Row(f, tuple(_cell(target, f.key) for target in targets)) for f in chosen]
    return Matrix(tuple(targets), tuple(rows))


def _cell(target: Target, key: str) -> Cell:
    together = [sentence(c.support) for c in target.conditions if c.feature == key]
    return Cell(target.support[key], tuple(together))


def sentence(support: Support) -> str:
    """An answer as a sentence: the level, what it is, and what to write instead."""
    level = "not yet" if support.todo else support.level
    text = f"{level}: {support.text}"
    return f"{text}; {support.instead}" if support.instead else text


def named_lines(lines: Sequence[At]) -> str:
    """`line 4`; `lines 4, 9 and 12`; `lines 4, 9, 12, 13, 14, 20 and 31 more`."""
    return lines[0].spoken if len(lines) == 1 else f"lines {_listed(lines)}"


def _listed(lines: Sequence[At]) -> str:
    if len(lines) == 1:
        return str(lines[0])
    if len(lines) <= _MOST_LINES:
        return f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"
    shown = ", ".join(map(str, lines[:_MOST_LINES]))
    return f"{shown} and {len(lines) - _MOST_LINES} more"


def _used(row: Row) -> str:
    return _listed(row.lines) if row.lines else "default"


def heads(matrix: Matrix) -> list[str]:
    """The names of the columns."""
    lines = ["lines"] if matrix.of_file else []
    return ["feature", *lines, *(target.title for target in matrix.targets)]


def texts(matrix: Matrix, row: Row) -> list[str]:
    """The cells of a row, none of them empty."""
    lines = [_used(row)] if matrix.of_file else []
    return [row.feature.key, *lines, *(cell.mark for cell in row.cells)]


def as_text(matrix: Matrix) -> str:
    """Aligned columns, and the legend."""
    table = [heads(matrix), *(texts(matrix, row) for row in matrix.rows)]
    columns = zip(*table, strict=True)
    least = [0] * (2 if matrix.of_file else 1) + [len("emulated")] * len(matrix.targets)
    widths = [max(n, *map(len, column)) for n, column in zip(least, columns, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in table
    ]
    return "\n".join([*lines, "", legend(), ""])


def legend() -> str:
    """All marks in one line."""
    return "; ".join(f"{mark}: {meaning}" for mark, meaning in LEGEND.items())


def as_markdown(matrix: Matrix) -> str:
    """A table of Markdown, and the legend."""
    rows = [[f"`{cells[0]}`", *cells[1:]] for cells in (texts(matrix, r) for r in matrix.rows)]
    return f"{table(heads(matrix), rows)}\n{legend()}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown; a `|` in a cell is escaped (GitHub Flavored Markdown 0.29, 4.10)."""
    lines = [head, ["---"] * len(head), *rows]
    cells = [[visible(cell).replace("|", "\\|") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def as_json(value: dict[str, Any]) -> str:
    """JSON as every format of this package writes it."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def to_object(matrix: Matrix) -> dict[str, Any]:
    """The matrix for programs: targets, features with an answer for each target, and the legend."""
    return {
        "targets": [target_object(target) for target in matrix.targets],
        "features": [_row_object(matrix, row) for row in matrix.rows],
        "legend": LEGEND,
    }


def target_object(target: Target) -> dict[str, Any]:
    """What a target is called."""
    return {"name": target.name, "title": target.title, "versions": target.versions}


def _row_object(matrix: Matrix, row: Row) -> dict[str, Any]:
    answers = zip(matrix.targets, row.cells, strict=True)
    return {
        "feature": row.feature.key,
        "meaning": row.feature.doc,
        "default": row.feature.default,
        **(_lines_object(row.lines) if matrix.of_file else {}),
        "support": {target.name: _answer(cell) for target, cell in answers},
    }


def _lines_object(lines: Sequence[At]) -> dict[str, Any]:
    """Lines of the file itself as numbers; those of other files apart."""
    others = [{"file": at.name, "line": at.number} for at in lines if at.name]
    own = [at.number for at in lines if not at.name]
    return {"lines": own, **({"in_other_files": others} if others else {})}


def _answer(cell: Cell) -> dict[str, Any]:
    return {**support_object(cell.support), "together": list(cell.together)}


def support_object(support: Support) -> dict[str, Any]:
    """An answer; null where something doesn't apply."""
    return {
        "level": support.level,
        "text": support.text,
        "instead": support.instead,
        "case": support.case or None,
        "todo": support.todo,
    }
