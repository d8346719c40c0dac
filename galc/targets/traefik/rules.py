"""Rules: what a router matches.

https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/routing/rules-and-priority/
and `pkg/muxer/http/matcher.go`. `PathPrefix` is a prefix of the text and not of segments.
"""

import re
from collections.abc import Iterable

from galc.ir.gateway import Cors, Origin, PathMatch, Route
from galc.targets.memo import shared
from galc.targets.traefik.text import quoted

#: Every request that has a path; `OPTIONS *` and `CONNECT` have none and match no route.
ALWAYS = "PathPrefix(`/`)"
NEVER = f"({ALWAYS} && !{ALWAYS})"
_REQUESTED = "Access-Control-Request-Method"
PREFLIGHT = f"Method(`OPTIONS`) && HeaderRegexp(`Origin`, `.`) && HeaderRegexp(`{_REQUESTED}`, `.`)"
#: Traefik matches a path with all escapes decoded but these (`reservedCharacters` in mux.go).
_RESERVED = frozenset(b":/?#[]@!$&'()*+,;=%")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def all_of(*conditions: str) -> str:
    """A conjunction; an empty condition is always true."""
    return " && ".join(filter(None, conditions))


def any_of(conditions: Iterable[str]) -> str:
    """A disjunction that can stand in a conjunction."""
    alternatives = tuple(conditions)
    return alternatives[0] if len(alternatives) == 1 else f"({' || '.join(alternatives)})"


def decoded(path: str) -> str:
    """A normalised path as Traefik compares it.

    >>> decoded("/a%20b%2C/caf%C3%A9")
    '/a b%2C/café'
    """
    if "%" not in path:
        return path
    return _ESCAPES.sub(lambda found: _unescaped(found.group()), path)


def _unescaped(escapes: str) -> str:
    found = bytes.fromhex(escapes.replace("%", ""))
    raw = b"".join(b"%%%02X" % byte if byte in _RESERVED else bytes([byte]) for byte in found)
    return raw.decode(errors="surrogateescape")


@shared
def path(match: PathMatch) -> str:
    """The condition on the path."""
    if match.kind == "regex":
        folded = match.value.startswith("(?i)")
        pattern = match.value.removeprefix("(?i)")
        # `.` also takes a decoded line break.
        whole = f"(?is)^(?:{pattern})$" if folded else f"(?s)^(?:{pattern})$"
        return f"PathRegexp({quoted(whole)})"
    text = decoded(match.value)
    if match.kind == "exact":
        return f"Path({quoted(text)})"
    if text == "/":
        return ALWAYS
    return f"(Path({quoted(text)}) || PathPrefix({quoted(text + '/')}))"


@shared
def hosts(names: tuple[str, ...]) -> str:
    """The condition on the host, which Traefik compares without case, port and a final dot."""
    return any_of(_host(name) for name in names) if names else ""


def _host(name: str) -> str:
    if name.startswith("*."):
        below = rf"^.+\.{re.escape(name[2:])}\.?$"
        return f"HostRegexp({quoted(below)})"
    return f"Host({quoted(name.strip('[]'))})"


@shared
def methods(taken: tuple[str, ...]) -> str:
    """The condition on the method."""
    return any_of(f"Method(`{method}`)" for method in taken) if taken else ""


def route(route: Route) -> str:
    """All that a route asks for."""
    return all_of(path(route.match), hosts(route.hosts), methods(route.methods))


@shared
def asks_for(taken: tuple[str, ...]) -> str:
    """A preflight for one of these methods; for none given, of any."""
    if not taken:
        return f"HeaderRegexp(`{_REQUESTED}`, `.`)"
    return any_of(f"Header(`{_REQUESTED}`, `{method}`)" for method in taken)


def origin_regex(origin: Origin) -> str:
    """The regex of the origins below a domain."""
    scheme, _, host = origin.value.partition("://")
    return rf"^{re.escape(scheme)}://[^/:@]+\.{re.escape(host)}$"


@shared
def allowed_origin(cors: Cors) -> str:
    """The condition that the origin is an allowed one."""
    return any_of(_origin(origin) for origin in cors.origins)


def _origin(origin: Origin) -> str:
    if origin.kind == "any":
        return "HeaderRegexp(`Origin`, `.`)"
    if origin.kind == "subdomains":
        return f"HeaderRegexp(`Origin`, {quoted(origin_regex(origin))})"
    return f"Header(`Origin`, {quoted(origin.value)})"
