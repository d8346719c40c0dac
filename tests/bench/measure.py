"""Runs galc as a user does, as a process of its own, and tells what it took."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """Of one process: seconds on the clock and of the CPU, peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


def galc(*arguments: str, cwd: Path) -> Measured:
    """Run `galc` with these arguments; it must succeed."""
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "galc", *arguments],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        said = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode != 0:
        raise RuntimeError(f"galc {' '.join(arguments)} ended with {process.returncode}:\n{said}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
