"""Child processes that are always ended, and free ports for them."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import which

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class BootError(Exception):
    """The process ended, or wasn't ready in time; the message has its log."""


class PortTakenError(BootError):
    """Another process took one of the ports between the choice and the boot."""


def find_program(name: str) -> str:
    """Path of a program on PATH or beside the running interpreter."""
    found = which(name) or which(name, path=str(Path(sys.executable).parent))
    if found is None:
        raise FileNotFoundError(f"{name} is neither on PATH nor beside {sys.executable}")
    return found


def _die_with_parent() -> None:
    """Runs in the child: the kernel kills it when the test process dies, however that happens."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A running child with its log in a file."""

    def __init__(self, child: "subprocess.Popen[bytes]", log: Path) -> None:
        self._child = child
        self._log = log

    @property
    def running(self) -> bool:
        """Whether the child has not ended."""
        return self._child.poll() is None

    def log_tail(self, characters: int = 4000) -> str:
        """The end of what it has written."""
        return self._log.read_text("utf-8", "replace")[-characters:]

    def end(self) -> None:
        """Kills the child: nobody waits for a gateway to say goodbye to connections long closed."""
        self._child.kill()
        self._child.wait()


@contextmanager
def running(
    command: Sequence[str],
    ready: Callable[[], bool],
    *,
    patience: float = 20.0,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Process]:
    """Starts `command` in a process group of its own, waits until `ready()`, ends it at the end."""
    with tempfile.TemporaryDirectory(prefix="galc-live-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                process_group=0,
                preexec_fn=_die_with_parent,
            )
        process = Process(child, log)
        try:
            _wait_until_ready(process, ready, patience)
            yield process
        finally:
            process.end()


def _wait_until_ready(process: Process, ready: Callable[[], bool], patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        if not process.running:
            log = process.log_tail()
            taken = "address already in use" in log.lower()
            raise (PortTakenError if taken else BootError)(f"ended while it booted:\n{log}")
        if ready():
            return
        if time.monotonic() > deadline:
            raise BootError(f"not ready after {patience} s:\n{process.log_tail()}")
        time.sleep(0.02)
