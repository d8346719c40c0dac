"""Key pairs made once a session: tokens and their JWKS, and a certificate authority for TLS."""

import base64
import datetime
import hashlib
import hmac
import ipaddress
import json
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

from .model import Token


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


_HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")


class _Signer:
    """Somebody's private keys: one for RSA, one for each curve."""

    def __init__(self) -> None:
        self._rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._curves = {name: ec.generate_private_key(curve) for name, curve in _CURVES.items()}
        self._edwards = ed25519.Ed25519PrivateKey.generate()

    def jwks(self, *, with_algorithm: bool) -> str:
        """The public keys, named after the algorithm that they are meant for."""
        keys = {name: self._rsa_jwk() for name in _RSA}
        keys |= {name: self._curve_jwk(name) for name in _CURVES}
        keys["EdDSA"] = self._edwards_jwk()
        listed = [{**jwk, "kid": name, "alg": name, "use": "sig"} for name, jwk in keys.items()]
        if not with_algorithm:
            listed = [{k: v for k, v in jwk.items() if k != "alg"} for jwk in listed]
        return json.dumps({"keys": listed})

    def public_pem(self) -> bytes:
        """The public RSA key as a file would have it."""
        return self._rsa.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, algorithm: str, signed: bytes) -> bytes:
        """The signature in the form of RFC 7518."""
        if algorithm == "EdDSA":
            return self._edwards.sign(signed)
        hashing = _HASHES[algorithm[2:]]
        if algorithm in _CURVES:
            key = self._curves[algorithm]
            size = (key.curve.key_size + 7) // 8
            r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashing)))
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        if algorithm.startswith("PS"):
            salted = padding.PSS(padding.MGF1(hashing), hashing.digest_size)
            return self._rsa.sign(signed, salted, hashing)
        return self._rsa.sign(signed, padding.PKCS1v15(), hashing)

    def _rsa_jwk(self) -> dict[str, str]:
        public = self._rsa.public_key().public_numbers()
        return {"kty": "RSA", "n": _number(public.n), "e": _number(public.e)}

    def _curve_jwk(self, algorithm: str) -> dict[str, str]:
        key = self._curves[algorithm]
        size = (key.curve.key_size + 7) // 8
        public = key.public_key().public_numbers()
        x, y = (_base64url(part.to_bytes(size, "big")) for part in (public.x, public.y))
        return {"kty": "EC", "crv": f"P-{key.curve.key_size}", "x": x, "y": y}

    def _edwards_jwk(self) -> dict[str, str]:
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": _base64url(self._edwards.public_key().public_bytes_raw()),
        }


class Keys:
    """The keys that tokens are signed with, and the key set of those that are trusted.

    `bare_jwks` is the same set, but its keys don't say for which algorithm they are.
    """

    def __init__(self) -> None:
        self._signers = {"good": _Signer(), "other": _Signer()}
        self.jwks = self._signers["good"].jwks(with_algorithm=True)
        self.bare_jwks = self._signers["good"].jwks(with_algorithm=False)

    def sign(self, token: Token) -> str:
        """The token in compact form, with its prefix, as of now."""
        now = time.time()
        claims = dict(token.claims)
        if token.expires_in is not None:
            claims["exp"] = int(now + token.expires_in)
        if token.not_before_in is not None:
            claims["nbf"] = int(now + token.not_before_in)
        confused = token.alg == "HS256-with-public-key"
        kid = "RS256" if confused or token.alg == "none" else token.alg
        header = {"alg": "HS256" if confused else token.alg, "typ": "JWT", "kid": kid}
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
        signature = _base64url(self._signature(token, signed.encode()))
        return f"{token.prefix}{signed}.{signature}"

    def _signature(self, token: Token, signed: bytes) -> bytes:
        signer = self._signers[token.key]
        if token.alg == "none":
            return b""
        if token.alg == "HS256-with-public-key":
            return hmac.new(signer.public_pem(), signed, hashlib.sha256).digest()
        return signer.sign(token.alg, signed)


class Authority:
    """A certificate authority, and a certificate of it for `localhost` and 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        self.certificates = folder / "authority.pem"
        self.server_certificate = folder / "server.pem"
        self.server_key = folder / "server-key.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "galc live suite")])
        root = (
            _certificate(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        server_key = ec.generate_private_key(ec.SECP256R1())
        server_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        addresses = [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
        ]
        server = (
            _certificate(server_name, name, server_key.public_key())
            .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.certificates.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        self.server_certificate.write_bytes(server.public_bytes(serialization.Encoding.PEM))
        self.server_key.write_bytes(
            server_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )
