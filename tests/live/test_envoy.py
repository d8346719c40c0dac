"""Envoy does what the language says."""

import pytest

from .cases import ALL_CASES
from .envoy import Envoy
from .model import Case
from .run import RefusedError, World, run


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_case(case: Case, around: World) -> None:
    gateway = Envoy()
    if reason := case.reason_to_skip(gateway.target):
        pytest.skip(reason)
    try:
        run(case, gateway, around)
    except RefusedError as refused:
        pytest.skip(str(refused))
