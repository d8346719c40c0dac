"""Paths and hosts in the form in which requests are compared with them.

A request's path is normalised before it is matched (language section 3), so a path of the file is
brought into the same form; one that no normalised request can have is an error.
"""

import re
from ipaddress import ip_address, ip_network

_UNRESERVED = re.compile(r"%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r"(%[0-9A-Fa-f]{2})+")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
ENCODED_SLASH = re.compile(r"%(2[Ff]|5[Cc])")
#: What stands unencoded in the path of a URL (RFC 3986, pchar and "/").
_PATH_SAFE = "-._~!$&'()*+,;=:@/%"
_NORMAL = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/-]*")
#: Paths like most: without any problem, and normal.
_PLAIN = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
#: What an address is written with.
_ADDRESS = re.compile(r"[0-9A-Fa-f.:]+")
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")


def is_plain(path: str) -> bool:
    """Whether a path is like most: without any problem, and normal as it is."""
    return _PLAIN.fullmatch(path) is not None


def path_problem(path: str) -> str | None:
    """Why no request can have this path, or None."""
    if is_plain(path):
        return None
    if not path.startswith("/"):
        return "doesn't start with `/`"
    for mark, what in (("?", "a query"), ("#", "a fragment")):
        if mark in path:
            return f"holds {what} (`{mark}`), which is no part of a path"
    if "\\" in path:
        return "holds a backslash, which no normalised path has"
    if _BAD_ESCAPE.search(path):
        return "holds a `%` that isn't followed by two hexadecimal digits"
    if ENCODED_SLASH.search(path):
        return "holds an encoded slash or backslash, which the gateway rejects in every request"
    if any(segment in (".", "..") for segment in decoded(path).split("/")):
        return "holds a dot segment, which normalisation removes from every request"
    if "//" in path:
        return "holds `//`, which normalisation merges in every request"
    return None


def decoded(path: str) -> str:
    """The path with its unreserved characters bare (RFC 3986 section 2.3)."""
    return _UNRESERVED.sub(lambda found: chr(int(found.group(1), 16)), path)


def normal_path(path: str) -> str:
    """Percent-encoding as in a normalised request: unreserved characters bare, others encoded.

    >>> normal_path("/%61/caf\u00e9 x")
    '/a/caf%C3%A9%20x'
    """
    if _NORMAL.fullmatch(path):
        return path
    encoded = "".join(
        char
        if char.isascii() and (char.isalnum() or char in _PATH_SAFE)
        else "".join(f"%{byte:02X}" for byte in char.encode())
        for char in decoded(path)
    )
    return encoded


def path_pattern(path: str) -> str:
    """A regex for a normal path; the case of hexadecimal digits in it doesn't count (RFC 3986
    section 6.2.2.1), and normalisation leaves it as the client wrote it.

    >>> path_pattern("/caf%C3%A9.html")
    '/caf(?i:%C3%A9)\\\\.html'
    """
    return _ESCAPED.sub(lambda found: f"(?i:{found.group()})", re.escape(path))


def has_letters_in_escapes(path: str) -> bool:
    """Whether a normal path can be written with its hexadecimal digits in another case."""
    return any(not escape.isdigit() for escape in _ESCAPE.findall(path))


def normal_prefix(path: str) -> str:
    """As `normal_path`; a trailing slash means nothing, but the root stays."""
    return normal_path(path).rstrip("/") or "/"


def host_problem(host: str) -> str | None:
    """Why a text isn't a host pattern of a route (exact, or `*.suffix`), or None."""
    name = host.removeprefix("*.")
    if "://" in name:
        return "has a scheme"
    if ":" in name and not name.startswith("["):
        return "has a port, and hosts are compared without"
    if "*" in name:
        return "has a `*` that isn't the whole first label"
    if not is_host(name):
        return "isn't a host name"
    if name != host and is_address(name.strip("[]")):
        return "asks for names below an IP address, and there are none"
    return None


def is_host(text: str) -> bool:
    """Whether a text is a host name or an IP address (IPv6 with or without brackets)."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    return is_address(bare) or (len(text) <= 253 and bool(_HOST.fullmatch(text)))


def same_host(host: str) -> str:
    """One spelling for all spellings of a host.

    >>> same_host("[::0:1]"), same_host("Users.Internal.")
    ('::1', 'users.internal')
    """
    name = host.strip("[]").lower().rstrip(".")
    return str(ip_address(name)) if is_address(name) else name


def is_address(text: str) -> bool:
    """Whether a text is an IP address, without a zone."""
    if not _ADDRESS.fullmatch(text):
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def network(text: str) -> str | None:
    """A network in CIDR notation, from one or from an address; None when it is neither."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        return None


def hosts_overlap(one: str, other: str) -> bool:
    """Whether two host patterns can match the same host."""
    if one.startswith("*."):
        return other.endswith(one[1:]) or (other.startswith("*.") and one.endswith(other[1:]))
    return one == other or (other.startswith("*.") and one.endswith(other[1:]))
