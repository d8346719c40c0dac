"""Which patterns are called dangerous; some are tried on an engine that backtracks: Python's."""

import re
import time

import pytest

from galc.passes.lint.backtracking import is_ambiguous

_DANGEROUS = [
    ("/([a-z]+)+", "a"),
    ("/([a-z]*)*", "a"),
    ("/([a-z]+)*", "a"),
    ("/(ab?|[a-c])+", "a"),
    ("/([a-z]+|b)+", "b"),
    ("/(.*,)*.*", ","),
    ("/([0-9]+[0-9]*)+", "1"),
    ("/(([a-z])+.)+", "a"),
    (r"/(\w+\s?)*", "a"),
]
_HARMLESS = [
    "/users/[0-9]+",
    "/a/([a-z]+/)*",
    "/(/[a-z]+)*",
    "/([a-z]+-)*[0-9]+",
    "/(a|b)*",
    "/(ab|cd)+",
    "/([0-9]{10})*",
    "/(a?)*",
    "/([0-9]{1,3}[.]){3}[0-9]{1,3}",
    "/.*/.*/.*",
    "/(a+b)+",
    "/v[12]/(.+)",
]


@pytest.mark.parametrize(("pattern", "_letter"), _DANGEROUS)
def test_dangerous(pattern: str, _letter: str) -> None:
    assert is_ambiguous(pattern)


@pytest.mark.parametrize("pattern", _HARMLESS)
def test_harmless(pattern: str) -> None:
    assert not is_ambiguous(pattern)


def _seconds(pattern: str, letter: str, length: int) -> float:
    compiled = re.compile(pattern)
    start = time.perf_counter()
    compiled.fullmatch("/" + letter * length + "!!")
    return time.perf_counter() - start


@pytest.mark.parametrize(
    ("pattern", "letter"),
    [pair for pair in _DANGEROUS if pair[0] in ("/([a-z]+)+", "/([a-z]*)*")],
)
def test_a_dangerous_one_takes_exponential_time(pattern: str, letter: str) -> None:
    assert _seconds(pattern, letter, 20) > 8 * _seconds(pattern, letter, 12)


@pytest.mark.parametrize("pattern", _HARMLESS)
def test_a_harmless_one_does_not(pattern: str) -> None:
    assert _seconds(pattern, "a", 2000) < 2


def test_a_bounded_repetition_of_an_endless_one_counts_from_ten_on() -> None:
    assert is_ambiguous("/([a-z]+){1,10}")
    assert not is_ambiguous("/([a-z]+){1,3}")


def test_a_large_pattern_is_let_alone_soon() -> None:
    start = time.perf_counter()
    is_ambiguous("/(" + "[a-z]+" * 100 + ")+")
    is_ambiguous("/(([a-z]{30}){10})+")
    assert time.perf_counter() - start < 3
