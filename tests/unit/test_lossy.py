"""What one target does without, another one still has."""

from galc import targets
from galc.compiler import build, check
from galc.frontend.source import Source

_TEXT = """version 1
service a {
  upstream a:80
  route /v/* { rate_limit { requests_per_second 5 ; response { message "slow down" } } }
  route /x/* { retry { base_interval 50ms } }
}
"""


def test_leaving_out_for_one_target_changes_nothing_for_the_next() -> None:
    checked = check(Source("in.gal", _TEXT, "gal"))
    traefik, envoy = (
        build(checked, targets.load(name), lossy=True) for name in ("traefik", "envoy")
    )
    assert "slow down" not in "".join(traefik.artifacts.values())
    assert "slow down" in envoy.artifacts["envoy.yaml"]


def test_warnings_of_the_passes_are_told_once() -> None:
    checked = check(Source("in.gal", _TEXT, "gal"))
    told = [d.code for d in checked.diagnostics]
    again = [d.code for d in build(checked, targets.load("envoy"), lossy=True).diagnostics]
    assert told == ["GAL5004"]
    assert "GAL5004" not in again
