"""A case as a test: run where it is for the gateway, and else skipped with the reason."""

import pytest

from .gateways import Gateway
from .model import Case
from .run import RefusedError, World, run


def drive(case: Case, gateway: Gateway, around: World) -> None:
    """Run a case; what it isn't for, or what the gateway's table refuses, is skipped."""
    if reason := case.reason_to_skip(gateway.target):
        pytest.skip(reason)
    try:
        run(case, gateway, around)
    except RefusedError as refused:
        pytest.skip(str(refused))
