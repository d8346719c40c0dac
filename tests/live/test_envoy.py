"""Envoy does what the language says."""

import pytest

from .cases import ALL_CASES
from .cases.shorthand import doc, get, ok, refused
from .drive import drive
from .envoy import Envoy
from .model import Case, Introspected
from .run import World

_KEYS = "authentication: {type: api_key, api_key: {keys: [{key: k1}]}}"
_OAUTH2 = (
    "authentication: {type: oauth2, oauth2: {client_id: gateway, client_secret: s3cr3t, "
    "introspection_endpoint: 'http://127.0.0.1:@introspection@/introspect'}}"
)
_UNAUTHORIZED = refused(
    401,
    body="Unauthorized",
    headers={"WWW-Authenticate": "Bearer", "Content-Type": "text/plain; charset=utf-8"},
)
#: What the language leaves open, and Envoy's backend decides.
_OWN_CASES = (
    Case(
        "a-host-that-is-none-gets-around-no-route",
        doc(f"{{path_prefix: /, hosts: [shop.test], {_KEYS}}}", "{path_prefix: /}"),
        (
            *(
                get("/", refused(400), ("Host", host))
                for host in ("shop.test,x", "shop.test..", "shop.test:1:2", "shop.test:x", "::1")
            ),
            get("/", refused(400), ("Host", "shop.test"), ("Host", "x")),
            get("/", refused(400), ("Host", "x"), ("Host", "shop.test")),
            get("/", refused(401), ("Host", "SHOP.test.:")),
            *(get("/", ok(), ("Host", host)) for host in ("other.test.:80", "[::1]:80", "")),
        ),
        ("routes.hosts", "authentication"),
    ),
    Case(
        "an-introspection-endpoint-may-be-its-own-upstream",
        doc(f"{{path_prefix: /, {_OAUTH2}}}", upstream="{host: 127.0.0.1, port: @introspection@}"),
        (
            get("/always", _UNAUTHORIZED),
            get("/always", _UNAUTHORIZED, ("Authorization", "Bearer bad")),
            get(
                "/always",
                refused(200, body='{"active": true}'),
                ("Authorization", "Bearer good"),
            ),
        ),
        ("authentication.oauth2.introspection_endpoint",),
        tokens={"good": Introspected()},
    ),
)


@pytest.mark.parametrize("case", (*ALL_CASES, *_OWN_CASES), ids=lambda case: case.name)
def test_case(case: Case, around: World) -> None:
    drive(case, Envoy(), around)
