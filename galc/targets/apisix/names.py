"""Identifiers of APISIX's resources: letters, digits, `.`, `_` and `-`, at most 64
(schema_def.lua, `id_schema`)."""

import hashlib
import re

_VALID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_WRITTEN = re.compile(r".*-[0-9a-f]{10}")
_OTHER = re.compile(r"[^A-Za-z0-9._-]+")


def identifier(name: str) -> str:
    """The name itself, or a readable form of it with a hash; no two names give the same one.

    >>> identifier("users"), identifier("users:/api")
    ('users', 'users-api-8f3b097337')
    """
    # A name that looks like one with a hash is rewritten too, so that none can be made to collide.
    if _VALID.fullmatch(name) and not _WRITTEN.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    return f"{_OTHER.sub('-', name)[:50].strip('-')}-{digest}"
