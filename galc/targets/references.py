"""Secrets that stand in a gateway's environment, for targets that read them there."""

from collections.abc import Iterator

from galc.ir.gateway import (
    ApiKeys,
    Authentication,
    Basic,
    FromEnvironment,
    Gateway,
    Introspection,
    Secret,
)


def _secrets(authentication: Authentication) -> Iterator[Secret]:
    scheme = authentication.scheme
    if isinstance(scheme, Basic):
        yield from (user.secret for user in scheme.users)
    elif isinstance(scheme, ApiKeys):
        yield from (key.key for key in scheme.keys)
    elif isinstance(scheme, Introspection):
        yield scheme.client_secret


def variables(authentication: Authentication) -> tuple[str, ...]:
    """The environment variables that a policy refers to."""
    names = (s.name for s in _secrets(authentication) if isinstance(s, FromEnvironment))
    return tuple(dict.fromkeys(names))


def all_variables(gateway: Gateway) -> tuple[str, ...]:
    """The environment variables that a gateway refers to, sorted."""
    policies = (route.authentication for route in gateway.routes)
    return tuple(sorted({name for policy in policies if policy for name in variables(policy)}))


def in_environment(scheme: ApiKeys) -> list[dict[str, str]]:
    """The keys that stand in the environment, as data of a program: variable and owner."""
    return [
        {"variable": key.key.name, "owner": key.name}
        for key in scheme.keys
        if isinstance(key.key, FromEnvironment)
    ]
