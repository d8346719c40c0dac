"""What a change of a file means: one line of the table for each kind of change."""

import pytest

from galc.difference import differences

from .compiling import SERVICE, checked

_KEY = "authentication api_key {{ key k-1 name=one ; {} }}"
_JWT = (
    "authentication jwt {{ issuer https://a.example.com ; jwks_uri https://a.example.com/k ; {} }}"
)
_BASIC = "authentication basic {{ {} }}"
_OAUTH = "authentication oauth2 {{ introspection_endpoint https://a.com/i ; client_id gal ; {} }}"
_CORS = "cors {{ allowed_origins {} }}"
_BREAKER = "circuit_breaker {{ {} }}"


def found(old: str, new: str) -> list[str]:
    """`risk: headline` of every finding between two texts of a service."""
    sides = [checked("version 1\n" + text).state for text in (old, new)]
    assert sides[0] is not None and sides[1] is not None
    assert sides[0].gateway is not None and sides[1].gateway is not None
    return [f"{f.risk}: {f.headline(str)}" for f in differences(sides[0], sides[1])]


def of_route(old: str, new: str) -> list[str]:
    """As `found`, for one route with these lines, without the name of the route."""
    lines = found(*(SERVICE.format(f"route /a/* {{ {body} }}") for body in (old, new)))
    return [line.replace(": /a/*: ", ": ") for line in lines]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # rate_limit
        ("rate_limit 1/s", "rate_limit 60/m burst=1", []),
        ("rate_limit 1/s", "", ["security-changing: rate_limit removed: it was 1/s, burst 1, by "
                                "client address"]),
        ("", "rate_limit 1/s", ["behaviour: rate_limit added: 1/s, burst 1, by client address"]),
        ("rate_limit 3/m burst=5", "rate_limit 1/s burst=5",
         ["behaviour: rate_limit raised from 3/m to 60/m"]),
        ("rate_limit 7/s", "rate_limit 7/h", ["behaviour: rate_limit lowered from 25200/h to 7/h"]),
        ("rate_limit 1/s", "rate_limit 2/s",
         ["behaviour: rate_limit raised from 1/s, burst 1 to 2/s, burst 2"]),
        ("rate_limit 1/s burst=9", "rate_limit 2/s burst=3",
         ["behaviour: rate_limit raised from 1/s to 2/s",
          "behaviour: rate_limit.burst lowered from 9 to 3"]),
        ("rate_limit 1/s", "rate_limit 1/s key=header:X-Id",
         ["security-changing: rate_limit.key_type changed from client address to header x-id"]),
        ("rate_limit 1/s key=header:X-Id", "rate_limit 1/s key=header:x-id", []),
        ("rate_limit 1/s", "rate_limit { requests_per_second 1 ; response { message m } }",
         ["cosmetic: rate_limit.response.message changed from Rate limit exceeded to m"]),
        # authentication
        (_KEY.format(""), "", ["security-opening: now reachable without authentication "
                               "(authentication removed: it was api_key)"]),
        ("", _KEY.format(""), ["security-changing: authentication added: api_key"]),
        (_KEY.format(""), _BASIC.format("user ann password=x"),
         ["security-changing: authentication.type changed from api_key to basic"]),
        (_KEY.format(""), _KEY.format("key k-2 name=two"),
         ["security-opening: authentication.api_key.keys: added two"]),
        (_KEY.format("key k-2 ; key k-3"), _KEY.format(""),
         ["security-changing: authentication.api_key.keys: removed 2 keys without a name"]),
        (_KEY.format("key k-2 ; key k-3"), _KEY.format("key k-3 ; key k-2"), []),
        (_KEY.format("key k-2 name=two"), _KEY.format("key k-4 name=two"),
         ["security-changing: authentication.api_key.keys: the key of two changed"]),
        (_KEY.format("key k-2 name=two"), _KEY.format("key k-2 name=deux"),
         ["cosmetic: authentication.api_key.keys.name changed from two to deux"]),
        (_KEY.format("key k-2 name=two ; forward_name true"),
         _KEY.format("key k-2 name=deux ; forward_name true"),
         ["behaviour: authentication.api_key.keys.name changed from two to deux"]),
        (_KEY.format(""), _KEY.format("query_param k ; header_name X-API-Key"),
         ["security-changing: authentication.api_key.query_param changed from nothing to k"]),
        (_KEY.format(""), _KEY.format("hide_credentials false"),
         ["security-changing: authentication.api_key.hide_credentials changed from true to false"]),
        (_BASIC.format("user ann password=x"), _BASIC.format("user ann password=y"),
         ["security-changing: authentication.basic.users: the password of ann changed"]),
        (_BASIC.format("user ann password=x"), _BASIC.format("user bob password=x"),
         ["security-opening: authentication.basic.users: added bob",
          "security-changing: authentication.basic.users: removed ann"]),
        (_BASIC.format("user ann password=x"), _BASIC.format("user ann password=x ; realm r"),
         ["cosmetic: authentication.basic.realm changed from Protected to r"]),
        (_JWT.format("audiences a"), _JWT.format("audiences a b"),
         ["security-opening: authentication.jwt.audiences: added b"]),
        (_JWT.format("audiences a"), _JWT.format(""),
         ["security-opening: authentication.jwt.audiences: removed a"]),
        (_JWT.format(""), _JWT.format("audiences a"),
         ["security-changing: authentication.jwt.audiences: added a"]),
        (_JWT.format("algorithms RS256"), _JWT.format("algorithms RS256 ES256"),
         ["security-opening: authentication.jwt.algorithms: added ES256"]),
        (_JWT.format("required_claims sub"), _JWT.format(""),
         ["security-opening: authentication.jwt.required_claims: removed sub"]),
        (_JWT.format("claim sub -> X-User"), _JWT.format(""),
         ["security-opening: authentication.jwt.claims_to_headers: removed sub -> X-User"]),
        (_JWT.format(""), _JWT.format("").replace("a.example.com/k", "b.example.com/k"),
         ["security-changing: authentication.jwt.jwks_uri changed from https://a.example.com/k to "
          "https://b.example.com/k"]),
        (_JWT.format("").replace("/k ", "/k?t=1 "), _JWT.format("").replace("/k ", "/k?t=2 "),
         ["security-changing: authentication.jwt.jwks_uri: the query changed"]),
        (_JWT.format(""), _JWT.format("").replace("issuer https://a.example.com ;", ""),
         ["security-opening: authentication.jwt.issuer changed from https://a.example.com to "
          "nothing"]),
        (_OAUTH.format("client_secret s-1"), _OAUTH.format("client_secret s-2"),
         ["security-changing: authentication.oauth2.client_secret: the secret changed"]),
        (_OAUTH.format("client_secret s ; required_scopes r w"),
         _OAUTH.format("client_secret s ; required_scopes r"),
         ["security-opening: authentication.oauth2.required_scopes: removed w"]),
        # cors
        ("", _CORS.format("https://a.example.com"),
         ["security-opening: cors added: https://a.example.com"]),
        (_CORS.format("https://a.example.com"), _CORS.format("*"),
         ["security-opening: cors.allowed_origins: added *; removed https://a.example.com"]),
        (_CORS.format("*"), _CORS.format("https://a.example.com"),
         ["security-changing: cors.allowed_origins: added https://a.example.com; removed *"]),
        (_CORS.format("https://*.example.com"),
         _CORS.format("https://*.example.com https://a.example.com"), []),
        (_CORS.format("https://*.example.com"),
         _CORS.format("https://*.example.com http://a.example.com"),
         ["security-opening: cors.allowed_origins: added http://a.example.com"]),
        (_CORS.format("https://*.example.com"),
         _CORS.format("https://*.example.com https://example.com"),
         ["security-opening: cors.allowed_origins: added https://example.com"]),
        (_CORS.format("https://a.example.com"), _CORS.format("https://b.example.com"),
         ["security-opening: cors.allowed_origins: added https://b.example.com",
          "security-changing: cors.allowed_origins: removed https://a.example.com"]),
        (_CORS.format("https://a.example.com"),
         _CORS.format("https://a.example.com ; allow_credentials true"),
         ["security-opening: cors.allow_credentials changed from false to true"]),
        (_CORS.format("* ; max_age 1h"), _CORS.format("* ; max_age 600"),
         ["behaviour: cors.max_age lowered from 3600s to 600s"]),
        # headers
        ("headers { request_remove X-User }", "",
         ["security-opening: headers.request_remove: removed X-User"]),
        ("headers { request_remove X-User }", "headers { request_remove x-user }", []),
        ("headers { request_set X-Tier a }", "headers { request_set X-Tier b }",
         ["security-changing: headers.request_set changed from X-Tier: a to X-Tier: b"]),
        ('headers { request_set Authorization "Basic a" }',
         'headers { request_set Authorization "Basic b" }',
         ["security-changing: headers.request_set: the value of Authorization changed"]),
        ("", "headers { response_add X-One one }",
         ["behaviour: headers.response_add: added X-One: one"]),
        ('headers { response_set Strict-Transport-Security "max-age=1" }', "",
         ["security-changing: headers.response_set: removed Strict-Transport-Security: max-age=1"]),
        # circuit_breaker
        (_BREAKER.format("max_failures 5"), _BREAKER.format("max_failures 9 ; timeout 1m"),
         ["behaviour: circuit_breaker.max_failures raised from 5 to 9",
          "behaviour: circuit_breaker.timeout raised from 30s to 60s"]),
        (_BREAKER.format("max_failures 5"), "",
         ["behaviour: circuit_breaker removed: it was open for 30s after 5 failures in a row"]),
        # timeouts, prefix, and what the normal form lacks
        ("timeout 1500ms", "timeout 1.5s", []),
        ("timeout 1s", "timeout 2m", ["behaviour: timeout raised from 1s to 120s"]),
        ("timeout { connect 1s }", "timeout { connect 2s }",
         ["behaviour: timeout.connect raised from 1s to 2s"]),
        ("timeout { connect 5s }", "", []),
        ("", "strip_prefix true",
         ["behaviour: routes.strip_prefix changed from nothing to /a"]),
        ("retry { attempts 2 }", "retry { attempts 3 ; base_interval 25ms }",
         ["behaviour: retry.attempts changed from 2 to 3"]),
        ("retry { base_interval 1s }", "retry { base_interval 1000ms }", []),
        ("", "websocket { idle_timeout 1m }",
         ["behaviour: websocket added: closed after 60s of silence"]),
        ("websocket { idle_timeout 1m }", "websocket { idle_timeout 60s }", []),
        ("websocket", "websocket { idle_timeout 1m }",
         ["behaviour: websocket.idle_timeout lowered from 300s to 60s"]),
        ("websocket", "websocket { enabled false }",
         ["behaviour: websocket removed: it was closed after 300s of silence"]),
        ("timeout { send 1s ; idle 1m }", "timeout { read 30s }",
         ["behaviour: timeout.idle raised from 60s to 300s",
          "behaviour: timeout.send raised from 1s to 30s"]),
    ],
)  # fmt: skip
def test_policies(old: str, new: str, expected: list[str]) -> None:
    assert of_route(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("target x:1 ; target y:1 weight=2", "target x:1 weight=2 ; target y:1 weight=4", []),
        ("target x:1 ; target y:1", "target x:1 weight=3 ; target y:1",
         ["upstream.targets.weight changed from x:1=1, y:1=1 to x:1=3, y:1=1"]),
        ("target x:1 ; target y:1 weight=0", "target x:1", []),
        ("target x:1", "target X:1 ; target y:1", ["upstream.targets: added y:1"]),
        ("target x:1 ; target y:1", "target y:1", ["upstream.targets: removed x:1"]),
        ("target x:1", "target x:1 ; load_balancer ip_hash",
         ["upstream.load_balancer.algorithm changed from round_robin to ip_hash"]),
        ("target x:1", "target x:1 ; load_balancer { sticky_sessions true }",
         ["upstream.load_balancer.cookie_name changed from nothing to galSession"]),
        ("target x:1", "target x:1 ; health_check { active { http_path /h } }",
         ["upstream.health_check.active added: GET /h every 10s"]),
        ("target x:1 ; health_check { active { interval 1s } }",
         "target x:1 ; health_check { active { interval 2s ; healthy_status_codes 200 201 } }",
         ["upstream.health_check.active.healthy_status_codes: removed 204",
          "upstream.health_check.active.interval raised from 1s to 2s"]),
        ("target x:1 ; health_check { passive { max_failures 5 } }", "target x:1",
         ["upstream.health_check.passive removed: it was out for 30s after 5 failures"]),
    ],
)  # fmt: skip
def test_upstreams(old: str, new: str, expected: list[str]) -> None:
    texts = [f"service s {{ upstream {{ {body} }} ; route /* }}" for body in (old, new)]
    assert found(*texts) == [f"behaviour: service s: {line}" for line in expected]


def test_tls() -> None:
    https = "service s { upstream x:1 ; protocol https ; route /* }"
    http = https.replace("https", "http")
    line = "service s: services.protocol changed from"
    assert found(https, http) == [f"security-opening: {line} TLS to clear text"]
    assert found(http, https) == [f"security-changing: {line} clear text to TLS"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("host 127.0.0.1", "", ["security-opening: global.host changed from 127.0.0.1 to 0.0.0.0"]),
        ("", "host ::1", ["security-changing: global.host changed from 0.0.0.0 to ::1"]),
        ("host ::1", "host 0:0::1", []),
        ("port 80", "port 81", ["behaviour: global.port changed from 80 to 81"]),
        ("", "admin_port 9000", ["behaviour: global.admin_port changed from 9901 to 9000"]),
        ("trusted_proxies 10.0.0.0/8", "trusted_proxies 0.0.0.0/0",
         ["security-opening: global.trusted_proxies: added 0.0.0.0/0"]),
        ("trusted_proxies 10.0.0.0/8", "trusted_proxies 10.0.0.0/9 10.128.0.0/9", []),
        ("trusted_proxies 10.0.0.0/8", "trusted_proxies 10.1.0.0/16",
         ["security-changing: global.trusted_proxies: removed 10.0.0.0/8"]),
        ("trusted_proxies 10.0.0.0/8", "trusted_proxies 10.0.0.0/8 ::1",
         ["security-opening: global.trusted_proxies: added ::1/128"]),
    ],
)  # fmt: skip
def test_the_gateway(old: str, new: str, expected: list[str]) -> None:
    texts = [f"global {{ {body} }}\nservice s {{ upstream x:1 ; route /* }}" for body in (old, new)]
    assert found(*texts) == expected


def test_a_change_that_routes_share_is_told_once() -> None:
    old = SERVICE.format("rate_limit 1/s ; route /a/* ; route /b ; route /c { timeout 9s }")
    other = "service o { upstream x:1 ; route /o { rate_limit 1/s } }"
    new = old.replace("1/s", "2/s")
    line = "rate_limit raised from 1/s, burst 1 to 2/s, burst 2"
    assert found(old, new) == [f"behaviour: every route: {line}"]
    assert found(old + other, new + other) == [f"behaviour: every route of users: {line}"]
    kept = new.replace("route /c {", "route /c { rate_limit 1/s ;")
    assert found(old, kept) == [f"behaviour: /a/*, /b: {line}"]


def test_an_upstream_is_told_by_its_service() -> None:
    old = SERVICE.format("route /a ; route /b ; route /c")
    (line,) = found(old, old.replace(":8080", ":8081"))
    targets = "upstream.targets: added users.internal:8081; removed users.internal:8080"
    assert line == f"behaviour: service users: {targets}"
