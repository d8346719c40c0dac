"""What a request must be like for a route: path, host, method.

config/route/v3/route_components.proto, RouteMatch and HeaderMatcher.
"""

import re

from galc.ir.gateway import PathMatch, Route
from galc.passes.matching import has_letters_in_escapes, path_pattern
from galc.targets.envoy import schema as s
from galc.targets.memo import shared


def match_of(match: PathMatch, conditions: tuple[s.HeaderMatcher, ...]) -> s.RouteMatch:
    """A path, and what is asked beside it."""
    if match.kind == "regex":
        return s.RouteMatch(safe_regex=s.Regex(match.value), headers=conditions)
    if has_letters_in_escapes(match.value):  # `%C3` is `%c3` too, and Envoy compares bytes
        rest = "" if match.kind == "exact" else "(/.*)?"
        pattern = path_pattern(match.value) + rest
        return s.RouteMatch(safe_regex=s.Regex(pattern), headers=conditions)
    if match.kind == "exact":
        return s.RouteMatch(path=match.value, headers=conditions)
    if match.value == "/":
        return s.RouteMatch(prefix="/", headers=conditions)
    return s.RouteMatch(path_separated_prefix=match.value, headers=conditions)


def conditions_of(route: Route) -> tuple[s.HeaderMatcher, ...]:
    """Host and method."""
    methods = (one_of(":method", route.methods),) if route.methods else ()
    return (*hosts_of(route), *methods)


def hosts_of(route: Route) -> tuple[s.HeaderMatcher, ...]:
    """The host, if the route asks for one."""
    return (header(":authority", host_regex(route.hosts)),) if route.hosts else ()


def host_regex(hosts: tuple[str, ...]) -> str:
    """Hosts without regard to case, port and a final dot; `*.` stands for one label or more."""
    alternatives = (
        rf".+\.{re.escape(host[2:])}" if host.startswith("*.") else re.escape(host)
        for host in hosts
    )
    # A port may be empty, and Envoy lets a user pass: neither makes another host of it.
    return rf"(?i)([^@]*@)?({'|'.join(alternatives)})\.?(:[0-9]*)?"


#: A host once, a port once. Envoy joins two `Host` headers by a comma, and compares whatever text.
_WELL_FORMED = r"([^@]*@)?(\[[^@\[\]]*\]|([^@:,\[\]]*[^@:,\[\].])?\.?)(:[0-9]*)?"
MALFORMED_HOST = s.HeaderMatcher(
    ":authority", s.StringMatcher(safe_regex=s.Regex(_WELL_FORMED)), invert_match=True
)


@shared
def header(name: str, regex: str) -> s.HeaderMatcher:
    """A header whose whole value matches."""
    return s.HeaderMatcher(name, s.StringMatcher(safe_regex=s.Regex(regex)))


@shared
def one_of(name: str, words: tuple[str, ...]) -> s.HeaderMatcher:
    """A header that is one of some words, which need no escaping."""
    if len(words) == 1:
        return s.HeaderMatcher(name, s.StringMatcher(exact=words[0]))
    return header(name, "|".join(words))


def path_condition(match: PathMatch) -> tuple[s.HeaderMatcher, ...]:
    """The path as a condition on `:path`, which has the query, for an entry with another path."""
    if match.kind == "prefix":
        if match.value == "/":
            return ()
        return (header(":path", rf"{path_pattern(match.value)}(/[^?]*)?(\?.*)?"),)
    if match.kind == "exact":
        return (header(":path", rf"{path_pattern(match.value)}(\?.*)?"),)
    flags, pattern = ("(?i)", match.value[4:]) if match.value.startswith("(?i)") else (
        "", match.value
    )  # fmt: skip
    return (header(":path", rf"{flags}(?:{pattern})(\?.*)?"),)
