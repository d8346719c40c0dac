"""GAL4xxx: what a target can't do, or does differently."""

from galc.diagnostics import Diagnostic, Severity, route_example

_TEMPLATE = route_example('route /users/* { headers { request_set X-At "{{now}}" } }')
_BREAKER = route_example("route /users/* { circuit_breaker { max_failures 3 } }")


class Unsupported(Diagnostic, frozen=True):
    """The target can't do what the file asks for, so nothing is built: a gateway that quietly lacks
    a feature is worse than none. `galc explain FIELD` shows which targets can. With `--lossy` the
    feature is left out instead, unless it protects something."""

    code = "GAL4001"
    title = "the target can't do this"
    example_target = "traefik"
    bad = _TEMPLATE
    fix = route_example("route /users/* { headers { request_set X-At now } }")

    target: str
    feature: str
    why: str
    instead: str | None = None

    def message(self) -> str:
        return f"{self.target} can't do `{self.feature}`: {self.why}"

    def help(self) -> str | None:
        return self.instead


class Approximate(Diagnostic, frozen=True):
    """The target comes close, and the sentence says how it differs. With `--strict` this is an
    error."""

    code = "GAL4002"
    title = "the target does this differently"
    default_severity = "warning"
    bad = _BREAKER
    fix = route_example("route /users/*")

    target: str
    feature: str
    how: str
    strict: bool = False

    @property
    def severity(self) -> Severity:
        return "error" if self.strict else "warning"

    def message(self) -> str:
        return f"`{self.feature}` is approximate on {self.target}: {self.how}"


class LeftOut(Diagnostic, frozen=True):
    """`--lossy` was given, and the feature isn't in what was built."""

    code = "GAL4003"
    title = "left out"
    default_severity = "warning"

    target: str
    feature: str
    why: str

    def message(self) -> str:
        return f"`{self.feature}` is left out for {self.target}: {self.why}"


class DefaultDiffers(Diagnostic, frozen=True):
    """The file doesn't mention this field, and the target can't honour its default exactly. It is
    no more than a note, also under `--strict`."""

    code = "GAL4004"
    title = "a default that the target does differently"
    default_severity = "note"

    target: str
    feature: str
    how: str

    def message(self) -> str:
        return f"`{self.feature}` has its default, which {self.target} does differently: {self.how}"


class TargetRefuses(Diagnostic, frozen=True):
    """The value is fine in the language, but can't be written in this target's configuration."""

    code = "GAL4005"
    title = "a value that the target can't take"

    target: str
    feature: str
    why: str

    def message(self) -> str:
        return f"{self.target} can't take this value of `{self.feature}`: {self.why}"
