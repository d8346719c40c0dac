"""JSON Web Tokens: Kong's jwt plugin checks the signature, constant programs the rest.

kong/plugins/jwt: a credential is a key, found by the token's `kid` here (`key_claim_name` is looked
for in the claims and then in the header), and unique in the whole gateway. The plugin knows no
audience, takes a missing `nbf` for a failure, and tells the client what was wrong; so it runs with
an anonymous consumer, and the program after it lets nobody in without a credential of the route's
own keys.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from galc.ir.gateway import Gateway, Jwt, Route
from galc.targets.kong import schema as s
from galc.targets.kong.pem import pem, rsa_bits
from galc.targets.memo import shared

_OWNER = "galc-token-keys"
_NOBODY = "galc-anonymous"
#: What the program before the plugin calls the header with the bare token.
_TOKEN_HEADER = "X-Galc-Token"
_OF_CURVE = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}
#: kong/plugins/jwt/jwt_parser.lua (3.9): PS* take signatures of 256 bytes only.
_PSS_BITS = 2048


class _Keys(Struct, frozen=True):
    """The keys of a route as Kong's credentials, by `kid` or, without one, by the issuer."""

    secrets: tuple[s.JwtSecret, ...] = ()
    by_issuer: bool = False
    problem: str | None = None


def _fits(jwk: dict[str, Any], algorithms: tuple[str, ...]) -> list[str]:
    """The accepted algorithms that a key can be for."""
    if jwk.get("use", "sig") != "sig":
        return []
    if jwk["kty"] == "RSA":
        fitting = [name for name in algorithms if name[:2] in ("RS", "PS")]
    else:
        fitting = [name for name in algorithms if name == _OF_CURVE.get(jwk.get("crv", ""))]
    return [name for name in fitting if jwk.get("alg", name) == name]


@shared
def keys(jwt: Jwt) -> _Keys:
    """The credentials of a route, or why there can be none."""
    secrets: list[s.JwtSecret] = []
    unnamed: set[tuple[str, str]] = set()
    for jwk in msgspec.json.decode(jwt.jwks or '{"keys": []}')["keys"]:
        fitting = _fits(jwk, jwt.algorithms)
        text = pem(jwk)
        if not fitting or text is None:
            continue
        name = str(jwk.get("kid", ""))
        if len(fitting) > 1:
            which = " and ".join(fitting)
            return _Keys(problem=f"Kong takes one algorithm for a key, and {which} fit `{name}`")
        if fitting[0].startswith("PS") and rsa_bits(jwk) != _PSS_BITS:
            return _Keys(problem=f"Kong verifies {fitting[0]} with RSA keys of 2048 bits only")
        if name:
            secrets.append(s.JwtSecret(name, fitting[0], text))
        else:
            unnamed.add((fitting[0], text))
    return _chosen(jwt, secrets, unnamed)


def _chosen(jwt: Jwt, secrets: list[s.JwtSecret], unnamed: set[tuple[str, str]]) -> _Keys:
    if not secrets and not unnamed:
        return _Keys(problem="no key of `jwks` is one that Kong can verify these algorithms with")
    if not unnamed:
        if len({secret.key for secret in secrets}) < len(secrets):
            return _Keys(problem="two keys of `jwks` have the same `kid`")
        return _Keys(tuple(sorted(secrets, key=lambda secret: secret.key)))
    if secrets or len(unnamed) > 1 or jwt.issuer is None:
        return _Keys(problem="Kong finds a key by its `kid`, or a single one by the `issuer`")
    [(algorithm, text)] = unnamed
    return _Keys((s.JwtSecret(jwt.issuer, algorithm, text),), by_issuer=True)


def _schemes(gateway: Gateway) -> Iterator[tuple[Route, Jwt]]:
    for route in gateway.routes:
        scheme = route.authentication.scheme if route.authentication else None
        if isinstance(scheme, Jwt) and scheme.jwks is not None:
            yield route, scheme


def problems(gateway: Gateway) -> Iterator[tuple[Route, str, str]]:
    """Keys that can't be Kong's credentials: alone, or beside those of another route."""
    known: dict[str, tuple[s.JwtSecret, Route]] = {}
    for route, scheme in _schemes(gateway):
        found = keys(scheme)
        if found.problem:
            yield route, "authentication.jwt.jwks", found.problem
        for secret in found.secrets:
            first, other = known.setdefault(secret.key, (secret, route))
            if first != secret:
                why = f"Kong has one key by the name `{secret.key}`, and `{other.name}` has another"
                yield route, "authentication.jwt.jwks", why
                break


def needs_kid(route: Route) -> bool:
    """Whether a token is accepted only if it names its key."""
    scheme = route.authentication.scheme if route.authentication else None
    return isinstance(scheme, Jwt) and scheme.jwks is not None and not keys(scheme).by_issuer


def consumers(gateway: Gateway) -> tuple[s.Consumer, ...]:
    """All keys belong to one consumer; who may come in is the route's matter."""
    secrets = {secret.key: secret for _, jwt in _schemes(gateway) for secret in keys(jwt).secrets}
    if not secrets:
        return ()
    ordered = tuple(secrets[key] for key in sorted(secrets))
    return (s.Consumer(_NOBODY), s.Consumer(_OWNER, ordered))


@shared
def plugin(jwt: Jwt) -> s.Plugin:
    """The token comes from the program before; a parameter or a cookie is none."""
    return s.Plugin("jwt", s.JwtConfig((_TOKEN_HEADER,), (), (), _key_claim(jwt), _NOBODY))


def _key_claim(jwt: Jwt) -> str:
    """What names the key of a token, among its claims or else in its header."""
    return "iss" if keys(jwt).by_issuer else "kid"


def before(jwt: Jwt) -> dict[str, Any]:
    """The data of the program `token`."""
    return {
        "header": jwt.header,
        "prefix": jwt.prefix,
        "algorithms": dict.fromkeys(jwt.algorithms, True),
        "key_claim": _key_claim(jwt),
        "keys": _names(jwt),
    }


def _names(jwt: Jwt) -> dict[str, bool]:
    return {secret.key: True for secret in keys(jwt).secrets}


def after(jwt: Jwt) -> dict[str, Any]:
    """The data of the program `claims`."""
    return {
        "keys": _names(jwt),
        "issuer": jwt.issuer,
        "audiences": jwt.audiences,
        "required": jwt.required_claims,
        "headers": jwt.claims_to_headers,
    }
