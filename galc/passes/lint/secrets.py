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
#: A path below the policy, where to tell of it, and how one and several are called.
_Found = tuple[Path, Place, str, str]


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
    groups: dict[tuple[Place, str, str], int] = {}
    for _, place, one, several in found:
        key = (place, one, several)
        groups[key] = groups.get(key, 0) + 1
    for (place, one, several), count in groups.items():
        at_run_time = "headers" not in place.path
        yield lint.SecretInFile(place, one if count == 1 else several, count, at_run_time)


def _is_literal(secret: object, owner: object = None) -> bool:
    """Whether a secret stands there itself; of one that anybody guesses something else is told."""
    return isinstance(secret, str) and reference(secret) is None and not is_common(secret, owner)


def _authentication(policy: doc.Authentication, path: Path) -> Iterator[_Found]:
    if policy.type == "api_key" and isinstance(policy.api_key, doc.ApiKeys):
        keys = (*path, "api_key", "keys")
        for index, key in enumerate(policy.api_key.keys):
            if _is_literal(key.key, key.name):
                yield (*keys, index, "key"), Place(keys, key=True), "a key", "keys"
    elif policy.type == "basic" and isinstance(policy.basic, doc.Basic):
        users = (*path, "basic", "users")
        place = Place(users, key=True)
        for index, user in enumerate(policy.basic.users):
            if _is_literal(user.password, user.username):
                yield (*users, index, "password"), place, "a password", "passwords"
            # Other schemes are made slow, so that a hash may be seen.
            elif str(user.password_hash).startswith("{SHA}"):
                words = "a password's {SHA} hash", "{SHA} hashes of passwords"
                yield (*users, index, "password_hash"), place, *words
    elif policy.type == "oauth2" and isinstance(policy.oauth2, doc.OAuth2):
        secret = (*path, "oauth2", "client_secret")
        if _is_literal(policy.oauth2.client_secret):
            yield secret, Place(secret, key=True), "the client secret", "client secrets"


def _headers(policy: doc.Headers, path: Path) -> Iterator[_Found]:
    for rule in ("request_set", "request_add"):
        for name, value in getattr(policy, rule).items():
            if name.lower() in _HEADERS and _CREDENTIALS.fullmatch(value):
                here = (*path, rule, name)
                yield here, Place(here, key=True), f"the credential in `{name}`", "credentials"


_KINDS: Mapping[str, Callable[[Any, Path], Iterator[_Found]]] = {
    "authentication": _authentication,
    "headers": _headers,
}
