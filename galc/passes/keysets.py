"""Whether a JSON Web Key Set is one that every gateway can load (RFC 7517, RFC 7518, RFC 8037).

A gateway refuses its whole configuration for a key that it can't parse, so keys are checked down to
their numbers: RSA of 2048 bits at least, points that lie on their curve.
"""

import re
from base64 import urlsafe_b64decode
from typing import Any

#: Prime, coefficient b, and length of a coordinate in bytes (SEC 2, sections 2.4.2, 2.5.1, 2.6.1).
_CURVES = {
    "P-256": (
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        32,
    ),
    "P-384": (
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        48,
    ),
    "P-521": (
        2**521 - 1,
        0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
        66,
    ),
}  # fmt: skip
_LEAST_RSA_BITS = 2048
#: How an `alg` begins for each kind of key; it may be missing.
_ALGORITHMS = {"RSA": ("RS", "PS"), "EC": ("ES",), "OKP": ("EdDSA",)}


def key_set_problem(value: Any) -> str | None:
    """What is wrong with a key set, or None."""
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not keys:
        return "it has no list `keys` with at least one key"
    for number, key in enumerate(keys, 1):
        problem = _key_problem(key)
        if problem:
            return f"key {number} {problem}"
    return None


def _key_problem(key: Any) -> str | None:
    if not isinstance(key, dict) or not isinstance(key.get("kty"), str):
        return "has no `kty`"
    if "d" in key or "k" in key:
        return "is private or symmetric; only public keys belong here"
    for name in ("kid", "alg", "use"):
        if not isinstance(key.get(name, ""), str):
            return f"has a `{name}` that isn't text"
    fitting = _ALGORITHMS.get(key["kty"])
    if fitting and "alg" in key and not key["alg"].startswith(fitting):
        return "has an `alg` that isn't one of its `kty`"
    checks = {"RSA": _rsa_problem, "EC": _curve_problem, "OKP": _octet_problem}
    check = checks.get(key["kty"])
    return check(key) if check else "has another `kty` than RSA, EC and OKP"


def _octets(key: dict[str, Any], name: str) -> bytes | None:
    text = key.get(name)
    if not isinstance(text, str) or not re.fullmatch("[A-Za-z0-9_-]+", text) or len(text) % 4 == 1:
        return None
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _rsa_problem(key: dict[str, Any]) -> str | None:
    modulus, exponent = _octets(key, "n"), _octets(key, "e")
    if modulus is None or exponent is None:
        return "has no `n` and `e` in base64url"
    bits = int.from_bytes(modulus).bit_length()
    if bits < _LEAST_RSA_BITS:
        return f"has {bits} bits; RSA takes {_LEAST_RSA_BITS} at least"
    public = int.from_bytes(exponent)
    return None if public > 1 and public % 2 else "has an `e` that is no RSA exponent"


def _curve_problem(key: dict[str, Any]) -> str | None:
    curve = _CURVES.get(str(key.get("crv")))
    if curve is None:
        return "has another `crv` than P-256, P-384 and P-521"
    prime, b, length = curve
    first, second = _octets(key, "x"), _octets(key, "y")
    if first is None or second is None or not len(first) == len(second) == length:
        return f"has no `x` and `y` of {length} bytes in base64url"
    x, y = int.from_bytes(first), int.from_bytes(second)
    if max(x, y) >= prime or (y * y - (x * x * x - 3 * x + b)) % prime:
        return "has a point that isn't on its curve"
    return None


def _octet_problem(key: dict[str, Any]) -> str | None:
    if key.get("crv") != "Ed25519":
        return "has another `crv` than Ed25519"
    octets = _octets(key, "x")
    return None if octets and len(octets) == 32 else "has no `x` of 32 bytes in base64url"
