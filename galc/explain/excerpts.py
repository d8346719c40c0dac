"""Lines of a file as they may be shown: what is secret is masked, by place and by value.

By place, because a value may be spelled with escapes; by value, because a line may repeat a secret
of another one. A secret that is too short to be told from a word takes the whole text with it.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from galc.compiler import Checked, in_source, read_marks, span_of
from galc.diagnostics.findings import lines_of
from galc.difference.shown import visible
from galc.frontend.source import Path, Place, Span
from galc.secrecy.places import secret_places
from galc.secrecy.values import MASK, Masks, secrets

_QUERY = re.compile(r"(https?://[^\s\"'?]*)\?[^\s\"']*")
_LONGEST = 100


class Line(Struct, frozen=True, order=True):
    """A line of the file, counted from 1, without indentation; empty if it can't be shown."""

    number: int
    text: str


class Excerpts:
    """Finds lines. Precondition: a file without errors."""

    def __init__(self, checked: Checked) -> None:
        assert checked.state is not None and checked.state.gateway is not None
        self.state = checked.state
        self.marks = read_marks(checked.source)
        self.lines = lines_of(checked.source)
        self.secrets = {secret for secret in secrets(checked.state.gateway) if secret}
        self.masks = Masks(self.secrets)
        self.hidden: dict[int, list[tuple[int, int]]] = {}
        for path in _hidden_paths(checked.state.tree):
            self._hide(self.span(in_source(Place(path), checked.state)))

    def span(self, place: Place | Span) -> Span:
        """Where a place of the source stands."""
        return span_of(place, self.marks)

    def number(self, place: Place | Span) -> int:
        """The line of a place, counted from 1."""
        return self.span(place).line + 1

    def line(self, number: int) -> Line:
        """A line that may be shown."""
        text = self.lines[number - 1] if number <= len(self.lines) else ""
        for start, end in sorted(self.hidden.get(number - 1, ()), reverse=True):
            text = text[:start] + MASK + text[end:]
        text = visible(_QUERY.sub(rf"\1?{MASK}", self.masks.text(text)).strip())
        if any(secret in text for secret in self.secrets):
            text = ""
        return Line(number, f"{text[: _LONGEST - 1]}…" if len(text) > _LONGEST else text)

    def _hide(self, span: Span) -> None:
        for line in range(span.line, min(span.end_line, len(self.lines) - 1) + 1):
            start = span.column if line == span.line else 0
            end = span.end_column if line == span.end_line else len(self.lines[line])
            if end > start:
                self.hidden.setdefault(line, []).append((start, end))


def _hidden_paths(tree: Any) -> Iterator[Path]:
    """Where a tree holds what nobody may see, and key sets, which say nothing to a reader."""
    yield from (path for path, _ in secret_places(tree))
    for owner, path in _owners(tree):
        jwt = owner.get("authentication", {}).get("jwt")
        if isinstance(jwt, dict) and "jwks" in jwt:
            yield (*path, "authentication", "jwt", "jwks")


def _owners(tree: Any) -> Iterator[tuple[dict[str, Any], Path]]:
    """What may have policies, in a document without errors."""
    for name, bundle in tree.get("policies", {}).items():
        yield bundle, ("policies", name)
    for number, service in enumerate(tree["services"]):
        yield service, ("services", number)
        for index, route in enumerate(service["routes"]):
            yield route, ("services", number, "routes", index)
