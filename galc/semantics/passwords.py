"""Whether a password fits a user of the file (language section 4.2, `basic`)."""

import base64
import binascii

from galc.ir.gateway import BasicUser, FromEnvironment
from galc.semantics.signatures import UnknowableError


def credentials(header: str | None) -> tuple[str, str] | None:
    """User name and password of an `Authorization` header (RFC 7617), or None."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon else None


def fits(user: BasicUser, password: str) -> bool:
    """Whether it is the user's password; a reference stands for itself, `${env:NAME}`. Raises
    `UnknowableError`."""
    if isinstance(user.secret, FromEnvironment):
        return password == str(user.secret)
    if user.scheme == "plain":
        return password == user.secret
    try:
        from passlib import hash as hashes  # libpass
    except ImportError:
        raise UnknowableError("hashed passwords can't be verified without `galc[trace]`") from None
    verifiers = {
        "bcrypt": hashes.bcrypt,
        "sha1": hashes.ldap_sha1,
        "apr1": hashes.apr_md5_crypt,
        "sha512_crypt": hashes.sha512_crypt,
    }
    return bool(verifiers[user.scheme].verify(password, user.secret))
