"""GAL5xxx: what is allowed, but seldom meant."""

from galc.diagnostics import Diagnostic, listed, route_example
from galc.frontend.source import Place


class OpenFallthrough(Diagnostic, frozen=True):
    """A method that a protected route doesn't take falls to the next route that matches, and that
    one asks for no authentication. The language says so (the method is a condition like the path),
    but it is seldom meant: the same paths answer strangers under another method."""

    code = "GAL5001"
    title = "protected paths are open under other methods"
    default_severity = "warning"
    bad = route_example(
        "route /* { methods GET POST }",
        "route /users/admin/* GET { authentication api_key { key k1 } }",
    )
    fix = route_example(
        "route /* { methods GET POST }",
        "route /users/admin/* { authentication api_key { key k1 } }",
    )

    path: str
    methods: tuple[str, ...]
    open_route: Place

    def message(self) -> str:
        what = listed(self.methods) if self.methods else "another method"
        return f"`{self.path}` needs authentication, but with {what} it leads to a route without"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.open_route, "this route takes them, without authentication"),)


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


class LiteralStar(Diagnostic, frozen=True):
    """A `*` in a path is a character like any other. A prefix needs none: `path_prefix: /users`
    takes everything below `/users`; in a `.gal` file the pattern `/users/*` says the same."""

    code = "GAL5008"
    title = "literal star in a path"
    default_severity = "warning"
    bad = route_example("route { path_prefix /users/* }")
    fix = route_example("route { path_prefix /users }")

    path: str

    def message(self) -> str:
        return f"the `*` of `{self.path}` is taken as it stands, not as a wildcard"

    def help(self) -> str | None:
        return "leave it out of a `path_prefix`, or use `path_regex`"


class UnusedDefault(Diagnostic, frozen=True):
    """Every route of the service has this policy itself, so the service's is never used."""

    code = "GAL5005"
    title = "unused default policy"
    default_severity = "warning"
    bad = route_example("route /users/* { timeout 5s }", service="timeout 9s")
    fix = route_example("route /users/* { timeout 5s }")

    name: str
    service: str

    def message(self) -> str:
        return f"no route of `{self.service}` uses its default `{self.name}`"

    def help(self) -> str | None:
        return "remove it, or remove the policy of a route that should inherit it"


class NoTraffic(Diagnostic, frozen=True):
    """A target with the weight 0 gets no request, so its address has no effect."""

    code = "GAL5006"
    title = "target without traffic"
    default_severity = "note"
    bad = "version 1\nservice a { upstream { target x:80 ; target y:80 weight=0 } ; route /* }\n"
    fix = bad.replace(" weight=0", "")

    host: str

    def message(self) -> str:
        return f"`{self.host}` has the weight 0 and gets no traffic"


class RepeatedAlgorithm(Diagnostic, frozen=True):
    """`weighted` is for targets of different weights; with equal ones it is `round_robin`."""

    code = "GAL5007"
    title = "weights that don't differ"
    default_severity = "warning"
    bad = (
        "version 1\nservice a { upstream { target x:80 ; target y:80 ; load_balancer weighted } "
        "; route /* }\n"
    )
    fix = bad.replace("target y:80", "target y:80 weight=2")

    def message(self) -> str:
        return "`weighted` needs at least two different weights; these are all alike"

    def help(self) -> str | None:
        return "give the targets weights, or write `round_robin`"
