"""Policies as plugins and as data of the Lua programs."""

from collections.abc import Mapping
from typing import Any

from galc.ir.gateway import (
    ApiKeys,
    Authentication,
    Basic,
    BasicUser,
    CircuitBreaker,
    FromEnvironment,
    Introspection,
    Jwt,
    RateLimit,
    Upstream,
)
from galc.targets.apisix import schema as s
from galc.targets.apisix.requests import CLIENT, PEER
from galc.targets.introspection import on_nginx
from galc.targets.memo import shared
from galc.targets.references import in_environment

_LIMIT_KEY = "galc_limit_key"


@shared
def limit_req(limit: RateLimit, trusting: bool) -> s.LimitReq:
    """A leaky bucket that delays nothing is a token bucket: one request passes beside `burst`.

    apisix/plugins/limit-req.lua. Counted for each route: its resource key is part of the key.
    """
    address = CLIENT if trusting else PEER
    return s.LimitReq(
        rate=limit.rate.tokens * 1000 / limit.rate.period_ms,
        burst=limit.burst - 1,
        key=address if limit.key == "address" else _LIMIT_KEY,
        key_type="var",
        policy="local",
        rejected_code=limit.status,
        nodelay=True,
        allow_degradation=False,
        # The body as it stands, and not as JSON around it.
        meta=s.Meta(error_response=limit.message),
    )


@shared
def authentication(policy: Authentication) -> tuple[str, Mapping[str, Any]]:
    """The function that authenticates, and its data."""
    fail = {"status": policy.status, "message": policy.message}
    scheme = policy.scheme
    if isinstance(scheme, Basic):
        return "basic", {**_basic(scheme), **fail}
    if isinstance(scheme, ApiKeys):
        return "keys", {**_keys(scheme), **fail}
    if isinstance(scheme, Introspection):
        return "oauth2", {**on_nginx(scheme), **fail}
    return "jwt", {**_jwt(scheme), **fail}


def _basic(scheme: Basic) -> dict[str, Any]:
    realm = scheme.realm.replace("\\", "\\\\").replace('"', '\\"')
    return {
        "users": {user.username: _user(user) for user in scheme.users},
        "challenge": f'Basic realm="{realm}"',
    }


def _user(user: BasicUser) -> dict[str, str]:
    if isinstance(user.secret, FromEnvironment):
        return {"scheme": user.scheme, "variable": user.secret.name}
    return {"scheme": user.scheme, "secret": user.secret}


def _keys(scheme: ApiKeys) -> dict[str, Any]:
    found: dict[str, Any] = {
        "header": scheme.header,
        "query": scheme.query,
        "keys": {key.key: key.name for key in scheme.keys if isinstance(key.key, str)},
        "hide": scheme.hide,
        "forward": scheme.forward_name,
    }
    if variables := in_environment(scheme):
        found["environment"] = variables
    return found


def _jwt(scheme: Jwt) -> dict[str, Any]:
    return {
        "issuer": scheme.issuer,
        "audiences": dict.fromkeys(scheme.audiences, True) if scheme.audiences else None,
        "jwks_uri": scheme.jwks_uri,
        "jwks": scheme.jwks,
        "algorithms": dict.fromkeys(scheme.algorithms, True),
        "header": scheme.header,
        "prefix": scheme.prefix,
        "headers": scheme.claims_to_headers,
        "required": scheme.required_claims,
    }


def breaker(policy: CircuitBreaker, route: str) -> Mapping[str, Any]:
    """The data of breaker.lua; `route` names its state."""
    return {
        "name": route,
        "failures": policy.max_failures,
        "seconds": policy.open_ms / 1000,
        "trials": policy.half_open_requests,
        "statuses": dict.fromkeys(policy.statuses, True),
        "status": policy.status,
        "message": policy.message,
    }


def watches_targets(upstream: Upstream) -> bool:
    """Whether APISIX's choice of a target isn't the last word."""
    return bool(upstream.active or upstream.passive or upstream.sticky_cookie)


@shared
def targets(upstream: Upstream, trusting: bool) -> Mapping[str, Any]:
    """The data of targets.lua; the state is one for all routes of the service."""
    passive = None
    if upstream.passive:
        passive = {
            "failures": upstream.passive.max_failures,
            "statuses": dict.fromkeys(upstream.passive.statuses, True),
            # 0 would mean for ever.
            "recovery": max(upstream.passive.recovery_ms, 1) / 1000,
        }
    by_address = upstream.algorithm == "ip_hash"
    return {
        "name": upstream.name,
        "cookie": upstream.sticky_cookie,
        "passive": passive,
        "hash": (CLIENT if trusting else PEER) if by_address else None,
    }
