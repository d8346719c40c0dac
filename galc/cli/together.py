"""Jobs side by side, each in a process of its own: what one target costs doesn't wait for another.

A job takes what it needs from the memory that it is forked with, and leaves files, so that nothing
is sent back but whether it went well. Where forking isn't sound or doesn't help, the jobs are run
one after the other.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from galc.cli import io

_INTERRUPTED = 130
_TERMINATED = 143

Job = Callable[[], None]


def processors() -> int:
    """How many processes can run at once here; 1 where a process can't be forked in its state."""
    # On macOS a forked process may not use what the system's own libraries have begun.
    if sys.platform in ("win32", "darwin") or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Together:
    """`with Together(jobs, apart)`: the jobs run beside what is done there, or else after it.

    Leaving ends with the status of the first job that failed, once all have ended.
    """

    def __init__(self, jobs: Sequence[tuple[str, Job]], *, apart: bool) -> None:
        """With `apart`, in processes of their own, if there are processors for them."""
        self.left = list(jobs)
        self.at_once = processors() if apart and len(self.left) > 1 else 1
        self.running: dict[int, str] = {}
        self.before: Any = None

    def __enter__(self) -> Self:
        if self.at_once > 1:
            # Whoever ends this process ends the others with it.
            self.before = signal.signal(signal.SIGTERM, _terminated)
        while self.at_once > 1 and self.left and len(self.running) < self.at_once:
            if not self._start():
                break
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _value: object, _trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._interrupt()
            if self.at_once > 1:
                signal.signal(signal.SIGTERM, self.before)

    def _finish(self) -> None:
        failed = 0
        while self.running:
            failed = self._ended() or failed
            if self.left and not failed:
                self._start()
        if failed:
            raise SystemExit(failed)
        for _, job in self.left:
            job()

    def _start(self) -> bool:
        """Begin with the next job; without a process for it, it is left for later."""
        sys.stdout.flush()
        sys.stderr.flush()
        name, job = self.left[0]
        try:
            pid = os.fork()
        except OSError:
            return False
        if pid == 0:
            _leave(job)
        del self.left[0]
        self.running[pid] = name
        return True

    def _ended(self) -> int:
        """The exit status of the next job that ends. Who started galc may have left it children."""
        pid, status = os.wait()
        while pid not in self.running:
            pid, status = os.wait()
        name = self.running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            io.fail(f"building for {name} was ended by signal {-code}")
        return code

    def _interrupt(self) -> None:
        for pid in self.running:
            os.kill(pid, signal.SIGINT)
        while self.running:
            self.running.pop(os.wait()[0], None)


def _terminated(_number: int, _frame: object) -> None:
    raise SystemExit(_TERMINATED)


def _leave(job: Job) -> None:
    """Do a job and end this process, whatever comes: its parent's work is none of its own."""
    status = 1
    try:
        job()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        status = _INTERRUPTED
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stderr.flush()
        finally:
            os._exit(status)
