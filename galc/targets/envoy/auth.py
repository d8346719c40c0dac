"""Authentication: basic, API keys, JWT.

extensions/filters/http/{basic_auth,api_key_auth,jwt_authn,rbac,lua}/v3. What the client is told
when it fails is the matter of `replies`.
"""

import base64
import hashlib
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from galc.ir.gateway import ApiKeys, Basic, Jwt, Route, Secret
from galc.targets.envoy import environment
from galc.targets.envoy import schema as s
from galc.targets.envoy.filters import Filter
from galc.targets.memo import shared

#: Carries the claim that a limit is keyed by; jwt_authn strips a client's own, the route removes it
#: before the upstream. A header and not metadata: metadata matches claims that are strings only.
LIMIT_CLAIM_HEADER = "x-galc-limit-claim"
BEARER = "Bearer "
_JWT = "envoy.filters.http.jwt_authn"

#: Drops one parameter from the query and leaves the other bytes as they are. Envoy's own ways
#: (`hide_credentials`, `query_parameter_mutations`) decode and reorder the whole query, so that
#: `%26` becomes a separator (seen on 1.40). The program is constant; the name is data.
_HIDE_QUERY = """\
function envoy_on_request(handle)
  local hidden = handle:filterContext():get("parameter")
  local path = handle:headers():get(":path")
  local start = string.find(path, "?", 1, true)
  if start == nil then return end
  local kept = {}
  for part in string.gmatch(string.sub(path, start + 1), "[^&]+") do
    local name = string.match(part, "^[^=]*")
    name = string.gsub(name, "%%(%x%x)", function(x) return string.char(tonumber(x, 16)) end)
    if name ~= hidden then kept[#kept + 1] = part end
  end
  local query = table.concat(kept, "&")
  if query ~= "" then query = "?" .. query end
  handle:headers():replace(":path", string.sub(path, 1, start - 1) .. query)
end
"""


def _scheme(route: Route) -> object:
    return route.authentication.scheme if route.authentication else None


def _basic(route: Route) -> s.BasicAuthPerRoute | None:
    scheme = _scheme(route)
    if not isinstance(scheme, Basic) or environment.has_references(scheme):
        return None
    return _users(scheme)


def _basic_by_lua(route: Route) -> s.LuaPerRoute | None:
    scheme = _scheme(route)
    if not isinstance(scheme, Basic) or not environment.has_references(scheme):
        return None
    return environment.users(scheme)


@shared
def _users(scheme: Basic) -> s.BasicAuthPerRoute:
    lines = [f"{user.username}:{_sha(user.scheme, user.secret)}" for user in scheme.users]
    return s.BasicAuthPerRoute(s.DataSource("\n".join(lines)))


def _sha(scheme: str, secret: Secret) -> str:
    """`{SHA}`, the only scheme that the filter verifies."""
    assert isinstance(secret, str)
    if scheme == "sha1":
        return secret
    return "{SHA}" + base64.b64encode(hashlib.sha1(secret.encode()).digest()).decode()


def _api_key(route: Route) -> s.ApiKeyAuthPerRoute | None:
    scheme = _scheme(route)
    if not isinstance(scheme, ApiKeys) or environment.has_references(scheme):
        return None
    return _keys(scheme)


def _api_key_by_lua(route: Route) -> s.LuaPerRoute | None:
    scheme = _scheme(route)
    if not isinstance(scheme, ApiKeys) or not environment.has_references(scheme):
        return None
    return environment.keys(scheme)


@shared
def _keys(scheme: ApiKeys) -> s.ApiKeyAuthPerRoute:
    sources = []
    if scheme.header:
        sources.append(s.KeySource(header=scheme.header))
    if scheme.query:
        sources.append(s.KeySource(query=scheme.query))
    return s.ApiKeyAuthPerRoute(
        credentials=tuple(s.Credential(str(key.key), key.name) for key in scheme.keys),
        key_sources=tuple(sources),
        forwarding=s.Forwarding("X-Consumer-Name") if scheme.forward_name else None,
    )


def _hide_query(route: Route) -> s.LuaPerRoute | None:
    scheme = _scheme(route)
    if not isinstance(scheme, ApiKeys) or not scheme.hide or not scheme.query:
        return None
    return s.LuaPerRoute({"parameter": scheme.query})


def hidden_headers(route: Route) -> tuple[str, ...]:
    """Request headers that the upstream must not see."""
    scheme = _scheme(route)
    if isinstance(scheme, ApiKeys) and scheme.hide and scheme.header:
        return (scheme.header,)
    if route.rate_limit and route.rate_limit.key == "claim":
        return (LIMIT_CLAIM_HEADER,)
    return ()


def _limit_claim(route: Route) -> str:
    limit = route.rate_limit
    return limit.key_name if limit and limit.key == "claim" else ""


@shared
def _provider_name(jwt: Jwt, limit_claim: str) -> str:
    """One provider for all routes with the same settings; the name depends on nothing else."""
    digest = hashlib.sha256(msgspec.msgpack.encode((jwt, limit_claim)))
    return f"jwt-{digest.hexdigest()[:12]}"


def _jwt(route: Route) -> s.JwtPerRoute | None:
    scheme = _scheme(route)
    if not isinstance(scheme, Jwt):
        return None
    return _requirement(_provider_name(scheme, _limit_claim(route)))


_requirement = shared(s.JwtPerRoute)


def jwks_cluster(uri: str) -> str:
    """The name of the cluster of a key set's server."""
    return f"jwks/{urlsplit(uri).scheme}/{urlsplit(uri).netloc}"


def _provider(jwt: Jwt, limit_claim: str) -> s.JwtProvider:
    claims = [s.JwtClaimToHeader(header, claim) for claim, header in jwt.claims_to_headers]
    if limit_claim:
        claims.append(s.JwtClaimToHeader(LIMIT_CLAIM_HEADER, limit_claim))
    remote = None
    if jwt.jwks_uri:
        remote = s.RemoteJwks(
            s.HttpUri(jwt.jwks_uri, jwks_cluster(jwt.jwks_uri), "5s"),
            cache_duration="300s",
            # Fetched at the start, so that the first caller doesn't wait or fail.
            async_fetch=s.JwksAsyncFetch(fast_listener=False, failed_refetch_duration="1s"),
        )
    return s.JwtProvider(
        issuer=jwt.issuer or "",
        audiences=jwt.audiences,
        # Named explicitly: by default a token is also taken from `?access_token=`.
        from_headers=(s.JwtHeader(jwt.header, jwt.prefix),),
        forward=True,
        clock_skew_seconds=1,  # 0 means the default, a minute
        require_expiration=True,
        header_in_metadata="header",
        payload_in_metadata="payload" if jwt.required_claims or jwt.audiences else "",
        claim_to_headers=tuple(claims),
        remote_jwks=remote,
        local_jwks=s.DataSource(jwt.jwks) if jwt.jwks else None,
    )


def _claim_headers(route: Route) -> str:
    """The headers that claims are passed in, as part of a filter's name. jwt_authn removes the
    headers of all its providers from every request, also those of other routes."""
    scheme = _scheme(route)
    if not isinstance(scheme, Jwt) or not scheme.claims_to_headers:
        return ""
    return "." + "+".join(sorted({header.lower() for _, header in scheme.claims_to_headers}))


def _providers(routes: Iterable[Route]) -> s.JwtAuthentication:
    found: dict[str, s.JwtProvider] = {}
    for route in routes:
        scheme = _scheme(route)
        if isinstance(scheme, Jwt):
            claim = _limit_claim(route)
            name = _provider_name(scheme, claim)
            if name not in found:
                found[name] = _provider(scheme, claim)
    ordered = dict(sorted(found.items()))
    return s.JwtAuthentication(ordered, {name: s.JwtRequirement(name) for name in ordered})


def _rbac(route: Route) -> s.RbacPerRoute | None:
    scheme = _scheme(route)
    if environment.has_references(scheme):
        return _ADMITTED
    if isinstance(scheme, ApiKeys) and scheme.header:
        return _bare_key(scheme.header)
    return _token_rules(scheme) if isinstance(scheme, Jwt) else None


def _allow(principal: s.Principal) -> s.RbacPerRoute:
    policy = s.Policy((s.Permission(any=True),), (principal,))
    return s.RbacPerRoute(s.RbacPerRouteRules(s.RbacRules({"token": policy})))


_ADMITTED = _allow(environment.admitted())


@shared
def _bare_key(header: str) -> s.RbacPerRoute:
    """api_key_auth also takes `Bearer KEY` for `KEY`, in any header."""
    prefixed = s.HeaderMatcher(header, s.StringMatcher(prefix=BEARER))
    return _allow(s.Principal(not_id=s.Principal(header=prefixed)))


@shared
def _token_rules(scheme: Jwt) -> s.RbacPerRoute:
    """What jwt_authn leaves open: which algorithms, the exact prefix, required claims."""
    algorithms = tuple(_from_token(("header", "alg"), alg) for alg in scheme.algorithms)
    conditions = [s.Principal(or_ids=s.PrincipalSet(algorithms))]
    if scheme.prefix:
        # jwt_authn finds the prefix anywhere in the value.
        prefix = s.StringMatcher(prefix=scheme.prefix)
        conditions.append(s.Principal(header=s.HeaderMatcher(scheme.header, prefix)))
    if scheme.audiences:
        # jwt_authn compares audiences without scheme and final slash.
        exact = [s.ValueMatcher(string_match=s.StringMatcher(exact=a)) for a in scheme.audiences]
        listed = [s.ValueMatcher(list_match=s.ListMatcher(value)) for value in exact]
        found = tuple(_claim(("payload", "aud"), value) for value in (*exact, *listed))
        conditions.append(s.Principal(or_ids=s.PrincipalSet(found)))
    conditions += [_from_token(("payload", *c.split("."))) for c in scheme.required_claims]
    return _allow(s.Principal(and_ids=s.PrincipalSet(tuple(conditions))))


def _from_token(path: tuple[str, ...], exact: str | None = None) -> s.Principal:
    value = (
        s.ValueMatcher(present_match=True)
        if exact is None
        else s.ValueMatcher(string_match=s.StringMatcher(exact=exact))
    )
    return _claim(path, value)


def _claim(path: tuple[str, ...], value: s.ValueMatcher) -> s.Principal:
    segments = tuple(s.PathSegment(step) for step in path)
    return s.Principal(sourced_metadata=s.SourcedMetadata(s.MetadataMatcher(_JWT, segments, value)))


FILTERS = (
    Filter(
        name="envoy.filters.http.basic_auth",
        order=30,
        reason="before limits: a request that fails authentication doesn't use up a bucket",
        # An empty list is refused at load; a comment isn't.
        chain=lambda _: s.BasicAuth(s.DataSource("#")),
        per_route=_basic,
    ),
    Filter(
        name="galc.basic_auth",
        order=30,
        reason="in place of the filter of that name",
        chain=lambda _: s.Lua(s.DataSource(environment.BASIC)),
        per_route=_basic_by_lua,
    ),
    Filter(
        name="galc.api_key_auth",
        order=31,
        reason="in place of the filter of that name",
        chain=lambda _: s.Lua(s.DataSource(environment.KEYS)),
        per_route=_api_key_by_lua,
    ),
    Filter(
        name="envoy.filters.http.api_key_auth",
        order=31,
        reason="as basic authentication",
        chain=lambda _: s.ApiKeyAuth(),
        per_route=_api_key,
    ),
    Filter(
        name=_JWT,
        order=32,
        reason="as basic authentication; a limit may be keyed by one of its claims",
        chain=_providers,
        per_route=_jwt,
        apart=_claim_headers,
    ),
    Filter(
        name="envoy.filters.http.rbac",
        order=33,
        reason="right after the filters whose gaps it closes; it reads jwt_authn's metadata",
        chain=lambda _: s.Rbac(),
        per_route=_rbac,
    ),
    Filter(
        name="envoy.filters.http.lua",
        order=90,
        reason="hides an API key's parameter after everything that reads the query",
        chain=lambda _: s.Lua(s.DataSource(_HIDE_QUERY)),
        per_route=_hide_query,
    ),
)
