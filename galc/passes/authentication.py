"""Authentication in normal form: one function a scheme.

Precondition: a decoded policy and its place. Postcondition: the normal form, or None when something
is wrong with it, which is reported.
"""

import re
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from galc.diagnostics import Report, fields, meaning
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir import gateway as gw
from galc.ir.hashes import password_scheme
from galc.ir.secrets import secret
from galc.passes.keysets import key_set_problem
from galc.passes.matching import is_host

_T = TypeVar("_T")

#: Headers that belong to the connection (RFC 9110 section 7.6.1) or that a gateway must compute.
CONNECTION_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_URL = re.compile(
    r"""https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?([/?][!"$-~]*)?"""
)


def given(value: "_T | UnsetType", default: _T) -> _T:
    """The value, or the default where the document leaves it out."""
    return default if isinstance(value, UnsetType) else value


def authentication(
    policy: doc.Authentication, path: Path, report: Report
) -> gw.Authentication | None:
    """The block that `type` names, and no other."""
    if policy.type is UNSET:
        report(fields.MissingField(Place(path, key=True), "type", "`authentication`"))
        return None
    blocks: dict[str, Any] = {
        "basic": policy.basic,
        "api_key": policy.api_key,
        "jwt": policy.jwt,
        "oauth2": policy.oauth2,
    }
    for name, block in blocks.items():
        if block is not UNSET and name != policy.type:
            because = f"with `type: {policy.type}`"
            report(meaning.Ineffective(Place((*path, name), key=True), name, because))
    block = blocks[policy.type]
    if block is UNSET:
        report(meaning.MissingPart(Place((*path, "type")), f"type: {policy.type}", policy.type))
        return None
    compilers: dict[str, Any] = {
        "basic": _basic,
        "api_key": _api_keys,
        "jwt": _jwt,
        "oauth2": _introspection,
    }
    scheme = compilers[policy.type](block, (*path, policy.type), report)
    if scheme is None:
        return None
    return gw.Authentication(scheme, policy.fail_status, policy.fail_message)


def _basic(policy: doc.Basic, path: Path, report: Report) -> gw.Basic | None:
    users = []
    seen: dict[str, Place] = {}
    for index, user in enumerate(policy.users):
        here = (*path, "users", index)
        place = Place(here)
        first = seen.setdefault(user.username, place)
        if first is not place:
            report(meaning.Repeated(place, f"the user `{user.username}`", first))
        both = (("password", user.password), ("password_hash", user.password_hash))
        names = tuple(name for name, value in both if value is not UNSET)
        if len(names) != 1:
            report(meaning.NotOneOf(place, "a user", ("password", "password_hash"), names))
            continue
        if isinstance(user.password_hash, str):
            hashed = secret(user.password_hash)
            scheme = password_scheme(hashed) if isinstance(hashed, str) else "unknown"
            if scheme is None:
                report(fields.BadHash(Place((*here, "password_hash"))))
                continue
            users.append(gw.BasicUser(user.username, scheme, hashed))
        else:
            users.append(gw.BasicUser(user.username, "plain", secret(str(user.password))))
    return gw.Basic(policy.realm, tuple(users))


def _api_keys(policy: doc.ApiKeys, path: Path, report: Report) -> gw.ApiKeys:
    header = None if policy.header_name is UNSET else policy.header_name
    query = None if policy.query_param is UNSET else policy.query_param
    if header is None and query is None:
        header = "X-API-Key"
    if header is not None and header.lower() in CONNECTION_HEADERS:
        report(meaning.ForbiddenHeader(Place((*path, "header_name")), header))
    keys: list[gw.ApiKey] = []
    seen: dict[str, Place] = {}
    names: dict[str, Place] = {}
    for index, key in enumerate(policy.keys):
        place = Place((*path, "keys", index))
        first = seen.setdefault(key.key, place)
        if first is not place:
            report(meaning.Repeated(place, "the key", first))
        if isinstance(key.name, str):
            first = names.setdefault(key.name, place)
            if first is not place:
                report(meaning.Repeated(place, f"the key name `{key.name}`", first))
        elif policy.forward_name:
            report(fields.MissingField(place, "name", "a key, with `forward_name`,"))
        keys.append(gw.ApiKey(secret(key.key), given(key.name, f"key-{index + 1}")))
    return gw.ApiKeys(header, query, tuple(keys), policy.hide_credentials, policy.forward_name)


def _jwt(policy: doc.Jwt, path: Path, report: Report) -> gw.Jwt | None:
    both = (("jwks_uri", policy.jwks_uri), ("jwks", policy.jwks))
    names = tuple(name for name, value in both if value is not UNSET)
    if len(names) != 1:
        report(meaning.NotOneOf(Place(path, key=True), "`jwt`", ("jwks_uri", "jwks"), names))
        return None
    jwks_uri = None if policy.jwks_uri is UNSET else policy.jwks_uri
    if jwks_uri is not None:
        _check_url(jwks_uri, "jwks_uri", path, report)
    jwks = None
    if not isinstance(policy.jwks, UnsetType):
        jwks = _key_set(policy.jwks, Place((*path, "jwks")), report)
        if jwks is None:
            return None
    seen: dict[str, Place] = {}
    for index, entry in enumerate(policy.claims_to_headers):
        place = Place((*path, "claims_to_headers", index))
        if entry.header.lower() in CONNECTION_HEADERS:
            report(meaning.ForbiddenHeader(place, entry.header))
        first = seen.setdefault(entry.header.lower(), place)
        if first is not place:
            report(meaning.Repeated(place, f"the header `{entry.header}`", first))
    token = Place((*path, "header_name"), key=True)
    if policy.header_name.lower() in CONNECTION_HEADERS:
        report(meaning.ForbiddenHeader(token, policy.header_name))
    if policy.header_name.lower() in seen:
        report(meaning.Repeated(seen[policy.header_name.lower()], "the token's own header", token))
    return gw.Jwt(
        issuer=None if policy.issuer is UNSET else policy.issuer,
        audiences=policy.audiences,
        jwks_uri=jwks_uri,
        jwks=jwks,
        algorithms=tuple(dict.fromkeys(policy.algorithms)),
        header=policy.header_name,
        prefix=policy.header_prefix,
        claims_to_headers=tuple((e.claim, e.header) for e in policy.claims_to_headers),
        required_claims=tuple(dict.fromkeys(policy.required_claims)),
    )


def _key_set(jwks: str | dict[str, Any], place: Place, report: Report) -> str | None:
    """A JWK set as canonical JSON."""
    value: Any = jwks
    if isinstance(jwks, str):
        try:
            value = msgspec.json.decode(jwks)
        except (msgspec.DecodeError, RecursionError) as error:
            report(fields.BadKeySet(place, f"it isn't JSON ({error})"))
            return None
    problem = key_set_problem(value)
    if problem:
        report(fields.BadKeySet(place, problem))
        return None
    return msgspec.json.encode(value, order="sorted").decode()


def _introspection(policy: doc.OAuth2, path: Path, report: Report) -> gw.Introspection:
    _check_url(policy.introspection_endpoint, "introspection_endpoint", path, report)
    return gw.Introspection(
        endpoint=policy.introspection_endpoint,
        client_id=policy.client_id,
        client_secret=secret(policy.client_secret),
        audiences=tuple(dict.fromkeys(policy.audiences)),
        scopes=tuple(dict.fromkeys(policy.required_scopes)),
    )


def _check_url(url: str, name: str, path: Path, report: Report) -> None:
    found = _URL.fullmatch(url)
    problem = None
    if found is None:
        problem = "isn't one, or holds a user, a fragment or characters beyond ASCII"
    elif not is_host(found.group(1)):
        problem = "has no host name"
    elif found.group(2) and not 1 <= int(found.group(2)) <= 65535:
        problem = "has no port between 1 and 65535"
    if problem:
        report(fields.BadUrl(Place((*path, name)), name, url, problem))
