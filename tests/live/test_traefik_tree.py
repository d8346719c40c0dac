"""Traefik does the same when routers above them divide the routers of routes: cases and programs of
which the router that is found decides, divided as far as their paths can be told apart."""

import pytest

from galc.targets.traefik import tree

from .cases import auth_api_key, bodies, cors, interactions, paths, retry, routing, websocket
from .drive import drive
from .fuzz.compare import Counts
from .fuzz.search import search
from .model import Case
from .run import World
from .test_traefik import DIFFERS, OWN
from .traefik import Traefik

_MODULES = (routing, paths, cors, websocket, retry, interactions, auth_api_key, bodies)
_CASES = (*(case for module in _MODULES for case in module.CASES), *OWN)
_PROGRAMS = 30


@pytest.fixture(autouse=True)
def _always_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_COMPARED", -1)
    monkeypatch.setattr(tree, "FEW", 0)


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_case(case: Case, around: World) -> None:
    if case.name in DIFFERS:
        pytest.skip("it differs without a tree, too")
    drive(case, Traefik(), around)


def test_generated_programs(around: World) -> None:
    counts = Counts()
    search(Traefik(), around, counts, seed=2, count=_PROGRAMS, shrink_seconds=30)
    assert counts.programs == _PROGRAMS
