"""Keys made for one run: whoever runs a file's tests hasn't the issuer's."""

import json
from functools import cache
from typing import Any

from msgspec.structs import replace

from galc.ir.gateway import Introspection, Jwt
from galc.semantics import UnknowableError, bearers
from galc.semantics.bearers import TokenScheme
from galc.semantics.tokens import Claims, with_defaults


def own_keys(scheme: Jwt) -> Jwt:
    """The scheme with a key set of this run in the place of the issuer's."""
    algorithm = scheme.algorithms[0]
    return replace(scheme, jwks=json.dumps({"keys": [_pair(algorithm)[1]]}), jwks_uri=None)


def signed(scheme: TokenScheme, claims: Claims, now: float) -> str:
    """A token with these claims, that `own_keys` fit, or that `introspecting` knows."""
    if isinstance(scheme, Introspection):
        return bearers.made_up(scheme, claims, now)
    import jwt

    algorithm = scheme.algorithms[0]
    filled = with_defaults(scheme, claims, now)
    return jwt.encode(filled, _pair(algorithm)[0], algorithm, headers={"kid": "galc-test"})


@cache
def _pair(algorithm: str) -> tuple[Any, dict[str, Any]]:
    """A private key for an algorithm, and its public one as a JWK."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
        from jwt import algorithms
    except ImportError:
        raise UnknowableError("tokens can't be signed without `galc[trace]`") from None
    private: Any
    if algorithm.startswith("ES"):
        curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
        private = ec.generate_private_key(curves[algorithm])
        public = algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    elif algorithm == "EdDSA":
        private = ed25519.Ed25519PrivateKey.generate()
        public = algorithms.OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return private, {**public, "kid": "galc-test", "alg": algorithm, "use": "sig"}
