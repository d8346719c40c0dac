"""What `galc check --format` writes is what the tools on the other side read."""

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from galc.cli import galc
from galc.diagnostics import all_codes
from galc.diagnostics.findings import Finding, fingerprints
from galc.diagnostics.formats import github, gitlab, sarif
from galc.diagnostics.names import DuplicateName
from galc.diagnostics.reading import SyntaxProblem
from galc.frontend.source import Place, Source, Span

TEXT = """\
version 1
service users {
  upstream users.internal:8080
  route /users/* { rate_limt 10/s }
  route /v/*
  route /teams/* { headers { request_set X-User "{{user}}" } }
}
service users {
  upstream users.internal:8080
  route /orders/* { timeout 5 }
}
"""
FIRST = "`rate_limt` isn't a field of `route`"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.gal").write_text(TEXT, "utf-8")
    return tmp_path


def check(*arguments: str) -> Result:
    result = CliRunner().invoke(galc, ["check", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def finding(message: str, span: Span, name: str = "a.gal", text: str = "") -> Finding:
    return Finding(SyntaxProblem(span, message), "error", Source(name, text, "gal"), span)


@pytest.mark.usefixtures("here")
def test_concise() -> None:
    result = check("a.gal", "--format", "concise")
    assert result.stdout == (
        f"a.gal:4:20: error[GAL1001]: {FIRST} – did you mean `rate_limit`?\n"
        "a.gal:6:49: error[GAL1013]: `{{user}}` isn't a template – known: `{{uuid}}`, `{{now}}`, "
        "`{{client_ip}}`, `{{method}}`, `{{path}}`, `{{host}}`; a literal `{{` is written `\\{{`\n"
        "a.gal:8:9: error[GAL2001]: the service name `users` is taken\n"
        "a.gal:10:29: error[GAL1005]: `timeout` takes a duration above zero, such as `30s`, "
        "`250ms` or `5m`, not `5` – give the unit: `5s`, or `5ms` for milliseconds\n"
    )
    assert not result.stderr and result.exit_code == 1


@pytest.mark.usefixtures("here")
def test_json() -> None:
    first, _, third, _ = json.loads(check("a.gal", "--format", "json").stdout)
    assert re.fullmatch("[0-9a-f]{32}", first.pop("fingerprint"))
    assert first == {
        "code": "GAL1001", "severity": "error", "message": FIRST,
        "help": "did you mean `rate_limit`?", "file": "a.gal",
        "line": 4, "column": 20, "end_line": 4, "end_column": 29,
        "related": [], "fixable": True,
    }  # fmt: skip
    assert third["fixable"] is False
    assert third["related"] == [
        {"message": "first used here", "file": "a.gal",
         "line": 2, "column": 9, "end_line": 2, "end_column": 14}
    ]  # fmt: skip


@pytest.mark.usefixtures("here")
def test_github() -> None:
    first, second, third, _ = check("a.gal", "--format", "github").stdout.splitlines()
    assert first == (
        "::error file=a.gal,line=4,endLine=4,title=GAL1001 unknown field,col=20,endColumn=28::"
        f"{FIRST}%0Adid you mean `rate_limit`?"
    )
    assert third.endswith("::the service name `users` is taken")
    assert "\\{{" in second and "::`{{user}}`" in second


#: As github.com/actions/runner reads a line (src/Runner.Common/ActionCommand.cs): the properties
#: end at the next `::`, stand between commas, and each is split at its first `=`.
_COMMAND = re.compile(r"::(\w+) (.*?)::(.*)")


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    matched = _COMMAND.fullmatch(line)
    assert matched
    name, listed, message = matched.groups()

    def decoded(text: str, codes: tuple[str, ...]) -> str:
        for code in codes:
            text = text.replace(code, bytes.fromhex(code[1:]).decode())
        return text

    pairs = (part.split("=", 1) for part in listed.split(","))
    properties = {key: decoded(value, ("%0D", "%0A", "%3A", "%2C", "%25")) for key, value in pairs}
    return name, properties, decoded(message, ("%0D", "%0A", "%25"))


def test_github_commands_survive_any_text() -> None:
    message = "100% of\r\n`a::b`, c=d %0A"
    one = finding(message, Span(0, 2, 0, 2), "odd, 100%: name=x.gal")
    name, properties, text = read_command(github.written([one]).removesuffix("\n"))
    assert (name, text) == ("error", message)
    assert properties == {
        "file": "odd, 100%: name=x.gal", "line": "1", "endLine": "1",
        "title": "GAL0003 syntax error", "col": "3", "endColumn": "3",
    }  # fmt: skip


def test_github_names_files_as_the_repository_does(here: Path) -> None:
    line = check(str(here / "a.gal"), "--format", "github").stdout.splitlines()[0]
    assert read_command(line)[1]["file"] == "a.gal"


def test_github_has_no_columns_for_several_lines() -> None:
    _, properties, _ = read_command(github.written([finding("x", Span(0, 2, 3, 1))]).strip())
    assert properties["endLine"] == "4" and not {"col", "endColumn"} & set(properties)


@pytest.mark.usefixtures("here")
def test_github_calls_a_note_a_notice() -> None:
    text = TEXT.replace(
        "rate_limt 10/s", "rate_limit { requests_per_second 1 ; response_status 1 }"
    )
    Path("a.gal").write_text(text.replace("; response_status 1", "; response_status 429"))
    names = [
        read_command(line)[0]
        for line in check("a.gal", "--format", "github").stdout.split("\n")
        if line
    ]
    assert names[0] == "notice" and set(names[1:]) == {"error"}


def test_gitlab(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "a.gal").rename(here / "sub/a.gal")
    values = json.loads(check(str(here / "sub/a.gal"), "--format", "gitlab").stdout)
    again = json.loads(check("./sub/a.gal", "--format", "gitlab").stdout)
    assert [one.pop("fingerprint") for one in values] == [one.pop("fingerprint") for one in again]
    assert values == again
    assert values[0] == {
        "description": f"{FIRST}; did you mean `rate_limit`?",
        "check_name": "GAL1001",
        "severity": "critical",
        "location": {"path": "sub/a.gal", "lines": {"begin": 4}},
    }


def test_gitlab_fingerprints_are_unique_across_files() -> None:
    same = [finding("x", Span(0, 0, 0, 1), name, "text") for name in ("a.gal", "b.gal", "b.gal")]
    names = [one["fingerprint"] for one in json.loads(gitlab.written(same))]
    assert len(set(names)) == 3


def log(*arguments: str) -> Any:
    return json.loads(check(*arguments, "--format", "sarif").stdout)


@pytest.mark.usefixtures("here")
def test_sarif_results() -> None:
    (run,) = log("a.gal")["runs"]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    assert [result["ruleId"] for result in results] == ["GAL1001", "GAL1013", "GAL2001", "GAL1005"]
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == "error"
        assert re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["galc/v1"])
    assert results[0]["message"]["text"] == f"{FIRST}; did you mean `rate_limit`?"
    assert results[1]["message"]["text"].startswith("`{{{{user}}}}` isn't a template; known: ")
    assert results[0]["locations"] == [
        {"physicalLocation": {
            "artifactLocation": {"uri": "a.gal"},
            "region": {"startLine": 4, "startColumn": 20, "endLine": 4, "endColumn": 29},
        }}
    ]  # fmt: skip
    (other,) = results[2]["relatedLocations"]
    assert other["message"] == {"text": "first used here"}
    assert other["physicalLocation"]["region"]["startLine"] == 2


@pytest.mark.usefixtures("here")
def test_sarif_rules_say_what_explain_says() -> None:
    for rule in log("a.gal")["runs"][0]["tool"]["driver"]["rules"]:
        kind = all_codes()[rule["id"]]
        assert rule["name"] == kind.__name__
        assert rule["shortDescription"]["text"] == kind.title
        assert rule["defaultConfiguration"]["level"] == kind.default_severity
        told = CliRunner().invoke(galc, ["explain", rule["id"]]).stdout
        assert rule["fullDescription"]["text"] in told
        assert kind.bad in rule["help"]["markdown"]


def test_sarif_names_files_as_uris(here: Path) -> None:
    one = finding("x", Span(0, 0, 0, 1), "my files/ä.gal")
    far = finding("x", Span(0, 0, 0, 1), str(here.parent / "b c.gal"))
    results = json.loads(sarif.written([one, far]))["runs"][0]["results"]
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results]
    assert uris == ["my%20files/%C3%A4.gal", (here.parent / "b c.gal").as_uri()]


def test_sarif_shows_no_text_of_the_file(here: Path) -> None:
    secret = TEXT.replace("rate_limt 10/s", "authentication api_key { key s3cr3t ; keey 1 }")
    (here / "a.gal").write_text(secret)
    assert "s3cr3t" not in check("a.gal", "--format", "sarif").stdout


def test_sarif_of_nothing_is_a_run_without_results(here: Path) -> None:
    (here / "a.gal").write_text("version 1\nservice a { upstream a:80 ; route /* }\n")
    (run,) = log("a.gal")["runs"]
    assert run["results"] == [] and run["tool"]["driver"]["rules"] == []


_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"minLength": 1}}}
_LOCATION = {
    "type": "object",
    "required": ["artifactLocation", "region"],
    "properties": {
        "artifactLocation": {"required": ["uri"]},
        "region": {
            "required": ["startLine", "startColumn", "endLine", "endColumn"],
            "additionalProperties": {"type": "integer", "minimum": 1},
        },
    },
    "additionalProperties": False,
}
#: What SARIF 2.1.0 asks of the properties that galc writes, and none but those.
SHAPE = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "required": ["tool", "results", "columnKind"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"pattern": "^GAL[0-9]{4}$"},
                                                "shortDescription": _TEXT,
                                                "fullDescription": _TEXT,
                                                "help": _TEXT,
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": {
                            "required": ["message", "ruleId", "ruleIndex", "level", "locations"],
                            "properties": {
                                "message": _TEXT,
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "locations": {
                                    "minItems": 1,
                                    "items": {"properties": {"physicalLocation": _LOCATION}},
                                },
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                            },
                        },
                    },
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


def every_case() -> list[str]:
    from tests.corpus import ALL, FOLDER

    return [str(FOLDER / case.id / case.file) for case in ALL if case.feature in ("errors", "lint")]


def test_sarif_of_every_mistake_has_the_shape_of_the_standard() -> None:
    value = log(*every_case())
    jsonschema.validate(value, SHAPE)
    assert len(value["runs"][0]["results"]) > 200


@pytest.mark.skipif(
    "SARIF_SCHEMA" not in os.environ, reason="SARIF_SCHEMA names no copy of OASIS's schema"
)
def test_sarif_of_every_mistake_is_valid_by_the_schema_of_oasis() -> None:
    schema = json.loads(Path(os.environ["SARIF_SCHEMA"]).read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(log(*every_case()))


def test_fingerprints_stay_when_lines_move_and_tell_equal_findings_apart() -> None:
    def names(text: str, *lines: int) -> list[str]:
        return fingerprints([finding("x", Span(n, 0, n, 1), text=text) for n in lines])

    before = names("a\nb\n\n  b\n", 0, 1, 3)
    assert len(set(before)) == 3
    assert names("\n\na\n    b\nb\n", 2, 3, 4) == before
    assert names("a\nc\nb\n", 0, 1, 2)[1] not in before


def test_a_fingerprint_names_code_and_sentence() -> None:
    span = Span(0, 0, 0, 1)
    one = finding("x", span)
    other = Finding(DuplicateName(span, "x", "x", Place(())), "error", one.source, span)
    assert (
        len({*fingerprints([one]), *fingerprints([other]), *fingerprints([finding("y", span)])})
        == 3
    )
