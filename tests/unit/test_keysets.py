"""Key sets: what real keys are, and what none is."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from galc.passes.keysets import key_set_problem


def _text(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _rsa(bits: int) -> dict[str, Any]:
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    return {"kty": "RSA", "n": _text(numbers.n.to_bytes(bits // 8)), "e": "AQAB"}


def _ec(name: str, curve: ec.EllipticCurve) -> dict[str, Any]:
    numbers = ec.generate_private_key(curve).public_key().public_numbers()
    length = (curve.key_size + 7) // 8
    x, y = numbers.x.to_bytes(length), numbers.y.to_bytes(length)
    return {"kty": "EC", "crv": name, "x": _text(x), "y": _text(y)}


def _ed25519() -> dict[str, Any]:
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _text(key.public_bytes(Encoding.Raw, PublicFormat.Raw)),
    }


_RSA = _rsa(2048)
_P256 = _ec("P-256", ec.SECP256R1())


@pytest.mark.parametrize(
    "key",
    [
        _RSA,
        {**_RSA, "kid": "one", "alg": "RS256", "use": "sig"},
        _P256,
        _ec("P-384", ec.SECP384R1()),
        _ec("P-521", ec.SECP521R1()),
        _ed25519(),
    ],
    ids=lambda key: f"{key['kty']}-{key.get('crv', '')}",
)
def test_a_real_key_is_sound(key: dict[str, Any]) -> None:
    assert key_set_problem({"keys": [key]}) is None


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("text", "has no `kty`"),
        ({}, "has no `kty`"),
        ({"kty": "oct", "k": "AQAB"}, "is private or symmetric; only public keys belong here"),
        ({**_RSA, "d": "AQAB"}, "is private or symmetric; only public keys belong here"),
        ({**_RSA, "kid": 5}, "has a `kid` that isn't text"),
        ({"kty": "DSA"}, "has another `kty` than RSA, EC and OKP"),
        ({"kty": "RSA", "n": "AQAB"}, "has no `n` and `e` in base64url"),
        ({**_RSA, "n": "a+b="}, "has no `n` and `e` in base64url"),
        ({**_RSA, "n": "AAAAA"}, "has no `n` and `e` in base64url"),
        ({**_RSA, "n": "sXch"}, "has 24 bits; RSA takes 2048 at least"),
        ({**_RSA, "e": "Ag"}, "has an `e` that is no RSA exponent"),
        ({**_P256, "crv": "P-224"}, "has another `crv` than P-256, P-384 and P-521"),
        ({**_P256, "x": "AQ"}, "has no `x` and `y` of 32 bytes in base64url"),
        ({**_P256, "x": _text(b"\1" * 32)}, "has a point that isn't on its curve"),
        ({"kty": "OKP", "crv": "X25519"}, "has another `crv` than Ed25519"),
        ({"kty": "OKP", "crv": "Ed25519", "x": "AQ"}, "has no `x` of 32 bytes in base64url"),
    ],
)
def test_what_no_gateway_loads(key: Any, problem: str) -> None:
    assert key_set_problem({"keys": [_RSA, key]}) == f"key 2 {problem}"


@pytest.mark.parametrize("value", [None, [], {}, {"keys": []}, {"keys": {}}])
def test_no_key_set(value: Any) -> None:
    assert key_set_problem(value) == "it has no list `keys` with at least one key"
