"""Settings of the whole gateway."""

from galc.diagnostics import Diagnostic, route_example

_BARE = route_example("route /users/*")


class EverybodyTrusted(Diagnostic, frozen=True):
    """Whoever is a trusted proxy says who the client is. With a network as wide as this, clients
    say it themselves, and limits by address and logs are worth nothing."""

    code = "GAL5032"
    title = "everybody is a trusted proxy"
    default_severity = "warning"
    bad = _BARE.replace("version 1", "version 1\nglobal { trusted_proxies 0.0.0.0/0 }")
    fix = _BARE.replace("version 1", "version 1\nglobal { trusted_proxies 10.0.0.0/8 }")

    network: str

    def message(self) -> str:
        return f"with `{self.network}`, clients can say themselves from where they call"

    def help(self) -> str | None:
        return "name the networks of your own load balancers"


class PrivilegedPort(Diagnostic, frozen=True):
    """Ports below 1024 are for privileged processes. Better listen on a high one and let the
    container or the load balancer in front lead there."""

    code = "GAL5033"
    title = "a privileged port"
    default_severity = "note"
    bad = _BARE.replace("version 1", "version 1\nglobal { port 80 }")
    fix = _BARE.replace("version 1", "version 1\nglobal { port 8080 }")

    port: int

    def message(self) -> str:
        return f"port {self.port} is below 1024, so the gateway needs privileges to listen on it"


class PlainOnTlsPort(Diagnostic, frozen=True):
    """The gateway listens for plain HTTP; TLS is what stands in front of it. Clients speak TLS to
    this port."""

    code = "GAL5034"
    title = "plain HTTP on the port of HTTPS"
    default_severity = "warning"
    bad = _BARE.replace("version 1", "version 1\nglobal { port 443 }")
    fix = _BARE.replace("version 1", "version 1\nglobal { port 8080 }")

    port: int

    def message(self) -> str:
        return f"clients speak TLS to port {self.port}, and the gateway listens for plain HTTP"
