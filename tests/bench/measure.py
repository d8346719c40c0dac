"""Runs processes as a user does, and tells what they took."""

import contextlib
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB", re.MULTILINE)
_GLANCE_S = 0.002


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
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            arguments, cwd=cwd, env=_environment(), stdout=subprocess.DEVNULL, stderr=errors
        ) as running,
    ):
        memory, status, usage = _waited(running.pid)
        running.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        errors.seek(0)
        said = errors.read().decode()
    if running.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {running.returncode}:\n{said}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, memory, said)


def _waited(child: int) -> tuple[float, int, resource.struct_rusage]:
    """Peak memory in MiB, status and usage of a child, when it has ended.

    The kernel's own figure for an ended child (`ru_maxrss`) holds also what its parent took when
    it forked, so the child's is looked at while it runs.
    """
    memory = 0
    while True:
        ended, status, usage = os.wait4(child, os.WNOHANG)
        if ended:
            return memory / 1024, status, usage
        with contextlib.suppress(OSError):
            found = _PEAK.search(Path(f"/proc/{child}/status").read_text())
            memory = max(memory, int(found[1]) if found else 0)
        time.sleep(_GLANCE_S)


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
