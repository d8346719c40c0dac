"""Public keys: from JSON Web Keys (RFC 7517, RFC 8037) to PEM, by a small DER encoder.

Kong's jwt plugin takes keys as PEM only. SubjectPublicKeyInfo: RFC 5280 section 4.1.2.7; RSA: RFC
3279 section 2.3.1; elliptic curves: RFC 5480 section 2; Ed25519: RFC 8410 section 4.
"""

import base64
from collections.abc import Mapping

_RSA = "1.2.840.113549.1.1.1"
_EC = "1.2.840.10045.2.1"
_ED25519 = "1.3.101.112"
#: JWK curve → object identifier, and the bytes of a coordinate.
_CURVES = {
    "P-256": ("1.2.840.10045.3.1.7", 32),
    "P-384": ("1.3.132.0.34", 48),
    "P-521": ("1.3.132.0.35", 66),
}


def pem(jwk: Mapping[str, str]) -> str | None:
    """The key as `-----BEGIN PUBLIC KEY-----`, or None for a kind that isn't known here."""
    kind = jwk.get("kty")
    if kind == "RSA" and "n" in jwk and "e" in jwk:
        key = _sequence(_integer(_bytes(jwk["n"])), _integer(_bytes(jwk["e"])))
        return _armour(_sequence(_identifier(_RSA), b"\x05\x00"), key)
    if kind == "EC" and jwk.get("crv") in _CURVES and "x" in jwk and "y" in jwk:
        curve, size = _CURVES[jwk["crv"]]
        point = b"\x04" + _bytes(jwk["x"]).rjust(size, b"\0") + _bytes(jwk["y"]).rjust(size, b"\0")
        return _armour(_sequence(_identifier(_EC), _identifier(curve)), point)
    if kind == "OKP" and jwk.get("crv") == "Ed25519" and "x" in jwk:
        return _armour(_sequence(_identifier(_ED25519)), _bytes(jwk["x"]))
    return None


def rsa_bits(jwk: Mapping[str, str]) -> int:
    """The size of an RSA key's modulus."""
    return int.from_bytes(_bytes(jwk["n"]), "big").bit_length()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _armour(algorithm: bytes, key: bytes) -> str:
    info = _sequence(algorithm, _tagged(0x03, b"\0" + key))
    text = base64.b64encode(info).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _integer(magnitude: bytes) -> bytes:
    """An INTEGER that isn't negative, in the fewest bytes."""
    digits = magnitude.lstrip(b"\0") or b"\0"
    return _tagged(0x02, b"\0" + digits if digits[0] & 0x80 else digits)


def _identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER: base 128, the first two numbers in one."""
    first, second, *rest = map(int, dotted.split("."))
    encoded = b""
    for number in (first * 40 + second, *rest):
        group = [number & 0x7F]
        while number := number >> 7:
            group.insert(0, number & 0x7F | 0x80)
        encoded += bytes(group)
    return _tagged(0x06, encoded)
