import re
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from galc.passes.automaton import overlapping
from galc.passes.regex import bare, literal_prefix, overlap, regex_problem

atoms = st.sampled_from(
    ["a", "b", "/", ".", "[ab]", "[^a]", "[a-b/]", r"\w", r"\W", r"\.", "(?:a|b/)"]
)
pieces = st.tuples(atoms, st.sampled_from(["", "*", "+", "?", "{2}", "{1,2}", "*?", "+?"])).map(
    "".join
)
sequences = st.lists(pieces, max_size=4).map("".join)
patterns = st.lists(sequences, min_size=1, max_size=2).map("|".join)
WORDS = ["".join(word) for length in range(5) for word in product("ab/.", repeat=length)]


@settings(max_examples=300)
@given(patterns, patterns)
def test_overlap_against_brute_force(one: str, other: str) -> None:
    both = [w for w in WORDS if re.fullmatch(one, w) and re.fullmatch(other, w)]
    assert overlap(one, other) == overlap(other, one)
    if both:
        assert overlap(one, other), both[0]


@settings(max_examples=300)
@given(
    st.text("ab", max_size=3) | sequences.filter(lambda p: not re.search(r"[*+{.^W]|\\w", p)),
    st.text("ab", max_size=3) | sequences.filter(lambda p: not re.search(r"[*+{.^W]|\\w", p)),
)
def test_short_patterns_overlap_only_if_a_word_matches_both(one: str, other: str) -> None:
    words = ["".join(w) for length in range(9) for w in product("ab/.", repeat=length)][:30_000]
    both = any(re.fullmatch(one, w) and re.fullmatch(other, w) for w in words)
    assert overlap(one, other) == both


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("/a", "/a", True),
        ("/a", "/b", False),
        ("/a.*", ".*b", True),
        ("/[0-9]+", "/[a-z]+", False),
        (r"/\d+", r"/\D+", False),
        (r"/\s", r"/\S", False),
        (r"/\w", "/[a-z]", True),
        ("(?i)/A", "/a", True),
        ("/A", "/a", False),
        ("(?i)/[^A]", "/a", False),
        ("/a{3}", "/aaa", True),
        ("/a{3}", "/aa", False),
        ("/a{2,}", "/aaaaa", True),
        ("/(a|b)c", "/(b|d)c", True),
        ("/a?b", "/b", True),
        ("", "", True),
        ("/[^/]+/x", "/a/y", False),
        (r"/a\b", "/a", True),
        ("/^a", "/a", True),
    ],
)
def test_overlaps(one: str, other: str, both: bool) -> None:
    assert overlap(one, other) is both


PIECES = (
    "a",
    "b",
    "/",
    "[ab]",
    "[^a]",
    "a*",
    "b+",
    "(a|b)",
    "(a|bb)*",
    "(ab|ac|b)",
    "a{1,2}",
    "b?",
)
alike = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
alike |= alike.map("(?i){}".format) | alike.map("({}|a)".format) | patterns


def all_overlapping(patterns: list[str]) -> dict[str, set[str]]:
    pairs = {p: {q for q in patterns if q != p and overlap(p, q)} for p in patterns}
    return {pattern: others for pattern, others in pairs.items() if others}


@settings(max_examples=500, deadline=None)
@given(st.lists(alike, max_size=8))
@example(["ab", "a*b", "(a|b)b", "(ab|ac|b)", "(ab|ac|b)a"])
@example(["a{1,2}b", "a{1,2}", "aa?", "a*", "a+"])
def test_many_at_once_overlap_as_pairs_do(patterns: list[str]) -> None:
    assert overlapping(patterns) == all_overlapping(patterns)


def test_many_that_begin_alike() -> None:
    patterns = [f"/api/[^/]+/(en|de)/item{number:04}/[0-9]+" for number in range(5000)]
    assert overlapping(patterns) == {}
    one, other = "/api/v1/de/.*", "/api/v1/en/item0007/7"
    assert overlapping([*patterns, one, other]) == {
        **{pattern: {one} for pattern in patterns if "0007" not in pattern},
        patterns[7]: {one, other},
        one: set(patterns),
        other: {patterns[7]},
    }


def test_one_that_is_too_large_overlaps_with_all() -> None:
    large = "/((a{1,30}){1,30}b){1,30}"
    assert overlapping(["/x", large, "/y"]) == {"/x": {large}, "/y": {large}, large: {"/x", "/y"}}


def test_too_entangled() -> None:
    assert overlapping(f"/.*/a{number}/.*" for number in range(1000)) is None


def test_what_is_too_large_to_compare_counts_as_overlapping() -> None:
    assert overlap("/((a{1,30}){1,30}b){1,30}", "/x")


@pytest.mark.parametrize(
    "pattern",
    [
        "/a",
        "/a+",
        "/[0-9]{4}",
        "(?i)/a",
        "/(?:a|b)*?",
        r"/\d+\.html",
        "^/a$",
        r"/[\w.-]+",
        "/a(b)?",
        "/" + "(" * 90 + "a" + ")" * 90,
        "/a{0,1000}",
        "/[^/]*",
    ],
)
def test_the_common_subset(pattern: str) -> None:
    assert regex_problem(pattern) is None
    assert re.compile(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "/(?=a)",
        "/(?!a)",
        "(?<=/)a",
        "(?<!/)a",
        r"/(a)\1",
        r"/(?P<x>a)(?P=x)",
        "/(a)?(?(1)b|c)",
        "/(?>a)",
        "/a*+",
        "/a++",
        r"/a\Z",
        r"/a\z",
        r"/\Qa\E",
        r"/\<a\>",
        r"/\0",
        r"/\101",
        "/[[:alpha:]]",
        "/[a--b]",
        "/[a&&b]",
        "/[a||b]",
        "/[]a]",
        "/[^]a]",
        "/a{,3}",
        "(?x)/a",
        "/(?#c)a",
        "(?s)/a",
        "(?m)/a",
        "/a(?i)b",
        "/(?i:a)(?s:b)",
        "/é",
        "/a\t",
        "/a(",
        "/a)",
        "/[b-a]",
        "/a{1001}",
        "/(a{100}){100}",
        "/a{2,1}",
        "*",
        "/(a",
        "/" + "(" * 300 + ")" * 300,
        "/" + "a" * 1000,
        r"/\u0041",
        r"/\N{DIGIT ONE}",
        "/a{99999999999999999999}",
    ],
)
def test_outside_of_the_common_subset(pattern: str) -> None:
    assert regex_problem(pattern)


@pytest.mark.parametrize(
    ("pattern", "inner"),
    [("^/a$", "/a"), ("/a", "/a"), (r"/a\$", r"/a\$"), (r"/a\\$", r"/a\\"), ("^$", ""), ("", "")],
)
def test_outer_anchors_go(pattern: str, inner: str) -> None:
    assert bare(pattern) == inner


@given(patterns)
def test_every_match_begins_with_the_literal_prefix(pattern: str) -> None:
    prefix = literal_prefix(pattern)
    assert all(word.startswith(prefix) for word in WORDS if re.fullmatch(pattern, word))


def test_a_pattern_without_regard_to_case_has_no_literal_prefix() -> None:
    assert literal_prefix("(?i)/a") == ""
    assert literal_prefix("/api/v[0-9]") == "/api/v"
