"""`galc trace`: what it says of a request, in words and in JSON."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from galc.cli import galc

FILE = """version 1
global { trusted_proxies 10.0.0.0/8 }
service users {
  upstream users.internal:8080
  cors { allowed_origins https://app.test }
  route /users/* GET {
    name read
    authentication api_key { query_param key ; key k-1 name=ann }
    rate_limit 2/m
    circuit_breaker { max_failures 2 }
    headers { request_set X-Client "{{client_ip}}" }
  }
  route /users/7 { name seven ; hosts shop.test }
  route ~ "/users/[0-9]+" DELETE { name gone }
  route /me {
    name me
    authentication jwt {
      issuer https://id.test
      audiences api
      jwks_uri https://id.test/keys
      required_claims exp
      claim sub -> X-User
    }
  }
  route /opaque {
    name opaque
    authentication oauth2 {
      introspection_endpoint https://id.test/introspect
      client_id gateway
      client_secret s3cr3t
      required_scopes read
    }
  }
}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("in.gal").write_text(FILE, "utf-8")
    return tmp_path


def trace(*arguments: str, file: str = "in.gal") -> Result:
    result = CliRunner().invoke(galc, ["trace", file, *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def test_a_request_s_whole_way() -> None:
    told = trace("GET /users/../users//7?key=k-1&x=1", "--from", "10.1.1.1")
    assert told.exit_code == 0
    assert told.stdout == (
        "GET /users/../users//7?key=***&x=1 from 10.1.1.1\n"
        "  normalised to /users/7\n"
        "\n"
        "route\n"
        "→ /users/* (read, in.gal:6:9)\n"
        "  /users/7 (seven, in.gal:13:9): is for shop.test only\n"
        "  ~ /users/[0-9]+ (gone, in.gal:14:9): takes DELETE only\n"
        "\n"
        "steps\n"
        "✓ authentication   key `ann` is let in  (in.gal:8:5)\n"
        "✓ rate_limit       1 of 2 tokens are left  (in.gal:9:5)\n"
        "✓ headers          the request's headers are changed  (in.gal:11:5)\n"
        "✓ circuit_breaker  closed, 0 of 2 failures in a row  (in.gal:10:5)\n"
        "✓ upstream         users.internal:8080 is called  (in.gal:4:3)\n"
        "\n"
        "upstream users, users.internal:8080, gets\n"
        "  GET /users/7?x=1\n"
        "  Host: gateway.example\n"
        "  X-Forwarded-For: 10.1.1.1\n"
        "  X-Forwarded-Proto: http\n"
        "  X-Client: 10.1.1.1\n"
        "\n"
        "client gets\n"
        "  200\n"
    )


@pytest.mark.parametrize(
    ("request_", "route", "step", "status"),
    [
        (["GET /users"], "read", "× authentication  there is no key  (in.gal:8:5)", "401"),
        (["GET /users?key=no"], "read", "× authentication  the key is wrong  (in.gal:8:5)", "401"),
        (["GET /%2e%2e/users"], "", "× path  no path has this form", "400"),
        (["PUT /nowhere"], "", "× route  no route takes the request", "404"),
        (
            ["GET /users/7", "-H", "Host: shop.test"],
            "seven",
            "users.internal:8080 is called",
            "200",
        ),
        (["GET /me"], "me", "× authentication  there is no token", "401"),
        (["GET /me", "--claims", '{"sub": "ann"}'], "me", "subject `ann` is let in", "200"),
        (["GET /me", "--claims", '{"exp": 1}'], "me", "× authentication  it has expired", "401"),
        (["GET /opaque"], "opaque", "× authentication  there is no token", "401"),
        (["GET /opaque", "--claims", '{"sub": "ann"}'], "opaque", "subject `ann`", "200"),
        (
            ["GET /opaque", "--claims", '{"scope": "write"}'],
            "opaque",
            "× authentication  it hasn't the scope `read`",
            "401",
        ),
        (
            ["GET /opaque", "--claims", '{"active": false}'],
            "opaque",
            "× authentication  the token isn't active",
            "401",
        ),
        (["GET /users/7", "-H", "Host: shop.test", "--upstream", "503"], "seven", "called", "503"),
    ],
)
def test_what_decides(request_: list[str], route: str, step: str, status: str) -> None:
    told = trace(*request_)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    taken = [line for line in lines if line.startswith("→")]
    assert [f"({route}," in line for line in taken] == ([True] if route else [])
    assert any(step in line for line in lines), told.stdout
    assert lines[lines.index("client gets") + 1] == f"  {status}"


def test_a_preflight_is_answered() -> None:
    told = trace(
        "OPTIONS /users",
        *("-H", "Origin: https://app.test"),
        *("-H", "Access-Control-Request-Method: GET"),
    ).stdout
    assert "✓ cors  the preflight for GET is answered  (in.gal:5:3)\n" in told
    assert "  Access-Control-Allow-Origin: https://app.test\n" in told


def test_requests_are_repeated_with_time_between() -> None:
    shut = trace("GET /users?key=k-1", "--repeat", "4").stdout
    assert shut.startswith("4 requests: 2 × 200, 2 × 429; the last one:\n\n")
    assert "× rate_limit      the bucket is empty" in shut
    slow = trace("GET /users?key=k-1", "--repeat", "4", "--every", "30s").stdout
    assert slow.startswith("4 requests: 4 × 200; the last one:\n\n")
    failing = trace("GET /users?key=k-1", "--repeat", "3", "--every", "1m", "--upstream", "500")
    # The breaker is closed for half a minute only, and open requests are trials.
    assert failing.stdout.startswith("3 requests: 3 × 500; the last one:\n\n")
    assert "trial 1  (in.gal:10:5)" in failing.stdout


def test_json_is_the_same_in_data() -> None:
    told = json.loads(trace("GET /users?key=k-1", "--repeat", "3", "--format", "json").stdout)
    assert told["statuses"] == [200, 200, 429]
    assert told["request"] == "GET /users?key=***"
    assert told["candidates"][0] == {
        "route": "read",
        "match": "/users/*",
        "reason": "",
        "place": {"file": "in.gal", "line": 6, "column": 9},
    }
    assert told["steps"][-1] == {
        "policy": "rate_limit",
        "text": "the bucket is empty",
        "stops": True,
        "place": {"file": "in.gal", "line": 9, "column": 5},
    }
    assert told["upstream"] is None
    assert told["answer"]["status"] == 429


def test_a_target_s_differences_are_those_of_the_request() -> None:
    near = trace("GET /users?key=k-1", "-t", "envoy").stdout
    assert "on Envoy, `circuit_breaker` (in.gal:10:5) differs:\n" in near
    far = trace("GET /users/7", "-H", "Host: shop.test", "-t", "envoy").stdout
    assert "circuit_breaker" not in far


def test_no_credential_is_shown() -> None:
    told = trace(
        *("GET /users/7", "-H", "Host: shop.test"),
        *("-H", "Authorization: Bearer secret", "-H", "Cookie: session=secret"),
    ).stdout
    assert "secret" not in told
    assert "  Authorization: ***\n  Cookie: ***\n" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["users"], "`users` isn't a method and a path"),
        (["GET users"], "`GET users` isn't a method and a path"),
        (["G@T /users"], "isn't a method and a path"),
        (["GET /ä"], "a path is ASCII"),
        (["GET /", "-H", "X"], "`X` isn't a header"),
        (["GET /", "-H", "a b: c"], "`a b: c` isn't a header"),
        (["GET /", "--from", "here"], "`here` isn't an IP address"),
        (["GET /", "--every", "10"], "`10` isn't a duration"),
        (["GET /", "--claims", "sub"], "`--claims` takes a JSON object"),
        (["GET /", "--claims", "[1]"], "`--claims` takes a JSON object"),
        (["GET /users", "--claims", "{}"], "a route with `authentication jwt`"),
        (["GET /", "--upstream", "99"], "99 is not in the range"),
        (["GET /", "-t", "envoi"], "`envoi` isn't a target"),
    ],
)
def test_a_wrong_call_is_told(arguments: list[str], message: str) -> None:
    told = trace(*arguments)
    assert told.exit_code == 2
    assert message in told.stderr


def test_a_file_with_errors_is_not_traced() -> None:
    Path("bad.gal").write_text(FILE.replace("rate_limit", "rate_limt"), "utf-8")
    told = trace("GET /users", file="bad.gal")
    assert told.exit_code == 1
    assert "GAL1001" in told.stderr
    assert told.stdout == ""
