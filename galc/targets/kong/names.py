"""Names of Kong's entities, from names of the file.

kong/db/schema/typedefs.lua: a name has letters, digits and `.-_~`; an upstream's is a host name
(kong/tools/ip.lua: check_hostname).
"""

import hashlib
import re

_NAME = re.compile(r"[A-Za-z0-9._~-]+")
_UNFIT = re.compile(r"[^A-Za-z0-9.~_]+")
#: Ours end in eight hexadecimal digits after a `~`, so that no name of the file looks like one.
_REWRITTEN = re.compile(r".*~[0-9a-f]{8}")
_LABELS = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def entity_name(name: str) -> str:
    """A name as it is where Kong takes it, else rewritten with a hash of the original.

    >>> entity_name("users"), entity_name("users:/api")
    ('users', 'users-api~d25b5e75')
    """
    if _NAME.fullmatch(name) and not _REWRITTEN.fullmatch(name):
        return name
    return f"{_UNFIT.sub('-', name).strip('.-')}~{_digest(name)}"


def upstream_name(service: str) -> str:
    """The host name that stands for a service's upstream; its suffix is no top-level domain.

    >>> upstream_name("users"), upstream_name("a_b")
    ('users.galc', 'a-b.0d7a7050.galc')
    """
    if _LABELS.fullmatch(service) and not re.search(r"\.[0-9a-f]{8}$", service):
        return f"{service}.galc"
    fit = re.sub(r"[^a-z0-9]+", "-", service.lower()).strip("-") or "upstream"
    return f"{fit}.{_digest(service)}.galc"
