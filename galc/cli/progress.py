"""What long work is at: one line on a terminal, once it has taken a second."""

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TextIO

#: Seconds that go by without a word.
PATIENCE = 1.0
_CLEAR = "\r\x1b[K"


class Progress:
    """Told after each stage, it shows the next one; `clear` takes the line away."""

    def __init__(
        self,
        stages: Sequence[str],
        stream: TextIO | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.following = dict(pairwise(stages))
        self.stream = stream if stream is not None and stream.isatty() else None
        self.clock = clock
        self.start = clock()
        self.shown = False

    def after(self, stage: str) -> None:
        """A stage has ended."""
        following = self.following.get(stage)
        if self.stream and following and self.clock() - self.start > PATIENCE:
            self.stream.write(f"{_CLEAR}galc: {following} …")
            self.stream.flush()
            self.shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self.stream and self.shown:
            self.stream.write(_CLEAR)
            self.stream.flush()
            self.shown = False
