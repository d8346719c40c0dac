"""The conformance page tells of every case and every target, and isn't older than the tables."""

import pytest

from galc import targets

from .live.cases import ALL_CASES
from .live.conformance import PAGE, SUITES, Run, by_feature, fuzzed, page, recorded, refusal

RUNS = recorded()
AGAIN = "run `python -m tests.live.report`"

each_target = pytest.mark.parametrize("target", targets.ALL)


def test_every_target_has_a_suite_and_a_run() -> None:
    assert set(RUNS) == set(SUITES) == set(targets.ALL)


@each_target
def test_every_case_has_an_outcome_and_none_failed(target: str) -> None:
    outcomes = RUNS[target].outcomes
    assert list(outcomes) == [case.name for case in ALL_CASES], AGAIN
    assert [name for name, one in outcomes.items() if one.kind == "failed"] == []
    assert [name for name, one in outcomes.items() if (one.kind == "passed") == bool(one.why)] == []


@each_target
def test_what_is_refused_is_what_the_table_refuses_today(target: str) -> None:
    stale = [
        case.name
        for case in ALL_CASES
        for recorded_, now in [(RUNS[target].outcomes[case.name], refusal(case, target))]
        if (recorded_.why if recorded_.kind == "unsupported" else None) != now
    ]
    assert stale == [], AGAIN


@each_target
def test_an_approximate_case_has_the_words_of_the_table(target: str) -> None:
    known = targets.load(target)
    said = {support.text for support in known.support.values()}
    said |= {condition.support.text for condition in known.conditions}
    skips = {case.name: case.skips.get(target) for case in ALL_CASES}
    for name, outcome in RUNS[target].outcomes.items():
        if outcome.kind == "approximate":
            assert outcome.why in said or outcome.why == skips[name], f"{name}: {AGAIN}"


def test_every_case_belongs_to_one_feature() -> None:
    grouped = [case.name for group in by_feature().values() for case in group]
    assert sorted(grouped) == sorted(case.name for case in ALL_CASES)


def test_the_page_is_made_of_the_record() -> None:
    assert PAGE.read_text("utf-8") == page(RUNS, fuzzed()), f"{AGAIN} --page"


def test_the_page_names_every_case_for_every_target() -> None:
    text = PAGE.read_text("utf-8")
    for case in ALL_CASES:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{case.name}` |")]
        assert row.count("|") == len(RUNS) + 2


def test_a_failed_case_is_told_first() -> None:
    name = next(iter(RUNS))
    outcomes = dict(RUNS[name].outcomes)
    first = next(iter(outcomes))
    outcomes[first] = type(outcomes[first])("failed", "status: expected 200, got 500")
    text = page({name: Run("a gateway", outcomes)}, [])
    assert f"Failed:\n\n- status: expected 200, got 500: `{first}`" in text
    assert f"| `{first}` | **✗** |" in text
