"""CORS (language section 4.4): preflights, and the headers of other answers."""

from typing import NamedTuple

from galc.ir.gateway import Cors, Origin, Route
from galc.semantics.messages import Headers, Request, first, without

#: Told to a browser where neither the policy nor the route names methods.
USUAL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Preflight(NamedTuple):
    """A browser's question: may a page of this origin send a request with this method?"""

    origin: str
    method: str


def preflight(request: Request) -> Preflight | None:
    """The question, where the request is one."""
    origin = first(request.headers, "Origin")
    method = first(request.headers, "Access-Control-Request-Method")
    if request.method != "OPTIONS" or not origin or not method:
        return None
    return Preflight(origin, method)


def allowed(policy: Cors, origin: str) -> Origin | None:
    """The entry of the policy that allows an origin."""
    return next((entry for entry in policy.origins if _matches(entry, origin)), None)


def preflight_headers(route: Route, policy: Cors, origin: str) -> Headers:
    """The yes to a preflight."""
    methods = policy.methods or route.methods or USUAL_METHODS
    found = [("Access-Control-Allow-Methods", ", ".join(methods))]
    if policy.headers:
        found.append(("Access-Control-Allow-Headers", ", ".join(policy.headers)))
    found.append(("Access-Control-Max-Age", str(policy.max_age_s)))
    return (*_origin_headers(policy, origin), *found)


def answer_headers(policy: Cors, origin: str | None, headers: Headers) -> Headers:
    """An answer's headers with those of CORS; the upstream's own ones are replaced."""
    own = [name for name, _ in headers if name.lower().startswith("access-control-")]
    kept = without(headers, *own)
    if origin is None or allowed(policy, origin) is None:
        return kept
    exposed: Headers = ()
    if policy.expose:
        exposed = (("Access-Control-Expose-Headers", ", ".join(policy.expose)),)
    return (*kept, *_origin_headers(policy, origin), *exposed)


def _origin_headers(policy: Cors, origin: str) -> Headers:
    entry = allowed(policy, origin)
    assert entry is not None
    if entry.kind == "any":
        return (("Access-Control-Allow-Origin", "*"),)
    named = (("Access-Control-Allow-Origin", origin), ("Vary", "Origin"))
    return (*named, ("Access-Control-Allow-Credentials", "true")) if policy.credentials else named


def _matches(entry: Origin, origin: str) -> bool:
    if entry.kind == "any":
        return True
    if entry.kind == "exact":
        return origin == entry.value
    scheme, _, parent = entry.value.partition("://")
    start, end = f"{scheme}://", f".{parent}"
    inner = origin[len(start) : -len(end)]
    return (
        origin.startswith(start)
        and origin.endswith(end)
        and inner != ""
        and not set(inner) & set("/:?#@")
    )
