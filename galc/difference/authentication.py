"""What differs between two authentications. A key or a password is named, never shown."""

import re

import msgspec

from galc.difference.changes import (
    BEHAVIOUR,
    COSMETIC,
    OPENING,
    SECURITY,
    Added,
    Change,
    Changed,
    Members,
    Removed,
    Unshown,
    members,
    value,
)
from galc.ir.gateway import ApiKey, ApiKeys, Authentication, Basic, Introspection, Jwt
from galc.secrecy.values import without_query

#: Names that the passes make up for keys without one; they change with the order of the keys.
_MADE_UP = re.compile(r"key-[0-9]+")
_KINDS = {Basic: "basic", ApiKeys: "api_key", Jwt: "jwt", Introspection: "oauth2"}


def kind(policy: Authentication | None) -> str | None:
    """The scheme in the language's word, or None without authentication."""
    return None if policy is None else _KINDS[type(policy.scheme)]


def compare(old: Authentication | None, new: Authentication | None) -> list[Change]:
    """The changes from one authentication to another."""
    if old is None or new is None:
        if old is not None:
            return [Removed("authentication", OPENING, str(kind(old)))]
        return [Added("authentication", SECURITY, str(kind(new)))] if new is not None else []
    found = value("authentication.fail_status", old.status, new.status)
    found += value("authentication.fail_message", old.message, new.message, COSMETIC)
    match (old.scheme, new.scheme):
        case (Basic() as one, Basic() as other):
            return [*_basic(one, other), *found]
        case (ApiKeys() as one, ApiKeys() as other):
            return [*_api_keys(one, other), *found]
        case (Jwt() as one, Jwt() as other):
            return [*_jwt(one, other), *found]
        case (Introspection() as one, Introspection() as other):
            return [*_introspection(one, other), *found]
    return [Changed("authentication.type", SECURITY, kind(old), kind(new)), *found]


def _basic(old: Basic, new: Basic) -> list[Change]:
    field = "authentication.basic.users"
    before = {user.username: (user.scheme, user.secret) for user in old.users}
    after = {user.username: (user.scheme, user.secret) for user in new.users}
    found = members(field, tuple(before), tuple(after), OPENING, SECURITY)
    found += [
        Unshown(field, SECURITY, "the password", name)
        for name in sorted(before.keys() & after.keys())
        if before[name] != after[name]
    ]
    return found + value("authentication.basic.realm", old.realm, new.realm, COSMETIC)


def _api_keys(old: ApiKeys, new: ApiKeys) -> list[Change]:
    block = "authentication.api_key"
    found = _keys(old, new)
    found += value(f"{block}.header_name", _folded(old.header), _folded(new.header), SECURITY)
    found += value(f"{block}.query_param", old.query, new.query, SECURITY)
    found += value(f"{block}.hide_credentials", old.hide, new.hide, SECURITY)
    return found + value(f"{block}.forward_name", old.forward_name, new.forward_name)


def _folded(name: str | None) -> str | None:
    return None if name is None else name.lower()


def _keys(old: ApiKeys, new: ApiKeys) -> list[Change]:
    """Keys are told apart by their value, and spoken of by their name."""
    field = "authentication.api_key.keys"
    before, after = ({entry.key: entry for entry in side.keys} for side in (old, new))
    gone = [entry for key, entry in before.items() if key not in after]
    come = [entry for key, entry in after.items() if key not in before]
    replaced = {_name(entry) for entry in gone} & {_name(entry) for entry in come} - {None}
    found: list[Change] = [
        Unshown(field, SECURITY, "the key", name) for name in sorted(filter(None, replaced))
    ]
    for risk, entries, is_new in ((OPENING, come, True), (SECURITY, gone, False)):
        names = _spoken([entry for entry in entries if _name(entry) not in replaced])
        if names:
            pair = (names, ()) if is_new else ((), names)
            found.append(Members(field, risk, *pair))
    risk = BEHAVIOUR if old.forward_name and new.forward_name else COSMETIC
    for key in before:
        if key not in after:
            continue
        one, other = _name(before[key]), _name(after[key])
        if one != other:
            found.append(Changed(f"{field}.name", risk, one, other))
    return found


def _name(entry: ApiKey) -> str | None:
    return None if _MADE_UP.fullmatch(entry.name) else entry.name


def _spoken(entries: list[ApiKey]) -> tuple[str, ...]:
    names = sorted(name for name in map(_name, entries) if name is not None)
    nameless = len(entries) - len(names)
    if nameless:
        names.append("a key without a name" if nameless == 1 else f"{nameless} keys without a name")
    return tuple(names)


def _jwt(old: Jwt, new: Jwt) -> list[Change]:
    block = "authentication.jwt"
    loosened = OPENING if new.issuer is None else SECURITY
    found = value(f"{block}.issuer", old.issuer, new.issuer, loosened)
    found += _accepted(f"{block}.audiences", old.audiences, new.audiences)
    found += members(f"{block}.algorithms", old.algorithms, new.algorithms, OPENING, SECURITY)
    found += members(
        f"{block}.required_claims", old.required_claims, new.required_claims, SECURITY, OPENING
    )
    found += _key_source(old, new)
    found += value(f"{block}.header_name", _folded(old.header), _folded(new.header), SECURITY)
    found += value(f"{block}.header_prefix", old.prefix, new.prefix, SECURITY)
    before, after = (
        tuple(f"{claim} -> {header}" for claim, header in side.claims_to_headers)
        for side in (old, new)
    )
    # A header that no claim fills any more reaches the upstream as the client wrote it.
    return found + members(f"{block}.claims_to_headers", before, after, SECURITY, OPENING)


def _accepted(field: str, old: tuple[str, ...], new: tuple[str, ...]) -> list[Change]:
    """A list of which a token must have one; an empty list asks for nothing."""
    if old and not new:
        return [Members(field, OPENING, (), old)]
    return members(field, old, new, OPENING if old else SECURITY, SECURITY)


def _key_source(old: Jwt, new: Jwt) -> list[Change]:
    found: list[Change] = []
    if old.jwks_uri != new.jwks_uri:
        one, other = (u and without_query(u) for u in (old.jwks_uri, new.jwks_uri))
        field = "authentication.jwt.jwks_uri"
        if one == other:
            found.append(Unshown(field, SECURITY, "the query"))
        else:
            found.append(Changed(field, SECURITY, one, other))
    if old.jwks != new.jwks:
        field = "authentication.jwt.jwks"
        one_set, other_set = _key_ids(old.jwks), _key_ids(new.jwks)
        ids = members(field, one_set, other_set, OPENING, SECURITY)
        found += ids or [Unshown(field, SECURITY, "the key set")]
    return found


def _key_ids(jwks: str | None) -> tuple[str, ...]:
    """The `kid` of each key; the keys themselves aren't shown."""
    if jwks is None:
        return ()
    keys = msgspec.json.decode(jwks)["keys"]
    return tuple(str(key.get("kid", "a key without a `kid`")) for key in keys)


def _introspection(old: Introspection, new: Introspection) -> list[Change]:
    block = "authentication.oauth2"
    field = f"{block}.introspection_endpoint"
    found = value(field, without_query(old.endpoint), without_query(new.endpoint), SECURITY)
    if not found and old.endpoint != new.endpoint:
        found.append(Unshown(field, SECURITY, "the query"))
    found += value(f"{block}.client_id", old.client_id, new.client_id, SECURITY)
    if old.client_secret != new.client_secret:
        found.append(Unshown(f"{block}.client_secret", SECURITY, "the secret"))
    found += _accepted(f"{block}.audiences", old.audiences, new.audiences)
    return found + members(f"{block}.required_scopes", old.scopes, new.scopes, SECURITY, OPENING)
