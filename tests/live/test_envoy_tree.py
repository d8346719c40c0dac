"""Envoy does the same when it looks the entries of routes up in a tree: cases and programs of which
the entry that is found decides, with a tree for any number of entries."""

import pytest

from galc.targets.envoy import tree

from .cases import cors, paths, retry, routing, websocket
from .drive import drive
from .envoy import Envoy
from .fuzz.compare import Counts
from .fuzz.search import search
from .model import Case
from .run import World

_CASES = (*routing.CASES, *paths.CASES, *cors.CASES, *websocket.CASES, *retry.CASES)
_PROGRAMS = 30


@pytest.fixture(autouse=True)
def _always_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_PASSED_OVER", -1)


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_case(case: Case, around: World) -> None:
    drive(case, Envoy(), around)


def test_generated_programs(around: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a block for each kind of conditions, too."""
    monkeypatch.setattr(tree, "MANY", 1)
    counts = Counts()
    search(Envoy(), around, counts, seed=2, count=_PROGRAMS, shrink_seconds=30)
    assert counts.programs == _PROGRAMS
