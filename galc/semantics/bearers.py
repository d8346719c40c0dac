"""Tokens for requests that are made up: in traces, and in tests of a file."""

from galc.ir.gateway import Introspection, Jwt, Route
from galc.semantics import introspection, tokens
from galc.semantics.tokens import Claims

#: The schemes that want a token.
TokenScheme = Jwt | Introspection


def wanted(route: Route | None) -> TokenScheme | None:
    """How a route wants its token, if it wants one."""
    scheme = route.authentication.scheme if route and route.authentication else None
    return scheme if isinstance(scheme, (Jwt, Introspection)) else None


def made_up(scheme: TokenScheme, claims: Claims, now: float) -> str:
    """A token with these claims that counts as good."""
    if isinstance(scheme, Introspection):
        return introspection.made_up(scheme, claims, now)
    return tokens.made_up(scheme, claims, now)


def header(scheme: TokenScheme, token: str) -> tuple[str, str]:
    """The header that carries a token."""
    if isinstance(scheme, Introspection):
        return "Authorization", f"Bearer {token}"
    return scheme.header, scheme.prefix + token
