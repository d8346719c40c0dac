"""Token introspection as data of the Lua programs of `lua/`, which are the same for all targets."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from galc.ir.gateway import FromEnvironment, Introspection, Route
from galc.passes.matching import is_address
from galc.targets import Support, emulated


class Endpoint(Struct, frozen=True):
    """Where a URL leads: `authority` is its host and port as written, `path` has its query."""

    scheme: str
    host: str
    port: int
    authority: str
    path: str


def endpoint(url: str) -> Endpoint:
    """A URL that the passes have checked."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(parts.scheme, parts.hostname or "", port, parts.netloc, path)


def credentials(scheme: Introspection) -> dict[str, Any]:
    """How the gateway itself signs in. The one place where the secret, or the variable that holds
    it, enters a target's files: the programs read it as text, and write it as the endpoint wants
    it."""
    if isinstance(scheme.client_secret, FromEnvironment):
        return {
            "client_id": scheme.client_id,
            "client_secret_variable": scheme.client_secret.name,
        }
    return {"client_id": scheme.client_id, "client_secret": scheme.client_secret}


def wanted(scheme: Introspection) -> dict[str, Any]:
    """What a token must have."""
    return {"audiences": scheme.audiences, "scopes": scheme.scopes}


def on_nginx(scheme: Introspection) -> dict[str, Any]:
    """The data of `nginx_introspection.lua`."""
    to = endpoint(scheme.endpoint)
    host = f"[{to.host}]" if ":" in to.host else to.host
    where = {**msgspec.structs.asdict(to), "host": host}
    return {"endpoint": where, **credentials(scheme), **wanted(scheme)}


def asks_by_tls(route: Route) -> bool:
    """Whether a route's tokens are introspected by an endpoint with TLS."""
    scheme = scheme_of(route)
    return scheme is not None and endpoint(scheme.endpoint).scheme == "https"


def has_bare_address(route: Route) -> bool:
    """Whether the endpoint speaks TLS and has an address for a name, which nginx can't verify:
    lua-nginx-module compares a certificate with host names only (X509_check_host)."""
    scheme = scheme_of(route)
    return scheme is not None and asks_by_tls(route) and is_address(endpoint(scheme.endpoint).host)


def scheme_of(route: Route) -> Introspection | None:
    """The introspection of a route, if its tokens are introspected."""
    scheme = route.authentication.scheme if route.authentication else None
    return scheme if isinstance(scheme, Introspection) else None


def oauth2_cells(how: str, environment: str) -> dict[str, Support]:
    """What the programs make of a policy, for a target's table: `how` they ask, and how they read
    the `environment`."""
    signs_in = emulated(how, "the-gateway-signs-in-with-its-id-and-secret-whatever-they-hold")
    root = "authentication.oauth2"
    return {
        f"{root}.introspection_endpoint": emulated(
            how, "an-active-token-lets-in-and-is-passed-on-unchanged"
        ),
        f"{root}.client_id": signs_in,
        f"{root}.client_secret": signs_in,
        f"{root}.client_secret=environment": emulated(
            environment, "a-client-secret-stands-in-the-environment"
        ),
        f"{root}.audiences": emulated(
            how, "an-introspected-token-must-be-for-one-of-the-audiences"
        ),
        f"{root}.required_scopes": emulated(how, "an-introspected-token-must-have-all-scopes"),
    }
