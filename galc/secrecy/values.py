"""What must not be shown, wherever in a document it stands.

No comparison puts a secret into a finding. A file may still repeat one elsewhere, such as an API
key in a header value; so the texts of findings are searched for all secrets of both gateways.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from galc.ir.gateway import ApiKeys, Basic, BodyRules, Gateway, Headers, Introspection, Jwt, Secret

MASK = "••••"
#: Shorter ones are too likely to be words: a password `admin` would hide the path `/admin`.
_SHORTEST = 8
_SENSITIVE = re.compile(
    r"authorization|cookie|token|secret|passw|credential|api-?key|-key$|^key$|session|signature",
    re.IGNORECASE,
)
#: Members of a JWK that are private (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "k")
#: Fields of findings that hold galc's own words.
_OWN_WORDS = frozenset({"origin", "field", "risk", "how", "what", "feature", "was", "now", "path"})


def is_sensitive(header: str) -> bool:
    """Whether a header's value is likely to be a credential."""
    return bool(_SENSITIVE.search(header))


def without_query(url: str) -> str:
    """A URL; what a query holds may be a credential."""
    base, mark, _ = url.partition("?")
    return f"{base}?{MASK}" if mark else base


def secrets(*gateways: Gateway) -> set[str]:
    """All secrets of some gateways."""
    found: set[str] = set()
    seen: set[int] = set()
    for route in (route for gateway in gateways for route in gateway.routes):
        if route.authentication is not None and id(route.authentication) not in seen:
            seen.add(id(route.authentication))
            found.update(_of_scheme(route.authentication.scheme))
        if route.headers is not None and id(route.headers) not in seen:
            seen.add(id(route.headers))
            found.update(_of_headers(route.headers))
        for rules in (route.request_body, route.response_body):
            if rules is not None and id(rules) not in seen:
                seen.add(id(rules))
                found.update(_of_body(rules))
    return found


def _of_scheme(scheme: Basic | ApiKeys | Jwt | Introspection) -> Iterable[str]:
    match scheme:
        case Basic():
            return _texts(user.secret for user in scheme.users)
        case ApiKeys():
            return _texts(entry.key for entry in scheme.keys)
        case Introspection():
            return _texts([scheme.client_secret])
    keys = msgspec.json.decode(scheme.jwks)["keys"] if scheme.jwks else []
    return [key[name] for key in keys for name in PRIVATE_MEMBERS if isinstance(key.get(name), str)]


def _texts(found: Iterable[Secret]) -> list[str]:
    """Those that stand in the file; a reference may be seen."""
    return [secret for secret in found if isinstance(secret, str)]


def _of_headers(headers: Headers) -> Iterable[str]:
    for rules in (headers.request, headers.response):
        for name, template in (*rules.set, *rules.add):
            if is_sensitive(name):
                yield from (part for part in template if isinstance(part, str))


def _of_body(rules: BodyRules) -> Iterable[str]:
    for edit in rules.edits:
        if edit.action in ("set", "default"):
            yield from _of_member(edit.field, msgspec.json.decode(edit.value))
        elif edit.action == "compute" and is_sensitive(edit.field):
            yield from filter(None, (edit.prefix, edit.suffix))


def _of_member(name: str, value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _of_member(key, item)
    elif isinstance(value, list):
        for item in value:
            yield from _of_member(name, item)
    elif isinstance(value, str) and value and is_sensitive(name):
        yield value
        yield msgspec.json.encode(value).decode()[1:-1]


class Masks:
    """Replaces secrets in the texts of findings, or of what has no words of galc's own in it."""

    def __init__(
        self, hidden: Iterable[str], mask: str = MASK, own: frozenset[str] = _OWN_WORDS
    ) -> None:
        self.mask = mask
        self.own = own
        self.hidden = sorted((s for s in hidden if len(s) >= _SHORTEST), key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text without any secret."""
        for secret in self.hidden:
            if secret in text:
                text = text.replace(secret, self.mask)
        return text

    def apply(self, value: Any) -> Any:
        """A value with all its texts masked, but for those that are galc's own words."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, tuple):
            return tuple(map(self.apply, value))
        if isinstance(value, Struct):
            names = [n for n in value.__struct_fields__ if n not in self.own]
            masked = {name: self.apply(getattr(value, name)) for name in names}
            return msgspec.structs.replace(value, **masked)
        return value
