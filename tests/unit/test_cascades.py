"""One mistake is one error, in either spelling: nothing follows from it.

In every good case and example, some statements and keys are spoiled, one after the other.
"""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from galc.compiler import check
from galc.diagnostics.findings import located
from galc.frontend.reading import read_places, span_of
from galc.frontend.source import Source, Spelling

from ..corpus import GOOD

_EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.*l"))
#: Statements or keys that are spoiled in each file.
_MOST = 4
#: A name that the file gives, spoiled, is missed wherever it is used.
_GIVES_NAMES = re.compile(r"\s*(policy|policies|service|vars|zone|host|port|rate|method)\b")

#: What misses something that a name without a meaning may have been: methods, an authentication.
_MISSED = ("GAL3004", "GAL3011")


def _sources(spelling: Spelling) -> dict[str, Source]:
    cases = {case.id: case.source for case in GOOD if case.feature not in ("scalars", "files")}
    for path in _EXAMPLES:
        kind: Spelling = "gal" if path.suffix == ".gal" else "yaml"
        cases[path.name] = Source(path.name, path.read_text("utf-8"), kind)
    return {name: source for name, source in cases.items() if source.spelling == spelling}


def _errors(source: Source, text: str) -> list[str]:
    spoiled = Source(source.name, text, source.spelling)
    found = [one for one in check(spoiled).diagnostics if one.severity == "error"]
    places = read_places(spoiled)
    shown = located(spoiled, found, lambda place: span_of(place, places))
    return [f"{one.code} {one.message}" for one in shown]


def _some(source: Source, items: list[re.Match[str]]) -> list[re.Match[str]]:
    return random.Random(source.text).sample(items, min(_MOST, len(items)))


def _spoiled_statements(source: Source) -> Iterator[str]:
    text = source.text
    statement = re.compile(r"(?m)^ *([a-z_]+)((?: [^\s{}#;\"]+)*)( \{)?$")
    found = [m for m in statement.finditer(text) if not _GIVES_NAMES.match(m[0])]
    for match in _some(source, found):
        start, rest = match.start(1), match.end()
        opening, name = match[3] or "", match[1]
        for spoiled in (
            f"{name[:-1]}x{name[-1]}{match[2]}{opening}",
            f'{name} "glued"two{match[2]}{opening}',
            f'{name} "a\\q"{opening}',
            f'{name} "without an end{opening}',
        ):
            yield text[:start] + spoiled + text[rest:]


def _spoiled_keys(source: Source) -> Iterator[str]:
    text = source.text
    key = re.compile(r"(?m)(?<=[\s{])([a-z_]+):(?: +([^\s{}\[\],#$&*\"'|>]+)(?=\n|, ))?")
    found = [m for m in key.finditer(text) if not _GIVES_NAMES.match(m[0])]
    for match in _some(source, found):
        start, end = match.span(1)
        yield f"{text[: end - 1]}x{text[end - 1 :]}"
        yield f"{text[:start]}zzqq{text[end:]}"
        if match[2]:
            first, last = match.span(2)
            yield f"{text[:first]}[{{}}]{text[last:]}"


@pytest.mark.parametrize("source", _sources("gal").values(), ids=_sources("gal"))
def test_one_wrong_statement_is_one_error(source: Source) -> None:
    for text in _spoiled_statements(source):
        errors = _errors(source, text)
        assert len(errors) == 1, (errors, text)


@pytest.mark.parametrize("source", _sources("yaml").values(), ids=_sources("yaml"))
def test_one_wrong_key_is_one_error(source: Source) -> None:
    for text in _spoiled_keys(source):
        errors = [error for error in _errors(source, text) if error[:7] not in _MISSED]
        assert len(errors) <= 1, (errors, text)
