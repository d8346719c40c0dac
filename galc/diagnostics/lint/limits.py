"""Limits and breakers that don't protect."""

from galc.diagnostics import Diagnostic, route_example
from galc.ir.units import Rate


class SelfChosenKey(Diagnostic, frozen=True):
    """Without authentication, and without a trusted proxy that writes it, the header is whatever
    the client sends. A new value is a new bucket, so who wants to gets around the limit."""

    code = "GAL5029"
    title = "a limit whose key the client chooses"
    default_severity = "warning"
    bad = route_example("route /users/* { rate_limit 10/s key=header:X-Client }")
    fix = route_example("route /users/* { rate_limit 10/s }")

    name: str

    def message(self) -> str:
        return f"clients choose `{self.name}` themselves, and a new value is a new bucket"

    def help(self) -> str | None:
        return (
            "limit by address, add `authentication`, or name the proxy that writes the header "
            "in `global.trusted_proxies`"
        )


class NeverActs(Diagnostic, frozen=True):
    """The limit is so wide that it never acts: a bucket that holds what trickles in over days, a
    breaker that waits for thousands of failures in a row."""

    code = "GAL5030"
    title = "a limit that never acts"
    default_severity = "warning"
    bad = route_example("route /users/* { rate_limit 1/s burst=1000000 }")
    fix = route_example("route /users/* { rate_limit 1/s burst=60 }")

    what: str

    def message(self) -> str:
        return self.what

    @staticmethod
    def bucket(burst: int, rate: Rate) -> str:
        """What is wrong with a bucket."""
        days = burst * rate.period_ms // rate.tokens // 86_400_000
        count = f"{days:,} days" if days > 1 else "a day"
        return f"a burst of {burst:,} is what the rate allows in {count}, at once"

    @staticmethod
    def breaker(failures: int) -> str:
        """What is wrong with a breaker."""
        return f"{failures:,} failures in a row hardly ever happen"


class NoFailure(Diagnostic, frozen=True):
    """The status says nothing about the upstream's health. A redirect or a success is none of its
    failures; and what a client can bring about, by asking for what isn't there or without
    credentials, lets a client switch the upstream off for everybody. A probe that is answered with
    5xx is no good one."""

    code = "GAL5031"
    title = "a status that says nothing about health"
    default_severity = "warning"
    bad = (
        "version 1\nservice users { upstream { target a:80 ; target b:80 ; health_check { passive "
        "{ unhealthy_status_codes 404 503 } } } ; route /users/* }\n"
    )
    fix = bad.replace("404 503", "503")

    status: int
    healthy: bool = False

    def message(self) -> str:
        if self.healthy:
            return f"a target that answers a probe with {self.status} counts as healthy"
        if self.status < 400:
            return f"{self.status} is no failure"
        return f"any client can bring about a {self.status}, and so take the upstream out"
