"""GAL3xxx: each field is fine, but together they can't be meant."""

from galc.diagnostics import Diagnostic, listed, route_example
from galc.frontend.source import Place


class NotOneOf(Diagnostic, frozen=True):
    """Of some fields exactly one must be given: a route has one kind of path, an upstream has
    `host` or `targets`, a rate limit one period, a JWT one source of keys."""

    code = "GAL3001"
    title = "exactly one of these"
    bad = route_example("route { path /a ; path_prefix /b }")
    fix = route_example("route { path /a }")

    within: str
    names: tuple[str, ...]
    given: tuple[str, ...]

    def message(self) -> str:
        choice = listed(self.names)
        if not self.given:
            return f"{self.within} needs one of {choice}"
        return f"{self.within} takes one of {choice}, but has {listed(self.given, 'and')}"


class MissingPart(Diagnostic, frozen=True):
    """A field calls for another one: `key_type: header` for the header's name, `type: jwt` for the
    block `jwt`."""

    code = "GAL3002"
    title = "a part is missing"
    bad = route_example("route /u/* { rate_limit { requests_per_second 1 ; key_type header } }")
    fix = route_example("route /u/* { rate_limit { requests_per_second 1 ; key_type ip_address } }")

    name: str
    needs: str

    def message(self) -> str:
        return f"`{self.name}` needs `{self.needs}`"


class WildcardCredentials(Diagnostic, frozen=True):
    """With `allow_credentials: true` a browser refuses the origin `*`, and a gateway that answers
    with the origin of whoever asks would open the route to every site that a user visits."""

    code = "GAL3003"
    title = "any origin with credentials"
    bad = route_example("route /u/* { cors { allowed_origins * ; allow_credentials true } }")
    fix = route_example(
        "route /u/* { cors { allowed_origins https://app.example.com ; allow_credentials true } }"
    )

    def message(self) -> str:
        return "`*` can't go with `allow_credentials: true`: browsers refuse it"

    def help(self) -> str | None:
        return "list the origins, or drop `allow_credentials`"


class RouteConflict(Diagnostic, frozen=True):
    """Two routes can match the same request, and nothing orders them: neither host, kind of path,
    length nor methods. Which one a gateway takes would depend on the gateway."""

    code = "GAL3004"
    title = "two routes for the same request"
    bad = route_example("route /u/* GET", "route /u/* GET POST")
    fix = route_example("route /u/* GET", "route /u/* POST")

    what: str
    other: Place

    def message(self) -> str:
        return f"two routes take {self.what}, and nothing orders them"

    def help(self) -> str | None:
        return "tell them apart by path, `hosts` or `methods`"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.other, "the other one"),)


class UnreachableRoute(Diagnostic, frozen=True):
    """Another route always wins: an exact path or a prefix comes before every regex."""

    code = "GAL3005"
    title = "unreachable route"
    default_severity = "warning"
    bad = route_example("route /u/*", 'route ~ "/u/[0-9]+"')
    fix = route_example("route /w/*", 'route ~ "/u/[0-9]+"')

    path: str
    other: Place

    def message(self) -> str:
        return f"`{self.path}` can never match: another route always comes first"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.other, "this one"),)


class ForbiddenHeader(Diagnostic, frozen=True):
    """Hop-by-hop headers, `Host` and `Content-Length` belong to the connection; a gateway writes
    them itself."""

    code = "GAL3006"
    title = "a header that can't be touched"
    bad = route_example("route /u/* { headers { request_set Host a.example.com } }")
    fix = route_example("route /u/* { headers { request_set X-Host a.example.com } }")

    name: str

    def message(self) -> str:
        return f"`{self.name}` belongs to the connection and can't be changed by header rules"


class NoWeight(Diagnostic, frozen=True):
    """With all weights 0 no target may get a request."""

    code = "GAL3007"
    title = "no target with weight"
    bad = "version 1\nservice a { upstream { target x:80 weight=0 } ; route /* }\n"
    fix = bad.replace(" weight=0", "")

    def message(self) -> str:
        return "all weights are 0, so no target may get a request"


class Ineffective(Diagnostic, frozen=True):
    """The field is fine, but nothing reads it here, because another field says so: the settings of
    another authentication type, a cookie's name without sticky sessions."""

    code = "GAL3008"
    title = "a field without effect"
    default_severity = "warning"
    bad = route_example("route /u/* { rate_limit { requests_per_second 1 ; key_header X-A } }")
    fix = route_example("route /u/* { rate_limit { requests_per_second 1 } }")

    name: str
    because: str

    def message(self) -> str:
        return f"`{self.name}` has no effect {self.because}"


class Repeated(Diagnostic, frozen=True):
    """The same entry stands twice in one list or map: a user, a key, a header in another case."""

    code = "GAL3009"
    title = "a repeated entry"
    bad = route_example("route /u/* { headers { request_set X-A 1 ; request_set x-a 2 } }")
    fix = route_example("route /u/* { headers { request_set X-A 2 } }")

    what: str
    first: Place

    def message(self) -> str:
        return f"{self.what} stands twice"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.first, "first here"),)


class PortClash(Diagnostic, frozen=True):
    """The gateway and its admin interface can't listen on the same port."""

    code = "GAL3010"
    title = "one port for two listeners"
    bad = route_example("route /u/*").replace("version 1", "version 1\nglobal { port 9901 }")
    fix = route_example("route /u/*")

    port: int

    def message(self) -> str:
        return f"`port` and `admin_port` are both {self.port}"


class ClaimWithoutJwt(Diagnostic, frozen=True):
    """A limit keyed by a claim needs a verified token to read the claim from."""

    code = "GAL3011"
    title = "a claim without a token"
    bad = route_example("route /u/* { rate_limit 5/s key=jwt_claim:sub }")
    fix = route_example(
        "route /u/* {",
        "  rate_limit 5/s key=jwt_claim:sub",
        "  authentication jwt {",
        "    issuer https://auth.example.com ; audiences users",
        "    jwks_uri https://auth.example.com/keys",
        "  }",
        "}",
    )

    def message(self) -> str:
        return "`key_type: jwt_claim` needs `authentication` of type `jwt` on the same route"


class WebSocketOverHttp2(Diagnostic, frozen=True):
    """A WebSocket begins as a request of HTTP/1.1 that asks for an upgrade. Upstreams of gRPC and
    of the protocols `http2` and `grpc` are spoken to over HTTP/2, which has no upgrade."""

    code = "GAL3020"
    title = "a WebSocket to an HTTP/2 upstream"
    bad = "version 1\nservice a { protocol http2 ; upstream x:80 ; route /ws { websocket } }\n"
    fix = bad.replace("protocol http2 ; ", "")

    service: str

    def message(self) -> str:
        return f"the upstream of `{self.service}` is spoken to over HTTP/2, which has no upgrades"

    def help(self) -> str | None:
        return "give these routes a service with `protocol: http` or `https`"
