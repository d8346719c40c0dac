"""Credentials that are weak, or that lie where others can see them."""

import re
from collections.abc import Iterator

from msgspec import UNSET

from galc.diagnostics import Diagnostic, lint
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir.gateway import Gateway
from galc.passes.lint.hosts import is_public
from galc.passes.lint.places import Written

_PLAIN_URL = re.compile(r"http://(\[[^]]*\]|[^/:?#]+)", re.IGNORECASE)
#: What documentation shows and people leave standing, besides the commonest passwords.
_COMMON = frozenset(
    "123456 12345678 123456789 abc123 admin api-key api_key apikey change-me change_me changeit "
    "changeme default demo dev example foobar guest letmein my-api-key my-secret-key "
    "my-super-secret-key mysecret mysecretkey pass passw0rd password password1 password123 qwerty "
    "replace-me replaceme root secret secret-key secret123 secretkey super-secret supersecret "
    "test test-key test123 testing testkey todo token user welcome your-api-key your-secret-key "
    "yourapikey xxx".split()
)


def policy(policy: doc.Authentication, path: Path) -> Iterator[Diagnostic]:
    """What is odd about one policy; only the block of its type counts."""
    if policy.type == "jwt" and isinstance(policy.jwt, doc.Jwt):
        yield from _jwt(policy.jwt, (*path, "jwt"))
    elif policy.type == "oauth2" and isinstance(policy.oauth2, doc.OAuth2):
        yield from _introspection(policy.oauth2, (*path, "oauth2"))
    elif policy.type == "api_key" and isinstance(policy.api_key, doc.ApiKeys):
        yield from _api_keys(policy.api_key, (*path, "api_key"))
    elif policy.type == "basic" and isinstance(policy.basic, doc.Basic):
        yield from _basic(policy.basic, (*path, "basic"))


def _introspection(oauth2: doc.OAuth2, path: Path) -> Iterator[Diagnostic]:
    # A scope may say as well what a token is meant for.
    if not oauth2.audiences and not oauth2.required_scopes:
        yield lint.AnyToken(Place(path, key=True), ("audiences",))
    yield from _fetched("introspection_endpoint", oauth2.introspection_endpoint, path)


def _jwt(jwt: doc.Jwt, path: Path) -> Iterator[Diagnostic]:
    given = (("issuer", jwt.issuer is not UNSET), ("audiences", bool(jwt.audiences)))
    missing = tuple(name for name, there in given if not there)
    if missing:
        yield lint.AnyToken(Place(path, key=True), missing)
    if isinstance(jwt.jwks_uri, str):
        yield from _fetched("jwks_uri", jwt.jwks_uri, path)
    yield from _underscore(jwt.header_name, (*path, "header_name"))
    for index, entry in enumerate(jwt.claims_to_headers):
        yield from _underscore(entry.header, (*path, "claims_to_headers", index, "header"))


def _fetched(name: str, url: str, path: Path) -> Iterator[Diagnostic]:
    found = _PLAIN_URL.match(url)
    if found and is_public(found[1]):
        yield lint.UnsafeKeySource(Place((*path, name)), name, found[1])


def _underscore(name: str, path: Path) -> Iterator[Diagnostic]:
    if "_" in name:
        yield lint.UnderscoreHeader(Place(path), name)


def _api_keys(policy: doc.ApiKeys, path: Path) -> Iterator[Diagnostic]:
    if isinstance(policy.query_param, str):
        yield lint.KeyInQuery(Place((*path, "query_param")), policy.query_param)
    if isinstance(policy.header_name, str):
        yield from _underscore(policy.header_name, (*path, "header_name"))
    for index, key in enumerate(policy.keys):
        if is_common(key.key, key.name):
            yield lint.GuessableSecret(Place((*path, "keys", index, "key")), "key")


def _basic(policy: doc.Basic, path: Path) -> Iterator[Diagnostic]:
    clear = [i for i, user in enumerate(policy.users) if user.password is not UNSET]
    owners: dict[str, int] = {}
    for index in clear:
        user = policy.users[index]
        place = Place((*path, "users", index, "password"))
        password = str(user.password)
        if is_common(password, user.username):
            yield lint.GuessableSecret(place, "password")
        first = owners.setdefault(password, index)
        other = policy.users[first].username
        if other != user.username:
            where = Place((*path, "users", first, "password"))
            yield lint.SharedSecret(place, "password", user.username, other, where)


def is_common(secret: str, owner: object) -> bool:
    """Whether a secret is one of the first that anybody tries."""
    return secret.lower() in _COMMON or secret == owner


def shared_secrets(written: Written, gateway: Gateway) -> Iterator[Diagnostic]:
    """API keys that another policy gives to somebody else."""
    owners: dict[str, tuple[str, Place]] = {}
    for use in gateway.uses:
        if not use.written or use.written[0][0] != "authentication":
            continue
        path = use.places[0]
        policy = written.at(path)
        if policy.type != "api_key" or not isinstance(policy.api_key, doc.ApiKeys):
            continue
        for index, key in enumerate(policy.api_key.keys):
            if isinstance(key.name, str):
                place = Place((*path, "api_key", "keys", index))
                other, first = owners.setdefault(key.key, (key.name, place))
                if other != key.name and first.path[:-1] != place.path[:-1]:
                    yield lint.SharedSecret(place, "key", key.name, other, first)
