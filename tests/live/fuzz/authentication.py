"""Authentication in machine-made programs: policies, and what clients send for them."""

import base64
from typing import Any

from hypothesis import strategies as st

from .. import introspection
from ..model import Introspected, Token

_ISSUER = "https://auth.test"
_KEYS = ("k-ann", "k-bob", "k-eve")

_basic = st.builds(
    lambda users, more: {"type": "basic", "basic": {"users": users}, **more},
    st.sampled_from(
        (
            [{"username": "ann", "password": "p"}],
            [{"username": "ann", "password": "p:q"}, {"username": "bob", "password": "%x$1"}],
            [{"username": "ann", "password_hash": "{SHA}UW6eeM7YqnvhOEAzf4Gg4nZWYxg="}],
        )
    ),
    st.sampled_from(({}, {"fail_status": 403, "fail_message": "go % away"})),
)
_api_keys = st.builds(
    lambda places, keys, more: {"type": "api_key", "api_key": {**places, "keys": keys, **more}},
    st.sampled_from(
        (
            {},
            {"header_name": "X-Tenant"},
            {"query_param": "key"},
            {"header_name": "X-Key", "query_param": "key"},
        )
    ),
    st.lists(st.sampled_from(_KEYS), min_size=1, max_size=2, unique=True).map(
        lambda keys: [{"key": key, "name": key[2:]} for key in keys]
    ),
    st.sampled_from(({}, {"hide_credentials": False}, {"forward_name": True})),
)
_jwt = st.builds(
    lambda parts, claims: {"type": "jwt", "jwt": {"jwks": "@jwks_inline@", **parts, **claims}},
    st.sampled_from(
        (
            {"issuer": _ISSUER},
            {"issuer": _ISSUER, "audiences": ["api", "web"]},
            {"header_name": "X-Token", "header_prefix": ""},
            {"required_claims": ["tenant"]},
        )
    ),
    st.sampled_from(
        (
            {},
            {"claims_to_headers": [{"claim": "sub", "header": "X-User"}]},
            {"claims_to_headers": [{"claim": "org.id", "header": "X-Org"}]},
        )
    ),
)
#: What the introspection endpoint says of the tokens in requests.
TOKENS = {
    "o-plain": Introspected({"sub": "ann"}),
    "o-scoped": Introspected({"scope": "read write", "aud": ["api", "x"]}, chunked=True),
    "o-web": Introspected({"scope": "read", "aud": "web"}, not_before_in=-5),
    "o-gone": Introspected({"active": False, "scope": "read", "aud": "api"}),
    "o-old": Introspected({"scope": "read", "aud": "api"}, expires_in=-5),
    "o-down": Introspected(status=500),
}
_oauth2 = st.builds(
    lambda wanted, more: {
        "type": "oauth2",
        "oauth2": {
            "introspection_endpoint": f"http://127.0.0.1:@introspection@{introspection.PATH}",
            "client_id": "gateway",
            "client_secret": introspection.CLIENTS["gateway"],
            **wanted,
        },
        **more,
    },
    st.sampled_from(
        (
            {},
            {"audiences": ["api", "web"]},
            {"required_scopes": ["read"]},
            {"audiences": ["api"], "required_scopes": ["write", "read"]},
        )
    ),
    st.sampled_from(({}, {"fail_status": 403, "fail_message": "go % away"})),
)

SCHEMES = st.one_of(_basic, _api_keys, _jwt, _oauth2)


def _login(user: str, password: str) -> tuple[str, str]:
    return "Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _token(**claims: Any) -> Token:
    return Token({"iss": _ISSUER, "aud": "api", "sub": "ann", **claims})


_BARE = Token({"iss": _ISSUER, "aud": ["web"], "sub": "ann", "tenant": "t"}, prefix="")
CREDENTIALS = st.sampled_from(
    (
        (),
        (),
        (("X-API-Key", "k-ann"),),
        (("X-API-Key", "k-bob"),),
        (("x-api-key", "wrong"),),
        (("X-Key", "k-ann"),),
        (("X-Tenant", "k-ann"),),
        (_login("ann", "p"),),
        (_login("ann", "p:q"),),
        (_login("bob", "%x$1"),),
        (_login("ann", "wrong"),),
        (("Authorization", _token()),),
        (("Authorization", _token(sub="bob", tenant="t1", org={"id": "o1"})),),
        (("Authorization", _token(iss="https://evil.test")),),
        (("Authorization", _token(aud=["other"])),),
        (("Authorization", Token({"iss": _ISSUER}, key="other")),),
        (("Authorization", Token({"iss": _ISSUER, "aud": "api"}, expires_in=-600)),),
        (("X-Token", _BARE),),
        *((("Authorization", f"Bearer {token}"),) for token in TOKENS),
        (("Authorization", "bearer  o-scoped"), ("authorization", "Bearer o-plain")),
    )
)
