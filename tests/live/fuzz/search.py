"""Hypothesis as a search for a disagreement."""

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.internal.conjecture import engine

from ..gateways import Gateway
from ..model import Case
from ..run import World
from .compare import Counts, compare
from .programs import programs


def search(
    gateway: Gateway,
    around: World,
    counts: Counts,
    *,
    seed: int,
    count: int,
    shrink_seconds: int = 60,
) -> None:
    """Raises `DisagreementError` with the smallest program found on which the two disagree."""

    # Each attempt boots a gateway: hypothesis' own five minutes are too long between two findings.
    engine.MAX_SHRINKING_SECONDS = shrink_seconds
    phases = (Phase.generate, Phase.shrink) if shrink_seconds else (Phase.generate,)

    @hypothesis.seed(seed)
    @settings(
        max_examples=count,
        phases=phases,
        database=None,
        deadline=None,
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(programs(gateway.target))
    def agree(program: Case) -> None:
        compare(program, gateway, around, counts)

    agree()
