"""Secrets that stand in the file itself."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from galc.diagnostics import Diagnostic, lint
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir.gateway import Gateway
from galc.ir.secrets import reference
from galc.passes.lint.authentication import is_common
from galc.passes.lint.places import Written

_CREDENTIALS = re.compile(r"(basic|bearer|token|apikey)\s+[^\s{]{4,}.*", re.IGNORECASE)
_HEADERS = ("authorization", "proxy-authorization")
#: Where it stands, and how one and several are called.
_Found = tuple[Path, str, str]


def check(
    written: Written, gateway: Gateway, is_elsewhere: Callable[[Path], bool]
) -> Iterator[Diagnostic]:
    """One finding for the secrets of a kind in a policy, at each place that writes it."""
    for use in gateway.uses:
        find = _KINDS.get(use.written[0][0]) if use.written else None
        if find is None:
            continue
        for place in use.places:
            found = list(find(written.at(place), place))
            if not found:
                break  # the others are alike
            yield from _told([one for one in found if not is_elsewhere(one[0])])


def _told(found: list[_Found]) -> Iterator[Diagnostic]:
    """One finding for each kind, at the first of them."""
    groups: dict[tuple[str, str], list[Path]] = {}
    for path, one, several in found:
        groups.setdefault((one, several), []).append(path)
    for (one, several), paths in groups.items():
        what = one if len(paths) == 1 else several
        yield lint.SecretInFile(Place(paths[0]), what, len(paths), "headers" not in paths[0])


def _is_literal(secret: object, owner: object = None) -> bool:
    """Whether a secret stands there itself; of one that anybody guesses something else is told."""
    return isinstance(secret, str) and reference(secret) is None and not is_common(secret, owner)


def _authentication(policy: doc.Authentication, path: Path) -> Iterator[_Found]:
    if policy.type == "api_key" and isinstance(policy.api_key, doc.ApiKeys):
        keys = (*path, "api_key", "keys")
        for index, key in enumerate(policy.api_key.keys):
            if _is_literal(key.key, key.name):
                yield (*keys, index, "key"), "a key", "keys"
    elif policy.type == "basic" and isinstance(policy.basic, doc.Basic):
        users = (*path, "basic", "users")
        for index, user in enumerate(policy.basic.users):
            if _is_literal(user.password, user.username):
                yield (*users, index, "password"), "a password", "passwords"
            # Other schemes are made slow, so that a hash may be seen.
            elif str(user.password_hash).startswith("{SHA}"):
                words = "a password's {SHA} hash", "{SHA} hashes of passwords"
                yield (*users, index, "password_hash"), *words
    elif policy.type == "oauth2" and isinstance(policy.oauth2, doc.OAuth2):
        secret = (*path, "oauth2", "client_secret")
        if _is_literal(policy.oauth2.client_secret):
            yield secret, "the client secret", "client secrets"


def _headers(policy: doc.Headers, path: Path) -> Iterator[_Found]:
    for rule in ("request_set", "request_add"):
        for name, value in getattr(policy, rule).items():
            if name.lower() in _HEADERS and _CREDENTIALS.fullmatch(value):
                yield (*path, rule, name), f"the credential in `{name}`", "credentials"


_KINDS: Mapping[str, Callable[[Any, Path], Iterator[_Found]]] = {
    "authentication": _authentication,
    "headers": _headers,
}
