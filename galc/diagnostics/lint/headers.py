"""Header rules that forge, expose or do nothing."""

from galc.diagnostics import Diagnostic, listed, route_example
from galc.frontend.source import Place

_CLAIM = (
    "authentication jwt { issuer https://auth.example.com ; audiences users ; "
    "jwks_uri https://auth.example.com/keys ; claim sub -> X-User-ID }"
)


class ForgeableIdentity(Diagnostic, frozen=True):
    """Some routes of the service pass a verified identity to the upstream in a header, and take a
    client's own such header off. This route doesn't: there, a client can send the header itself,
    and the upstream that trusts it can't see the difference."""

    code = "GAL5019"
    title = "an identity that clients can forge"
    default_severity = "warning"
    bad = route_example(f"route /users/* {{ {_CLAIM} }}", "route /status GET")
    fix = bad.replace(
        "route /status GET", "route /status GET { headers { request_remove X-User-ID } }"
    )

    names: tuple[str, ...]
    first: Place

    def message(self) -> str:
        verb = "reach" if len(self.names) > 1 else "reaches"
        return f"{listed(self.names, 'and')} {verb} the upstream as the client sent it"

    def help(self) -> str | None:
        return f"add `request_remove: [{', '.join(self.names)}]` to the route's `headers`"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.first, "the same upstream gets it verified from here"),)


class OverwrittenIdentity(Diagnostic, frozen=True):
    """Header rules come after authentication, so this one changes the header that
    `claims_to_headers` or `forward_name` has just written."""

    code = "GAL5020"
    title = "a rule that overwrites the identity"
    default_severity = "warning"
    bad = route_example(f"route /users/* {{ {_CLAIM} ; headers {{ request_set X-User-ID x }} }}")
    fix = bad.replace("request_set X-User-ID x", "request_set X-Source x")

    name: str
    rule: str

    def message(self) -> str:
        return f"`{self.rule}` changes `{self.name}`, which authentication has just written"

    def help(self) -> str | None:
        return "remove the rule; a client's own header is taken off without it"


class UnderscoreHeader(Diagnostic, frozen=True):
    """Many servers drop request headers with an underscore, or take `X_User` and `X-User` for the
    same one, because both become the CGI variable `HTTP_X_USER`. nginx drops them by default
    (directive `underscores_in_headers`, ngx_http_core_module)."""

    code = "GAL5021"
    title = "an underscore in a header name"
    default_severity = "warning"
    bad = route_example("route /users/* { headers { request_set X_Gateway galc } }")
    fix = route_example("route /users/* { headers { request_set X-Gateway galc } }")

    name: str

    def message(self) -> str:
        return f"many servers drop the request header `{self.name}` for its underscore"

    def help(self) -> str | None:
        return f"write `{self.name.replace('_', '-')}`"


class ForwardingHeader(Diagnostic, frozen=True):
    """The gateway itself appends the client to `X-Forwarded-For` and sets `X-Forwarded-Proto`. A
    rule for one of them tells the upstream something else."""

    code = "GAL5022"
    title = "a rule for a header of the gateway's own"
    default_severity = "warning"
    bad = route_example("route /users/* { headers { request_set X-Forwarded-For 10.0.0.1 } }")
    fix = route_example('route /users/* { headers { request_set X-Caller "{{client_ip}}" } }')

    name: str

    def message(self) -> str:
        return f"the gateway writes `{self.name}` itself, and this rule forges it"

    def help(self) -> str | None:
        return "remove the rule; proxies in front are named in `global.trusted_proxies`"


class CorsByHand(Diagnostic, frozen=True):
    """A fixed header answers no preflight, is the same for every origin, and doubles what a `cors`
    policy writes. `cors` does it whole."""

    code = "GAL5023"
    title = "CORS written by hand"
    default_severity = "warning"
    bad = route_example(
        "route /users/* { headers {",
        "response_set Access-Control-Allow-Origin https://app.example.com } }",
    )
    fix = route_example("route /users/* { cors { allowed_origins https://app.example.com } }")

    name: str

    def message(self) -> str:
        return f"`{self.name}` belongs to `cors`, which also answers preflights"

    def help(self) -> str | None:
        return "use a `cors` policy"


class IgnoredByBrowsers(Diagnostic, frozen=True):
    """Browsers ignore a security header whose value they don't know, so it protects nothing:
    `X-Content-Type-Options` is `nosniff`, `X-Frame-Options` `DENY` or `SAMEORIGIN`, and
    `Strict-Transport-Security` needs a `max-age` (RFC 6797, section 6.1.1)."""

    code = "GAL5024"
    title = "a security header that browsers ignore"
    default_severity = "warning"
    bad = route_example("route /users/* { headers { response_set X-Frame-Options ALLOWALL } }")
    fix = route_example("route /users/* { headers { response_set X-Frame-Options DENY } }")

    name: str
    expected: str

    def message(self) -> str:
        return f"browsers ignore this `{self.name}`: its value is {self.expected}"


class CookieInClear(Diagnostic, frozen=True):
    """A browser sends a cookie without `Secure` over plain HTTP too, where anybody on the way reads
    it."""

    code = "GAL5025"
    title = "a cookie without Secure"
    default_severity = "warning"
    bad = route_example('route /users/* { headers { response_add Set-Cookie "seen=1" } }')
    fix = route_example('route /users/* { headers { response_add Set-Cookie "seen=1; Secure" } }')

    def message(self) -> str:
        return "the cookie has no `Secure`, so browsers send it over plain HTTP too"
