"""A path of nothing but slashes.

`merge_slashes` makes `//` of it and not `/` (mergeSlashes in source/common/http/path_utility.cc
keeps the first and the last slash; seen on 1.40). A request for `//` would then get around the
authentication of the exact path `/`, into whatever takes the prefix. So the routes that take `/`
have entries for `//` before all others. A filter that mends the path would come too late: which
filters run is decided by the entry that was found before them (seen on 1.40).
"""

import re

from msgspec.structs import replace

from galc.ir.gateway import Gateway, HeaderRules, Headers, PathMatch, Route, Template, Variable
from galc.targets.envoy import schema as s

_MERGED = "//"
REWRITE = s.RegexRewrite(s.Regex(f"^{_MERGED}"), "/")
#: What is left of the requests for `//`: also a regex may match it, and no route is meant.
NOT_FOUND = s.Route(
    name="(slashes)",
    match=s.RouteMatch(path=_MERGED),
    direct_response=s.DirectResponse(404),
)


def only_slashes(gateway: Gateway) -> tuple[Route, ...]:
    """The routes that take the path `/`, for what Envoy makes of `//`, in their order."""
    return tuple(_for_slashes(route) for route in gateway.routes if _takes(route.match, "/"))


def is_reached(gateway: Gateway) -> bool:
    """Whether some route would take what Envoy makes of `//`."""
    return any(_takes(route.match, path) for route in gateway.routes for path in ("/", _MERGED))


def is_for_slashes(route: Route) -> bool:
    """Whether it is one of `only_slashes`."""
    return route.match.value == _MERGED


def _takes(match: PathMatch, path: str) -> bool:
    if match.kind == "regex":
        return re.fullmatch(match.value, path) is not None
    return match.value == "/"


def _for_slashes(route: Route) -> Route:
    headers = route.headers and Headers(_told(route.headers.request), _told(route.headers.response))
    return replace(route, match=PathMatch("exact", _MERGED), headers=headers)


def _told(rules: HeaderRules) -> HeaderRules:
    """The rules with the path that the language knows."""
    to_set, to_add = (tuple((n, _path(v)) for n, v in part) for part in (rules.set, rules.add))
    return HeaderRules(rules.remove, to_set, to_add)


def _path(template: Template) -> Template:
    return tuple("/" if part == Variable("path") else part for part in template)
