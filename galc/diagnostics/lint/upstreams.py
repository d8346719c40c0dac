"""Upstreams that are not what their author seems to mean."""

from galc.diagnostics import Diagnostic


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


def _one(target: str, more: str = "") -> str:
    return f"version 1\nservice users {{ upstream {target}{more} ; route /users/* }}\n"


class PlainToPublic(Diagnostic, frozen=True):
    """Between the gateway and a host on the public internet, anybody on the way can read and change
    requests and answers, with tokens, cookies and all."""

    code = "GAL5035"
    title = "plain HTTP to a public host"
    default_severity = "warning"
    bad = _one("api.example.com:8080")
    fix = _one("api.example.com:8443", " ; protocol https")

    host: str

    def message(self) -> str:
        return f"requests to `{self.host}` cross the internet in plain HTTP"

    def help(self) -> str | None:
        return "give the service `protocol: https`"


class PortOfOtherProtocol(Diagnostic, frozen=True):
    """443 is the port of HTTPS and 80 the one of HTTP; here the service's `protocol` says the
    other."""

    code = "GAL5036"
    title = "a port of the other protocol"
    default_severity = "warning"
    bad = _one("users.internal:443")
    fix = _one("users.internal:443", " ; protocol https")

    port: int
    tls: bool

    def message(self) -> str:
        speaks = "TLS" if self.tls else "no TLS"
        return f"the gateway speaks {speaks} to port {self.port}"

    def help(self) -> str | None:
        if self.tls:
            return "443 is the port of HTTPS"
        return "give the service `protocol: https`"


class LinkLocalTarget(Diagnostic, frozen=True):
    """Cloud providers answer here with the credentials of the machine itself: 169.254.169.254 and
    fd00:ec2::254 are instance metadata services. A route to it hands them to everybody who may call
    the route."""

    code = "GAL5037"
    title = "a route to the metadata service"
    default_severity = "warning"
    bad = _one("169.254.169.254:80")
    fix = _one("users.internal:80")

    host: str

    def message(self) -> str:
        return f"`{self.host}` is where a cloud machine gets its own credentials"


class ItsOwnPort(Diagnostic, frozen=True):
    """The upstream is a port of the gateway itself: its own listener, which makes a loop, or its
    admin interface, which is bound to loopback so that nobody reaches it from outside."""

    code = "GAL5038"
    title = "an upstream that is the gateway itself"
    default_severity = "warning"
    bad = _one("127.0.0.1:9901")
    fix = _one("127.0.0.1:9000")

    port: int
    admin: bool

    def message(self) -> str:
        if self.admin:
            return f"port {self.port} is the gateway's admin interface, which this opens to clients"
        return f"port {self.port} is the gateway's own, so requests go around in a circle"


class SlowProbe(Diagnostic, frozen=True):
    """A probe may take longer than the time until the next one, so probes pile up or come later
    than asked for."""

    code = "GAL5039"
    title = "probes that overlap"
    default_severity = "warning"
    bad = (
        "version 1\nservice users { upstream users.internal:80 { health_check { active "
        "{ interval 1s ; timeout 3s } } } ; route /users/* }\n"
    )
    fix = bad.replace("timeout 3s", "timeout 1s")

    interval: str
    timeout: str

    def message(self) -> str:
        return f"a probe may take {self.timeout}, and the next one comes after {self.interval}"

    def help(self) -> str | None:
        return "make `timeout` no longer than `interval`"
