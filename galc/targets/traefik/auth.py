"""Authentication: users by `basicAuth`, API keys by a router that only a key matches.

https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/middlewares/basicauth/ and
ipallowlist; hashes are verified by github.com/abbot/go-http-auth.
"""

import base64
import hashlib

from galc.ir.gateway import ApiKey, ApiKeys, Basic, BasicUser, FromEnvironment, Route, Secret
from galc.targets.memo import shared
from galc.targets.traefik import environment, rules
from galc.targets.traefik import schema as s
from galc.targets.traefik.chain import Case, Chain, Named
from galc.targets.traefik.middlewares import named, rejection
from galc.targets.traefik.text import quoted

_OWNER = "X-Consumer-Name"


def authenticate(chain: Chain, route: Route) -> None:
    """What fails ends here."""
    authentication = route.authentication
    if authentication is None:
        return
    if isinstance(authentication.scheme, Basic):
        chain.apply(_basic(authentication.scheme))
    elif isinstance(authentication.scheme, ApiKeys):
        chain.split(_cases(authentication.scheme, authentication.status))


@shared
def _basic(scheme: Basic) -> Named:
    users = tuple(map(_user, scheme.users))
    # The realm is put between quotes as it is (RFC 9110, section 5.6.4).
    realm = scheme.realm.replace("\\", "\\\\").replace('"', '\\"')
    return named("basic", s.Middleware(basic_auth=s.BasicAuth(users, realm)))


def _user(user: BasicUser) -> str:
    """The name and the hash; of clear text one without salt, so that the same file gives the same
    bytes."""
    secret = user.secret
    if isinstance(secret, FromEnvironment):
        from_there = environment.password if user.scheme == "plain" else environment.hashed
        return environment.entry(user.username, from_there(secret))
    if user.scheme == "plain":
        secret = "{SHA}" + base64.b64encode(hashlib.sha1(secret.encode()).digest()).decode()
    return f"{user.username}:{secret}"


@shared
def _cases(scheme: ApiKeys, status: int) -> tuple[Case, ...]:
    refused = Case("no key", rules.ALWAYS, (rejection(status),), ends=True)
    if not scheme.forward_name:
        return Case("key", rules.any_of(_has(scheme, key) for key in scheme.keys)), refused
    owners = sorted(scheme.keys, key=lambda key: key.name)
    return (
        *(
            Case(f"key {number}", _has(scheme, key), (_owner(key.name),))
            for number, key in enumerate(owners, 1)
        ),
        refused,
    )


def _has(scheme: ApiKeys, key: ApiKey) -> str:
    places = []
    if scheme.header:
        places.append(_equals("Header", scheme.header, key.key))
    if scheme.query:
        places.append(_equals("Query", scheme.query, key.key))
    return rules.any_of(places)


def _equals(matcher: str, name: str, key: Secret) -> str:
    if isinstance(key, FromEnvironment):
        return environment.condition(matcher, quoted(name), key, rules.NEVER)
    return f"{matcher}({quoted(name)}, {quoted(key)})"


@shared
def _owner(name: str) -> Named:
    return named("owner", s.Middleware(headers=s.Headers({_OWNER: name})))


def hidden(route: Route) -> tuple[str, ...]:
    """Request headers that the upstream must not see."""
    scheme = route.authentication.scheme if route.authentication else None
    if isinstance(scheme, ApiKeys) and scheme.hide and scheme.header:
        return (scheme.header,)
    return ()
