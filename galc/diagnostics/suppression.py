"""Comments that suppress a finding: `# galc: ignore[GAL5012] the reason`.

Such a comment speaks of the line in which it stands; alone in its line, of the next line that is
no comment. It reaches warnings and notes. Errors can't be suppressed: a file with one isn't built.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from galc.diagnostics import Diagnostic, all_codes, nearest, route_example
from galc.diagnostics.findings import Finding, lines_of
from galc.frontend.source import Composed, Source, Span

_COMMENT = re.compile(
    r"(?<![^\s;{}])#[ \t]*galc:[ \t]*ignore\b[ \t]*(?:\[([^\]\n]*)\])?[ \t:]*([^\r\n]*)"
)


class UnusedSuppression(Diagnostic, frozen=True):
    """A comment `# galc: ignore[CODE] reason` suppresses nothing: there is no such finding in its
    line (or, for a comment alone in its line, in the next one), the code isn't one, or it is the
    code of an error, which can't be suppressed. Left standing, it would hide a later finding that
    nobody has judged."""

    code = "GAL5090"
    title = "unused suppression"
    default_severity = "warning"
    bad = route_example("route /users/v1/* # galc: ignore[GAL5004] the old clients need it")
    fix = route_example("route /users/v/* # galc: ignore[GAL5004] the old clients need it")

    about: str
    known: tuple[str, ...] = ()
    is_error: bool = False

    def message(self) -> str:
        if not self.about:
            return "the comment names no code, so it suppresses nothing"
        if self.is_error:
            return f"`{self.about}` is an error, and errors can't be suppressed"
        if self.known:
            return f"`{self.about}` isn't a code, so the comment suppresses nothing"
        return f"there is no `{self.about}` to suppress here"

    def help(self) -> str | None:
        if not self.about:
            return "write `# galc: ignore[CODE] reason`"
        if self.is_error:
            return "mend the error; warnings and notes can be suppressed"
        word = nearest(self.about, self.known) if self.known else None
        return f"did you mean `{word}`?" if word else "remove the code from the comment"


class SuppressionWithoutReason(Diagnostic, frozen=True):
    """A suppression says why: whoever reads the file later must be able to judge whether the reason
    still holds. Without one it has no effect."""

    code = "GAL5091"
    title = "suppression without a reason"
    default_severity = "warning"
    bad = route_example("route /users/* # galc: ignore[GAL5004]")
    fix = route_example("route /users/v/* # galc: ignore[GAL5004] the old clients need it")

    codes: tuple[str, ...]

    def message(self) -> str:
        return "the suppression gives no reason, so it has no effect"

    def help(self) -> str | None:
        return f"write `# galc: ignore[{', '.join(self.codes)}] why it is meant`"


class Suppression(Struct, frozen=True):
    """A comment, the line that it speaks of (0-based), and where each of its codes stands."""

    span: Span
    line: int
    codes: tuple[tuple[str, Span], ...]
    reason: str


#: They are about comments, so no comment may silence them.
_ITS_OWN = frozenset({UnusedSuppression.code, SuppressionWithoutReason.code})


def suppressions(source: Source) -> Iterator[Suppression]:
    """The suppressing comments of a source that can be read."""
    if "galc:" not in source.text:
        return
    lines = lines_of(source)
    is_text: Callable[[int, int], bool] | None = None
    for number, line in enumerate(lines):
        found = _COMMENT.search(line) if "galc:" in line else None
        if found is None:
            continue
        is_text = is_text or _texts(source)
        if is_text(number, found.start()):
            continue
        yield _suppression(lines, number, found)


def _suppression(lines: list[str], number: int, found: re.Match[str]) -> Suppression:
    about = number
    if not lines[number][: found.start()].strip():
        about = number + 1
        while about < len(lines) and lines[about].lstrip().startswith("#"):
            about += 1
    codes = []
    for word in re.finditer(r"[^\s,]+", found[1] or ""):
        start = found.start(1) + word.start()
        codes.append((word[0], Span(number, start, number, start + len(word[0]))))
    span = Span(number, found.start(), number, len(lines[number].rstrip()))
    return Suppression(span, about, tuple(codes), found[2].strip())


def _texts(source: Source) -> Callable[[int, int], bool]:
    """Whether a position lies within a text, where `#` begins no comment."""
    spans = list(_gal_texts(source.text) if source.spelling == "gal" else _yaml_texts(source.text))
    return lambda line, column: any(start <= (line, column) < end for start, end in spans)


def _yaml_texts(text: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    import yaml
    from yaml import events

    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if not isinstance(event, events.ScalarEvent) or not event.style:
                continue
            start, end = event.start_mark, event.end_mark
            assert start is not None and end is not None
            first = (start.line, start.column)
            # A comment may stand in the line in which a block scalar is announced.
            yield (start.line + 1, 0) if event.style in "|>" else first, (end.line, end.column)
    except yaml.YAMLError:
        return


def _gal_texts(text: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    string = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![^\s;{}])#')
    for number, line in enumerate(text.split("\n")):
        if "galc:" not in line:
            continue
        for found in string.finditer(line):
            if found[0] == "#":
                break
            yield (number, found.start()), (number, found.end())


def suppressed(
    source: Source, findings: Iterable[Finding], checked: Callable[[str], bool]
) -> tuple[list[Finding], list[Diagnostic]]:
    """The findings that no comment suppresses, and what is wrong with the comments.

    `checked` says of a code whether the run looked for it: a suppression of what nobody looked for
    isn't unused.
    """
    comments = [
        (number, comment)
        for number, file in enumerate(source.files)
        for comment in suppressions(file)
    ]
    findings = list(findings)
    if not comments:
        return findings, []
    known = all_codes()
    used: set[Span] = set()
    quiet: dict[tuple[int, int, str], list[Span]] = {}
    problems: list[Diagnostic] = []
    for number, comment in comments:
        place = replace(comment.span, file=number)
        if not comment.codes:
            problems.append(UnusedSuppression(place, ""))
        elif not comment.reason:
            words = tuple(code for code, _ in comment.codes)
            problems.append(SuppressionWithoutReason(place, words))
        else:
            for code, span in comment.codes:
                spans = quiet.setdefault((number, comment.line, code), [])
                spans.append(replace(span, file=number))
    kept = []
    for finding in findings:
        at = finding.span.file, finding.span.line, finding.code
        spans = quiet.get(at, [])
        if spans and finding.diagnostic.severity != "error" and finding.code not in _ITS_OWN:
            used.update(spans)
        else:
            kept.append(finding)
    # What a comment speaks of may have had a mistake, or lie below an overlay.
    is_whole = not (isinstance(source, Composed) and source.overlays)
    sound = not any(finding.diagnostic.severity == "error" for finding in findings)
    for (_, _, code), spans in quiet.items():
        for span in spans:
            if code not in known:
                problems.append(UnusedSuppression(span, code, tuple(known)))
            elif known[code].default_severity == "error":
                problems.append(UnusedSuppression(span, code, is_error=True))
            elif span not in used and sound and is_whole and checked(code):
                problems.append(UnusedSuppression(span, code))
    return kept, problems
