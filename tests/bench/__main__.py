"""`python -m tests.bench`: the tables of docs/performance.md.

Medians of whole processes; what is compared is run in turn, so that a busy machine slows all of it.
"""

import argparse
import os
import platform
import re
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.bench import yardsticks
from tests.bench.measure import Measured, galc, median, process

TARGETS = ("envoy", "kong", "apisix", "traefik")
COMPARED = 10_000
_SPELLINGS = ("yaml", "gal")
#: In a process of its own: a process counts as its memory what its parent had when it began.
_GENERATE = """
import pathlib, sys
from tests.bench import gateways
text = getattr(gateways, sys.argv[1])(int(sys.argv[2]))
pathlib.Path(sys.argv[3]).write_text(text, "utf-8")
"""


def main() -> None:
    """Measure, and print markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument(
        "--predecessor", type=Path, help="folder of the virtual environment to make or to use"
    )
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = yardsticks.install_predecessor(options.predecessor or folder / "venv")
        for line in _report(folder, python, sizes, options.runs):
            print(line, flush=True)


def _report(folder: Path, python: Path | None, sizes: list[int], runs: int) -> Iterator[str]:
    yield (
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}; medians of {runs} runs, load "
        f"{os.getloadavg()[0]:.1f} at the start.\n"
    )
    yield from _compared(folder, python, runs)
    yield from _sizes(folder, sizes, runs)
    yield from _stages(folder, runs)
    yield from _targets(folder, runs)
    yield from _small(folder, runs)


def _compared(folder: Path, python: Path | None, runs: int) -> Iterator[str]:
    files = {spelling: _file(folder, COMPARED, spelling) for spelling in _SPELLINGS}
    old = _generated(folder / "predecessor-input.yaml", "predecessor_gateway", COMPARED)
    floors: list[float] = []
    taken: dict[str, list[Measured]] = defaultdict(list)
    for _ in range(runs):
        floors.append(yardsticks.floor(files["yaml"]))
        for spelling, file in files.items():
            taken[spelling].append(_built(file, "envoy"))
        if python is not None:
            taken[yardsticks.PREDECESSOR].append(yardsticks.predecessor(python, old))
    floor = statistics.median(floors)
    theirs = median(taken[yardsticks.PREDECESSOR]).cpu if python is not None else None
    yield f"### {COMPARED:,} routes for Envoy\n"
    yield "| | seconds | CPU seconds | MiB | of the predecessor | of the floor |"
    yield "|---|---:|---:|---:|---:|---:|"
    yield f"| floor (YAML events, JSON) | | {floor:.2f} | | | 1.0 × |"
    for name, measured in taken.items():
        one = median(measured)
        part = f"1/{theirs / one.cpu:.1f}" if theirs is not None else "–"
        yield (
            f"| {name} | {one.wall:.2f} | {one.cpu:.2f} | {one.memory:.0f} | {part} | "
            f"{one.cpu / floor:.1f} × |"
        )
    yield ""


def _sizes(folder: Path, sizes: list[int], runs: int) -> Iterator[str]:
    yield "### Growth, for Envoy\n"
    yield "| input | routes | seconds | CPU seconds | MiB |"
    yield "|---|---:|---:|---:|---:|"
    for spelling in _SPELLINGS:
        for size in sizes:
            file = _file(folder, size, spelling)
            one = median([_built(file, "envoy") for _ in range(runs)])
            yield (f"| {spelling} | {size:,} | {one.wall:.2f} | {one.cpu:.2f} | {one.memory:.0f} |")
    yield ""


def _stages(folder: Path, runs: int) -> Iterator[str]:
    yield f"### Stages of {COMPARED:,} routes for Envoy, in milliseconds\n"
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for spelling in _SPELLINGS:
        file = _file(folder, COMPARED, spelling)
        for _ in range(runs):
            said = galc("build", file.name, "-t", "envoy", "--time-passes", cwd=folder).said
            for stage, ms in re.findall(r"^(\w+) +([0-9.]+) ms$", said, re.MULTILINE):
                found[stage][spelling].append(float(ms))
    yield f"| stage | {' | '.join(_SPELLINGS)} |"
    yield f"|---|{'---:|' * len(_SPELLINGS)}"
    for stage, times in found.items():
        cells = [f"{statistics.median(times[spelling]):.0f}" for spelling in _SPELLINGS]
        yield f"| {stage} | {' | '.join(cells)} |"
    yield ""


def _targets(folder: Path, runs: int) -> Iterator[str]:
    file = _generated(folder / "common.yaml", "common_gateway", COMPARED)
    taken: dict[str, list[Measured]] = defaultdict(list)
    for _ in range(runs):
        for target in (*TARGETS, "all"):
            taken[target].append(_built(file, target))
    yield f"### Targets, {COMPARED:,} routes that all of them support\n"
    yield "| target | seconds | of the first | CPU seconds | MiB |"
    yield "|---|---:|---:|---:|---:|"
    first = median(taken[TARGETS[0]]).wall
    for target, measured in taken.items():
        one = median(measured)
        part = f"{one.wall / first:.1f} ×"
        yield f"| {target} | {one.wall:.2f} | {part} | {one.cpu:.2f} | {one.memory:.0f} |"
    yield ""


def _small(folder: Path, runs: int) -> Iterator[str]:
    calls: list[tuple[str, ...]] = [("--version",)]
    calls += [("check", _file(folder, 20, spelling).name) for spelling in _SPELLINGS]
    yield "### Small calls, in milliseconds\n"
    yield "| call | on the clock | CPU |"
    yield "|---|---:|---:|"
    for call in calls:
        one = median([galc(*call, cwd=folder) for _ in range(3 * runs)])
        yield f"| galc {' '.join(call)} | {one.wall * 1000:.0f} | {one.cpu * 1000:.0f} |"


def _file(folder: Path, size: int, spelling: str) -> Path:
    return _generated(folder / f"gateway-{size}.{spelling}", f"{spelling}_gateway", size)


def _generated(file: Path, generator: str, size: int) -> Path:
    if not file.exists():
        process((sys.executable, "-c", _GENERATE, generator, str(size), str(file)), file.parent)
    return file


def _built(file: Path, target: str) -> Measured:
    return galc("build", file.name, "-t", target, cwd=file.parent)


if __name__ == "__main__":
    main()
