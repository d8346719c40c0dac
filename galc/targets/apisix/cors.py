"""CORS: conditions of preflights, and the data of cors.lua."""

import re
from collections.abc import Mapping
from typing import Any

from galc.ir.gateway import Cors, Origin, Route
from galc.targets.apisix import schema as s
from galc.targets.memo import shared

#: Methods of a route that takes all, as told to a browser.
_ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ASKED = "http_access_control_request_method"


def _origin(origin: Origin) -> str:
    if origin.kind == "subdomains":
        scheme, _, host = origin.value.partition("://")
        return rf"{re.escape(scheme)}://[^/:@]+\.{re.escape(host)}"
    return re.escape(origin.value)


@shared
def origins(cors: Cors) -> str:
    """One anchored regex for the origins allowed; any text where all are."""
    if any(origin.kind == "any" for origin in cors.origins):
        return "."
    return rf"^(?:{'|'.join(_origin(origin) for origin in cors.origins)})\z"


@shared
def asks_for(names: tuple[str, ...]) -> tuple[s.Expression, ...]:
    """A preflight for one of these methods, or for any."""
    asked = (_ASKED, "in", names) if names else (_ASKED, "~~", ".")
    return (("http_origin", "~~", "."), asked)


@shared
def asks_for_others(names: tuple[str, ...]) -> s.Expression:
    """Not a preflight for a method that isn't one of these."""
    return (
        "!AND",
        ("request_method", "==", "OPTIONS"),
        ("http_origin", "~~", "."),
        (_ASKED, "~~", "."),
        (_ASKED, "!", "in", names),
    )


def preflight_conditions(route: Route) -> tuple[s.Expression, ...]:
    """An allowed origin asks for a method of the route."""
    assert route.cors is not None
    return (("http_origin", "~~", origins(route.cors)), *asks_for(route.methods)[1:])


@shared
def preflight(cors: Cors, taken: tuple[str, ...]) -> Mapping[str, Any]:
    """What a preflight is answered, beside the origin."""
    is_any = _is_any(cors)
    headers = [("Access-Control-Allow-Origin", "*")] if is_any else []
    headers.append(
        ("Access-Control-Allow-Methods", ",".join(cors.methods or taken or _ALL_METHODS))
    )
    if cors.headers:
        headers.append(("Access-Control-Allow-Headers", ",".join(cors.headers)))
    headers.append(("Access-Control-Max-Age", str(cors.max_age_s)))
    return {"any": is_any, "headers": headers + _credentials(cors)}


@shared
def answer(cors: Cors) -> Mapping[str, Any]:
    """What any other answer has, beside the origin."""
    headers = _credentials(cors)
    if cors.expose:
        headers.append(("Access-Control-Expose-Headers", ",".join(cors.expose)))
    return {"any": _is_any(cors), "origins": origins(cors), "headers": headers}


def _is_any(cors: Cors) -> bool:
    return any(origin.kind == "any" for origin in cors.origins)


def _credentials(cors: Cors) -> list[tuple[str, str]]:
    return [("Access-Control-Allow-Credentials", "true")] if cors.credentials else []
