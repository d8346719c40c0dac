"""Lines of a file as they may be shown: what is secret is masked, by place and by value.

By place, because a value may be spelled with escapes; by value, because a line may repeat a secret
of another one. A secret that is too short to be told from a word takes the whole text with it.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from galc.compiler import Checked, in_source
from galc.diagnostics.findings import lines_of
from galc.difference.shown import visible
from galc.explain.matrix import At
from galc.frontend.reading import Places, read_marks, read_places, span_of
from galc.frontend.source import Path, Place, Span
from galc.secrecy.places import owners, secret_places
from galc.secrecy.values import MASK, Masks, secrets

_QUERY = re.compile(r"(https?://[^\s\"'?]*)\?[^\s\"']*")
_LONGEST = 100


class Line(Struct, frozen=True, order=True):
    """A line of a file, without indentation; empty if it can't be shown."""

    at: At
    text: str

    @property
    def number(self) -> int:
        """Its number in its file, counted from 1."""
        return self.at.number


class Excerpts:
    """Finds lines. Precondition: a file without errors."""

    def __init__(self, checked: Checked) -> None:
        assert checked.state is not None and checked.state.gateway is not None
        self.state = checked.state
        self.files = checked.source.files
        self.places: Places = read_places(checked.source)
        if len(self.files) == 1:  # most of it will be asked for
            self.places = read_marks(checked.source)
        self.secrets = {secret for secret in secrets(checked.state.gateway) if secret}
        self.masks = Masks(self.secrets)
        self.hidden: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for path in _hidden_paths(checked.state.tree):
            self._hide(self.span(in_source(Place(path), checked.state)))

    def span(self, place: Place | Span) -> Span:
        """Where a place of the source stands."""
        return span_of(place, self.places)

    def at(self, place: Place | Span) -> At:
        """The line of a place."""
        span = self.span(place)
        return At(span.file, span.line + 1, self.files[span.file].name if span.file else "")

    def line(self, at: At) -> Line:
        """A line that may be shown."""
        lines = lines_of(self.files[at.file])
        text = lines[at.number - 1] if at.number <= len(lines) else ""
        for start, end in sorted(self.hidden.get((at.file, at.number - 1), ()), reverse=True):
            text = text[:start] + MASK + text[end:]
        text = visible(_QUERY.sub(rf"\1?{MASK}", self.masks.text(text)).strip())
        if any(secret in text for secret in self.secrets):
            text = ""
        return Line(at, f"{text[: _LONGEST - 1]}…" if len(text) > _LONGEST else text)

    def _hide(self, span: Span) -> None:
        lines = lines_of(self.files[span.file])
        for line in range(span.line, min(span.end_line, len(lines) - 1) + 1):
            start = span.column if line == span.line else 0
            end = span.end_column if line == span.end_line else len(lines[line])
            if end > start:
                self.hidden.setdefault((span.file, line), []).append((start, end))


def _hidden_paths(tree: Any) -> Iterator[Path]:
    """Where a tree holds what nobody may see, and key sets, which say nothing to a reader."""
    yield from (path for path, _ in secret_places(tree))
    for owner, path in owners(tree):
        jwt = owner.get("authentication", {}).get("jwt")
        if isinstance(jwt, dict) and "jwks" in jwt:
            yield (*path, "authentication", "jwt", "jwks")
