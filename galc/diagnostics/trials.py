"""GAL3xxx: what `galc test` finds, where a file doesn't do what its own tests say."""

from galc.diagnostics import Diagnostic, route_example
from galc.frontend.source import Place


class TestFailed(Diagnostic, frozen=True):
    """The file says in a `test` what must come of a request, and something else comes of it. Both
    places are shown: what is expected, and the line that decides otherwise. Only `galc test` runs
    tests; `galc check` and `galc build` read them, and go on."""

    __test__ = False

    code = "GAL3090"
    title = "a test of the file fails"
    bad = (
        route_example("route /users/* { rate_limit 1/h }")
        + 'test "two at once" {\n  request GET /users times=2 { expect 200 }\n}\n'
    )
    fix = (
        route_example("route /users/* { rate_limit 2/h }")
        + 'test "two at once" {\n  request GET /users times=2 { expect 200 }\n}\n'
    )

    test: str
    what: str
    expected: str
    actual: str
    because: str
    turn: str
    decides: Place | None

    def message(self) -> str:
        return f"{self.what}: expected {self.expected}, got {self.actual}{self.turn}"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.decides, self.because),) if self.decides is not None else ()
