"""Diagnostics: each defined once, as a class.

A class holds the code, the title, the explanation (its docstring), a bad example and its fix; an
instance holds the facts of one finding and its place. Phases make values; only `render` makes
text. `galc explain CODE`, the documentation and the tests read the same classes.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import ClassVar, Literal

from msgspec import Struct

from galc.diagnostics.edits import Edit
from galc.frontend.source import Path, Place, Span

Severity = Literal["error", "warning", "note"]


class Diagnostic(Struct, frozen=True):
    """A finding: where, and what the class needs to say it."""

    place: Place | Span

    code: ClassVar[str] = ""
    title: ClassVar[str] = ""
    default_severity: ClassVar[Severity] = "error"
    #: A whole gateway file that raises exactly this code, and the same file mended.
    bad: ClassVar[str] = ""
    fix: ClassVar[str] = ""
    #: What the example is compiled for.
    example_target: ClassVar[str] = "envoy"
    #: Other files beside it, by name; and the file that it lies over, for an overlay.
    example_files: ClassVar[Mapping[str, str]] = {}
    example_base: ClassVar[str] = ""

    @classmethod
    def example_of(cls, text: str) -> tuple[dict[str, str], tuple[str, ...]]:
        """The files of an example by name, and those that galc is called with: one, or one and the
        overlay over it."""
        if cls.example_base:
            files = {"base.gal": cls.example_base, "overlay.gal": text}
            return {**files, **cls.example_files}, ("base.gal", "overlay.gal")
        return {"gateway.gal": text, **cls.example_files}, ("gateway.gal",)

    @classmethod
    def beside_example(cls) -> tuple[tuple[str, str], ...]:
        """The other files of an example, each with a word on it."""
        base = (("An overlay, over `base.gal`", cls.example_base),) if cls.example_base else ()
        return (*base, *((f"With `{name}`", text) for name, text in cls.example_files.items()))

    @property
    def severity(self) -> Severity:
        """How grave it is; the class decides."""
        return self.default_severity

    def message(self) -> str:
        """One sentence, without a full stop."""
        raise NotImplementedError

    def help(self) -> str | None:
        """One next step, where there is one."""
        return None

    def label(self) -> str | None:
        """What to write beside the caret, where the message doesn't say it."""
        return None

    def related(self) -> tuple[tuple[Place | Span, str], ...]:
        """Other places that have to do with it, each with a label."""
        return ()

    def edits(self) -> tuple[Edit, ...]:
        """What mends it without a doubt, in either spelling; empty where the author must decide."""
        return ()


Report = Callable[[Diagnostic], None]


@lru_cache(maxsize=16_384)
def nearest(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that `name` was probably meant to be. Asked of one name again and again.

    >>> nearest("rate_limt", ("rate_limit", "retry"))
    'rate_limit'
    """
    folded = {word.lower().replace("-", "_"): word for word in reversed(known)}
    key = name.lower().replace("-", "_")
    if key in folded:
        return folded[key]
    close = get_close_matches(key, folded, n=1, cutoff=0.7)
    return folded[close[0]] if close else None


def spelled(path: Path) -> str:
    """A path as people write it: `services[0].routes[2].rate_limit.burst`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "the document"


def listed(words: tuple[str, ...], word: str = "or", most: int = 12) -> str:
    """`a`, `b` or `c`."""
    quoted = [f"`{item}`" for item in words[:most]]
    if len(words) > most:
        quoted.append("…")
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {word} {quoted[-1]}"


def all_codes() -> dict[str, type[Diagnostic]]:
    """Every diagnostic class by its code, in order."""
    from galc.diagnostics import (
        fields,
        files,
        lint,
        meaning,
        names,
        reading,
        suppression,
        targets,
        trials,
    )

    found: dict[str, type[Diagnostic]] = {}
    for module in (reading, fields, names, files, meaning, trials, targets, lint, suppression):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Diagnostic) and value.code:
                assert found.setdefault(value.code, value) is value, f"{value.code} is there twice"
    return dict(sorted(found.items()))


def route_example(*lines: str, service: str = "") -> str:
    """A small gateway file around the lines of one route, for the examples of this package."""
    body = "".join(f"  {line.strip()}\n" for line in lines)
    extra = "".join(f"  {line}\n" for line in service.splitlines())
    return f"version 1\nservice users {{\n  upstream users.internal:8080\n{extra}{body}}}\n"
