"""`galc check --fix` mends what it may, keeps the rest of the file, and is done after once."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from galc.cli import galc
from galc.compiler import check
from galc.diagnostics.fixing import mend
from galc.frontend.source import Source
from tests.corpus import ALL, Case

HEAD = "version: 1\nservices:\n- name: s\n  upstream: {host: a, port: 80}\n  routes:\n"


def run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(galc, ["check", *arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def mended(text: str, spelling: str = "yaml") -> str:
    source = Source(f"in.{spelling}", text, "gal" if spelling == "gal" else "yaml")
    fixed, count = mend(source, check, lambda checked: checked.diagnostics)
    assert (count > 0) == (fixed.text != text)
    again, more = mend(fixed, check, lambda checked: checked.diagnostics)
    assert (again.text, more) == (fixed.text, 0)
    return fixed.text


def route(lines: str) -> str:
    return HEAD + "".join(f"  {line}\n" for line in lines.strip("\n").split("\n"))


#: What each fix does to the routes of a service, in YAML.
YAML = {
    "a-name-that-is-nearly-right": (
        "- path: /a\n  rate_limt: {requests_per_second: 1}  # why",
        "- path: /a\n  rate_limit: {requests_per_second: 1}  # why",
    ),
    "a-name-inside-a-name": (
        "- path: /a\n  rate_limt: {requests_per_secnd: 1}",
        "- path: /a\n  rate_limit: {requests_per_second: 1}",
    ),
    "not-a-name-that-is-there-already": (
        "- path: /a\n  timeout: 1s\n  timout: 2s",
        "- path: /a\n  timeout: 1s\n  timout: 2s",
    ),
    "not-a-word-of-another-gateway": (
        "- path: /a\n  verbs: [GET]",
        "- path: /a\n  verbs: [GET]",
    ),
    "booleans": (
        "- path_prefix: /a\n  strip_prefix: Yes # b\n- path_prefix: /b\n  strip_prefix: 'off'",
        "- path_prefix: /a\n  strip_prefix: true # b\n- path_prefix: /b\n  strip_prefix: false",
    ),
    "quotes-keep-the-text": (
        "- path: /a\n  headers: {request_set: {X-A: 1.10, X-B: 0x1F}}",
        '- path: /a\n  headers: {request_set: {X-A: "1.10", X-B: "0x1F"}}',
    ),
    "a-list-of-one": ("- path: /a\n  methods: GET", "- path: /a\n  methods: [GET]"),
    "not-a-duration-without-a-unit": ("- path: /a\n  timeout: 30", "- path: /a\n  timeout: 30"),
    "an-answer-in-block-style": (
        "- path: /a\n  rate_limit:\n    requests_per_second: 1\n    response_status: 503 # c\n"
        "    # before\n    response_message: Slow\n    burst: 2",
        "- path: /a\n  rate_limit:\n    requests_per_second: 1\n    response:\n"
        "      status_code: 503 # c\n      message: Slow\n    # before\n    burst: 2",
    ),
    "an-answer-in-flow-style": (
        "- path: /a\n  rate_limit: {response_message: 'a, b', requests_per_second: 1, "
        "response_status: 503}",
        "- path: /a\n  rate_limit: {response: {message: 'a, b', status_code: 503}, "
        "requests_per_second: 1}",
    ),
    "an-answer-beside-a-newer-one": (
        "- path: /a\n  rate_limit:\n    requests_per_second: 1\n    response_status: 503\n"
        "    response:\n      message: Slow",
        "- path: /a\n  rate_limit:\n    requests_per_second: 1\n    response:\n"
        "      status_code: 503\n      message: Slow",
    ),
    "not-an-answer-in-several-lines": (
        "- path: /a\n  rate_limit:\n    requests_per_second: 1\n    response_message: >-\n"
        "      Slow\n      down",
        "- path: /a\n  rate_limit:\n    requests_per_second: 1\n    response_message: >-\n"
        "      Slow\n      down",
    ),
    "header-rules-in-block-style": (
        "- path: /a\n  headers:\n    request:\n      add:\n        X-A: b # c\n"
        "      # d\n      remove: [X-B]\n    response_remove: [X-C]",
        "- path: /a\n  headers:\n    request_add:\n      X-A: b # c\n"
        "    # d\n    request_remove: [X-B]\n    response_remove: [X-C]",
    ),
    "header-rules-in-flow-style": (
        "- path: /a\n  headers: {request: {add: {X-A: b}, set: {X-B: c}}}",
        "- path: /a\n  headers: {request_add: {X-A: b}, request_set: {X-B: c}}",
    ),
    "users-in-flow-style": (
        "- path: /a\n  authentication: {type: basic, basic_auth: {users: {ann: 'x: y', bob: z}}}",
        "- path: /a\n  authentication: {type: basic, basic: {users: "
        "[{username: ann, password: 'x: y'}, {username: bob, password: z}]}}",
    ),
    "users-in-block-style": (
        "- path: /a\n  authentication:\n    type: basic\n    basic:\n      users:\n"
        "        ann: x # one\n        # two\n        bob: y",
        "- path: /a\n  authentication:\n    type: basic\n    basic:\n      users:\n"
        "        - username: ann\n          password: x # one\n        # two\n"
        "        - username: bob\n          password: y",
    ),
    "keys-and-their-place": (
        "- path: /a\n  authentication:\n    type: api_key\n    api_key:\n      in_location: query\n"
        "      key_name: k\n      keys:\n      - a # b\n      - c",
        "- path: /a\n  authentication:\n    type: api_key\n    api_key:\n      query_param: k\n"
        "      keys:\n      - key: a # b\n      - key: c",
    ),
    "a-condition-of-a-retry": (
        "- path: /a\n  retry: {retry_on: [connect_timeout, reset]}",
        "- path: /a\n  retry: {retry_on: [connect_failure, reset]}",
    ),
    "a-word-that-stands-for-several-stays": (
        "- path: /a\n  retry: {retry_on: [http_5xx, connect_timeout]}",
        "- path: /a\n  retry: {retry_on: [http_5xx, connect_failure]}",
    ),
    "an-anchor-is-mended-once": (
        "- path: /a\n  retry: &r {attemps: 2}\n- path: /b\n  retry: *r",
        "- path: /a\n  retry: &r {attempts: 2}\n- path: /b\n  retry: *r",
    ),
}


@pytest.mark.parametrize("name", YAML)
def test_yaml(name: str) -> None:
    before, after = YAML[name]
    assert mended(route(before)) == route(after)


GAL = {
    "names-and-booleans": (
        "route /a/* { strip_prefix yes ; timout 3s } # c",
        "route /a/* { strip_prefix true ; timeout 3s } # c",
    ),
    "answers-in-one-line": (
        'route /a { circuit_breaker { failure_response_code 503 ; failure_response_message "a" } }',
        'route /a { circuit_breaker { response { status_code 503 ; message "a" } } }',
    ),
    "answers-in-lines": (
        "route /a {\n    circuit_breaker {\n      failure_response_code 502 # a\n      # b\n"
        "      failure_response_message Down\n    }\n  }",
        "route /a {\n    circuit_breaker {\n      response { status_code 502 ; message Down } # a\n"
        "      # b\n    }\n  }",
    ),
    "not-in-a-file-with-an-open-block": ("route /a { timout 3s", "route /a { timout 3s"),
}


@pytest.mark.parametrize("name", GAL)
def test_gal(name: str) -> None:
    def whole(line: str) -> str:
        return f"version 1\nservice a {{\n  upstream a:80\n  {line}\n}}\n"

    before, after = GAL[name]
    assert mended(whole(before), "gal") == whole(after)


ALIASES = [case for case in ALL if case.feature in ("aliases", "errors")]


@pytest.mark.parametrize("case", ALIASES, ids=lambda case: case.id)
def test_what_was_mended_is_gone_and_nothing_is_broken(case: Case) -> None:
    before = check(case.source)
    fixed, count = mend(case.source, check, lambda checked: checked.diagnostics)
    after = check(fixed)
    if case.feature == "aliases":
        assert not any(one.edits() for one in after.diagnostics)
        gateways = [checked.state and checked.state.gateway for checked in (before, after)]
        assert gateways[0] and gateways[1]
        assert [r.rate_limit for r in gateways[0].routes] == [
            r.rate_limit for r in gateways[1].routes
        ]
        assert [r.headers for r in gateways[0].routes] == [r.headers for r in gateways[1].routes]
        assert [r.authentication for r in gateways[0].routes] == [
            r.authentication for r in gateways[1].routes
        ]
    unreadable = [sum(d.code < "GAL1" for d in c.diagnostics) for c in (before, after)]
    assert unreadable[1] <= unreadable[0]
    assert fixed.text.count("#") == case.text.count("#")
    assert (count == 0) == (fixed.text == case.text)


BAD = route("- path: /a\n  timout: 1s # é\n  methods: [get]")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(BAD, "utf-8")
    return tmp_path


def test_a_diff_shows_and_writes_nothing(here: Path) -> None:
    result = run("a.yaml", "--diff")
    assert result.stdout == (
        "--- a.yaml\n+++ a.yaml\n@@ -4,5 +4,5 @@\n   upstream: {host: a, port: 80}\n   routes:\n"
        "   - path: /a\n-    timout: 1s # é\n+    timeout: 1s # é\n     methods: [get]\n"
    )
    assert "a.yaml: 1 would be fixed\n" in result.stderr and result.exit_code == 1
    assert (here / "a.yaml").read_text("utf-8") == BAD
    (here / "a.yaml").write_text(HEAD + "  - path: /a\n")
    result = run("a.yaml", "--diff")
    assert (result.stdout, result.exit_code) == ("", 0)


def test_a_fix_is_written_and_what_is_left_is_shown(here: Path) -> None:
    result = run("a.yaml", "--fix")
    assert (here / "a.yaml").read_text("utf-8") == BAD.replace("timout", "timeout")
    assert result.stderr.startswith("a.yaml: 1 fixed\nerror[GAL1005]") and result.exit_code == 1
    assert [path.name for path in here.iterdir()] == ["a.yaml"]


def test_the_file_keeps_its_mode_its_line_ends_and_its_mark(here: Path) -> None:
    file, link = here / "a.yaml", here / "link.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + BAD.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    link.symlink_to(file)
    run("link.yaml", "--fix")
    assert link.is_symlink()
    expected = BAD.replace("timout", "timeout").replace("\n", "\r\n").encode()
    assert file.read_bytes() == b"\xef\xbb\xbf" + expected
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_file_that_needs_no_fix_is_not_touched(here: Path) -> None:
    (here / "a.yaml").write_text(HEAD + "  - path: /a\n")
    before = (here / "a.yaml").stat().st_mtime_ns
    assert run("a.yaml", "--fix").stderr == "1 file checked, no errors\n"
    assert (here / "a.yaml").stat().st_mtime_ns == before


@pytest.mark.usefixtures("here")
def test_standard_input_is_mended_to_standard_output() -> None:
    assert run("-", "--fix", stdin=BAD).stdout == BAD.replace("timout", "timeout")
    result = run("-", "--fix", "--format", "json", stdin=BAD)
    assert result.exit_code == 2 and "`--format` must be `text`" in result.stderr


def test_only_what_is_selected_and_not_suppressed_is_mended(here: Path) -> None:
    text = route(
        "- path: /a\n  timout: 1s\n  rate_limit:\n    requests_per_second: 1\n"
        "    response_status: 503\n"
        "- path: /b\n  rate_limit:\n    requests_per_second: 1\n"
        "    response_status: 503 # galc: ignore[GAL5002] a template makes it"
    )
    (here / "a.yaml").write_text(text)
    run("a.yaml", "--fix", "--select", "GAL5")
    after = text.replace("response_status: 503\n", "response:\n        status_code: 503\n", 1)
    assert (here / "a.yaml").read_text() == after
    run("a.yaml", "--fix", "--ignore", "GAL5002")
    assert (here / "a.yaml").read_text() == after.replace("timout", "timeout")


@pytest.mark.usefixtures("here")
def test_a_check_tells_what_can_be_fixed() -> None:
    assert run("a.yaml").stderr.endswith(
        "a.yaml: 2 errors\na.yaml: 1 can be fixed with `galc check --fix`\n"
    )
