"""Keys of tokens for Kong: as PEM, and as credentials."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from galc.targets.kong.pem import pem, rsa_bits

from .test_kong import built_file, compiled, document_with


def _number(value: int, size: int = 0) -> str:
    raw = value.to_bytes(max(size, (value.bit_length() + 7) // 8), "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _pem_of(public: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    raw: bytes = public.public_bytes(serialization.Encoding.PEM, form)
    return raw.decode()


@pytest.mark.parametrize("bits", [1024, 2048, 3072])
@pytest.mark.parametrize("exponent", [3, 65537])
def test_an_rsa_key_as_pem(bits: int, exponent: int) -> None:
    public = rsa.generate_private_key(exponent, bits).public_key()
    numbers = public.public_numbers()
    jwk = {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    assert pem(jwk) == _pem_of(public)
    assert rsa_bits(jwk) == bits


@pytest.mark.parametrize(
    "curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name
)
def test_an_elliptic_key_as_pem(curve: ec.EllipticCurve) -> None:
    public = ec.generate_private_key(curve).public_key()
    numbers, size = public.public_numbers(), (curve.key_size + 7) // 8
    name = f"P-{curve.key_size}"
    jwk = {"kty": "EC", "crv": name, "x": _number(numbers.x, size), "y": _number(numbers.y, size)}
    assert pem(jwk) == _pem_of(public)
    short = {**jwk, "x": _number(numbers.x), "y": _number(numbers.y)}
    assert pem(short) == _pem_of(public)


def test_an_edwards_key_as_pem() -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    x = base64.urlsafe_b64encode(public.public_bytes_raw()).rstrip(b"=").decode()
    assert pem({"kty": "OKP", "crv": "Ed25519", "x": x}) == _pem_of(public)


@pytest.mark.parametrize("jwk", [{"kty": "oct"}, {"kty": "EC", "crv": "P-192"}, {"kty": "RSA"}])
def test_other_keys_have_no_pem(jwk: dict[str, str]) -> None:
    assert pem(jwk) is None


def _jwk(kid: str = "", alg: str = "", bits: int = 2048) -> dict[str, str]:
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    jwk = {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    return jwk | ({"kid": kid} if kid else {}) | ({"alg": alg} if alg else {})


def _jwt(path: str, keys: list[dict[str, str]], fields: str = "") -> str:
    jwks = json.dumps({"keys": keys})
    jwt = f"jwt: {{issuer: me, jwks: '{jwks}'{fields}}}"
    return f"{{path_prefix: {path}, authentication: {{type: jwt, {jwt}}}}}"


def test_a_single_key_without_a_name_is_found_by_the_issuer() -> None:
    file = built_file(document_with(_jwt("/x", [_jwk()])))
    [_, jwt, _] = file["services"][0]["routes"][0]["plugins"]
    assert jwt["config"]["key_claim_name"] == "iss"
    assert [secret["key"] for secret in file["consumers"][1]["jwt_secrets"]] == ["me"]


_ONE, _OTHER = _jwk("k"), _jwk("k")


@pytest.mark.parametrize(
    ("routes", "why"),
    [
        ((_jwt("/x", [_ONE]), _jwt("/y", [_OTHER])), "has another"),
        ((_jwt("/x", [_ONE, _OTHER]),), "the same `kid`"),
        ((_jwt("/x", [_jwk(), _jwk()]),), "a single one by the `issuer`"),
        ((_jwt("/x", [_ONE], ", algorithms: [RS256, RS512]"),), "one algorithm for a key"),
        ((_jwt("/x", [_ONE], ", algorithms: [ES256]"),), "no key of `jwks`"),
        ((_jwt("/x", [_jwk("k", bits=3072)], ", algorithms: [PS256]"),), "2048 bits only"),
    ],
)
def test_keys_that_can_not_be_credentials_are_refused(routes: tuple[str, ...], why: str) -> None:
    compilation = compiled(document_with(*routes))
    assert not compilation.ok
    assert why in " ".join(d.message() for d in compilation.diagnostics)
