"""Programs made by hypothesis: the gateways and the interpreter agree on every request.

A short run with a fixed seed; `python -m tests.live.fuzz` takes as long as one likes.
"""

import pytest

from .cases.shorthand import doc, get, ok
from .envoy import Envoy
from .fuzz.compare import Counts, DisagreementError, compare
from .fuzz.search import search
from .gateways import Gateway
from .model import Case
from .run import World
from .traefik import Traefik

_PROGRAMS = 40


@pytest.mark.parametrize("gateway", [Envoy(), Traefik()], ids=lambda gateway: gateway.target)
def test_generated_programs_mean_the_same_everywhere(gateway: Gateway, around: World) -> None:
    counts = Counts()
    search(gateway, around, counts, seed=3, count=_PROGRAMS, shrink_seconds=30)
    assert counts.programs == _PROGRAMS
    assert counts.requests > 3 * _PROGRAMS


def test_a_disagreement_is_found(around: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: an interpreter that knows no strip_prefix is found out."""
    program = Case("p", doc("{path_prefix: /a, strip_prefix: true}"), (get("/a/b", ok()),), ())
    compare(program, Envoy(), around, Counts())
    monkeypatch.setattr("galc.semantics.interpreter._target", lambda _route, path: path)
    with pytest.raises(DisagreementError, match="upstream path: expected '/a/b', got '/b'"):
        compare(program, Envoy(), around, Counts())
