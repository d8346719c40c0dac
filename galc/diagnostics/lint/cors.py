"""CORS policies that let in more, or less, than their author seems to mean."""

from galc.diagnostics import Diagnostic, route_example


class InsecureOrigin(Diagnostic, frozen=True):
    """A page over plain HTTP can be changed by anybody on the way, who then calls the gateway from
    an origin that it trusts."""

    code = "GAL5026"
    title = "an origin over plain HTTP"
    default_severity = "warning"
    bad = route_example("route /users/* { cors { allowed_origins http://app.example.com } }")
    fix = route_example("route /users/* { cors { allowed_origins https://app.example.com } }")

    origin: str

    def message(self) -> str:
        return f"anybody on the way can change a page of `{self.origin}`"

    def help(self) -> str | None:
        return "write `https`"


class OpenOriginPattern(Diagnostic, frozen=True):
    """Below this domain anybody can get a name, so the pattern allows everybody who wants."""

    code = "GAL5027"
    title = "origins that anybody can have"
    default_severity = "warning"
    bad = route_example("route /users/* { cors { allowed_origins https://*.github.io } }")
    fix = route_example("route /users/* { cors { allowed_origins https://app.github.io } }")

    origin: str

    def message(self) -> str:
        return f"anybody can have an origin that fits `{self.origin}`"

    def help(self) -> str | None:
        return "list the origins that are yours"


class LiteralWildcard(Diagnostic, frozen=True):
    """With credentials, browsers take `*` in a list of headers for a header of that name, and in no
    case does it stand for `Authorization` (Fetch Standard, CORS protocol)."""

    code = "GAL5028"
    title = "a star that is no wildcard"
    default_severity = "warning"
    bad = route_example(
        "route /users/* { cors { allowed_origins https://app.example.com",
        "allowed_headers * ; allow_credentials true } }",
    )
    fix = bad.replace("allowed_headers *", "allowed_headers X-Token")

    name: str

    def message(self) -> str:
        return f"with credentials, browsers take the `*` of `{self.name}` as it stands"

    def help(self) -> str | None:
        return "list the headers"
