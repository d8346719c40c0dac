"""`galc test`: what it prints where, and with which status it ends."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from galc.cli import galc

from .test_trials import FILE
from .test_trials import test_of as trial


def cli(*arguments: str) -> Result:
    result = CliRunner().invoke(galc, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("good.gal").write_text(trial("GET /users { expect 200 }"), "utf-8")
    Path("bad.gal").write_text(trial("GET /users times=3 { expect 200 }"), "utf-8")
    Path("none.gal").write_text(FILE, "utf-8")
    Path("broken.gal").write_text(trial("GET /users { expects 200 }"), "utf-8")
    return tmp_path


@pytest.mark.usefixtures("here")
def test_a_failure_shows_both_lines() -> None:
    told = cli("test", "bad.gal")
    assert told.exit_code == 1
    assert told.stdout == (
        "bad.gal\n"
        "  ✗ it works\n"
        "\n"
        "error[GAL3090]: expected status 200, got 429 to request 3 of 3\n"
        "  --> bad.gal:11:39\n"
        "   |\n"
        " 5 |     rate_limit 2/m key=header:X-Tenant\n"
        "   |     ---------- the bucket is empty\n"
        "...\n"
        "11 |   request GET /users times=3 { expect 200 }\n"
        "   |                                       ^^^ in the test “it works”\n"
        "\n"
        "1 failed\n"
    )


@pytest.mark.usefixtures("here")
def test_several_files_are_all_run() -> None:
    told = cli("test", "broken.gal", "none.gal", "bad.gal", "good.gal")
    assert told.exit_code == 1
    assert "none.gal: no tests\n" in told.stdout
    assert told.stdout.endswith("good.gal\n  ✓ it works\n1 passed, 1 failed, 1 file has errors\n")
    assert "error[GAL1001]" in told.stderr


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "status", "last"),
    [
        (("good.gal",), 0, "1 passed"),
        (("none.gal",), 0, "no tests"),
        (("good.gal", "-k", "works"), 0, "1 passed"),
        (("broken.gal",), 1, "1 file has errors"),
        (("broken.gal", "broken.gal"), 1, "2 files have errors"),
    ],
)
def test_the_last_line_and_the_status(arguments: tuple[str, ...], status: int, last: str) -> None:
    told = cli("test", *arguments)
    assert told.exit_code == status
    assert told.stdout.splitlines()[-1] == last


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument"),
        (("nowhere.gal",), "galc: can't read nowhere.gal"),
        (("good.gal", "-k", "limits"), "no test has `limits` in its name"),
        (("good.gal", "-t", "envoy"), "`-t` names gateways for `--live`"),
        (("good.gal", "--live"), "no target: give `-t NAME`, or a `provider` in the file"),
        (("good.gal", "--live", "-t", "envoi"), "`envoi` isn't a target"),
        (("good.gal", "--live", "-t", "kong"), "galc: Kong: galc can't start this gateway"),
    ],
)
def test_a_wrong_call_ends_with_2(arguments: tuple[str, ...], message: str) -> None:
    told = cli("test", *arguments)
    assert told.exit_code == 2
    assert message in told.stderr


@pytest.mark.usefixtures("here")
def test_json_has_the_same_keys_for_everything() -> None:
    told = cli("test", "--format", "json", "bad.gal", "good.gal", "broken.gal")
    assert told.exit_code == 1
    failed, passed, broken = json.loads(told.stdout)
    assert failed == {
        "file": "bad.gal",
        "test": "it works",
        "target": None,
        "outcome": "failed",
        "reason": None,
        "failures": [
            {
                "message": "expected status 200, got 429 to request 3 of 3",
                "expected": "status 200",
                "actual": "429",
                "request": 3,
                "file": "bad.gal",
                "line": 11,
                "column": 39,
                "because": "the bucket is empty",
                "because_file": "bad.gal",
                "because_line": 5,
            }
        ],
    }
    assert (passed["outcome"], passed["failures"]) == ("passed", [])
    assert (broken["outcome"], broken["test"], broken["reason"]) == (
        "broken",
        None,
        "the file has errors",
    )
    assert failed.keys() == passed.keys() == broken.keys()


@pytest.mark.usefixtures("here")
def test_what_can_not_be_computed_is_skipped_with_the_reason() -> None:
    block = (
        "authentication oauth2 { introspection_endpoint https://id.test/i ; client_id a ; "
        "client_secret b }"
    )
    text = FILE.replace("authentication basic { user ann password=pw }", block)
    Path("o.gal").write_text(
        trial('GET /admin { header Authorization "Bearer x" ; expect 401 }', file=text), "utf-8"
    )
    told = cli("test", "o.gal")
    assert told.exit_code == 0
    why = "an introspection endpoint isn't asked; `claims` say what it would answer"
    assert f"  - it works (skipped: {why})\n1 skipped\n" in told.stdout


@pytest.mark.parametrize(
    ("request_", "line", "because"),
    [
        ("PUT /users { expect 200 }", "  route /users/* GET {", "takes GET only"),
        ("GET /admin { expect 200 }", "authentication basic", "there are no credentials"),
        ("GET /users { expect 500 }", "  route /users/* GET {", "this route takes it"),
        ("GET /users { expect { header X-A b } }", "    headers {", "this makes the headers"),
    ],
)
@pytest.mark.usefixtures("here")
def test_the_deciding_line_is_shown(request_: str, line: str, because: str) -> None:
    Path("x.gal").write_text(trial(request_), "utf-8")
    lines = cli("test", "x.gal").stdout.splitlines()
    (number,) = [n for n, text in enumerate(lines) if text.endswith(f" {because}")]
    assert line in lines[number - 1]


def test_comments_of_tests_survive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = FILE + (
        "\n# what partners were told\n"
        'test "limits" {\n'
        "  # the first one\n"
        "  request GET /users { expect 200 }  # is fine\n"
        "}\n"
    )
    Path("a.gal").write_text(text, "utf-8")
    Path("a.yaml").write_text(cli("convert", "--to", "yaml", "a.gal").stdout, "utf-8")
    back = cli("convert", "--to", "gal", "a.yaml").stdout
    for comment in ("# what partners were told", "# the first one", "# is fine"):
        assert Path("a.yaml").read_text("utf-8").count(comment) == 1
        assert back.count(comment) == 1
    assert cli("test", "a.yaml").stdout == "a.yaml\n  ✓ limits\n1 passed\n"
