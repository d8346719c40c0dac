"""Diagnostics without secrets and without what the environment holds."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from galc.diagnostics import Diagnostic
from galc.frontend.source import Path, Place
from galc.secrecy.values import MASK

#: Shorter ones are hidden only near the place where they stand, or they would tear words apart: of
#: what comes from the environment, and of what the file itself says, which may well be a word.
_SHORTEST = 4
_SHORTEST_LITERAL = 8


class Hider:
    """`secrets` are values by place; `references` what a scalar has from the environment, each with
    the reference that is shown instead."""

    def __init__(
        self, secrets: Mapping[Path, str], references: Mapping[Path, tuple[tuple[str, str], ...]]
    ) -> None:
        self.here: dict[Path, list[tuple[str, str]]] = {}
        self.around: dict[Path, list[tuple[str, str]]] = {}
        self.index: dict[str, list[tuple[str, str]]] = {}
        for path, value in secrets.items():
            self._add(path, value, MASK)
        for path, pairs in references.items():
            for value, reference in pairs:
                self._add(path, value, reference)

    def _add(self, path: Path, value: str, instead: str) -> None:
        if not value:
            return
        self.here.setdefault(path, []).append((value, instead))
        for length in range(len(path)):
            self.around.setdefault(path[:length], []).append((value, instead))
        shortest = _SHORTEST_LITERAL if instead is MASK else _SHORTEST
        for form in _forms(value):
            if len(form) >= shortest:
                self.index.setdefault(form[:_SHORTEST], []).append((form, instead))

    def hidden(self, diagnostic: Diagnostic) -> Diagnostic:
        """The diagnostic as it may be shown."""
        if not self.here:
            return diagnostic
        path = diagnostic.place.path if isinstance(diagnostic.place, Place) else ()
        own = self.here.get(path, [])
        near = [*own, *self.around.get(path, ())] if len(path) > 1 else own

        def masked(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(masked(item) for item in value)
            if not isinstance(value, str) or value in path:
                return value
            part = value.removesuffix("…").lower()
            for secret, instead in own if len(part) > 2 else ():
                if part in secret.lower():
                    return instead
            for secret, instead in near:
                if instead is MASK and len(secret) < _SHORTEST:
                    value = instead if value == secret else value
                    continue
                for form in _forms(secret):
                    value = value.replace(form, instead)
            return self._anywhere(value)

        fields = {name: getattr(diagnostic, name) for name in diagnostic.__struct_fields__}
        texts = {name: value for name, value in fields.items() if isinstance(value, str | tuple)}
        shown: Diagnostic = replace(
            diagnostic, **{name: masked(value) for name, value in texts.items()}
        )
        return shown

    def _anywhere(self, text: str) -> str:
        start = 0
        while start + _SHORTEST <= len(text):
            for form, instead in self.index.get(text[start : start + _SHORTEST], ()):
                if text.startswith(form, start):
                    text = text[:start] + instead + text[start + len(form) :]
                    start += len(instead) - 1
                    break
            start += 1
        return text


def _forms(value: str) -> set[str]:
    return {value, value.lower(), value.upper(), value.strip()} - {""}
