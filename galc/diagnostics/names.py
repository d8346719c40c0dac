"""GAL2xxx: names, versions and references."""

from itertools import pairwise

from galc.diagnostics import Diagnostic, listed, nearest, route_example
from galc.diagnostics.edits import Edit, Write
from galc.frontend.source import Place, Span


class DuplicateName(Diagnostic, frozen=True):
    """Two services, two routes, or named policies of two files have the same name."""

    code = "GAL2001"
    title = "duplicate name"
    bad = (
        "version 1\nservice users { upstream a:80 ; route /a/* }\n"
        "service users { upstream b:80 ; route /b/* }\n"
    )
    fix = bad.replace("service users { upstream b", "service orders { upstream b")

    what: str
    name: str
    first: Place | Span

    def message(self) -> str:
        return f"the {self.what} name `{self.name}` is taken"

    def label(self) -> str | None:
        return "used again here"

    def related(self) -> tuple[tuple[Place | Span, str], ...]:
        return ((self.first, "first used here"),)


class UnknownVersion(Diagnostic, frozen=True):
    """`version` names the version of the language that the file is written in."""

    code = "GAL2002"
    title = "unknown language version"
    bad = route_example("route /users/*").replace("version 1", "version 3")
    fix = route_example("route /users/*")

    value: str

    def message(self) -> str:
        return f"there is no version `{self.value}` of the language that galc knows"

    def help(self) -> str | None:
        return "known: `1` (also written `1.0`)"


class UnknownTarget(Diagnostic, frozen=True):
    """`provider` is the target that the file is built for when none is given."""

    code = "GAL2003"
    title = "unknown target"
    bad = route_example("route /users/*").replace("version 1\n", "version 1\nprovider envoi\n")
    fix = bad.replace("envoi", "envoy")

    value: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.value}` isn't a target"

    def help(self) -> str | None:
        word = nearest(self.value, self.known)
        return f"did you mean `{word}`?" if word else f"known: {listed(self.known)}"

    def edits(self) -> tuple[Edit, ...]:
        word = nearest(self.value, self.known)
        return (Write(self.place, word),) if word and isinstance(self.place, Place) else ()


class UnknownName(Diagnostic, frozen=True):
    """A name is spoken of that the file gives to nothing."""

    code = "GAL2010"
    title = "name of nothing"
    bad = (
        route_example("route /users/*")
        + 'test "all" {\n  request GET /users { expect service=user }\n}\n'
    )
    fix = bad.replace("service=user ", "service=users ")

    kind: str
    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"no {self.kind} is called `{self.name}`"

    def help(self) -> str | None:
        word = nearest(self.name, self.known)
        return f"did you mean `{word}`?" if word else None


class Cycle(Diagnostic, frozen=True):
    """What stands for itself, directly or over others, stands for nothing."""

    code = "GAL2011"
    title = "a cycle"
    bad = (
        "version 1\npolicy partner { use limited }\npolicy limited { use partner }\n"
        + route_example("route /users/* { use partner }").removeprefix("version 1\n")
    )
    fix = bad.replace("limited { use partner }", "limited { rate_limit 10/s }")

    kind: str
    verb: str
    #: From a name back to itself.
    way: tuple[str, ...]
    #: Where the steps after the first are written, for what doesn't stand in one file.
    steps: tuple[Span, ...] = ()

    def message(self) -> str:
        way = " → ".join(f"`{name}`" for name in self.way)
        return f"the {self.kind} `{self.way[0]}` {self.verb} itself: {way}"

    def related(self) -> tuple[tuple[Place | Span, str], ...]:
        return tuple(
            (step, f"`{name}` {self.verb} `{following}`")
            for step, (name, following) in zip(self.steps, pairwise(self.way[1:]), strict=False)
        )


class BadReference(Diagnostic, frozen=True):
    """A reference is `${var:NAME}`, `${env:NAME}` or `${env:NAME:-default}`. A literal `${` is
    written `$${`."""

    code = "GAL2012"
    title = "malformed reference"
    bad = route_example('route /users/* { headers { request_set X-Zone "${var:zone" } }').replace(
        "version 1\n", "version 1\nvars zone blue\n"
    )
    fix = bad.replace("var:zone", "var:zone}")

    problem: str

    def message(self) -> str:
        return self.problem

    def help(self) -> str | None:
        return (
            "write `${var:NAME}`, `${env:NAME}` or `${env:NAME:-default}`; `$${` is a literal `${`"
        )


class NotResolved(Diagnostic, frozen=True):
    """The value comes from the environment, which galc reads only when it is told to: what is
    built then depends on more than the file, and may hold a secret. Give `--resolve-env`."""

    code = "GAL2013"
    title = "an environment variable that isn't read"
    bad = route_example("route /users/*").replace("users.internal", "${env:USERS_HOST}")
    fix = route_example("route /users/*")

    field: str
    name: str
    is_secret: bool

    def message(self) -> str:
        return (
            f"`{self.field}` needs the environment variable `{self.name}`, "
            "which is read only with `--resolve-env`"
        )

    def help(self) -> str | None:
        if not self.is_secret:
            return None
        return (
            f"write `${{env:{self.name}}}` and nothing else, and the gateway reads it when it "
            "runs; with `--resolve-env` the secret itself stands in what is built"
        )


class NotSet(Diagnostic, frozen=True):
    """The value comes from an environment variable that isn't set, and the file gives no
    default. Set it, or write `${env:NAME:-default}`."""

    code = "GAL2014"
    title = "an environment variable that isn't set"

    name: str

    def message(self) -> str:
        return f"the environment variable `{self.name}` isn't set"

    def help(self) -> str | None:
        return f"set it, or give a default: `${{env:{self.name}:-…}}`"
