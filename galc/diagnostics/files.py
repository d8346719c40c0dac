"""GAL2xxx: files that a gateway is made of, and overlays."""

from collections.abc import Mapping
from typing import ClassVar

from galc.diagnostics import Diagnostic, listed, nearest, route_example
from galc.frontend.source import Place, Span

_BASE = route_example("route /users/* GET", "route /users/* POST")


class NotRead(Diagnostic, frozen=True):
    """`include` and `jwks: file:…` name a file by a path from the folder of the file that writes
    it, with `/` between the names. It must be a regular file of UTF-8 text, below the folder of the
    file that galc was called with: links that lead out of there aren't followed. galc reads 1000
    files at most, 32 includes deep, and 48 MiB of them together."""

    code = "GAL2015"
    title = "a file that can't be read"
    bad = "version 1\ninclude ../team.gal\n" + _BASE.removeprefix("version 1\n")
    fix = bad.replace("../team", "team")
    example_files: ClassVar[Mapping[str, str]] = {"team.gal": "version 1\nglobal { port 8080 }\n"}

    path: str
    why: str
    word: str | None = None

    def message(self) -> str:
        return f"can't read `{self.path}`: {self.why}"

    def help(self) -> str | None:
        return f"did you mean `{self.word}`?" if self.word else None


class NotAnOverlay(Diagnostic, frozen=True):
    """`remove` takes something out of the files below an overlay, which is a file that is given
    with `--overlay`, or included by one. Any other file has nothing below it."""

    code = "GAL2016"
    title = "something removed outside of an overlay"
    bad = route_example("route /users/* { remove timeout }")
    fix = route_example("route /users/*")

    def message(self) -> str:
        return "only an overlay can `remove` something"

    def help(self) -> str | None:
        return "leave out what isn't wanted, or give this file with `--overlay`"


class NothingToRemove(Diagnostic, frozen=True):
    """An overlay removes what the files below it don't have. Perhaps its name has changed there."""

    code = "GAL2017"
    title = "nothing to remove"
    bad = "version 1\nservice users { remove rate_limits }\n"
    fix = "version 1\nservice users { remove rate_limit }\n"
    example_base = route_example("rate_limit 10/s", "route /users/v1/* GET")

    what: str
    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"there is no {self.what} `{self.name}` to remove"

    def help(self) -> str | None:
        word = nearest(self.name, self.known)
        if word:
            return f"did you mean `{word}`?"
        return f"there are: {listed(self.known, 'and')}" if self.known else None


class AmbiguousRoute(Diagnostic, frozen=True):
    """A route of an overlay goes into the route of the same name, or else into the one with the
    same path and, as far as the overlay writes them, the same methods and hosts. Here several
    fit."""

    code = "GAL2018"
    title = "an overlay's route that fits several"
    bad = "version 1\nservice users { route /users/* { timeout 5s } }\n"
    fix = "version 1\nservice users { route /users/* POST { timeout 5s } }\n"
    example_base = _BASE

    route: str
    candidates: tuple[Place | Span, ...]

    def message(self) -> str:
        return f"{len(self.candidates)} routes below the overlay fit `{self.route}`"

    def related(self) -> tuple[tuple[Place | Span, str], ...]:
        return tuple((place, "this one") for place in self.candidates)

    def help(self) -> str | None:
        return "write the methods and hosts of the one that is meant, or its name"


class GivenAgain(Diagnostic, frozen=True):
    """Two parts of an overlay go into the same part of the files below it. Write them as one."""

    code = "GAL2019"
    title = "an overlay's part given twice"
    bad = (
        "version 1\nservice users {\n  route /users/* GET { timeout 5s }\n"
        "  route /users/* GET { retry { attempts 2 } }\n}\n"
    )
    fix = "version 1\nservice users {\n  route /users/* GET { timeout 5s }\n}\n"
    example_base = _BASE

    what: str
    first: Place | Span

    def message(self) -> str:
        return f"the overlay has {self.what} twice"

    def label(self) -> str | None:
        return "again here"

    def related(self) -> tuple[tuple[Place | Span, str], ...]:
        return ((self.first, "first here"),)
