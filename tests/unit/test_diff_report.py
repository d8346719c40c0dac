"""`galc diff` as it is run: a planted change is found and nothing else, in three formats."""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from galc.cli import galc
from galc.difference.shown import code_span, visible
from tests.bench.gateways import yaml_gateway

_EXAMPLE = Path(__file__).parents[2] / "examples" / "partner-api.gal"
_PLANTED = """
  route /v1/reports/* GET {
    hosts api.example.com
    authentication { enabled false }
  }

  # Exports read"""
HELLO = "version 1\nservice a {\n  upstream x:80\n  route /a/* { timeout 5s }\n}\n"


def run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(galc, ["diff", *arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the partners' API as it is, and with a hole between harmless changes."""
    monkeypatch.chdir(tmp_path)
    # Without its tests, which speak of names.
    old = re.split(r"^test ", _EXAMPLE.read_text("utf-8"), maxsplit=1, flags=re.MULTILINE)[0]
    new = old.replace("\n  # Exports read", _PLANTED, 1).replace(
        "service hooks", "service web-hooks"
    )
    new = new.replace("timeout 15s", "timeout 15000ms").replace(
        "key=header:X-API-Key", "key=header:X-API-KEY"
    )
    services = re.split(r"^(?=service )", new, flags=re.MULTILINE)
    new = "".join([services[0], *reversed(services[1:])])
    assert new.count("service ") == old.count("service ") and "/v1/reports" in new
    (tmp_path / "old.gal").write_text(old, "utf-8")
    (tmp_path / "new.gal").write_text(new, "utf-8")
    converted = CliRunner().invoke(galc, ["convert", "new.gal", "--to", "yaml"])
    (tmp_path / "new.yaml").write_text(converted.stdout, "utf-8")
    return tmp_path


_TEXT = """\
security-opening

  `GET /v1/reports/*` on `api.example.com`: now reachable without authentication; \
was route `partners:/v1` (api_key), now route `partners:/v1/reports` (no authentication)
    old.gal:49:9 -> {place}

1 difference: 1 security-opening
"""


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("new", ["new.gal", "new.yaml"])
def test_a_planted_hole_is_found_and_nothing_else(new: str) -> None:
    result = run("old.gal", new)
    place = re.search(rf"{re.escape(new)}:(\d+):(\d+)", result.stdout)
    assert place is not None
    assert result.stdout == _TEXT.format(place=place[0])
    assert result.exit_code == 1 and not result.stderr
    line = Path(new).read_text("utf-8").splitlines()[int(place[1]) - 1]
    assert "/v1/reports" in line[int(place[2]) - 1 :]


_MARKDOWN = """\
### `old.gal` → `new.gal`: 1 difference: 1 security-opening

#### Opens something (security-opening)

- **`GET /v1/reports/*` on `api.example.com`**: now reachable without authentication; \
was route `partners:/v1` (api_key), now route `partners:/v1/reports` (no authentication) \
(`old.gal:49:9` → `new.gal:{line}:9`)
"""


def test_markdown(here: Path) -> None:
    lines = (here / "new.gal").read_text("utf-8").splitlines()
    line = lines.index("  route /v1/reports/* GET {") + 1
    result = run("old.gal", "new.gal", "--format", "markdown")
    assert result.stdout == _MARKDOWN.format(line=line)


@pytest.mark.usefixtures("here")
def test_json() -> None:
    value = json.loads(run("old.gal", "new.gal", "--format", "json", "-t", "envoy").stdout)
    assert list(value) == ["old", "new", "differences", "targets", "summary"]
    first, *rest = value["differences"]
    keys = "risk kind message requests services changes target feature old new".split()
    assert list(first) == keys and all(list(other) == keys for other in rest)
    assert first["risk"] == "security-opening" and first["kind"] == "requests-rerouted"
    assert first["requests"] == [
        {
            "paths": ["/v1/reports/*"],
            "methods": {"only": ["GET"]},
            "hosts": {"only": ["api.example.com"]},
        }
    ]
    assert first["old"]["route"] == "partners:/v1" and first["old"]["authentication"] == "api_key"
    assert first["new"]["file"] == "new.gal" and first["new"]["authentication"] is None
    assert [change["field"] for change in first["changes"]] == ["authentication"]
    assert [(other["kind"], other["target"]) for other in rest] == [("artifacts", "Envoy")]
    assert value["targets"] == [
        {"target": "envoy", "old_builds": True, "new_builds": True, "artifacts_differ": True}
    ]
    by_risk = {"security-opening": 1, "security-changing": 0, "behaviour": 0, "cosmetic": 1}
    assert value["summary"] == {"differences": 2, "by_risk": by_risk}


@pytest.mark.usefixtures("here")
def test_no_difference() -> None:
    result = run("new.gal", "new.yaml", "-t", "envoy")
    assert result.exit_code == 0
    assert result.stdout == "Envoy: same files\nno difference in meaning\n"
    empty = json.loads(run("new.gal", "new.yaml", "--format", "json").stdout)
    assert empty["differences"] == [] and empty["summary"]["differences"] == 0


@pytest.mark.usefixtures("here")
def test_what_becomes_of_a_target() -> None:
    text = HELLO.replace("timeout 5s", "circuit_breaker { max_failures 3 }")
    Path("a.gal").write_text(HELLO, "utf-8")
    Path("b.gal").write_text(text, "utf-8")
    Path("c.gal").write_text(text.replace("circuit", "retry { attempts 2 } ; circuit"), "utf-8")
    result = run("a.gal", "b.gal", "-t", "envoy")
    assert "  Envoy: `circuit_breaker` is now approximate: `" in result.stdout
    assert "    b.gal:4:16\n" in result.stdout and "Envoy: the files differ" in result.stdout
    assert (
        "  Envoy: `circuit_breaker` is no longer approximate\n"
        in run("b.gal", "a.gal", "-t", "envoy").stdout
    )


@pytest.mark.usefixtures("here")
def test_input_with_errors_ends_with_2() -> None:
    Path("bad.gal").write_text(HELLO.replace("timeout", "timout"), "utf-8")
    result = run("bad.gal", "old.gal")
    assert result.exit_code == 2 and not result.stdout
    assert "bad.gal:4:16" in result.stderr and "did you mean `timeout`" in result.stderr
    missing = run("old.gal", "missing.gal")
    assert missing.exit_code == 2 and "missing.gal" in missing.stderr
    both = run("-", "-")
    assert both.exit_code == 2 and "only one of the two files" in both.stderr


@pytest.mark.usefixtures("here")
def test_a_wrong_test_of_a_file_hides_no_difference() -> None:
    # The hole that is planted makes the tests of the file wrong, too.
    text = Path("new.gal").read_text("utf-8")
    broken = f'{text}\ntest "x" {{ request GET /v1/reports/1 {{ claims {{ sub a }} }} }}\n'
    Path("tested.gal").write_text(broken, "utf-8")
    result = run("old.gal", "tested.gal")
    assert result.exit_code == 1 and not result.stderr
    assert "now reachable without authentication" in result.stdout


@pytest.mark.usefixtures("here")
def test_standard_input() -> None:
    Path("a.gal").write_text(HELLO, "utf-8")
    result = run("a.gal", "-", stdin=HELLO.replace("5s", "6s"))
    assert result.exit_code == 1
    assert "`timeout` raised from `5s` to `6s`\n    a.gal:4:16 -> <stdin>:4:16" in result.stdout


@pytest.mark.usefixtures("here")
def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in run("old.gal", "new.gal").stdout
    monkeypatch.setattr("galc.cli.io.use_color", lambda *_: True)
    result = CliRunner().invoke(galc, ["diff", "old.gal", "new.gal"], color=True)
    assert result.stdout.startswith("\x1b[1;31msecurity-opening\x1b[0m\n")


# --- text of a file can't pass for a part of the report

_HOSTILE = "x`</code>|**\u202e@all"
_ROUTES = """\
version: 1
services:
- name: a
  upstream: {host: x, port: 80}
  routes:
  - path_prefix: /
    authentication:
      type: api_key
      api_key: {keys: [{key: k-1, name: NAME}]}
"""


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("form", "shown"),
    [("text", "`x`</code>|**\\u202e@all`"), ("markdown", "``x`</code>|**\\u202e@all``")],
)
def test_hostile_text(form: str, shown: str) -> None:
    Path("a.yaml").write_text(_ROUTES, "utf-8")
    Path("b.yaml").write_text(_ROUTES.replace("NAME", json.dumps(_HOSTILE)), "utf-8")
    result = run("a.yaml", "b.yaml", "--format", form)
    assert result.exit_code == 1, result.output
    assert shown in result.stdout and "\u202e" not in result.stdout


def test_what_a_terminal_would_not_show() -> None:
    assert visible("a\x1b[31m\n\u2028é\u202e") == "a\\x1b[31m\\n\\u2028é\\u202e"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "`a`"), ("", "`  `"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("``", "``` `` ```")],
)
def test_code_spans(text: str, expected: str) -> None:
    assert code_span(text) == expected


# --- speed


def test_ten_thousand_routes_with_ten_changes(tmp_path: Path) -> None:
    """The bound is about twice what one undisturbed run takes, as in `tests/test_speed.py`."""
    old = yaml_gateway(10_000)
    limit = "requests_per_second: 100\n"
    head, *parts = old.split(limit)
    lines = [limit.replace("100", "150") if n % 400 == 7 else limit for n in range(len(parts))]
    new = head + "".join(line + part for line, part in zip(lines, parts, strict=True))
    assert new.count("requests_per_second: 150") == 10
    # A route that every other one's paths could fall to is the dearest change.
    new += "      - path_prefix: /\n        timeout: 9s\n"
    (tmp_path / "old.yaml").write_text(old, "utf-8")
    (tmp_path / "new.yaml").write_text(new, "utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "galc", "diff", "old.yaml", "new.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 1, done.stderr
    assert "and 4 more: `rate_limit` raised from `100/s` to `150/s`" in done.stdout
    assert "2 differences" in done.stdout
    assert after.ru_utime - before.ru_utime < 6
