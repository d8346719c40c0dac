"""Only here do places become lines and columns."""

from typing import ClassVar

import pytest

from galc.diagnostics import Diagnostic, Severity, listed, nearest, render, spelled
from galc.frontend.source import Place, Source, Span, Spelling


class Finding(Diagnostic, frozen=True):
    """For these tests."""

    code: ClassVar[str] = "GAL9999"
    text: str = "something is wrong"
    advice: str | None = None
    others: tuple[tuple[Span, str], ...] = ()
    level: Severity = "error"
    beside: str | None = None

    @property
    def severity(self) -> Severity:
        return self.level

    def message(self) -> str:
        return self.text

    def help(self) -> str | None:
        return self.advice

    def label(self) -> str | None:
        return self.beside

    def related(self) -> tuple[tuple[Place | Span, str], ...]:
        return self.others


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
        ("👩\u200d👩x", 3, 4, 4, 1),
        ("♥\ufe0fx", 2, 3, 1, 1),
        ("a\u200fb", 2, 3, 7, 1),
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
    assert above[below.index("^") : below.rindex("^") + 1] == "HERE"
    assert above.startswith("1 | …x") and above.endswith("y…") and len(above) == 4 + 1 + 160 + 1


def test_near_the_end_of_a_long_line_as_much_is_shown_as_elsewhere() -> None:
    above, below = carets(shown("x" * 300 + "HERE", Finding(Span(0, 300, 0, 304))))
    assert above == "1 | …" + "x" * 156 + "HERE" and below.index("^") == above.index("H")


def test_a_long_line_of_wide_characters_is_cut_by_columns() -> None:
    above, below = carets(shown("日" * 300 + "x" + "本" * 300, Finding(Span(0, 300, 0, 301))))
    assert above == "1 | …" + "日" * 40 + "x" + "本" * 39 + "…"
    assert below == "  | " + " " * 81 + "^"


def test_a_mark_longer_than_what_is_shown_ends_with_it() -> None:
    above, below = carets(shown("x" * 500, Finding(Span(0, 0, 0, 500))))
    assert above == "1 | " + "x" * 160 + "…" and below == "  | " + "^" * 160


def test_related_places_stand_in_the_order_of_the_lines() -> None:
    found = Finding(
        Span(2, 0, 2, 1),
        others=(
            (Span(0, 0, 0, 1), "first"),
            (Span(2, 2, 2, 3), "same line"),
            (Span(3, 0, 3, 4), "below"),
        ),
        beside="here",
    )
    assert shown("a: 1\n\nb c\nlast\n", found) == (
        "error[GAL9999]: something is wrong\n"
        " --> in.yaml:3:1\n"
        "  |\n"
        "1 | a: 1\n"
        "  | - first\n"
        "...\n"
        "3 | b c\n"
        "  | ^ here\n"
        "  |   - same line\n"
        "4 | last\n"
        "  | ---- below\n"
    )


def test_two_marks_far_apart_in_a_long_line_are_both_shown() -> None:
    line = "a" + "x" * 400 + "b"
    text = shown(line, Finding(Span(0, 401, 0, 402), others=((Span(0, 0, 0, 1), "first"),)))
    assert "x" * 40 + "b\n" in text and "1 | ax" in text and "\n  | - first\n" in text


@pytest.mark.parametrize("spelling", ["gal", "yaml"])
def test_lines_are_counted_as_the_reader_of_the_spelling_does(spelling: Spelling) -> None:
    text = "a\x0cb\u2028c\r\nd\n"
    line = {"gal": 1, "yaml": 2}[spelling]
    found = Finding(Span(line, 0, line, 1))
    assert f"{line + 1} | d\n" in render.as_text(Source("in", text, spelling), [found], span_of)


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
