"""Ten thousand routes stay fast, and the cost grows in a straight line.

CPU seconds of whole processes, as multiples of the floor that is measured beside each (see
`tests.bench.yardsticks`), so that a slow or busy machine changes little. The bounds leave room for
what tests that run side by side take from each other; docs/performance.md tells what one
undisturbed run takes.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from galc.passes.automaton import overlapping
from tests.bench.gateways import common_gateway, gal_gateway, yaml_gateway
from tests.bench.measure import Measured, galc
from tests.bench.yardsticks import floor

ROUTES = 10_000


def built(file: Path, target: str = "envoy") -> Measured:
    return galc("build", file.name, "-t", target, cwd=file.parent)


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "generate", "most"),
    [("a.yaml", yaml_gateway, 4.8), ("a.gal", gal_gateway, 6.2)],
    ids=["yaml", "gal"],
)
def test_ten_thousand_routes(
    name: str, generate: Callable[[int], str], most: float, tmp_path: Path
) -> None:
    least = written(tmp_path, "floor.yaml", yaml_gateway(ROUTES))
    file = written(tmp_path, name, generate(ROUTES))
    ratios = []
    for _ in range(3):
        one = built(file)
        ratios.append(one.cpu / floor(least))
        assert one.memory < 200
    assert statistics.median(ratios) < most


def test_many_warnings_cost_little(tmp_path: Path) -> None:
    """A thousand places are shown, each read again by itself."""
    file = written(tmp_path, "a.gal", gal_gateway(ROUTES))
    quiet = galc("check", file.name, cwd=tmp_path).cpu
    told = galc("check", file.name, "-t", "envoy", cwd=tmp_path).cpu
    assert told < 2 * quiet


def test_cost_is_linear(tmp_path: Path) -> None:
    costs = [
        built(written(tmp_path, f"{routes}.yaml", yaml_gateway(routes))).cpu
        for routes in (10, 5_000, 20_000)
    ]
    start, smaller, larger = costs
    assert larger - start < 4 * (smaller - start) * 1.5


def test_regexes_that_begin_alike_are_compared_at_once() -> None:
    """Pairs of them would be sixteen times as many."""

    def cost(count: int) -> float:
        start = time.process_time()
        assert overlapping(f"/api/[^/]+/items/{n:05}/[0-9]+" for n in range(count)) == {}
        return time.process_time() - start

    small, large = (min(cost(count) for _ in range(3)) for count in (1_000, 4_000))
    assert large < 8 * small


def test_all_targets_at_once_share_what_they_can(tmp_path: Path) -> None:
    file = written(tmp_path, "a.yaml", common_gateway(2_000))
    each = [built(file, target).cpu for target in ("envoy", "kong", "apisix", "traefik")]
    assert built(file, "all").cpu < 0.8 * sum(each)


def test_small_calls_are_answered_at_once(tmp_path: Path) -> None:
    written(tmp_path, "a.yaml", yaml_gateway(20))
    written(tmp_path, "a.gal", gal_gateway(20))
    for call, seconds in (
        (("--version",), 0.06),
        (("check", "a.yaml"), 0.13),
        (("check", "a.gal"), 0.16),
    ):
        assert min(galc(*call, cwd=tmp_path).cpu for _ in range(5)) < seconds, call
