"""Only here do places become lines and columns."""

import json
from typing import ClassVar

import pytest

from galc.diagnostics import Diagnostic, Severity, listed, nearest, render, spelled
from galc.frontend.source import Place, Source, Span


class Finding(Diagnostic, frozen=True):
    """For these tests."""

    code: ClassVar[str] = "GAL9999"
    text: str = "something is wrong"
    advice: str | None = None
    others: tuple[tuple[Span, str], ...] = ()
    level: Severity = "error"

    @property
    def severity(self) -> Severity:
        return self.level

    def message(self) -> str:
        return self.text

    def help(self) -> str | None:
        return self.advice

    def related(self) -> tuple[tuple[Place, str], ...]:
        return self.others  # type: ignore[return-value]


def span_of(place: Place | Span) -> Span:
    assert isinstance(place, Span)
    return place


def shown(text: str, *found: Diagnostic, color: bool = False) -> str:
    return render.as_text(Source("in.yaml", text, "yaml"), found, span_of, color=color)


def carets(text: str) -> tuple[str, str]:
    """The excerpt's line and the one with the carets below it."""
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if "^" in line)
    return lines[at - 1], lines[at]


def test_a_whole_diagnostic() -> None:
    assert shown("a: 1\nb: 22\n", Finding(Span(1, 3, 1, 5), advice="do this")) == (
        "error[GAL9999]: something is wrong\n"
        " --> in.yaml:2:4\n"
        "  |\n"
        "2 | b: 22\n"
        "  |    ^^\n"
        "  = help: do this\n"
    )


@pytest.mark.parametrize(
    ("line", "start", "end", "before", "width"),
    [
        ("abc", 1, 2, 1, 1),
        ("日本 x", 3, 4, 5, 1),
        ("日本 x", 0, 2, 0, 4),
        ("e\u0301x", 2, 3, 1, 1),
        ("\tx", 1, 2, 4, 1),
        ("\x1b[31mx", 5, 6, 8, 1),
        ("abc", 3, 3, 3, 1),
        ("abc", 99, 100, 3, 1),
        ("", 0, 0, 0, 1),
        ("ａx", 1, 2, 2, 1),
    ],
)
def test_carets_stand_under_the_text(
    line: str, start: int, end: int, before: int, width: int
) -> None:
    _, below = carets(shown(line + "\n", Finding(Span(0, start, 0, end))))
    assert below == "  | " + " " * before + "^" * width


def test_of_several_lines_the_first_is_marked_to_its_end() -> None:
    above, below = carets(shown("a: {b: 1,  \n  c: 2}\n", Finding(Span(0, 3, 1, 6))))
    assert above.rstrip() == "1 | a: {b: 1,"
    assert below == "  |    ^^^^^^"


def test_of_a_long_line_the_part_around_is_shown() -> None:
    line = "x" * 300 + "HERE" + "y" * 300
    above, below = carets(shown(line, Finding(Span(0, 300, 0, 304))))
    assert len(above) < 180 and "HERE" in above and "…" in above
    assert above[below.index("^") : below.rindex("^") + 1] == "HERE"


def test_a_mark_longer_than_what_is_shown_ends_with_it() -> None:
    above, below = carets(shown("x" * 500, Finding(Span(0, 0, 0, 500))))
    assert len(below) <= len(above) + 1


def test_related_places() -> None:
    found = Finding(
        Span(2, 0, 2, 1), others=((Span(0, 0, 0, 1), "first"), (Span(2, 2, 2, 3), "same line"))
    )
    text = shown("a: 1\n\nb c\n", found)
    assert " :: line 1\n1 | a: 1\n  | ^ first\n" in text
    assert "3 | b c\n  |   ^ same line\n" in text


def test_the_margin_fits_the_longest_line_number() -> None:
    text = shown("a\n" * 12, Finding(Span(2, 0, 2, 1), others=((Span(11, 0, 11, 1), "there"),)))
    assert " 3 | a\n" in text and "12 | a\n" in text and "  --> in.yaml:3:1" in text


def test_findings_stand_in_source_order() -> None:
    one, two, three = (Finding(Span(n, 0, n, 1), text=f"number {n}") for n in (2, 0, 1))
    text = shown("a\nb\nc\n", one, two, three)
    assert text.index("number 0") < text.index("number 1") < text.index("number 2")


def test_control_characters_can_not_move_the_cursor() -> None:
    text = shown(
        "a\x1b[2J\x07b\n", Finding(Span(0, 0, 0, 1), text="got \x1b[0m", advice="\x9b or \x7f")
    )
    assert not any((ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 for c in text)


def test_color() -> None:
    text = shown("a\n", Finding(Span(0, 0, 0, 1), advice="b"), color=True)
    assert "\x1b[1;31merror[GAL9999]\x1b[0m" in text and "\x1b[1;32mhelp\x1b[0m" in text
    assert "\x1b" not in shown("a\n", Finding(Span(0, 0, 0, 1), advice="b"))


def test_nothing_found_is_nothing_shown() -> None:
    assert shown("") == ""
    assert shown("", Finding(Span(0, 0, 0, 1))).startswith("error[GAL9999]")


def test_json() -> None:
    found = [Finding(Span(1, 3, 1, 5), others=((Span(0, 0, 0, 1), "é"),), level="warning")]
    value = render.as_json(Source("in.yaml", "a\nb", "yaml"), found, span_of)
    text = render.dump(value)
    assert "é" in text and text.endswith("\n")
    position = {"file": "in.yaml", "line": 2, "column": 4, "end_line": 2, "end_column": 6}
    first = {"file": "in.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 2}
    assert json.loads(text) == [
        {"code": "GAL9999", "severity": "warning", "message": "something is wrong", "help": None,
         **position, "related": [{"message": "é", **first}]}
    ]  # fmt: skip


def test_summaries() -> None:
    at = Span(0, 0, 0, 1)
    found = [Finding(at), Finding(at), Finding(at, level="warning"), Finding(at, level="note")]
    assert render.summary(found) == "2 errors, 1 warning, 1 note"
    assert render.summary(found, notes=False) == "2 errors, 1 warning"
    assert render.summary([]) == ""


def test_words() -> None:
    assert spelled(("services", 0, "routes", 2, "cors")) == "services[0].routes[2].cors"
    assert spelled(()) == "the document"
    assert listed(("a",)) == "`a`"
    assert listed(("a", "b", "c"), "and") == "`a`, `b` and `c`"
    assert listed(("a", "b", "c"), most=1) == "`a` or …"
    assert nearest("Rate-Limit", ("rate_limit", "retry")) == "rate_limit"
    assert nearest("zzz", ("rate_limit", "retry")) is None
