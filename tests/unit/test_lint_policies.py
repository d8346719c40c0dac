"""Lints of single policies: what fires, and what is near and must not."""

import pytest

from .compiling import checked, codes, codes_of

_KEYS = "jwks_uri https://auth.example.com/keys"
_TOKEN = f"issuer i ; audiences a ; {_KEYS}"
_HASH = '"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="'


def _message(line: str) -> tuple[str, str | None]:
    (one,) = checked(
        f"version 1\nservice a {{ upstream a.internal:8080 ; route /a/* {{ {line} }} }}"
    ).diagnostics
    return one.message(), one.help()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"authentication jwt {{ {_TOKEN} }}", []),
        (f"authentication jwt {{ {_KEYS} }}", ["GAL5013"]),
        (f"authentication jwt {{ issuer i ; {_KEYS} }}", ["GAL5013"]),
        (f"authentication jwt {{ audiences a ; {_KEYS} }}", ["GAL5013"]),
        (f"authentication jwt {{ {_TOKEN.replace('https', 'http')} }}", ["GAL5014"]),
        ("authentication jwt { issuer i ; audiences a ; jwks_uri http://127.0.0.1/k }", []),
        ("authentication jwt { issuer i ; audiences a ; jwks_uri http://keycloak:8080/k }", []),
        ("authentication jwt { issuer i ; audiences a ; jwks_uri http://id.auth.svc/k }", []),
        ("authentication jwt { issuer i ; audiences a ; jwks_uri http://8.8.8.8/k }", ["GAL5014"]),
        ("authentication jwt { issuer i ; audiences a ; jwks_uri http://[fd00::1]:80/k }", []),
        (f"authentication jwt {{ {_TOKEN} ; header_name X_Token }}", ["GAL5021"]),
        (f"authentication jwt {{ {_TOKEN} ; claim sub -> X_User }}", ["GAL5021"]),
        ('authentication api_key { query_param k ; key "${env:K}" }', ["GAL5015"]),
        ('authentication api_key { header_name X-Key ; key "${env:K}" }', []),
        ('authentication api_key { header_name api_key ; key "${env:K}" }', ["GAL5021"]),
        ("authentication api_key { key changeme }", ["GAL5018"]),
        ("authentication api_key { key Your-API-Key }", ["GAL5018"]),
        ("authentication api_key { key acme name=acme }", ["GAL5018"]),
        ("authentication api_key { key changeme-7f3a }", ["GAL5016"]),
        ("authentication basic { user ann password=hunter2 }", ["GAL5016"]),
        (f"authentication basic {{ user ann password_hash={_HASH} }}", ["GAL5016"]),
        ("authentication basic { user ann password=ann }", ["GAL5018"]),
        (
            "authentication basic { user a password=x1 ; user b password=x1 }",
            ["GAL5016", "GAL5017"],
        ),
        ("authentication basic { user a password=x1 ; user b password=x2 }", ["GAL5016"]),
        (
            f"authentication {{ type jwt ; jwt {{ {_TOKEN} }} ; basic {{ user a password=a }} }}",
            ["GAL3008"],
        ),
        ("authentication { enabled false ; type jwt ; jwt { jwks_uri http://a.com/k } }", []),
        (
            "authentication oauth2 { introspection_endpoint http://a.com/i ; client_id a ; "
            'client_secret "${env:S}" ; audiences a }',
            ["GAL5014"],
        ),
        (
            "authentication oauth2 { introspection_endpoint https://a.com/i ; client_id a ; "
            'client_secret "${env:S}" }',
            ["GAL5013"],
        ),
        (
            "authentication oauth2 { introspection_endpoint https://a.com/i ; client_id a ; "
            'client_secret "${env:S}" ; required_scopes a }',
            [],
        ),
    ],
)
def test_credentials(line: str, found: list[str]) -> None:
    assert codes_of(f"route /a/* {{ {line} }}") == found


def test_no_message_shows_a_secret() -> None:
    secrets = ("changeme", "letmein", "hunter2hunter2")
    found = checked(
        "version 1\nservice a { upstream a.internal:8080\n"
        "route /a/* { authentication basic { user ann password=letmein ; "
        "user bob password=letmein } }\n"
        "route /b/* { authentication api_key { key changeme ; key hunter2hunter2 name=x } }\n"
        "route /c/* { authentication api_key { key hunter2hunter2 name=y } } }"
    ).diagnostics
    assert {d.code for d in found} >= {"GAL5016", "GAL5017", "GAL5018"}
    for one in found:
        told = f"{one.message()} {one.help()} {[label for _, label in one.related()]}"
        assert not any(secret in told for secret in secrets)


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ('key "${env:K1}" name=ann', 'key "${env:K1}" name=bob', ["GAL5017"]),
        ('key "${env:K1}" name=ann', 'key "${env:K1}" name=ann', []),
        ('key "${env:K1}" name=ann', 'key "${env:K2}" name=bob', []),
        ('key "${env:K1}"', 'key "${env:K1}"', []),
        ('key "${env:K1}" name=ann', 'key "${env:K1}"', []),
    ],
)
def test_one_key_for_two_owners(one: str, other: str, found: list[str]) -> None:
    routes = [
        f"route /{n}/* {{ authentication api_key {{ {key} }} }}"
        for n, key in enumerate((one, other))
    ]
    assert codes_of(*routes) == found


def test_a_policy_that_is_written_alike_at_several_places_is_told_at_each() -> None:
    routes = [f"route /{n}/* {{ authentication jwt {{ {_KEYS} }} }}" for n in range(3)]
    assert codes_of(*routes) == ["GAL5013"] * 3


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ("request_set X_A 1", ["GAL5021"]),
        ("request_add X_A 1", ["GAL5021"]),
        ("request_remove X_A", []),  # to take the look-alike of a header off is a good idea
        ("response_set X_A 1", []),
        ("request_set X-Forwarded-For 1.2.3.4", ["GAL5022"]),
        ("request_add x-forwarded-proto https", ["GAL5022"]),
        ('request_set X-Real-IP "{{client_ip}}"', []),
        ("request_set X-Forwarded-Host a.com", []),
        ("response_set Access-Control-Allow-Origin *", ["GAL5023"]),
        ("response_remove Access-Control-Allow-Origin", []),
        ("response_set X-Content-Type-Options nosniff", []),
        ("response_set X-Content-Type-Options none", ["GAL5024"]),
        ("response_set X-Frame-Options sameorigin", []),
        ('response_set X-Frame-Options "ALLOW-FROM https://a.com"', ["GAL5024"]),
        ('response_set Strict-Transport-Security "includeSubDomains; max-age=60"', []),
        ("response_set Strict-Transport-Security max-age=0", []),
        ("response_set Strict-Transport-Security includeSubDomains", ["GAL5024"]),
        ("response_set Strict-Transport-Security max-age=1y", ["GAL5024"]),
        ('response_set X-Frame-Options "{{host}}"', []),
        ('response_add Set-Cookie "a=1; Path=/; secure"', []),
        ('response_add Set-Cookie "a=secure; Path=/"', ["GAL5025"]),
        ("request_remove X-A ; request_set x-a 1", ["GAL3008"]),
        ("request_remove X-A ; request_add X-A 1", []),
        ("response_remove X-A ; response_set X-A 1", ["GAL3008"]),
        ("response_remove X-A ; request_set X-A 1", []),
    ],
)
def test_header_rules(rules: str, found: list[str]) -> None:
    assert codes_of(f"route /a/* {{ headers {{ {rules} }} }}") == found


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ("allowed_origins https://app.example.com", []),
        ("allowed_origins http://app.example.com", ["GAL5026"]),
        ("allowed_origins http://app.example.com:8080", ["GAL5026"]),
        ("allowed_origins http://*.example.com", ["GAL5026"]),
        ("allowed_origins http://localhost:3000 http://127.0.0.1:3000 http://app.local", []),
        ('allowed_origins "http://[::1]:3000"', []),
        ("allowed_origins https://*.com", ["GAL5027"]),
        ("allowed_origins https://*.co.uk", ["GAL5027"]),
        ("allowed_origins https://*.vercel.app", ["GAL5027"]),
        ("allowed_origins https://*.team.vercel.app https://*.example.com", []),
        ("allowed_origins https://*.localhost", []),
        ("allowed_origins * https://a.com", ["GAL3008"]),
        ("allowed_origins https://a.b.com https://*.b.com", ["GAL3008"]),
        ("allowed_origins https://b.com https://*.b.com", []),
        ("allowed_origins http://a.b.internal https://*.b.internal", []),
        ("allowed_origins null", ["GAL1014"]),
        ("allowed_origins https://a.com ; allowed_headers * ; allow_credentials true", ["GAL5028"]),
        ("allowed_origins https://a.com ; expose_headers * ; allow_credentials true", ["GAL5028"]),
        ("allowed_origins https://a.com ; allowed_headers *", []),
        ("allowed_origins https://a.com ; allowed_methods GET DELETE", ["GAL3008"]),
        ("allowed_origins https://a.com ; allowed_methods GET POST OPTIONS", []),
    ],
)
def test_cors(policy: str, found: list[str]) -> None:
    assert codes_of(f"route /a/* GET POST {{ cors {{ {policy} }} }}") == found


def test_a_method_that_another_route_with_the_policy_takes_is_fine() -> None:
    policy = "cors { allowed_origins https://a.com ; allowed_methods GET PUT }"
    assert codes_of(policy, "route /a/* GET", "route /b/* PUT") == []
    assert codes_of(policy, "route /a/* GET", "route /b/*") == []
    assert codes_of(policy, "route /a/* GET", "route /b/* POST") == ["GAL3008"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("rate_limit 10/s key=header:X-A", ["GAL5029"]),
        ('rate_limit 10/s key=header:X-A ; authentication api_key { key "${env:K}" }', []),
        ("rate_limit 10/s", []),
        ("rate_limit 1/s burst=1000000", ["GAL5030"]),
        ("rate_limit 10/h burst=240", ["GAL5030"]),
        ("rate_limit 10/h burst=200", []),
        ("rate_limit 1/h burst=9", []),
        ("rate_limit 100/s burst=1000000", []),
        ("circuit_breaker { max_failures 10000 }", ["GAL5030"]),
        ("circuit_breaker { max_failures 9999 }", []),
        ("circuit_breaker { unhealthy_status_codes 404 503 }", ["GAL5031"]),
        ("circuit_breaker { unhealthy_status_codes 302 }", ["GAL5031"]),
        ("circuit_breaker { unhealthy_status_codes 408 429 503 }", []),
    ],
)
def test_limits(line: str, found: list[str]) -> None:
    assert codes_of(f"route /a/* {{ {line} }}") == found


def test_a_key_that_a_trusted_proxy_writes_is_fine() -> None:
    text = (
        "version 1\nglobal { trusted_proxies 10.0.0.0/8 }\nservice a { upstream a.internal:8080\n"
        "route /a/* { rate_limit 10/s key=header:X-A } }"
    )
    assert codes(text) == []


def test_the_limit_of_a_service_is_told_once() -> None:
    found = codes_of("rate_limit 1/s key=header:X-A", "route /a/*", "route /b/*", "route /c/*")
    assert found == ["GAL5029"]


@pytest.mark.parametrize(
    ("line", "message", "helped"),
    [
        (
            f"authentication jwt {{ {_KEYS} }}",
            "without `issuer` and `audiences`, tokens of another issuer or another application "
            "pass too",
            None,
        ),
        (
            "authentication basic { user a password=x1 ; user b password=x2 }",
            "2 passwords stand in the file",
            "write `${env:NAME}`, which the gateway reads when it runs",
        ),
        (
            "rate_limit 1/m burst=5000",
            "a burst of 5,000 is what the rate allows in 3 days, at once",
            None,
        ),
        (
            "circuit_breaker { unhealthy_status_codes 404 }",
            "any client can bring about a 404, and so take the upstream out",
            None,
        ),
        (
            "circuit_breaker { unhealthy_status_codes 204 }",
            "204 is no failure",
            None,
        ),
        (
            "headers { request_set X_Trace_Id 1 }",
            "many servers drop the request header `X_Trace_Id` for its underscore",
            "write `X-Trace-Id`",
        ),
        (
            "cors { allowed_origins null }",
            "`null` isn't an origin: it is what any sandboxed page sends",
            "list the origins that are yours",
        ),
    ],
)
def test_what_is_said(line: str, message: str, helped: str | None) -> None:
    assert _message(line) == (message, helped)
