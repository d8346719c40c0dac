"""`--watch`: do it again whenever a file changes.

Files are looked at by name, ten times a second or more: editors that write a new file and rename it
over the old one are seen as well as those that write in place. It ends with Ctrl-C and status 130.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

#: Seconds between two looks.
PAUSE = 0.05
INTERRUPTED = 130

#: What a look sees of a file: when it was written, its size and its number; None for none.
Seen = tuple[int, int, int] | None


def watch(files: Sequence[str], run: Callable[[list[str]], None]) -> None:
    """Run once, and again after each change of a file; never returns.

    A run puts the other files that it reads to the list that it is given. What it ends with (an
    exit, an unreadable file) is its own matter. One of `files` that is gone, as it is for a moment
    while an editor replaces it, is waited for.
    """
    if "-" in files:
        raise click.UsageError("`--watch` needs files: standard input doesn't change")
    try:
        read: list[str] = []
        for _ in changes(files, others=read):
            started = time.perf_counter()
            read.clear()
            status = _status(lambda: run(read))
            _say(f"{_done(status)} in {(time.perf_counter() - started) * 1000:.0f} ms; watching")
            gc.collect()  # it is off while galc works
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def changes(
    files: Sequence[str],
    wait: Callable[[float], None] = time.sleep,
    others: Sequence[str] = (),
) -> Iterator[None]:
    """Yields at first, and then after each change that leaves all files there. Of `others`, which
    may be other ones each time, some may be missing."""
    before = {file: _look(file) for file in (*files, *others)}
    started = time.time_ns()
    yield
    while True:
        for file in others:
            if file not in before:
                look = _look(file)
                # What was written while it was read may be new.
                before[file] = look if look and look[0] < started else None
        wait(PAUSE)
        now = {file: _look(file) for file in (*files, *others)}
        is_new = any(before[file] != look for file, look in now.items())
        if is_new and all(now[file] for file in files):
            before, started = now, time.time_ns()
            yield


def _look(file: str) -> Seen:
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _status(run: Callable[[], None]) -> int:
    try:
        run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return 0


def _done(status: int) -> str:
    return "done" if status == 0 else f"failed ({status})"


def _say(text: str) -> None:
    sys.stdout.flush()
    click.echo(f"galc: {text}", err=True)
