"""Traefik does what the language says, but for what its table says otherwise."""

import pytest

from galc import targets

from .cases import ALL_CASES
from .model import Case
from .run import RefusedError, World, run
from .traefik import Traefik


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(targets.ALL, "traefik", "galc.targets.traefik")


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_case(case: Case, around: World) -> None:
    gateway = Traefik()
    if reason := case.reason_to_skip(gateway.target):
        pytest.skip(reason)
    try:
        run(case, gateway, around)
    except RefusedError as refused:
        pytest.skip(str(refused))
