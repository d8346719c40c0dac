"""Runs processes as a user does, and tells what they took."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """Of one process: seconds on the clock and of the CPU, peak memory in MiB; what it said."""

    wall: float
    cpu: float
    memory: float
    said: str = ""


def process(arguments: Sequence[str], cwd: Path) -> Measured:
    """Run a process; it must succeed."""
    started = time.perf_counter()
    with subprocess.Popen(
        arguments,
        cwd=cwd,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stderr is not None
        said = running.stderr.read().decode()
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if running.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {running.returncode}:\n{said}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


def galc(*arguments: str, cwd: Path) -> Measured:
    """Run `galc` with these arguments; it must succeed."""
    return process((sys.executable, "-m", "galc", *arguments), cwd)


def median(runs: Sequence[Measured]) -> Measured:
    """The medians of several runs, each by itself."""
    return Measured(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        statistics.median(run.memory for run in runs),
    )


@cache
def _bytecode() -> str:
    folder = Path(tempfile.gettempdir()) / f"galc-bench-bytecode-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    return str(folder)


def _environment() -> dict[str, str]:
    """As where galc is installed: there, modules are compiled once and for all."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    root = str(Path(__file__).parents[2])
    return {**kept, "PYTHONPYCACHEPREFIX": _bytecode(), "PYTHONPATH": root}
