"""GAL309x: what is wrong with the tests of a file, and what they find."""

from galc.diagnostics import Diagnostic, route_example
from galc.frontend.source import Place

_HOURLY = route_example("route /users/* { rate_limit 1/h }")
_TWICE = 'test "two at once" {\n  request GET /users times=2 { expect 200 }\n}\n'
_TOKEN = (
    'test "ann\'s token is good" {\n  request GET /users { claims { sub ann } ; expect 200 }\n}\n'
)


class TestFailed(Diagnostic, frozen=True):
    """The file says in a `test` what must come of a request, and something else comes of it. Both
    places are shown: what is expected, and the line that decides otherwise. Only `galc test` runs
    tests; `galc check` and `galc build` read them, and go on."""

    __test__ = False

    code = "GAL3090"
    title = "a test of the file fails"
    bad = _HOURLY + _TWICE
    fix = _HOURLY.replace("1/h", "2/h") + _TWICE

    test: str
    expected: str
    actual: str
    turn: int = 1
    times: int = 1
    on: str = ""
    because: str = ""
    decides: Place | None = None
    differs: str = ""

    def message(self) -> str:
        turn = f" to request {self.turn} of {self.times}" if self.times > 1 else ""
        on = f" on {self.on}" if self.on else ""
        return f"expected {self.expected}, got {self.actual}{turn}{on}"

    def help(self) -> str | None:
        return self.differs or None

    def label(self) -> str | None:
        return f"in the test “{self.test}”"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.decides, self.because),) if self.decides is not None else ()


class ClaimsWithoutToken(Diagnostic, frozen=True):
    """`claims` in a test's request stand for a good token with these claims, made for the route
    that takes the request. That route must want one: it needs `authentication` of the type `jwt` or
    `oauth2`. Else the request would go out without a token, and the test would show nothing of the
    claims."""

    code = "GAL3091"
    title = "claims for a route without tokens"
    bad = route_example("route /users/*") + _TOKEN
    fix = (
        route_example(
            "route /users/* {",
            "  authentication jwt {",
            "    issuer https://auth.example.com",
            "    audiences api",
            "    jwks_uri https://auth.example.com/jwks.json",
            "    required_claims exp",
            "  }",
            "}",
        )
        + _TOKEN
    )

    route: str
    taken_by: Place | None

    def message(self) -> str:
        if not self.route:
            return "no route takes this request, so there is no token with these claims"
        return f"the route `{self.route}` wants no token, so these claims say nothing"

    def related(self) -> tuple[tuple[Place, str], ...]:
        if self.taken_by is None:
            return ()
        return ((self.taken_by, "this route takes the request"),)


class NothingExpected(Diagnostic, frozen=True):
    """A test whose requests expect nothing can't fail, whatever the gateway does."""

    code = "GAL3092"
    title = "a test that can't fail"
    default_severity = "warning"
    bad = route_example("route /users/*") + 'test "users are there" {\n  request GET /users\n}\n'
    fix = bad.replace("GET /users\n", "GET /users { expect 200 }\n")

    test: str

    def message(self) -> str:
        return f"the test `{self.test}` expects nothing, so it can't fail"

    def help(self) -> str | None:
        return "say what must come of a request, such as `expect 200`"
