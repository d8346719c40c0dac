"""`galc test --live`: a file's tests on the gateways that are installed with the test extra."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from galc import targets
from galc.cli import galc
from galc.compiler import Checked
from galc.frontend.source import Place
from galc.ir import document as doc
from galc.ir.gateway import Route
from galc.live import find, on_gateway, run
from galc.live.programs import NotStartedError, reserved_ports, started
from galc.semantics import Reply, Request, UnknowableError
from galc.semantics.places import concerns
from galc.targets import approximate

from .compiling import checked

FILE = """version 1
global { trusted_proxies 10.0.0.0/8 }
service users {
  protocol https
  upstream {
    target users-1.internal:8443
    target users-2.internal:8443
    health_check { active { healthy_status_codes 204 } }
  }
  route /users/* {
    rate_limit 2/h
    headers { response_set X-Frame-Options DENY }
  }
  route /admin {
    name admin
    authentication api_key { key k-1 name=ann ; hide_credentials false }
  }
}
"""
each_gateway = pytest.mark.parametrize("target", ["envoy", "traefik"])


def trial(text: str, *, file: str = FILE) -> str:
    return f'{file}test "it works" {{\n{text}\n}}\n'


def live(target: str, text: str, path: Path) -> Result:
    (path / "in.gal").write_text(text, "utf-8")
    arguments = ["test", "--live", "-t", target, str(path / "in.gal")]
    result = CliRunner().invoke(galc, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


@each_gateway
def test_what_the_language_says_holds_on_the_gateway(target: str, tmp_path: Path) -> None:
    text = trial(
        """
  request GET "/users/../users/7?q=%2F" {
    header X-A "grüße"
    reply_header X-B "grüße"
    expect 200 service=users upstream_path="/users/7?q=%2F" {
      header X-B "grüße"
      header X-Frame-Options DENY
      upstream_header X-A "grüße"
      upstream_header X-Forwarded-For 192.0.2.1
    }
  }
  # Each client has an address of its own, and those behind a proxy have theirs.
  request GET /users client=192.0.2.2 times=2 { expect 200 refused=false }
  request GET /users client=192.0.2.2 { expect 429 refused=true }
  request GET /users client=10.0.0.7 times=2 { header X-Forwarded-For 192.0.2.3 ; expect 200 }
  request GET /users client=10.0.0.7 { header X-Forwarded-For 192.0.2.3 ; expect 429 }
  request GET /users client=10.0.0.7 {
    header X-Forwarded-For "192.0.2.1, 192.0.2.4, 10.0.0.7"
    expect 200 { upstream_header X-Forwarded-For "192.0.2.1, 192.0.2.4, 10.0.0.7, 10.0.0.7" }
  }
  request POST /admin { body "hello" ; header X-API-Key k-1 ; expect 200 }
  request HEAD /admin { expect 401 refused=true }
  request GET /admin upstream_status=404 after=50ms {
    header X-API-Key k-1
    expect 404 refused=false
  }
"""
    )
    told = live(target, text, tmp_path)
    assert told.exit_code == 0, told.output
    assert told.stdout.endswith(f" on {target.capitalize()}\n  ✓ it works\n1 passed\n")


def test_a_client_is_the_same_through_a_proxy(tmp_path: Path) -> None:
    text = """
  request GET /users client=2001:db8::2 times=2 { expect 200 }
  request GET /users client=10.0.0.7 { header X-Forwarded-For 2001:db8::2 ; expect 429 }
"""
    told = live("envoy", trial(text), tmp_path)
    assert told.exit_code == 0, told.output


@each_gateway
def test_a_failure_is_told_as_on_the_interpreter(target: str, tmp_path: Path) -> None:
    told = live(target, trial("  request GET /admin { expect 200 { service users } }"), tmp_path)
    assert told.exit_code == 1
    on = target.capitalize()
    assert f"error[GAL3090]: expected status 200, got 401 on {on}\n" in told.stdout
    assert f"error[GAL3090]: expected service `users`, got none on {on}\n" in told.stdout
    assert "there is no key" in told.stdout
    assert told.stdout.endswith("1 failed\n")


def test_where_only_the_gateway_does_otherwise_it_is_blamed(tmp_path: Path) -> None:
    """Traefik's words for a limit are its own, as its table says."""
    text = "  request GET /users times=2\n  request GET /users { expect { body exceeded } }"
    told = live("traefik", trial(text), tmp_path)
    assert told.exit_code == 1
    assert "expected `exceeded` in the body, got `Too Many Requests` on Traefik" in told.stdout
    assert "= help: the language would meet this, Traefik does otherwise: `" in told.stdout
    assert "`rate_limit` differs there: " in told.stdout


def test_tokens_are_signed_with_keys_of_the_run(tmp_path: Path) -> None:
    scheme = "issuer https://id.test ; audiences api ; required_claims exp ; claim sub -> X-User"
    for algorithm in ("RS256", "ES384"):
        jwt = f"{scheme} ; algorithms {algorithm} ; jwks_uri https://id.test/keys"
        file = FILE.replace(
            "route /admin {", f"route /me {{ authentication jwt {{ {jwt} }} }}\n  route /admin {{"
        )
        text = """
  request GET /me { claims { sub ann } ; expect 200 { upstream_header X-User ann } }
  request GET /me { claims { sub ann ; exp 1 } ; expect 401 refused=true }
  request GET /me { expect 401 refused=true }
"""
        told = live("envoy", trial(text, file=file), tmp_path)
        assert told.exit_code == 0, told.output


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ("GET /users after=1h { expect 200 }", "nobody waits for `after 1h`"),
        ("GET /users times=1001 { expect 429 }", "it has more than 1000 requests"),
        (
            "POST /users { header Content-Length 7 ; expect 200 }",
            "the header `Content-Length` is the connection's own",
        ),
    ],
)
def test_what_can_not_be_had_is_skipped(request_: str, reason: str, tmp_path: Path) -> None:
    told = live("envoy", trial(f"  request {request_}"), tmp_path)
    assert told.exit_code == 0
    assert f"  - it works (skipped: {reason})\n1 skipped\n" in told.stdout


def test_a_file_that_the_target_refuses_is_skipped_as_a_whole(tmp_path: Path) -> None:
    file = FILE.replace("rate_limit 2/h", 'headers { request_set X-A "{{uuid}}" }', 1)
    file = file.replace("    headers { response_set X-Frame-Options DENY }\n", "")
    told = live("traefik", trial("  request GET /users { expect 200 }", file=file), tmp_path)
    assert told.exit_code == 0
    assert "  1 skipped: Traefik can't do `headers.template=uuid`: " in told.stdout
    assert told.stdout.endswith("\n1 skipped\n")


# --- programs


def test_a_program_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknowableError, match=r"galc can't start this gateway \(it starts envoy, "):
        find("kong")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(UnknowableError, match="`envoy` isn't installed here"):
        find("envoy")


def test_a_gateway_that_does_not_start_says_why() -> None:
    files = {"envoy.yaml": "static_resources: {nonsense: 1}\n"}
    with (
        reserved_ports(1) as (port,),
        pytest.raises(NotStartedError, match=r"the gateway didn't start: (.|\n)*nonsense"),
        started("envoy", files, port, {}),
    ):
        raise AssertionError


def test_no_two_runs_get_the_same_port() -> None:
    with reserved_ports(20) as one, reserved_ports(20) as other:
        assert len({*one, *other}) == 40


def _trial(sound: Checked) -> doc.Trial:
    assert sound.state is not None and sound.state.document is not None
    return sound.state.document.tests[0]


def test_another_try_is_made_with_other_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    sound, tried = checked(trial("  request GET /users { expect 200 }")), []

    def lost(*arguments: object) -> None:
        tried.append(arguments[2])
        raise NotStartedError("the gateway didn't start: the port is taken")

    monkeypatch.setattr(run, "started", lost)
    with (
        pytest.raises(NotStartedError),
        on_gateway(sound, targets.load("envoy"), _trial(sound)),
    ):
        raise AssertionError
    assert len(set(tried)) == 3


def test_nothing_is_left_when_a_target_refuses() -> None:
    sound, real = checked(trial("  request GET /users { expect 200 }")), targets.load("envoy")
    refusing = {**real.support, "rate_limit": targets.unsupported("for the test")}
    target = replace(real, support=refusing)
    with (
        pytest.raises(UnknowableError, match="Envoy can't do `rate_limit`: for the test"),
        on_gateway(sound, target, _trial(sound)),
    ):
        raise AssertionError
    with on_gateway(
        sound,
        replace(real, support={**real.support, "rate_limit": approximate("counts in its way")}),
        _trial(sound),
    ) as (gateway, player):
        outcome = player.send(
            Request("GET", "/users", (("Host", "x.test"),), peer="192.0.2.1"), Reply(204)
        )
    assert gateway.port != gateway.admin_port
    assert outcome.answer.status == 204
    assert outcome.meant is not None and outcome.meant.answer.status == 204
    assert outcome.differs == ("`rate_limit` differs there: counts in its way",)


def test_what_concerns_a_route() -> None:
    (admin,) = [r for r in _gateway_routes() if r.name == "admin"]
    service = ("services", 0)
    near = [
        ("global", "timeout"),
        (*service, "upstream", "targets", 1),
        (*service, "routes", 1, "authentication"),
    ]
    far = [(*service, "routes", 0, "rate_limit"), ("services", 1, "upstream"), ("version",)]
    assert [concerns(Place(path), admin) for path in (*near, *far)] == [True] * 3 + [False] * 3
    assert [concerns(Place(path), None) for path in (*near, *far)] == [True] + [False] * 5


def _gateway_routes() -> tuple[Route, ...]:
    state = checked(FILE).state
    assert state is not None and state.gateway is not None
    return state.gateway.routes
