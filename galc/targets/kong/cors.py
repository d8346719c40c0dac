"""CORS: routes of their own for preflights, and constant programs for the headers.

Kong's own plugin answers a refused origin with `Access-Control-Allow-Credentials`, sends a single
plain origin to everybody, and can't answer where the route doesn't take OPTIONS
(kong/plugins/cors/handler.lua).
"""

import re
from typing import Any

from galc.ir.gateway import Cors, Origin, Route
from galc.targets.kong import programs as lua
from galc.targets.memo import shared

#: Methods of a route that takes all, as told to a browser.
_ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _pattern(origin: Origin) -> str:
    """A value of a route's `headers`: text, or after `~*` a regex. Kong compares both in lower
    case, also the letters of a regex, so no class like `\\S` may stand in it."""
    if origin.kind == "any":
        return "~*.+"
    if origin.kind == "subdomains":
        scheme, parent = _split(origin)
        return rf"~*^{_escaped(scheme)}[^/:@]+{_escaped(parent)}$"
    return f"~*^{_escaped(origin.value)}$"


def _escaped(text: str) -> str:
    return re.sub(r"[\\.+*?()|\[\]{}^$]", r"\\\g<0>", text)


def _split(origin: Origin) -> tuple[str, str]:
    """`https://` and `.example.com`: what stands around the label of a subdomain."""
    scheme, _, host = origin.value.partition("://")
    return f"{scheme}://", f".{host}"


@shared
def origins(cors: Cors) -> tuple[str, ...]:
    """The allowed origins as Kong's router matches them."""
    return tuple(_pattern(origin) for origin in cors.origins)


def _list(words: tuple[str, ...]) -> str | None:
    return ", ".join(words) or None


@shared
def _preflight(cors: Cors, taken: tuple[str, ...]) -> str:
    data: dict[str, Any] = {
        "any": any(origin.kind == "any" for origin in cors.origins),
        "methods": _list(cors.methods or taken or _ALL_METHODS),
        "headers": _list(cors.headers),
        "credentials": "true" if cors.credentials else None,
        "max_age": str(cors.max_age_s),
    }
    return lua.request_step("preflight", data)


def preflight(route: Route) -> str:
    """The only step of a preflight's route; the upstream is never called."""
    assert route.cors is not None
    return _preflight(route.cors, route.methods)


@shared
def response_step(cors: Cors) -> str:
    """The last step of an answer, also of the gateway's own rejections."""
    kinds = {kind: [o for o in cors.origins if o.kind == kind] for kind in ("exact", "subdomains")}
    data = {
        "any": any(origin.kind == "any" for origin in cors.origins),
        "exact": {origin.value: True for origin in kinds["exact"]},
        "subdomains": [_split(origin) for origin in kinds["subdomains"]],
        "credentials": "true" if cors.credentials else None,
        "expose": _list(cors.expose),
    }
    return lua.response_step("cors", data)
