"""What GAL up to 1.3 wrote or meant otherwise."""

from galc.diagnostics import Diagnostic, route_example
from galc.diagnostics.edits import Edit, respelled
from galc.frontend.source import Place


class OldSpelling(Diagnostic, frozen=True):
    """The file uses a spelling of GAL up to 1.3. It means the same, and galc reads it; new files
    better use the current one."""

    code = "GAL5002"
    title = "spelling of an older version"
    default_severity = "note"
    bad = route_example(
        "route /users/* { rate_limit { requests_per_second 10 ; response_status 429 } }"
    )
    fix = route_example(
        "route /users/* { rate_limit { requests_per_second 10 ; response { status_code 429 } } }"
    )

    old: str
    new: str

    def message(self) -> str:
        return f"`{self.old}` is an older spelling of `{self.new}`"

    def edits(self) -> tuple[Edit, ...]:
        if not isinstance(self.place, Place):
            return ()
        return respelled(self.place, self.old, self.new)


class WithoutMeaning(Diagnostic, frozen=True):
    """The field was part of GAL up to 1.3 and has nothing left to say: the language now defines
    what it chose. The file builds; the field changes nothing."""

    code = "GAL5003"
    title = "field of an older version without effect"
    default_severity = "warning"
    bad = route_example(
        "route /users/* { circuit_breaker { max_failures 5 ; healthy_status_codes 200 } }"
    )
    fix = route_example("route /users/* { circuit_breaker { max_failures 5 } }")

    name: str
    reason: str

    def message(self) -> str:
        return f"`{self.name}` has no effect: {self.reason}"

    def help(self) -> str | None:
        return f"remove `{self.name}`"


class RawPrefix(Diagnostic, frozen=True):
    """Up to GAL 1.3, `path_prefix` was compared as a raw string: `/api/v` took `/api/v1`. It now
    matches whole path segments, so a prefix that ends in the middle of a word takes less than its
    author seems to mean."""

    code = "GAL5004"
    title = "prefix that ends inside a segment"
    default_severity = "warning"
    bad = route_example("route /users/v/*")
    fix = route_example("route /users/v1/*")

    prefix: str

    def message(self) -> str:
        return (
            f"`{self.prefix}` matches whole segments: it takes `{self.prefix}/x`, "
            f"but not `{self.prefix}1`"
        )

    def help(self) -> str | None:
        return "write out the segments that you mean, or use `path_regex`"
