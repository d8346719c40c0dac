"""Whether a token is good, as far as others decide it. The only part of the meaning of a file that
needs keys, or somebody's answer.

The keys of a `jwks` stand in the file; those behind a `jwks_uri`, and what an introspection
endpoint says, are given by the caller, so that nothing is fetched here. The libraries come with the
extra `galc[trace]`.
"""

import json
from collections.abc import Callable, Mapping

from msgspec import Struct

from galc.ir.gateway import Introspection, Jwt

#: The signature of a token that stands for a good one, in traces and in tests of a file.
MADE_UP = b"made up by galc"
_NEEDS_EXTRA = "signatures can't be verified without `galc[trace]`"


class UnknowableError(Exception):
    """The meaning is clear, but what it takes to compute it isn't here; the message says what."""


class Signed(Struct, frozen=True):
    """A token's signature, and what it is about."""

    text: bytes
    signature: bytes
    algorithm: str
    key_id: str | None


class Signatures(Struct, frozen=True):
    """Who judges tokens: the key sets (JSON) behind URIs, whether what is made up is good, and what
    an introspection endpoint says of a token: the body of its answer, or None where it gives none
    in time, or one with another status than 200."""

    key_sets: Mapping[str, str] = {}
    made_up: bool = True
    introspect: Callable[[Introspection, str], bytes | None] | None = None

    def good(self, policy: Jwt, signed: Signed) -> bool:
        """Whether a key of the policy's set made it."""
        if signed.signature == MADE_UP:
            return self.made_up
        if policy.jwks is not None:
            return _made_by(policy.jwks, signed)
        assert policy.jwks_uri is not None
        if policy.jwks_uri not in self.key_sets:
            raise UnknowableError(f"the keys at {policy.jwks_uri} aren't fetched")
        return _made_by(self.key_sets[policy.jwks_uri], signed)


def _made_by(jwks: str, signed: Signed) -> bool:
    """Whether a key of the set made the signature. A key may say its name and its algorithm."""
    try:
        import jwt
    except ImportError:
        raise UnknowableError(_NEEDS_EXTRA) from None
    algorithm = jwt.algorithms.get_default_algorithms().get(signed.algorithm)
    if algorithm is None:
        raise UnknowableError(_NEEDS_EXTRA)
    for key in json.loads(jwks)["keys"]:
        if signed.key_id is not None and key.get("kid", signed.key_id) != signed.key_id:
            continue
        if key.get("alg", signed.algorithm) != signed.algorithm:
            continue
        try:
            prepared = jwt.PyJWK(key, algorithm=signed.algorithm).key
        except jwt.PyJWTError:
            continue
        if algorithm.verify(signed.text, prepared, signed.signature):
            return True
    return False
