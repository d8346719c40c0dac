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


def watch(files: Sequence[str], run: Callable[[], None]) -> None:
    """Run once, and again after each change of a file; never returns.

    What a run ends with (an exit, an unreadable file) is that run's own matter. A file that is
    gone, as it is for a moment while an editor replaces it, is waited for.
    """
    if "-" in files:
        raise click.UsageError("`--watch` needs files: standard input doesn't change")
    try:
        for _ in changes(files):
            started = time.perf_counter()
            status = _status(run)
            _say(f"{_done(status)} in {(time.perf_counter() - started) * 1000:.0f} ms; watching")
            gc.collect()  # it is off while galc works
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def changes(files: Sequence[str], wait: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Yields at first, and then after each change that leaves all files there."""
    before = [_look(file) for file in files]
    yield
    while True:
        wait(PAUSE)
        now = [_look(file) for file in files]
        if now != before and None not in now:
            before = now
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
