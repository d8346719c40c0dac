"""The tests that a file carries: what they take, what they find, and that no target sees them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galc import targets
from galc.compiler import build, check
from galc.diagnostics import Diagnostic
from galc.frontend.printer import print_gal, print_yaml
from galc.frontend.reading import read_tree
from galc.frontend.source import Source, Spelling
from galc.semantics.expectations import quoted
from galc.semantics.trials import failures

from .compiling import checked, codes

FILE = """version 1
service users {
  upstream users.internal:8080
  route /users/* GET {
    rate_limit 2/m key=header:X-Tenant
    headers { request_set X-Gateway galc ; response_set X-Frame-Options DENY }
  }
  route /admin/* { name admin ; authentication basic { user ann password=pw } }
}
"""
TOKENS = """version 1
service api {
  upstream api.internal:8080
  route /* {
    authentication jwt {
      issuer https://id.test
      audiences api
      jwks_uri https://id.test/keys
      required_claims exp
      claim sub -> X-User
    }
  }
}
"""
OPAQUE = """version 1
service api {
  upstream api.internal:8080
  route /* {
    authentication oauth2 {
      introspection_endpoint https://id.test/introspect
      client_id gateway
      client_secret s3cr3t
      audiences api admin
      required_scopes read write
    }
    rate_limit 1/h
  }
}
"""
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.*l"))


def test_of(request: str, *more: str, file: str = FILE) -> str:
    lines = "".join(f"  request {line}\n" for line in (request, *more))
    return f'{file}test "it works" {{\n{lines}}}\n'


test_of.__test__ = False  # type: ignore[attr-defined]


def messages(text: str) -> list[str]:
    """What running the tests of a sound text finds."""
    state = checked(text).state
    assert checked(text).ok, [d.message() for d in checked(text).diagnostics]
    assert state is not None and state.document is not None and state.gateway is not None
    return [failure.message() for failure in failures(state.document, state.gateway)]


# --- what holds, and what doesn't


@pytest.mark.parametrize(
    "request_",
    [
        "GET /users { expect 200 }",
        "GET /users { expect 200 route=users:/users service=users refused=false }",
        "GET /users/../users//x?y=/../ { expect 200 upstream_path=/users/x?y=/../ }",
        "GET /users { expect 200 { upstream_header X-Gateway galc } }",
        "GET /users { expect 200 { header x-frame-options DENY } }",
        "GET /users { reply_header X-A b ; expect 200 { header X-A b } }",
        'GET /users { reply_header X-A b,c ; expect 200 { header X-A "b, c" } }',
        'GET /users { reply_header X-A "" ; expect 200 { header X-A "" } }',
        "GET /users upstream_status=503 { expect 503 refused=false }",
        "GET /users client=::1 { expect 200 { upstream_header X-Forwarded-For ::1 } }",
        "POST /users { expect 404 refused=true }",
        "GET /admin { expect 401 { body Unauthorized } }",
        'GET /admin { expect 401 { header WWW-Authenticate "Basic realm=\\"Protected\\"" } }',
        'GET /admin { header Authorization "Basic YW5uOnB3" ; expect 200 route=admin }',
        "GET /users%2Fx { expect 400 refused=true }",
        'POST /admin { header Authorization "Basic YW5uOnB3" ; body "a b" ; expect 200 }',
        "GET /users",
    ],
)
def test_what_holds(request_: str) -> None:
    assert messages(test_of(request_)) == []


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("GET /users { expect 404 }", "expected status 404, got 200"),
        ("GET /users times=3 { expect 200 }", "expected status 200, got 429 to request 3 of 3"),
        ("GET /users { expect route=admin }", "expected route `admin`, got `users:/users`"),
        ("PUT /users { expect route=admin }", "expected route `admin`, got none"),
        ("PUT /users { expect { service users } }", "expected service `users`, got none"),
        (
            "GET /users { expect refused=true }",
            "expected no request at the upstream, got `GET /users`",
        ),
        ("PUT /users { expect refused=false }", "expected a request at the upstream, got none"),
        (
            "GET /admin { expect { body Forbidden } }",
            "expected `Forbidden` in the body, got `Unauthorized`",
        ),
        (
            "GET /users { expect { body Welcome } }",
            "expected `Welcome` in the body, got an empty one",
        ),
        (
            "HEAD /admin { expect { body Unauthorized } }",
            "expected `Unauthorized` in the body, got an empty one",
        ),
        ("GET /users { expect { header X-A b } }", "expected header `X-A: b`, got none"),
        ('GET /users { expect { header X-A "" } }', "expected header `X-A: `, got none"),
        (
            "GET /users { reply_header X-A b,c ; expect { header X-A c,b } }",
            "expected header `X-A: c,b`, got `X-A: b,c`",
        ),
        (
            "GET /users { expect { header X-Frame-Options b } }",
            "expected header `X-Frame-Options: b`, got `X-Frame-Options: DENY`",
        ),
        (
            "GET /users { expect { absent X-Other X-Frame-Options } }",
            "expected no header `X-Frame-Options`, got `X-Frame-Options: DENY`",
        ),
        (
            "GET /users { expect upstream_path=/x }",
            "expected path `/x` at the upstream, got `GET /users`",
        ),
        (
            "GET /users { expect { upstream_header X-A b } }",
            "expected header `X-A: b` at the upstream, got none",
        ),
        (
            "GET /users { expect { upstream_absent X-Gateway } }",
            "expected no header `X-Gateway` at the upstream, got `X-Gateway: galc`",
        ),
        (
            "PUT /users { expect { upstream_absent X-A } }",
            "expected a request at the upstream, got none",
        ),
    ],
)
def test_what_does_not_hold(request_: str, told: str) -> None:
    assert messages(test_of(request_)) == [told]


def test_each_expectation_of_a_request_is_told_once() -> None:
    text = test_of("GET /users times=9 { expect 404 { header X-A b ; header X-B c } }")
    assert messages(text) == [
        "expected status 404, got 200 to request 1 of 9",
        "expected header `X-A: b`, got none to request 1 of 9",
        "expected header `X-B: c`, got none to request 1 of 9",
    ]


def test_time_passes_only_where_the_test_says_so() -> None:
    tenant = "{ header X-Tenant blue ; expect 200 }"
    assert messages(test_of(f"GET /users times=2 {tenant}", f"GET /users after=30s {tenant}")) == []
    failed = ["expected status 200, got 429"]
    assert (
        messages(test_of(f"GET /users times=2 {tenant}", f"GET /users after=29s {tenant}"))
        == failed
    )
    assert messages(test_of(f"GET /users times=2 {tenant}", f"GET /users {tenant}")) == failed
    # It passes once, before the first of several.
    assert messages(test_of("GET /users times=3 after=1h { expect 200 }")) == [
        "expected status 200, got 429 to request 3 of 3"
    ]


def test_each_test_begins_with_a_gateway_that_has_just_started() -> None:
    once = '"{}" {{ request GET /users times=2 {{ expect 200 }} }}\n'
    assert messages(f"{FILE}test {once.format('a')}test {once.format('b')}") == []


def test_a_credential_of_the_upstream_is_not_told() -> None:
    header = 'header Authorization "Basic YW5uOnB3"'
    text = test_of(f"GET /admin {{ {header} ; expect {{ upstream_absent authorization }} }}")
    (message,) = messages(text)
    assert message == "expected no header `authorization` at the upstream, got `authorization: ***`"


@given(st.text(max_size=400))
def test_a_message_is_one_short_line(text: str) -> None:
    shown = quoted(text)
    assert len(shown.splitlines()) == 1
    assert shown.isprintable()
    assert len(shown) < 2000


# --- tokens


@pytest.mark.parametrize(
    "request_",
    [
        "GET / { claims { sub ann } ; expect 200 { upstream_header X-User ann } }",
        "GET / after=30d { claims { sub ann } ; expect 200 }",
        "GET / { expect 401 refused=true }",
        "GET / { claims { sub ann ; exp 1 } ; expect 401 }",
        "GET / { claims { sub ann ; nbf 4102444800 } ; expect 401 }",
        "GET / { claims { sub ann ; iss https://other.test } ; expect 401 }",
        "GET / { claims { aud other } ; expect 401 }",
    ],
)
def test_claims_make_a_good_token(request_: str) -> None:
    assert messages(test_of(request_, file=TOKENS)) == []


@pytest.mark.parametrize(
    "request_",
    [
        "GET / { claims { sub ann } ; expect 200 { upstream_path / } }",
        "GET / { claims {} ; expect 200 }",
        "GET / { expect 401 { header WWW-Authenticate Bearer } }",
        'GET / { header Authorization "Bearer" ; expect 401 }',
        "GET / { claims { active false } ; expect 401 }",
        "GET / { claims { active yes } ; expect 401 }",
        "GET / { claims { exp 1 } ; expect 401 }",
        "GET / { claims { nbf 4102444800 } ; expect 401 }",
        "GET / { claims { aud other } ; expect 401 }",
        "GET / { claims { aud admin } ; expect 200 }",
        "GET / { claims { scope read } ; expect 401 }",
        'GET / { claims { scope "write x read" } ; expect 200 }',
        "GET / after=30d { claims { sub ann } ; expect 200 }",
    ],
)
def test_claims_make_an_active_token(request_: str) -> None:
    assert messages(test_of(request_, file=OPAQUE)) == []


def test_two_authorizations_are_no_token() -> None:
    text = test_of(
        'GET / { claims { sub ann } ; header Authorization "Basic dTpw" ; expect 401 }',
        "GET / { claims { sub ann } ; expect 200 }",
        file=OPAQUE,
    )
    assert messages(text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            test_of("GET /users { claims { sub ann } }", "GET / { expect 404 }"),
            "the route `users:/users` wants no token, so these claims say nothing",
        ),
        (
            test_of("PUT /users { claims { sub ann } ; expect 404 }"),
            "no route takes this request, so there is no token with these claims",
        ),
        (
            test_of("GET /a%2Fb { claims { sub ann } ; expect 400 }", file=TOKENS),
            "no route takes this request, so there is no token with these claims",
        ),
    ],
)
def test_claims_need_a_route_with_tokens(text: str, message: str) -> None:
    found = [d for d in checked(text).diagnostics if d.code == "GAL3091"]
    assert [d.message() for d in found] == [message]
    assert not checked(text).ok


# --- what is wrong with a test itself


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("GET /users { expects 200 }", "GAL1001"),
        ("GET /users clientt=1.2.3.4 { expect 200 }", "GAL1001"),
        ("GET /users { expect 200 { headers X-A b } }", "GAL1001"),
        ("get /users { expect 200 }", "GAL1005"),
        ("GET users { expect 200 }", "GAL1005"),
        ('GET "/a b" { expect 200 }', "GAL1005"),
        ('GET "/ä" { expect 200 }', "GAL1005"),
        ("GET /users after=10 { expect 200 }", "GAL1005"),
        ("GET /users after=0s { expect 200 }", "GAL1005"),
        ('GET /users { header "X A" b ; expect 200 }', "GAL1005"),
        ('GET /users { expect 200 { body "" } }', "GAL1005"),
        ("GET /users { expect ok }", "GAL1002"),
        ("GET /users { expect 2000 }", "GAL1003"),
        ("GET /users times=0 { expect 200 }", "GAL1003"),
        ("GET /users times=10001 { expect 200 }", "GAL1003"),
        ("GET /users upstream_status=101 { expect 200 }", "GAL1003"),
        ("GET /users client=1.2.3 { expect 200 }", "GAL1009"),
        ("GET /users { expect route=user }", "GAL2010"),
        ("GET /users { expect service=user }", "GAL2010"),
        ("/users { expect 200 }", "GAL0005"),
        ("GET /users { expect 200 429 }", "GAL0005"),
        ("GET /users { header X-A ; expect 200 }", "GAL0005"),
    ],
)
def test_a_mistake_is_told_by_check(request_: str, code: str) -> None:
    # What the .gal reader leaves out of a request is out of the test, too.
    assert set(codes(test_of(request_))) - set(codes(FILE)) - {"GAL3092"} == {code}


def test_a_test_that_can_not_fail_is_a_warning() -> None:
    found = checked(test_of("GET /users", "GET /users { expect { } }")).diagnostics
    (warning,) = [d for d in found if d.code == "GAL3092"]
    assert warning.severity == "warning"
    assert warning.message() == "the test `it works` expects nothing, so it can't fail"


# --- no target sees the tests, and both spellings have them


def _spelled(path: Path) -> Source:
    spelling: Spelling = "gal" if path.suffix == ".gal" else "yaml"
    return Source(path.name, path.read_text("utf-8"), spelling)


def _tree(source: Source) -> dict[str, Any]:
    found: list[Diagnostic] = []
    tree = read_tree(source, found.append)
    assert tree is not None and not found
    return tree


@pytest.mark.parametrize("target", targets.ALL)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_tests_change_nothing_of_what_is_built(path: Path, target: str) -> None:
    source = _spelled(path)
    tree = _tree(source)
    tests = tree.pop("tests", None)
    bare = build(check(Source("in.yaml", print_yaml(tree), "yaml")), targets.load(target))
    full = build(check(source), targets.load(target))
    assert bare.artifacts == full.artifacts
    assert [d.message() for d in bare.diagnostics] == [d.message() for d in full.diagnostics]
    assert tests or path.name == "hello.gal"


_EVERYTHING = test_of(
    'GET "/users?q=a b" { expect 200 }'.replace("a b", "a%20b"),
    'GET /users client=10.0.0.7 times=2 after=1.5s upstream_status=502 { header X-Tenant "a # b" ; '
    'header Host x.test ; reply_header X-R "{{uuid}}" ; body "{\\"a\\": [1]}" ; expect 502 '
    'route=users:/users refused=false upstream_path=/users { service users ; body "%" ; '
    'header X-R "" ; absent A B ; upstream_header X-Gateway galc ; upstream_absent C } }',
    "GET /users { expect { } }",
)


def test_every_field_survives_both_spellings() -> None:
    tree = _tree(Source("in.gal", _EVERYTHING, "gal"))
    for spelling, text in (("gal", print_gal(tree)), ("yaml", print_yaml(tree))):
        assert _tree(Source(f"in.{spelling}", text, "gal" if spelling == "gal" else "yaml")) == tree
