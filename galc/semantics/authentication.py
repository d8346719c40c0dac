"""Authentication (language section 4.2): who is let in, and what the upstream sees of it."""

from typing import assert_never
from urllib.parse import unquote

from msgspec import Struct

from galc.ir.gateway import ApiKeys, Authentication, Basic, Introspection, Jwt
from galc.semantics import introspection, passwords, tokens
from galc.semantics.messages import Headers, Request, first, values, without
from galc.semantics.paths import Split
from galc.semantics.signatures import Signatures


class Admitted(Struct, frozen=True):
    """A client that is let in: how it is called, its claims, and the request without what the
    upstream must not see and with what it should."""

    who: str
    headers: Headers
    query: str
    claims: tokens.Claims = {}


def authenticate(
    policy: Authentication, request: Request, split: Split, now: float, signatures: Signatures
) -> Admitted | str:
    """The client that is let in, or why none is; the client isn't told."""
    scheme = policy.scheme
    match scheme:
        case Basic():
            return _basic(scheme, request, split)
        case ApiKeys():
            return _api_key(scheme, request, split)
        case Jwt():
            return _token(scheme, request, split, now, signatures)
        case Introspection():
            return _introspected(scheme, request, split, now, signatures)
        case _:
            assert_never(scheme)


def challenge(policy: Authentication) -> Headers:
    """`WWW-Authenticate`, where the scheme has one."""
    if isinstance(policy.scheme, Basic):
        realm = policy.scheme.realm.replace("\\", "\\\\").replace('"', '\\"')
        return (("WWW-Authenticate", f'Basic realm="{realm}"'),)
    return () if isinstance(policy.scheme, ApiKeys) else (("WWW-Authenticate", "Bearer"),)


def _basic(scheme: Basic, request: Request, split: Split) -> Admitted | str:
    sent = passwords.credentials(first(request.headers, "Authorization"))
    if sent is None:
        return "there are no credentials"
    name, password = sent
    user = next((user for user in scheme.users if user.username == name), None)
    if user is None or not passwords.fits(user, password):
        return "the user or the password is wrong"
    return Admitted(f"user `{name}`", request.headers, split.query)


def _api_key(scheme: ApiKeys, request: Request, split: Split) -> Admitted | str:
    sent = []
    if scheme.header is not None:
        sent.append(first(request.headers, scheme.header))
    if scheme.query is not None:
        sent.append(_parameter(split.query, scheme.query))
    # A reference stands for itself: what the environment holds is the running gateway's matter.
    key = next((key for key in scheme.keys if str(key.key) in sent), None)
    if key is None:
        return "there is no key" if not any(sent) else "the key is wrong"
    headers, query = request.headers, split.query
    if scheme.hide:
        headers = without(headers, scheme.header) if scheme.header else headers
        query = _hidden(query, scheme.query) if scheme.query else query
    if scheme.forward_name:
        headers = (*without(headers, "X-Consumer-Name"), ("X-Consumer-Name", key.name))
    return Admitted(f"key `{key.name}`", headers, query)


def _token(
    scheme: Jwt, request: Request, split: Split, now: float, signatures: Signatures
) -> Admitted | str:
    sent = first(request.headers, scheme.header)
    if sent is None or not sent.startswith(scheme.prefix):
        return "there is no token"
    claims = tokens.accepted(scheme, sent.removeprefix(scheme.prefix), now, signatures)
    if isinstance(claims, str):
        return claims
    headers = without(request.headers, *(header for _, header in scheme.claims_to_headers))
    for name, header in scheme.claims_to_headers:
        value = tokens.claim(claims, name)
        if value is not None:
            headers = (*headers, (header, tokens.claim_text(value)))
    return Admitted(f"subject `{claims.get('sub', 'unnamed')}`", headers, split.query, claims)


def _introspected(
    scheme: Introspection, request: Request, split: Split, now: float, signatures: Signatures
) -> Admitted | str:
    token = introspection.bearer(values(request.headers, "Authorization"))
    if token is None:
        return "there is no token"
    claims = introspection.accepted(scheme, token, now, signatures)
    if isinstance(claims, str):
        return claims
    return Admitted(f"subject `{claims.get('sub', 'unnamed')}`", request.headers, split.query)


def _parameter(query: str, name: str) -> str | None:
    """The first value of a query parameter."""
    for pair in query.removeprefix("?").split("&"):
        key, _, value = pair.partition("=")
        if unquote(key) == name:
            return unquote(value)
    return None


def _hidden(query: str, name: str) -> str:
    """The query without a parameter; what is left stays as the client wrote it."""
    pairs = query.removeprefix("?").split("&")
    kept = [pair for pair in pairs if unquote(pair.partition("=")[0]) != name]
    if len(kept) == len(pairs):
        return query
    return "?" + "&".join(kept) if kept else ""
