"""Token introspection (language section 4.2, `oauth2`): what an endpoint's answer means.

Nobody is asked here: the caller says what the endpoint would answer (`Signatures.introspect`).
"""

import base64
import binascii
import json
import re
from typing import Any

from galc.ir.gateway import Introspection
from galc.semantics.signatures import Signatures, UnknowableError
from galc.semantics.tokens import Claims

#: A longer answer counts as none.
MOST_BYTES = 65536
#: RFC 6750 section 2.1, with the scheme in any case.
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)[ \t]*", re.IGNORECASE)
#: Begins a token that stands for one with the claims that follow, in traces and tests of a file.
_MADE_UP = "made-up-by-galc."


def bearer(lines: list[str]) -> str | None:
    """The token of the only `Authorization` of a request."""
    found = _BEARER.fullmatch(lines[0]) if len(lines) == 1 else None
    return found[1] if found else None


def accepted(policy: Introspection, token: str, now: float, signatures: Signatures) -> Claims | str:
    """What the endpoint says of a token that is let in, or why it isn't."""
    answer = _answer(policy, token, signatures)
    if answer is None:
        return "the endpoint gives no answer of any use"
    if answer.get("active") is not True:
        return "the token isn't active"
    return _problem(policy, answer, now) or answer


def _answer(policy: Introspection, token: str, signatures: Signatures) -> Claims | None:
    if signatures.made_up and token.startswith(_MADE_UP):
        return claims_of(token)
    if signatures.introspect is None:
        raise UnknowableError(
            "an introspection endpoint isn't asked; `claims` say what it would answer"
        )
    body = signatures.introspect(policy, token)
    return read(body) if body is not None and len(body) <= MOST_BYTES else None


def read(body: bytes) -> Claims | None:
    """The JSON object of an answer."""
    try:
        value = json.loads(body.decode(), parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def made_up(policy: Introspection, claims: Claims, now: float) -> str:
    """A token of which the endpoint is taken to say these claims: an active one, with an hour to
    live, an audience and the scopes, as far as the claims don't say otherwise."""
    filled: Claims = {"active": True, "exp": int(now) + 3600}
    if policy.audiences:
        filled["aud"] = policy.audiences[0]
    if policy.scopes:
        filled["scope"] = " ".join(policy.scopes)
    return _MADE_UP + base64.urlsafe_b64encode(json.dumps(filled | claims).encode()).decode()


def claims_of(token: str) -> Claims | None:
    """The claims of a token that `made_up` made."""
    if not token.startswith(_MADE_UP):
        return None
    try:
        return read(base64.b64decode(token.removeprefix(_MADE_UP), b"-_", validate=True))
    except (binascii.Error, ValueError):
        return None


def _problem(policy: Introspection, answer: Claims, now: float) -> str | None:
    expires, starts = answer.get("exp"), answer.get("nbf")
    audiences, scope = answer.get("aud"), answer.get("scope")
    named = audiences if isinstance(audiences, list) else [audiences]
    scopes = scope.split(" ") if isinstance(scope, str) else []
    if expires is not None and not (_is_time(expires) and expires > now):
        return "it has expired"
    if starts is not None and not (_is_time(starts) and starts <= now):
        return "it isn't valid yet"
    if policy.audiences and not any(audience in policy.audiences for audience in named):
        return "it is for another audience"
    missing = [name for name in policy.scopes if name not in scopes]
    return f"it hasn't the scope `{missing[0]}`" if missing else None


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _no_json(word: str) -> None:
    raise ValueError(f"{word} isn't JSON")
