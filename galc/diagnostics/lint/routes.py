"""Routes that take more, less or others than their author seems to mean."""

from galc.diagnostics import Diagnostic, listed, route_example
from galc.frontend.source import Place

#: An authentication for examples.
KEYED = 'authentication api_key { key "${env:USERS_KEY}" }'


class OpenFallthrough(Diagnostic, frozen=True):
    """A method that a protected route doesn't take falls to the next route that matches, and that
    one asks for no authentication. The language says so (the method is a condition like the path),
    but it is seldom meant: the same paths answer strangers under another method."""

    code = "GAL5001"
    title = "protected paths are open under other methods"
    default_severity = "warning"
    bad = route_example(
        "route /* { methods GET POST }",
        f"route /users/admin/* GET {{ {KEYED} }}",
    )
    fix = route_example(
        "route /* { methods GET POST }",
        f"route /users/admin/* {{ {KEYED} }}",
    )

    path: str
    methods: tuple[str, ...]
    open_route: Place

    def message(self) -> str:
        what = listed(self.methods) if self.methods else "another method"
        return f"`{self.path}` needs authentication, but with {what} it leads to a route without"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.open_route, "this route takes them, without authentication"),)


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


class UnprotectedWrite(Diagnostic, frozen=True):
    """Most routes of the service ask for authentication, and this one, which takes methods that
    write, doesn't. Where that is meant, for a login or a webhook, the file can say so:
    `authentication { enabled false }` on the route."""

    code = "GAL5009"
    title = "writes without authentication"
    default_severity = "warning"
    bad = route_example(
        f"route /users/* GET POST {{ {KEYED} }}",
        f"route /orders/* GET POST {{ {KEYED} }}",
        "route /invoices/* GET POST",
    )
    fix = bad.replace(
        "invoices/* GET POST", "invoices/* GET POST { authentication { enabled false } }"
    )

    methods: tuple[str, ...]
    protected: Place

    def message(self) -> str:
        what = listed(self.methods, "and") if self.methods else "every method"
        return f"the route takes {what} from everybody; most routes beside it ask who calls"

    def help(self) -> str | None:
        return (
            "give it `authentication`, or write `authentication: {enabled: false}` if it is meant"
        )

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.protected, "this one asks"),)


class OpenUnderSlash(Diagnostic, frozen=True):
    """An exact path is protected, and the same path with a slash at its end is another path, which
    leads to an open route of the same service. Many web frameworks take both for the same page, so
    the slash gets around the authentication."""

    code = "GAL5010"
    title = "a slash leads around authentication"
    default_severity = "warning"
    bad = route_example("route /*", f"route /users/admin {{ {KEYED} }}")
    fix = route_example("route /*", f"route /users/admin/* {{ {KEYED} }}")

    path: str
    open_route: Place

    def message(self) -> str:
        return f"`{self.path}` needs authentication, but `{self.path}/` leads to a route without"

    def help(self) -> str | None:
        return "protect it as a prefix, which takes both"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.open_route, "this route takes it, without authentication"),)


class OpenUnderOtherHosts(Diagnostic, frozen=True):
    """The route asks for authentication under its hosts, and another route of the same service
    takes the same paths under any host, without. A client chooses the `Host` that it sends, so it
    chooses whether it is asked."""

    code = "GAL5063"
    title = "protected paths are open under another host"
    default_severity = "warning"
    bad = route_example("route /*", f"route /users/admin/* {{ hosts api.example.com ; {KEYED} }}")
    fix = route_example(
        "route /* { hosts www.example.com }",
        f"route /users/admin/* {{ hosts api.example.com ; {KEYED} }}",
    )

    path: str
    hosts: tuple[str, ...]
    open_route: Place

    def message(self) -> str:
        where = listed(self.hosts, "and")
        return f"`{self.path}` needs authentication under {where} only; any other host gets it open"

    def help(self) -> str | None:
        return "protect it without `hosts`, or give the open route hosts of its own"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.open_route, "this route takes it, without authentication"),)


class NestedQuantifiers(Diagnostic, frozen=True):
    """A repetition inside a repetition can split the same text in many ways. An engine that
    backtracks, such as PCRE, tries them all when a path almost matches: the time doubles with each
    character, and one request keeps a worker busy for hours. Engines with automata, such as RE2,
    don't mind."""

    code = "GAL5011"
    title = "a regex that can take for ever"
    default_severity = "warning"
    bad = route_example('route ~ "/users/([a-z]+)+/photo"')
    fix = route_example('route ~ "/users/[a-z]+/photo"')

    pattern: str

    def message(self) -> str:
        return f"`{self.pattern}` repeats a repetition; an engine that backtracks can take for ever"

    def help(self) -> str | None:
        return (
            "make sure that a text can be split in one way only: repeat once, or with a separator"
        )


class UnmatchableRegex(Diagnostic, frozen=True):
    """Every path begins with `/`, and `path_regex` has to match the whole of it."""

    code = "GAL5012"
    title = "a regex that never matches"
    default_severity = "warning"
    bad = route_example('route ~ "users/[0-9]+"')
    fix = route_example('route ~ "/users/[0-9]+"')

    pattern: str

    def message(self) -> str:
        return f"`{self.pattern}` matches no path: each begins with `/`"

    def help(self) -> str | None:
        return f"write `/{self.pattern}`, or `.*{self.pattern}` for an ending"


class UnusedName(Diagnostic, frozen=True):
    """A policy or a variable has a name, and the file never uses it. Often the name was meant to
    stand somewhere and is missing there."""

    code = "GAL5050"
    title = "a name that nothing uses"
    default_severity = "warning"
    bad = "version 1\npolicy partner { rate_limit 10/s }\n" + route_example(
        "route /users/*"
    ).removeprefix("version 1\n")
    fix = bad.replace("/users/*", "/users/* { use partner }")

    kind: str
    name: str
    #: What could use it.
    by: str

    def message(self) -> str:
        return f"no {self.by} uses the {self.kind} `{self.name}`"
