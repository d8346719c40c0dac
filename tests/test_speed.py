"""Ten thousand routes stay fast, and the cost grows in a straight line.

The bounds are about twice what one undisturbed run takes, because the tests run side by side;
`python -m tests.bench` measures.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.gateways import gal_gateway, yaml_gateway
from tests.bench.measure import galc


@pytest.mark.parametrize(
    ("spelling", "generate", "seconds"),
    [("yaml", yaml_gateway, 4.0), ("gal", gal_gateway, 8.0)],
    ids=["yaml", "gal"],
)
def test_ten_thousand_routes(
    spelling: str, generate: Callable[[int], str], seconds: float, tmp_path: Path
) -> None:
    file = tmp_path / f"gateway.{spelling}"
    file.write_text(generate(10_000), "utf-8")
    assert galc("build", file.name, "-t", "envoy", cwd=tmp_path).cpu < seconds


def test_cost_is_linear(tmp_path: Path) -> None:
    costs = []
    for routes in (10, 5_000, 20_000):
        file = tmp_path / f"{routes}.yaml"
        file.write_text(yaml_gateway(routes), "utf-8")
        costs.append(galc("build", file.name, "-t", "envoy", cwd=tmp_path).cpu)
    start, smaller, larger = costs
    assert larger - start < 4 * (smaller - start) * 1.7


def test_the_version_is_answered_at_once(tmp_path: Path) -> None:
    assert min(galc("--version", cwd=tmp_path).cpu for _ in range(3)) < 0.08
