"""Findings in the forms that terminals, editors and CI systems read: one module a format.

Each has `written(findings) -> str`, the whole text for standard output; `text` is for people, and
goes to standard error.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Final

from galc.diagnostics.findings import Finding

#: What `--format` takes.
FORMATS: Final = ("text", "concise", "json", "sarif", "github", "gitlab")


def writer(name: str) -> Callable[[list[Finding]], str]:
    """The function that writes a format; its module is imported only now."""
    write: Callable[[list[Finding]], str] = import_module(f"{__name__}.{name}").written
    return write
