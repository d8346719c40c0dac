"""JSON Web Tokens (language section 4.2, `jwt`)."""

import base64
import binascii
import json
from typing import Any

from galc.ir.gateway import Jwt
from galc.semantics.signatures import MADE_UP, Signatures, Signed

Claims = dict[str, Any]


def accepted(policy: Jwt, token: str, now: float, signatures: Signatures) -> Claims | str:
    """The claims of a good token, or why it isn't one."""
    pieces = token.split(".")
    header, claims = (_json(piece) for piece in pieces[:2]) if len(pieces) == 3 else (None, None)
    signature = _decoded(pieces[2]) if len(pieces) == 3 else None
    if header is None or claims is None or signature is None:
        return "it isn't a token"
    algorithm = header.get("alg")
    if algorithm not in policy.algorithms:
        return f"it is signed with {algorithm}"
    text = token.rpartition(".")[0].encode()
    if not signatures.good(policy, Signed(text, signature, algorithm, header.get("kid"))):
        return "its signature isn't good"
    return _problem(policy, claims, now) or claims


def made_up(policy: Jwt, claims: Claims, now: float) -> str:
    """A token with these claims that counts as signed."""
    head = {"alg": policy.algorithms[0], "typ": "JWT"}
    filled = with_defaults(policy, claims, now)
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in (head, filled))
    return f"{signed}.{_encoded(MADE_UP)}"


def with_defaults(policy: Jwt, claims: Claims, now: float) -> Claims:
    """Claims with what makes a token good, as far as they don't say otherwise: an hour to live,
    the issuer, an audience."""
    filled: Claims = {"exp": int(now) + 3600}
    if policy.issuer is not None:
        filled["iss"] = policy.issuer
    if policy.audiences:
        filled["aud"] = policy.audiences[0]
    return filled | claims


def claim(claims: Claims, name: str) -> Any:
    """A claim by its name; a dot goes into an object. None where there is none."""
    value: Any = claims
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def claim_text(value: Any) -> str:
    """A claim as a header shows it: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _problem(policy: Jwt, claims: Claims, now: float) -> str | None:
    expires, starts = claims.get("exp"), claims.get("nbf", 0)
    audiences = claims.get("aud")
    named = audiences if isinstance(audiences, list) else [audiences]
    if not _is_time(expires) or expires is None:
        return "it has no `exp`"
    if expires <= now:
        return "it has expired"
    if not _is_time(starts) or starts > now:
        return "it isn't valid yet"
    if policy.issuer is not None and claims.get("iss") != policy.issuer:
        return "it has another issuer"
    if policy.audiences and not any(audience in policy.audiences for audience in named):
        return "it is for another audience"
    missing = [name for name in policy.required_claims if claim(claims, name) is None]
    return f"it has no claim `{missing[0]}`" if missing else None


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _json(piece: str) -> Claims | None:
    data = _decoded(piece)
    try:
        value = json.loads(data) if data is not None else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _decoded(piece: str) -> bytes | None:
    try:
        return base64.b64decode(piece + "=" * (-len(piece) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
