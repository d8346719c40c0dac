"""What a project says about warnings: selection, severity, suppression, baseline, exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from galc import config
from galc.cli import galc
from galc.compiler import compile_text
from galc.diagnostics import Diagnostic, all_codes
from galc.diagnostics.suppression import (
    SuppressionWithoutReason,
    UnusedSuppression,
    suppressed,
    suppressions,
)
from galc.frontend.source import Source

#: A warning (GAL5004, line 6) and a note (GAL5002, line 7).
TEXT = (
    "version: 1\nservices:\n- name: s\n  upstream: {host: a, port: 80}\n  routes:\n"
    "  - path_prefix: /api/v\n"
    "    rate_limit: {requests_per_second: 1, response_status: 503}\n"
)
BROKEN = TEXT.replace("path_prefix", "path_prefx")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    config._nearest.cache_clear()
    (tmp_path / "a.yaml").write_text(TEXT, "utf-8")
    (tmp_path / "broken.yaml").write_text(BROKEN, "utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(galc, ["check", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def codes(*arguments: str) -> list[str]:
    found = json.loads(run(*arguments, "--format", "json").stdout)
    return [f"{one['severity']} {one['code']}" for one in found]


# --- selection


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["warning GAL5004", "note GAL5002"]),
        (["--select", "GAL5004"], ["warning GAL5004"]),
        (["--select", "gal5"], ["warning GAL5004", "note GAL5002"]),
        (["--select", "GAL4,GAL5002"], ["note GAL5002"]),
        (["--ignore", "GAL5"], []),
        (["--ignore", "GAL5002"], ["warning GAL5004"]),
        (["--select", "GAL5004", "--ignore", "GAL5"], ["warning GAL5004"]),
        (["--select", "GAL5", "--ignore", "GAL5004"], ["note GAL5002"]),
        (["--select", "GAL5004", "--ignore", "GAL5004"], []),
    ],
)
def test_the_longest_code_decides(options: list[str], expected: list[str]) -> None:
    assert codes("a.yaml", *options) == expected


def test_errors_are_always_shown() -> None:
    assert codes("broken.yaml", "--select", "GAL5004", "--ignore", "GAL5") == ["error GAL1001"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--ignore", "GAL1001"],
            "`GAL1001`: is an error, and only warnings and notes can be ignored or weighed anew",
        ),
        (
            ["--ignore", "GAL2"],
            "`GAL2`: are all errors, and only warnings and notes can be ignored or weighed anew",
        ),
        (
            ["--select", "GAL504"],
            "`GAL504` is no code, nor the beginning of one; did you mean `GAL5",
        ),
        (["--select", "W12"], "`W12` is no code, nor the beginning of one"),
    ],
)
def test_codes_that_mean_nothing(options: list[str], words: str) -> None:
    result = run("a.yaml", *options)
    assert result.exit_code == 2 and words in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("file", "fail_on", "status"),
    [
        ("a.yaml", "error", 0), ("a.yaml", "warning", 1), ("a.yaml", "never", 0),
        ("broken.yaml", "error", 1), ("broken.yaml", "warning", 1), ("broken.yaml", "never", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["text", "github"])
def test_the_exit_status(file: str, fail_on: str, status: int, form: str) -> None:
    assert run(file, "--fail-on", fail_on, "--format", form).exit_code == status


def test_notes_never_fail() -> None:
    assert run("a.yaml", "--fail-on", "warning", "--select", "GAL5002").exit_code == 0


# --- settings


def test_settings_are_found_upward_and_the_nearest_wins(here: Path) -> None:
    (here / "pyproject.toml").write_text('[tool.galc]\nignore = ["GAL5002"]\n')
    (here / "sub/deep").mkdir(parents=True)
    (here / "sub/deep/a.yaml").write_text(TEXT)
    (here / "sub/pyproject.toml").write_text('[project]\nname = "x"\n')
    assert codes("sub/deep/a.yaml") == ["warning GAL5004"]
    config._nearest.cache_clear()
    (here / "sub/galc.toml").write_text("strict = true\n")
    assert codes("sub/deep/a.yaml", "a.yaml") == [
        "warning GAL5004", "note GAL5002", "warning GAL5004"
    ]  # fmt: skip


def test_a_project_without_settings_of_its_own_has_those_above(here: Path) -> None:
    (here / "galc.toml").write_text('ignore = ["GAL5"]\n')
    (here / "sub").mkdir()
    (here / "sub/a.yaml").write_text(TEXT)
    (here / "sub/pyproject.toml").write_text('[tool.galcade]\nx = "galc"\n')
    assert codes("sub/a.yaml") == []
    config._nearest.cache_clear()
    (here / "sub/pyproject.toml").write_text("[[tool.galc]]\n")
    assert run("sub/a.yaml").stderr.endswith("pyproject.toml: `galc` takes a table\n")


def test_severities(here: Path) -> None:
    (here / "galc.toml").write_text('[severity]\nGAL5 = "note"\nGAL5004 = "error"\n')
    assert codes("a.yaml") == ["error GAL5004", "note GAL5002"]
    assert run("a.yaml").exit_code == 1


def test_the_command_line_wins(here: Path) -> None:
    (here / "galc.toml").write_text('ignore = ["GAL5"]\nfail-on = "never"\n')
    assert codes("a.yaml") == []
    assert codes("a.yaml", "--ignore", "GAL5002") == ["warning GAL5004"]
    assert run("broken.yaml").exit_code == 0
    assert run("broken.yaml", "--fail-on", "error").exit_code == 1


def test_targets_and_strictness(here: Path) -> None:
    (here / "a.yaml").write_text(
        TEXT.replace("rate_limit: {requests_per_second: 1,", "circuit_breaker: {")
        .replace("response_status", "half_open_requests")
        .replace("503", "2")
    )
    (here / "galc.toml").write_text('targets = ["envoy"]\n')
    assert "warning GAL4002" in codes("a.yaml")
    config._nearest.cache_clear()
    (here / "galc.toml").write_text('targets = ["envoy"]\nstrict = true\n')
    assert "error GAL4002" in codes("a.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('x = 1\nigonre = ["GAL5"]', "galc.toml:1: `x` isn't a setting; known: `select`, `ignore`"),
        ('igonre = ["GAL5"]', "galc.toml:1: `igonre` isn't a setting; did you mean `ignore`?"),
        ('\nfail_on = "never"', "galc.toml:2: `fail_on` isn't a setting; did you mean `fail-on`?"),
        ('fail-on = "all"', "`fail-on` takes `error`, `warning` or `never`, not `all`"),
        ('ignore = "GAL5"', "galc.toml:1: `ignore` takes a list of texts"),
        ('strict = "yes"', "galc.toml:1: `strict` takes `true` or `false`"),
        ("baseline = 3", "galc.toml:1: `baseline` takes a text"),
        ('severity = "error"', "galc.toml:1: `severity` takes a table of codes"),
        ('[severity]\nGAL5 = "bad"', "2: `GAL5` takes `error`, `warning` or `note`, not `bad`"),
        ('[severity]\nGAL1001 = "note"', "galc.toml:2: `GAL1001`: is an error, and only warnings"),
        ('ignore = ["GAL5404"]', "galc.toml:1: `GAL5404` is no code, nor the beginning of one"),
        ("ignore = [", "galc.toml: "),
    ],
)  # fmt: skip
def test_mistakes_in_settings(here: Path, text: str, words: str) -> None:
    (here / "galc.toml").write_text(text)
    result = run("a.yaml")
    assert result.exit_code == 2 and words in result.stderr
    assert result.stderr.startswith("galc: ") and result.stderr.count("\n") == 1


# --- suppressions


def suppressing(comment: str, *, above: bool = False) -> str:
    line = "  - path_prefix: /api/v"
    return TEXT.replace(line, f"  {comment}\n{line}" if above else f"{line} {comment}")


@pytest.mark.parametrize("above", [True, False])
def test_a_comment_suppresses_a_finding_of_its_line_or_the_next(here: Path, above: bool) -> None:
    text = suppressing("# galc: ignore[GAL5004] old clients", above=above)
    (here / "a.yaml").write_text(text)
    assert codes("a.yaml") == ["note GAL5002"]
    (here / "a.yaml").write_text(text.replace("ignore[GAL5004] old", "ignore[GAL5002] old"))
    assert "warning GAL5090" in codes("a.yaml")


def test_comments_in_lines_of_their_own_add_up(here: Path) -> None:
    text = suppressing(
        "# galc: ignore[GAL5004] a\n  # and more\n  # galc: ignore[GAL5001] b", above=True
    )
    (here / "a.yaml").write_text(text)
    found = run("a.yaml", "--format", "concise").stdout.splitlines()
    assert (
        found[0]
        == (
            "a.yaml:8:18: warning[GAL5090]: there is no `GAL5001` to suppress here"
            " – remove the code from the comment"
        )
        or "GAL5001" in found[0]
    )
    assert not any("GAL5004" in line for line in found)


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (
            "# galc: ignore[GAL5004]",
            "warning[GAL5091]: the suppression gives no reason, so it has no effect"
            " – write `# galc: ignore[GAL5004] why it is meant`",
        ),
        (
            "# galc: ignore old clients",
            "warning[GAL5090]: the comment names no code, so it suppresses nothing"
            " – write `# galc: ignore[CODE] reason`",
        ),
        (
            "# galc: ignore[W12] old clients",
            "warning[GAL5090]: `W12` isn't a code, so the comment suppresses nothing"
            " – remove the code from the comment",
        ),
        (
            "# galc: ignore[GAL1001] old clients",
            "warning[GAL5090]: `GAL1001` is an error, and errors can't be suppressed"
            " – mend the error; warnings and notes can be suppressed",
        ),
        (
            "# galc: ignore[GAL5001] old clients",
            "warning[GAL5090]: there is no `GAL5001` to suppress here"
            " – remove the code from the comment",
        ),
    ],
)
def test_comments_that_suppress_nothing(here: Path, comment: str, expected: str) -> None:
    (here / "a.yaml").write_text(suppressing(comment))
    first, second, _ = run("a.yaml", "--format", "concise").stdout.splitlines()
    assert "GAL5004" in first and second.partition(": ")[2] == expected


def test_an_error_can_not_be_suppressed_and_hides_nothing_unused(here: Path) -> None:
    text = BROKEN.replace("/api/v", "/api/v # galc: ignore[GAL5004] old clients")
    (here / "a.yaml").write_text(text)
    assert codes("a.yaml") == ["error GAL1001", "note GAL5002"]
    (here / "a.yaml").write_text(text.replace("[GAL5004]", "[GAL1001]"))
    assert codes("a.yaml") == ["error GAL1001", "warning GAL5090", "note GAL5002"]


def test_what_no_target_was_asked_for_is_not_unused(here: Path) -> None:
    (here / "a.yaml").write_text(suppressing("# galc: ignore[GAL4002] fine for us"))
    assert codes("a.yaml") == ["warning GAL5004", "note GAL5002"]
    assert codes("a.yaml", "-t", "envoy", "--select", "GAL509") == []


def test_no_comment_silences_a_finding_about_comments(here: Path) -> None:
    (here / "a.yaml").write_text(suppressing("# galc: ignore[GAL5004, GAL5090, GAL5001] x"))
    assert codes("a.yaml").count("warning GAL5090") == 2


@pytest.mark.parametrize(
    ("text", "spelling", "count"),
    [
        ('a: "# galc: ignore[GAL1] x"', "yaml", 0),
        ("a: '\n  # galc: ignore[GAL1] x'", "yaml", 0),
        ("a: | # galc: ignore[GAL1] x\n  # galc: ignore[GAL2] y\nb: 1", "yaml", 1),
        ("a: b# galc: ignore[GAL1] x", "yaml", 0),
        ("a: b #galc:ignore[GAL1,GAL2]x", "yaml", 1),
        ("a: b # see galc: ignore[GAL1] x", "yaml", 0),
        ('a "# galc: ignore[GAL1] x"', "gal", 0),
        ('a "b" # galc: ignore[GAL1] x', "gal", 1),
        ('a "\\"" "# galc: ignore[GAL1] x"', "gal", 0),
        ('a # "b # galc: ignore[GAL1] x', "gal", 1),
        ("a { b };# galc: ignore[GAL1] x", "gal", 1),
        ("a b# galc: ignore[GAL1] x", "gal", 0),
    ],
)
def test_what_is_a_suppression(text: str, spelling: str, count: int) -> None:
    source = Source("in", text, "gal" if spelling == "gal" else "yaml")
    assert len(list(suppressions(source))) == count


@pytest.mark.parametrize("kind", [UnusedSuppression, SuppressionWithoutReason])
def test_the_examples_of_the_codes(here: Path, kind: type[Diagnostic]) -> None:
    assert all_codes()[kind.code] is kind
    (here / "bad.gal").write_text(kind.bad)
    assert f"warning {kind.code}" in codes("bad.gal")
    (here / "fix.gal").write_text(kind.fix)
    assert codes("fix.gal") == []
    assert compile_text(kind.fix, "fix.gal", "envoy").ok


def test_a_build_is_quiet_about_what_is_suppressed(here: Path) -> None:
    for text, shown in ((TEXT, True), (suppressing("# galc: ignore[GAL5004] old clients"), False)):
        (here / "a.yaml").write_text(text)
        result = CliRunner().invoke(galc, ["build", "a.yaml", "-t", "envoy"])
        assert result.exit_code == 0 and ("GAL5004" in result.stderr) == shown


def test_without_comments_nothing_is_suppressed() -> None:
    assert suppressed(Source("in", "a: 1", "yaml"), [], lambda _: True) == ([], [])


# --- the baseline


def test_what_is_known_is_not_shown_until_it_is_new(here: Path) -> None:
    result = run("a.yaml", "--baseline", "known.json", "--write-baseline", "--fail-on", "warning")
    assert result.exit_code == 0
    written = json.loads((here / "known.json").read_text())
    assert [entry["code"] for entry in written["files"]["a.yaml"]] == ["GAL5004", "GAL5002"]
    known = ("--baseline", "known.json", "--fail-on", "warning")
    result = run("a.yaml", *known)
    assert result.stderr == "a.yaml: 2 known from known.json\n1 file checked, no errors\n"
    text = "# moved\n" + TEXT.replace("- name: s", "- name: t")
    (here / "a.yaml").write_text(text)
    assert codes("a.yaml", *known) == []
    (here / "a.yaml").write_text(text + "  - path_prefix: /web/v\n")
    assert run("a.yaml", *known).exit_code == 1
    (found,) = json.loads(run("a.yaml", *known, "--format", "json").stdout)
    assert found["line"] == 9


def test_a_baseline_counts(here: Path) -> None:
    twice = TEXT + (
        "- name: t\n  upstream: {host: a, port: 80}\n  routes:\n"
        "  - path_prefix: /api/v\n    hosts: [b]\n"
    )
    run("a.yaml", "--baseline", "known.json", "--write-baseline")
    (here / "a.yaml").write_text(twice)
    assert codes("a.yaml", "--baseline", "known.json") == ["warning GAL5004"]


def test_what_is_gone_from_a_baseline_is_told(here: Path) -> None:
    run("a.yaml", "--baseline", "known.json", "--write-baseline")
    (here / "a.yaml").write_text(TEXT.replace("/api/v", "/api/v1"))
    assert "a.yaml: 1 known in known.json no longer found; `--write-baseline` writes it anew" in (
        run("a.yaml", "--baseline", "known.json").stderr
    )


def test_errors_are_never_known(here: Path) -> None:
    result = run("broken.yaml", "--baseline", "known.json", "--write-baseline")
    assert result.exit_code == 1
    (entry,) = json.loads((here / "known.json").read_text())["files"]["broken.yaml"]
    assert entry["code"] == "GAL5002"
    assert codes("broken.yaml", "--baseline", "known.json") == ["error GAL1001"]


def test_a_baseline_lies_where_the_settings_say(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub/a.yaml").write_text(TEXT)
    (here / "galc.toml").write_text('baseline = "known.json"\n')
    run("sub/a.yaml", "a.yaml", "--write-baseline")
    assert set(json.loads((here / "known.json").read_text())["files"]) == {"a.yaml", "sub/a.yaml"}
    assert codes(str(here / "sub/a.yaml")) == []


@pytest.mark.parametrize("text", ["", "[]", '{"files": []}', '{"files": {"a": [{}]}}'])
def test_a_baseline_that_is_none(here: Path, text: str) -> None:
    (here / "known.json").write_text(text)
    result = run("a.yaml", "--baseline", "known.json")
    assert result.exit_code == 2
    assert result.stderr == "galc: known.json isn't a baseline that galc has written\n"


def test_a_baseline_that_is_not_there() -> None:
    result = run("a.yaml", "--baseline", "known.json")
    assert result.exit_code == 2
    assert result.stderr == "galc: can't read known.json: No such file or directory\n"
    result = run("a.yaml", "--write-baseline")
    assert result.exit_code == 2 and "give `--baseline FILE`" in result.stderr


# --- colour, and what a check costs


def test_color(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[1;33mwarning[GAL5004]" in run("a.yaml", "--color", "always").stderr
    monkeypatch.setattr("galc.cli.io.use_color", lambda _: True)
    assert "\x1b" not in run("a.yaml", "--color", "never").stderr


def test_a_clean_file_costs_no_more_than_it_must(here: Path) -> None:
    (here / "a.yaml").write_text(
        TEXT.replace("/api/v", "/api/v1").replace(", response_status: 503", "")
    )
    code = (
        "import sys\nfrom galc.cli import galc\n"
        "try: galc(['check', 'a.yaml'], standalone_mode=False)\nexcept SystemExit: pass\n"
        "heavy = {'tomllib', 'json', 'hashlib', 'galc.diagnostics.layout',"
        " 'galc.diagnostics.suppression', 'galc.diagnostics.fixing', 'galc.diagnostics.baseline'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "[]\n", done.stderr
