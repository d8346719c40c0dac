"""Credentials that are weak, or that lie where others can see them. No message shows a secret."""

from galc.diagnostics import Diagnostic, listed, route_example
from galc.frontend.source import Place

_JWKS = "https://auth.example.com/keys"


class AnyToken(Diagnostic, frozen=True):
    """Without `audiences` a token that was issued for another application passes, and without
    `issuer` one of another issuer that signs with the same keys, as with the tenants of one
    identity provider (RFC 8725, sections 3.8 and 3.9). Of tokens that are introspected, a scope may
    say instead what they are meant for."""

    code = "GAL5013"
    title = "tokens meant for others"
    default_severity = "warning"
    bad = route_example(f"route /users/* {{ authentication jwt {{ jwks_uri {_JWKS} }} }}")
    fix = bad.replace("jwt {", "jwt { issuer https://auth.example.com ; audiences users ;")

    missing: tuple[str, ...]

    def message(self) -> str:
        what = listed(self.missing, "and")
        whose = {"issuer": "another issuer", "audiences": "another application"}
        return f"without {what}, tokens of {' or '.join(whose[m] for m in self.missing)} pass too"


class UnsafeKeySource(Diagnostic, frozen=True):
    """The gateway believes what it fetches there, and over plain HTTP anybody on the way can answer
    with keys of their own, or read the client secret."""

    code = "GAL5014"
    title = "trust over plain HTTP"
    default_severity = "warning"
    bad = AnyToken.fix.replace("jwks_uri https", "jwks_uri http")
    fix = AnyToken.fix

    name: str
    host: str

    def message(self) -> str:
        return f"`{self.name}` asks `{self.host}` over plain HTTP"

    def help(self) -> str | None:
        return "use `https`"


class KeyInQuery(Diagnostic, frozen=True):
    """A URL is written to access logs, kept in a browser's history and sent on as a referrer, and
    the key with it. Some clients can't send a header; for them there is `query_param`."""

    code = "GAL5015"
    title = "a key in the URL"
    default_severity = "note"
    bad = route_example(
        'route /users/* { authentication api_key { query_param key ; key "${env:USERS_KEY}" } }'
    )
    fix = bad.replace("query_param key", "header_name X-API-Key")

    name: str

    def message(self) -> str:
        return f"the key is sent as `?{self.name}=…`, and URLs end up in logs"


class SecretInFile(Diagnostic, frozen=True):
    """Whoever can read the file, its history, or what is built from it, can use the secret, and to
    change it takes a new build. A reference keeps it out: `${env:NAME}` is read by the gateway when
    it runs. A slow hash of a password (bcrypt, apr1, sha512-crypt) may stand in a file; `{SHA}` is
    guessed too quickly."""

    code = "GAL5016"
    title = "a secret in the file"
    default_severity = "warning"
    bad = route_example(
        "route /users/* { authentication basic { user ann password=correct-horse-battery } }"
    )
    fix = bad.replace("correct-horse-battery", '"${env:ANNS_PASSWORD}"')

    what: str
    count: int = 1
    at_run_time: bool = True

    def message(self) -> str:
        if self.count == 1:
            return f"{self.what} stands in the file"
        return f"{self.count} {self.what} stand in the file"

    def help(self) -> str | None:
        if self.at_run_time:
            return "write `${env:NAME}`, which the gateway reads when it runs"
        return "write `${env:NAME}`, which `--resolve-env` reads when the file is built"


class SharedSecret(Diagnostic, frozen=True):
    """One key or password has two owners: what one does, the other one may have done, and neither
    can be locked out alone. It is often copied and never changed."""

    code = "GAL5017"
    title = "one secret for two owners"
    default_severity = "warning"
    bad = route_example(
        'route /a/* { authentication api_key { key "${env:ANNS_KEY}" name=ann } }',
        'route /b/* { authentication api_key { key "${env:ANNS_KEY}" name=bob } }',
    )
    fix = route_example(
        'route /a/* { authentication api_key { key "${env:ANNS_KEY}" name=ann } }',
        'route /b/* { authentication api_key { key "${env:BOBS_KEY}" name=bob } }',
    )

    what: str
    owner: str
    other: str
    first: Place

    def message(self) -> str:
        return f"the {self.what} of `{self.owner}` is also the one of `{self.other}`"

    def related(self) -> tuple[tuple[Place, str], ...]:
        return ((self.first, f"the one of `{self.other}`"),)


class GuessableSecret(Diagnostic, frozen=True):
    """A key or password that stands in every list of common ones, or is the owner's own name. The
    examples of documentation are tried first."""

    code = "GAL5018"
    title = "a secret that is easy to guess"
    default_severity = "warning"
    bad = route_example("route /users/* { authentication api_key { key changeme } }")
    fix = bad.replace("changeme", '"${env:USERS_KEY}"')

    what: str

    def message(self) -> str:
        return f"the {self.what} is one of the first that anybody tries"

    def help(self) -> str | None:
        return "make a random one, for instance with `openssl rand -hex 16`, as `${env:NAME}`"
