"""Which requests a route takes: paths, hosts, methods and priority.

apisix/http/router/radixtree_host_uri.lua and lua-resty-radixtree 2.9: an exact host is looked up
before wildcards and these before routes without hosts; below a host an exact path, then the longest
prefix; `priority` orders only what has the same path string, and what doesn't match falls through.
Paths are compared with `$uri`, which nginx has normalised and decoded.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from galc.ir.gateway import PathMatch, Route
from galc.targets.apisix import schema as s
from galc.targets.apisix import text
from galc.targets.memo import shared

#: Methods that a route's `methods` may have (schema_def.lua, `method_schema`).
METHODS = frozenset("GET POST PUT DELETE PATCH HEAD OPTIONS CONNECT TRACE PURGE".split())
#: radixtree compares a prefix with the request again, as a regex.
_REGEX_MARKS = re.compile(r"[*+?()\[\]{}|^$\\]")
#: Where a key ends: `*` makes radixtree take what is before it for a prefix, and bytes that are no
#: UTF-8 or no printable text can't be written.
_KEY_END = re.compile(r"[*\x00-\x1f\x7f-\x9f\udc80-\udcff]")
_ENCODED = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\.|%([0-9A-Fa-f]{2})(?![*+?{])")

# Priorities of what has the same path string. A preflight comes before any other request, one that
# the file doesn't allow (a guard) right after it.
_EXACT = 1_000_000
PREFLIGHT, GUARD, REQUEST = (5, 3), (4, 4), (1, 0)
_REGEX = -1_000_000


class Paths(Struct, frozen=True):
    """How paths are matched: `uris`, and conditions where these don't suffice."""

    uris: tuple[str, ...]
    conditions: tuple[s.Expression, ...]


def _decoded(value: str) -> str:
    """As nginx has it in `$uri`; a byte that is no UTF-8 becomes a lone surrogate."""
    if "%" not in value:
        return value
    return unquote_to_bytes(value).decode("utf-8", "surrogateescape")


def path_bytes(value: str) -> bytes:
    """The bytes of a path as nginx has them in `$uri`."""
    return unquote_to_bytes(value)


@shared
def paths(match: PathMatch) -> Paths:
    """The path of a route."""
    if match.kind == "regex":
        return Paths(("/*",), path_condition(match))
    value = _decoded(match.value)
    if match.kind == "exact":
        if not _KEY_END.search(value):
            return Paths((value,), ())
    elif value == "/":
        return Paths(("/*",), ())
    elif not _KEY_END.search(value) and not _REGEX_MARKS.search(value):
        return Paths((value, f"{value}/*"), ())
    return Paths((_KEY_END.split(value, maxsplit=1)[0] + "*",), path_condition(match))


def path_condition(match: PathMatch) -> tuple[s.Expression, ...]:
    """A path as a condition on `$uri`. `\\z` and not `$`, which also matches before a final line
    break, and `(?s)`, because a decoded path may have line breaks anywhere."""
    if match.kind == "prefix":
        if match.value == "/":
            return ()
        return (("uri", "~~", rf"^{text.regex(path_bytes(match.value))}(?:/|\z)"),)
    if match.kind == "exact":
        return (("uri", "~~", rf"^{text.regex(path_bytes(match.value))}\z"),)
    flags, pattern = "s", match.value
    if pattern.startswith("(?i)"):
        flags, pattern = "si", pattern[4:]
    return (("uri", "~~", rf"^(?{flags}:{_decoded_pattern(pattern)})\z"),)


def _decoded_pattern(pattern: str) -> str:
    """The regex with percent-encoded bytes as the bytes that they stand for."""

    def byte(found: re.Match[str]) -> str:
        return rf"\x{found.group(1).upper()}" if found.group(1) else found.group()

    return _ENCODED.sub(byte, pattern)


def keeps_encoding(pattern: str) -> bool:
    """Whether a regex asks for percent-encoding in a way that can't be decoded."""
    return "%" in _ENCODED.sub(lambda found: "" if found.group(1) else found.group(), pattern)


def priority(match: PathMatch, has_methods: bool, kind: tuple[int, int] = REQUEST) -> int:
    """Higher is tried first, among routes with the same path string."""
    length = 0 if match.value == "/" else len(match.value)
    base = {"exact": _EXACT, "prefix": 0, "regex": _REGEX}[match.kind]
    return base + 10 * length + kind[0 if has_methods else 1]


@shared
def methods(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[s.Expression, ...]]:
    """`methods`, or a condition where one isn't in APISIX's list."""
    if METHODS.issuperset(names):
        return names, ()
    return (), (("request_method", "in", names),)


def host_regex(hosts: tuple[str, ...]) -> str:
    """Hosts as a regex on `$host`, which has lower case and no port."""
    alternatives = (
        rf".+\.{re.escape(host[2:])}" if host.startswith("*.") else re.escape(_in_brackets(host))
        for host in hosts
    )
    return rf"^(?:{'|'.join(alternatives)})\z"


def _in_brackets(host: str) -> str:
    """An IPv6 address as a Host header has it."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


class Hosts:
    """The hosts under which a route has to stand.

    The language lets the path decide among hosts that match, but APISIX looks at an exact host's
    routes first. So a route for `*.shop.test` also stands under every narrower host that another
    route names.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        narrower: dict[str, set[str]] = {}
        for pattern in {host for route in routes for host in route.hosts}:
            name = pattern.removeprefix("*.")
            suffixes = name.split(".")
            for index in range(0 if pattern.startswith("*.") else 1, len(suffixes)):
                wildcard = "*." + ".".join(suffixes[index:])
                if wildcard != pattern:
                    narrower.setdefault(wildcard, set()).add(pattern)
        self._narrower = narrower
        self._memo: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, hosts: tuple[str, ...]) -> tuple[str, ...]:
        """The hosts of a route, and the narrower ones, sorted."""
        found = self._memo.get(hosts)
        if found is None:
            both = set(hosts).union(*(self._narrower.get(host, ()) for host in hosts))
            found = self._memo[hosts] = tuple(sorted(_in_brackets(host) for host in both))
        return found
