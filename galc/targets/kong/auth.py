"""Authentication: basic and API keys by constant programs, each route with its own credentials.

Kong's own plugins know one set of credentials for the whole gateway, let several spellings in
that the language doesn't have (`Proxy-Authorization`, a key under the header's name in the query)
and tell a missing key from a wrong one (kong/plugins/{basic-auth,key-auth}).
"""

import base64
import hashlib
from typing import Any

from galc.ir.gateway import (
    ApiKeys,
    Authentication,
    Basic,
    BasicUser,
    FromEnvironment,
    Introspection,
    Jwt,
)
from galc.targets.introspection import on_nginx
from galc.targets.kong import jwt
from galc.targets.kong import programs as lua
from galc.targets.memo import shared
from galc.targets.references import in_environment


def _user(user: BasicUser) -> dict[str, str]:
    if isinstance(user.secret, FromEnvironment):
        return {"scheme": user.scheme, "variable": user.secret.name}
    if user.scheme == "apr1":
        salt, _, digest = user.secret.removeprefix("$apr1$").partition("$")
        return {"scheme": "apr1", "salt": salt[:8], "hash": digest}
    if user.scheme == "sha1":
        return {"scheme": "sha1", "hash": user.secret.removeprefix("{SHA}")}
    digest = base64.b64encode(hashlib.sha1(user.secret.encode()).digest()).decode()
    return {"scheme": "sha1", "hash": digest}


def _quoted(text: str) -> str:
    """A quoted-string of RFC 9110 section 5.6.4."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _refusal(authentication: Authentication) -> dict[str, Any]:
    found: dict[str, Any] = {
        "status": authentication.status,
        "message": authentication.message,
    }
    if isinstance(authentication.scheme, Basic):
        found["challenge"] = f"Basic realm={_quoted(authentication.scheme.realm)}"
    elif isinstance(authentication.scheme, (Jwt, Introspection)):
        found["challenge"] = "Bearer"
    return found


@shared
def before_jwt(authentication: Authentication) -> str:
    """What runs before Kong's jwt plugin."""
    assert isinstance(authentication.scheme, Jwt)
    data = {**jwt.before(authentication.scheme), **_refusal(authentication)}
    return lua.request_step("token", data)


@shared
def step(authentication: Authentication) -> str:
    """The first step of a route's requests: whoever gets past it may come in."""
    scheme = authentication.scheme
    refusal = _refusal(authentication)
    if isinstance(scheme, Basic):
        users = {user.username: _user(user) for user in scheme.users}
        return lua.request_step("basic", {"users": users, **refusal})
    if isinstance(scheme, ApiKeys):
        data = {
            "header": scheme.header,
            "query": scheme.query,
            "keys": {key.key: key.name for key in scheme.keys if isinstance(key.key, str)},
            "forward": scheme.forward_name,
            **refusal,
        }
        if variables := in_environment(scheme):
            data["environment"] = variables
        return lua.request_step("api_key", data)
    if isinstance(scheme, Introspection):
        return lua.request_step("oauth2", {**on_nginx(scheme), **refusal})
    return lua.request_step("claims", {**jwt.after(scheme), **refusal})


@shared
def hide(authentication: Authentication) -> str | None:
    """Takes an API key out of the request, where the upstream may not see it."""
    scheme = authentication.scheme
    if not isinstance(scheme, ApiKeys) or not scheme.hide:
        return None
    return lua.request_step("hide_key", {"header": scheme.header, "query": scheme.query})
