"""Each policy in normal form, and what is wrong with one."""

import json

import pytest

from galc.frontend.source import Place
from galc.ir.gateway import ApiKeys, Basic, Cors, Introspection, Jwt, Route
from galc.passes.policies import template

from .compiling import codes_of, route

_WHOSE = "issuer i ; audiences a"
_JWT = f"authentication jwt {{ {_WHOSE} ; jwks_uri https://a.example.com/k ; %s }}"


def _with_keys(keys: str) -> str:
    text = json.dumps(f'{{"keys": [{keys}]}}')
    return f"authentication jwt {{ {_WHOSE} ; jwks {text} }}"


def scheme(line: str) -> object:
    found = route(f"route /a {{ {line} }}").authentication
    assert found is not None
    return found.scheme


def policy_route(line: str) -> Route:
    return route(f"route /a {{ {line} }}")


def test_basic() -> None:
    hashed = '"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="'
    found = scheme(
        f"authentication basic {{ user ann password=a ; user bob password_hash={hashed} }}"
    )
    assert isinstance(found, Basic)
    assert [(u.username, u.scheme) for u in found.users] == [("ann", "plain"), ("bob", "sha1")]


def test_api_keys_have_a_header_unless_they_have_a_parameter() -> None:
    found = scheme('authentication api_key { key "${env:K1}" }')
    assert isinstance(found, ApiKeys)
    assert (found.header, found.query, found.hide, found.forward_name) == (
        "X-API-Key",
        None,
        True,
        False,
    )
    assert found.keys[0].name == "key-1"
    found = scheme('authentication api_key { key "${env:K1}" ; query_param q }')
    assert isinstance(found, ApiKeys)
    assert (found.header, found.query) == (None, "q")


def test_a_key_set_is_written_canonically() -> None:
    x, y = (
        "-TZyo_T7ziKwzy30tbuRnDB1EYEgxzyYKrZXab4L-qI",
        "tlFRhHuWyrLZ64_Yd02A6hBsyzj3u59yPN2ehlAhAJ8",
    )
    keys = {"keys": [{"y": y, "kty": "EC", "x": x, "crv": "P-256"}]}
    text = json.dumps(keys).replace('"', '\\"')
    found = scheme(f'authentication jwt {{ jwks "{text}" }}')
    assert isinstance(found, Jwt)
    assert found.jwks == f'{{"keys":[{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}]}}'
    assert (found.issuer, found.jwks_uri, found.prefix) == (None, None, "Bearer ")


def test_lists_of_a_token_have_no_repetitions() -> None:
    found = scheme(_JWT % "algorithms RS256 ES256 RS256 ; required_claims a b a ; claim sub -> X-A")
    assert isinstance(found, Jwt)
    assert found.algorithms == ("RS256", "ES256")
    assert found.required_claims == ("a", "b")
    assert found.claims_to_headers == (("sub", "X-A"),)


def test_introspection() -> None:
    found = scheme(
        "authentication oauth2 {"
        " introspection_endpoint https://a/i ; client_id c ; client_secret s }"
    )
    assert found == Introspection("https://a/i", "c", "s", (), ())


def test_lists_of_an_introspection_have_no_repetitions() -> None:
    found = scheme(
        "authentication oauth2 { introspection_endpoint https://a/i ; client_id c ; "
        "client_secret s ; audiences b a b ; required_scopes w r w }"
    )
    assert found == Introspection("https://a/i", "c", "s", ("b", "a"), ("w", "r"))


@pytest.mark.parametrize("scope", ["a b", "", 'a"b', "a\\b", "\u00e4", "a\tb"])
def test_a_scope_is_one_word(scope: str) -> None:
    text = json.dumps(scope)
    line = (
        "authentication oauth2 { introspection_endpoint https://a/i ; client_id c ; "
        f"client_secret s ; required_scopes {text} }}"
    )
    assert codes_of(f"route /a {{ {line} }}")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("allowed_origins *", [("any", "*")]),
        (
            "allowed_origins https://a.example.com http://localhost:3000",
            [("exact", "https://a.example.com"), ("exact", "http://localhost:3000")],
        ),
        (
            "allowed_origins https://*.example.com:8443",
            [("subdomains", "https://example.com:8443")],
        ),
        ("allowed_origins https://a.com https://a.com", [("exact", "https://a.com")]),
        ("allowed_origins chrome-extension://abc", [("exact", "chrome-extension://abc")]),
        ('allowed_origins "http://[::1]:3000"', [("exact", "http://[::1]:3000")]),
    ],
)
def test_origins(line: str, expected: list[tuple[str, str]]) -> None:
    found = policy_route(f"cors {{ {line} }}").cors
    assert isinstance(found, Cors)
    assert [(o.kind, o.value) for o in found.origins] == expected


@pytest.mark.parametrize(
    ("line", "seconds"), [("max_age 600", 600), ("max_age 10m", 600), ("max_age 0", 0), ("", 86400)]
)
def test_ages(line: str, seconds: int) -> None:
    found = policy_route(f"cors {{ allowed_origins * ; {line} }}").cors
    assert found is not None and found.max_age_s == seconds


def test_a_breakers_statuses_are_sorted() -> None:
    found = policy_route("circuit_breaker { unhealthy_status_codes 503 500 503 }").circuit_breaker
    assert found is not None and found.statuses == (500, 503)
    assert (found.status, found.message) == (503, "Service temporarily unavailable")


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("authentication {}", ["GAL1004"]),
        ("authentication { type jwt }", ["GAL3002"]),
        (f"authentication jwt {{ {_WHOSE} }}", ["GAL3001"]),
        (f"authentication jwt {{ {_WHOSE} ; jwks_uri https://a/k ; jwks x }}", ["GAL3001"]),
        (f"authentication jwt {{ {_WHOSE} ; jwks file:keys.json }}", ["GAL2015"]),
        (f'authentication jwt {{ {_WHOSE} ; jwks "{{" }}', ["GAL1016"]),
        (f'authentication jwt {{ {_WHOSE} ; jwks "[]" }}', ["GAL1016"]),
        (_with_keys("5"), ["GAL1016"]),
        (_with_keys('{"kty": "RSA", "d": "x"}'), ["GAL1016"]),
        (_with_keys('{"kty": "RSA", "n": 5}'), ["GAL1016"]),
        (_with_keys('{"kty": "RSA", "n": "a"}'), ["GAL1016"]),
        (_JWT % "claim sub -> Host", ["GAL3006"]),
        (_JWT % "claim sub -> X-A ; claim email -> x-a", ["GAL3009"]),
        (_JWT % "header_name Connection", ["GAL3006"]),
        ('authentication api_key { key "${env:K1}" ; header_name TE }', ["GAL3006"]),
        ('authentication api_key { key "${env:K1}" ; forward_name true }', ["GAL1004"]),
        ('authentication api_key { key "${env:K1}" name=a ; key "${env:K2}" name=a }', ["GAL3009"]),
        ('authentication api_key { key "${env:K1}" ; key "${env:K1}" }', ["GAL3009"]),
        ('authentication api_key { key "${env:K1}" ; basic { user a password=b } }', ["GAL3008"]),
        ("authentication basic { user a password=b ; user a password=c }", ["GAL3009", "GAL5016"]),
        ("authentication basic { user a }", ["GAL3001"]),
        ("authentication basic { user a password_hash=x }", ["GAL1017"]),
        ("cors { allow_credentials true }", ["GAL1004"]),
        ("cors { allowed_origins * ; allow_credentials true }", ["GAL3003"]),
        ("cors { allowed_origins https://a.com:443 }", ["GAL1014"]),
        ("cors { allowed_origins http://a.internal:80 }", ["GAL1014"]),
        ("cors { allowed_origins https://A.com }", ["GAL1014"]),
        ("cors { allowed_origins HTTPS://a.com }", ["GAL1014"]),
        ("cors { allowed_origins https://a.com/ }", ["GAL1014"]),
        ("cors { allowed_origins https://a_-.com }", ["GAL1014"]),
        ("cors { allowed_origins a*.com }", ["GAL1014"]),
        ("cors { allowed_origins https:// }", ["GAL1014"]),
        ("rate_limit {}", ["GAL3001"]),
        ("rate_limit { requests_per_second 1 ; key_type header }", ["GAL3002"]),
        ("rate_limit { requests_per_second 1 ; key_claim sub }", ["GAL3008"]),
        (
            "headers { request_remove Host ; response_set Connection a ; request_add Upgrade b }",
            ["GAL3006"] * 3,
        ),
        ("headers { request_set X-A 1 ; request_set x-a 2 }", ["GAL3009"]),
    ],
)
def test_what_is_wrong_with_a_policy(line: str, codes: list[str]) -> None:
    assert codes_of(f"route /a {{ {line} }}") == codes


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://a.example.com", True),
        ("http://a.internal:8080/keys?x=1", True),
        ("https://[::1]/keys", True),
        ("https://[::1]:8443/keys", True),
        ("https://a:0/", False),
        ("https://a:70000/", False),
        ("https://a:b/", False),
        ("https://u@a/", False),
        ("https:///keys", False),
        ("https://a b/", False),
        ("https://a/#f", False),
        ("ftp://a/", False),
        ("//a/", False),
        ("https://-a/", False),
    ],
)
def test_urls(url: str, fine: bool) -> None:
    found = codes_of(f'route /a {{ authentication jwt {{ {_WHOSE} ; jwks_uri "{url}" }} }}')
    assert found == ([] if fine else ["GAL1010"])


def test_a_text_without_braces_is_one_part() -> None:
    def refuse(_: object) -> None:
        raise AssertionError

    assert template("a}}b", Place(()), refuse) == ("a}}b",)
    assert template("", Place(()), refuse) == ()
