"""Which codes are shown, and how grave they count: the user's word on warnings and notes.

Errors are beyond it. A file with an error isn't built, so a check that hid one would lie.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from galc.diagnostics import Diagnostic, Severity, all_codes, nearest


class Selection(Struct, frozen=True):
    """Codes, or prefixes of codes such as `GAL5`; the longest that fits decides."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}

    def severity_of(self, diagnostic: Diagnostic) -> Severity | None:
        """How grave a diagnostic counts, or None if it isn't wanted."""
        if diagnostic.severity == "error":
            return "error"
        code = diagnostic.code
        chosen = _longest(code, self.select) if self.select else 0
        if chosen is None or (_longest(code, self.ignore) or -1) >= chosen:
            return None
        length = _longest(code, self.severity)
        return self.severity[code[:length]] if length else diagnostic.severity

    def wants(self, diagnostic: Diagnostic) -> bool:
        """Whether a diagnostic is one of those asked for; an error, too, if codes are selected."""
        if diagnostic.severity != "error":
            return self.severity_of(diagnostic) is not None
        return not self.select or _longest(diagnostic.code, self.select) is not None


def _longest(code: str, prefixes: Iterable[str]) -> int | None:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=None)


def problem(pattern: str, *, hides: bool) -> str | None:
    """What is wrong with a code or a prefix that the user gives; `hides`: to make it less."""
    known = all_codes()
    matching = [kind for code, kind in known.items() if pattern and code.startswith(pattern)]
    if not matching:
        word = nearest(pattern, tuple(known))
        hint = f"; did you mean `{word}`?" if word else ""
        return f"`{pattern}` is no code, nor the beginning of one{hint}"
    if hides and all(kind.default_severity == "error" for kind in matching):
        what = "is an error" if len(matching) == 1 else "are all errors"
        return f"`{pattern}`: {what}, and only warnings and notes can be ignored or weighed anew"
    return None
