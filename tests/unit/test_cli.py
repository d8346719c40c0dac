"""The command line: what it prints where, what it writes, and with which status it ends."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from galc import __version__, targets
from galc.cli import galc, io
from galc.passes import PASSES
from galc.targets import unsupported

GOOD = "version 1\nservice users {\n  upstream users.internal:8080\n  route /users/*\n}\n"
WARNED = GOOD.replace("route /users/*", "route /users/v/*")
BAD = GOOD.replace("route /users/*", "route /users/* { timeout 30 }")
STAGES = ("read", *(step.__name__ for step in PASSES), "legalize", "lower")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with a good, a bad and a warned file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, text in {"good.gal": GOOD, "bad.gal": BAD, "warned.gal": WARNED}.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(galc, arguments, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def ok(*arguments: str, stdin: str | bytes | None = None) -> Result:
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result


def fails(status: int, *arguments: str, stdin: str | bytes | None = None) -> Result:
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == status, result.output
    return result


def process(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "galc", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- build


def test_build_writes_the_files_and_names_them(here: Path) -> None:
    result = ok("build", "good.gal", "-t", "envoy")
    assert result.stdout == "build/envoy/envoy.yaml\n" and not result.stderr
    assert (here / "build/envoy/envoy.yaml").read_text("utf-8").startswith("admin:")
    assert listed(here / "build/envoy") == ["envoy.yaml"]


@pytest.mark.usefixtures("here")
def test_build_into_another_directory() -> None:
    ok("build", "good.gal", "-t", "envoy", "-o", "a/b")
    assert Path("a/b/envoy/envoy.yaml").is_file()


@pytest.mark.usefixtures("here")
def test_a_dash_as_output_prints_the_artifact_alone() -> None:
    result = ok("build", "warned.gal", "-t", "envoy", "-o", "-")
    ok("build", "warned.gal", "-t", "envoy")
    assert result.stdout == Path("build/envoy/envoy.yaml").read_text("utf-8")
    assert "GAL5004" in result.stderr and "1 warning" in result.stderr


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("spelling", ["gal", "yaml"])
def test_a_dash_as_file_is_standard_input(spelling: str) -> None:
    text = GOOD if spelling == "gal" else ok("convert", "good.gal", "--to", "yaml").stdout
    expected = ok("build", "good.gal", "-t", "envoy", "-o", "-").stdout
    assert ok("build", "-", "-t", "envoy", "-o", "-", stdin=text).stdout == expected
    assert not Path("build").exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("# c\n\nversion 1\n", "gal"),
        ("service a { }", "gal"),
        ("version: 1\n", "yaml"),
        ("{version: 1}", "yaml"),
        ("---\nversion: 1\n", "yaml"),
        ("- a", "yaml"),
        ("%YAML 1.2\n---\na: 1", "yaml"),
        ('"version": 1', "yaml"),
        ("", "yaml"),
        ("# c\n", "yaml"),
    ],
)
def test_how_standard_input_is_spelled(
    text: str, spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from io import BytesIO, TextIOWrapper

    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text.encode())))
    source = io.read_source("-")
    assert not isinstance(source, tuple)
    assert (source.name, source.spelling) == ("<stdin>", spelling)


def test_a_failed_build_leaves_the_old_files(here: Path) -> None:
    ok("build", "good.gal", "-t", "envoy")
    file = here / "build/envoy/envoy.yaml"
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    result = fails(1, "build", "bad.gal", "-t", "envoy")
    assert "GAL1005" in result.stderr and "bad.gal:4:28" in result.stderr and not result.stdout
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert listed(here / "build/envoy") == ["envoy.yaml"]


def test_of_several_targets_one_that_fails_stops_all(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from msgspec.structs import replace

    envoy = targets.load("envoy")
    strict = replace(
        envoy, name="kong", support={**envoy.support, "routes.path_prefix": unsupported("no")}
    )
    monkeypatch.setattr(targets, "ALL", {"envoy": "", "kong": ""})
    monkeypatch.setattr(targets, "load", {"envoy": envoy, "kong": strict}.__getitem__)
    result = fails(1, "build", "good.gal", "-t", "all")
    assert "GAL4001" in result.stderr
    assert not (here / "build").exists()
    ok("build", "good.gal", "-t", "envoy,envoy")
    monkeypatch.setattr(targets, "load", {"envoy": envoy, "kong": envoy}.__getitem__)
    result = fails(2, "build", "good.gal", "-t", "envoy,kong", "-o", "-")
    assert "one target" in result.stderr and not result.stdout


def test_what_can_not_be_written_leaves_no_half(here: Path) -> None:
    (here / "build").write_text("a file is in the way")
    result = fails(2, "build", "good.gal", "-t", "envoy")
    assert "can't write build/envoy" in result.stderr


def test_a_file_that_can_not_be_replaced_leaves_no_temporary_one(here: Path) -> None:
    (here / "build/envoy/envoy.yaml").mkdir(parents=True)
    fails(2, "build", "good.gal", "-t", "envoy")
    assert listed(here / "build/envoy") == ["envoy.yaml"]


def test_written_files_obey_the_umask(here: Path) -> None:
    before = os.umask(0o027)
    try:
        ok("build", "good.gal", "-t", "envoy")
    finally:
        os.umask(before)
    assert stat.S_IMODE((here / "build/envoy/envoy.yaml").stat().st_mode) == 0o640


@pytest.mark.usefixtures("here")
def test_the_provider_is_the_default_target() -> None:
    Path("own.gal").write_text(GOOD.replace("version 1", "version 1\nprovider envoy"))
    ok("build", "own.gal")
    result = fails(2, "build", "good.gal")
    assert "no target: give `-t NAME`" in result.stderr


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("envoi", "did you mean `envoy`?"),
        ("zzz", "known: `envoy`"),
        ("envoy,zzz", "`zzz` isn't a target"),
    ],
)
def test_a_target_that_is_not_known(name: str, words: str) -> None:
    assert words in fails(2, "build", "good.gal", "-t", name).stderr


@pytest.mark.usefixtures("here")
def test_a_target_that_is_not_built_yet() -> None:
    later = next((name for name in targets.KNOWN if name not in targets.ALL), None)
    if later is not None:
        assert (
            "this version builds for `envoy`" in fails(2, "build", "good.gal", "-t", later).stderr
        )


@pytest.mark.usefixtures("here")
def test_strict_and_lossy() -> None:
    Path("a.gal").write_text(GOOD.replace("/users/*", "/users/* { circuit_breaker {} }"))
    Path("b.gal").write_text(GOOD.replace("/users/*", "/users/* { body_transformation {} }"))
    assert "warning[GAL4002]" in ok("build", "a.gal", "-t", "envoy").stderr
    assert "error[GAL4002]" in fails(1, "build", "a.gal", "-t", "envoy", "--strict").stderr
    assert "error[GAL4001]" in fails(1, "build", "b.gal", "-t", "traefik").stderr
    assert "warning[GAL4003]" in ok("build", "b.gal", "-t", "traefik", "--lossy").stderr


@pytest.mark.usefixtures("here")
def test_notes_are_counted_by_build_and_shown_by_check() -> None:
    text = (
        "version: 1\nglobal_config: {port: 8080}\n"
        + ok("convert", "good.gal", "--to", "yaml").stdout.partition("\n")[2]
    )
    Path("old.yaml").write_text(text)
    result = ok("build", "old.yaml", "-t", "envoy")
    assert result.stderr == "old.yaml: 1 note (shown by `galc check`)\n"
    assert "note[GAL5002]" in ok("check", "old.yaml").stderr


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("what", ["document", "gateway", "legal"])
def test_emit_prints_a_stage(what: str) -> None:
    result = ok("build", "good.gal", "-t", "envoy", "--emit", what)
    if what == "document":
        assert result.stdout == ok("convert", "good.gal", "--to", "yaml").stdout
    else:
        assert json.loads(result.stdout)["routes"][0]["match"] == {
            "kind": "prefix",
            "value": "/users",
        }
    assert not Path("build").exists()


@pytest.mark.usefixtures("here")
def test_emit_of_a_bad_file() -> None:
    fails(1, "build", "bad.gal", "-t", "envoy", "--emit", "gateway")
    Path("broken.gal").write_text("}")
    assert not fails(1, "build", "broken.gal", "-t", "envoy", "--emit", "document").stdout


@pytest.mark.usefixtures("here")
def test_times_of_all_stages() -> None:
    lines = ok("build", "good.gal", "-t", "envoy", "--time-passes").stderr.splitlines()
    assert [line.split()[0] for line in lines] == list(STAGES)
    assert all(re.fullmatch(r"\w+ +[0-9.]+ ms", line) for line in lines)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("stage", STAGES)
def test_the_state_after_a_stage(stage: str) -> None:
    result = ok("build", "good.gal", "-t", "envoy", "-o", "-", "--print-after", stage)
    assert result.stdout.startswith("admin:")
    assert "users" in result.stderr
    assert stage == "references" or json.loads(result.stderr)


@pytest.mark.usefixtures("here")
def test_one_of_several_documents() -> None:
    one = ok("convert", "good.gal", "--to", "yaml").stdout
    Path("two.yaml").write_text(one + "---\n" + one.replace("/users", "/people"))
    assert "--document N" in fails(1, "build", "two.yaml", "-t", "envoy").stderr
    assert "/people" in ok("build", "two.yaml", "-t", "envoy", "-o", "-", "--document", "2").stdout
    assert "GAL0012" in fails(1, "build", "two.yaml", "-t", "envoy", "--document", "3").stderr
    fails(2, "build", "two.yaml", "-t", "envoy", "--document", "0")


# --- check, convert


@pytest.mark.usefixtures("here")
def test_check() -> None:
    assert ok("check", "good.gal").stderr == "1 file checked, no errors\n"
    result = ok("check", "good.gal", "warned.gal")
    assert "GAL5004" in result.stderr and "2 files checked, no errors" in result.stderr
    result = fails(1, "check", "good.gal", "bad.gal")
    assert "bad.gal: 1 error" in result.stderr and "no errors" not in result.stderr
    assert not Path("build").exists()


@pytest.mark.usefixtures("here")
def test_check_for_targets() -> None:
    Path("a.gal").write_text(GOOD.replace("/users/*", "/users/* { circuit_breaker {} }"))
    assert "GAL4002" not in ok("check", "a.gal").stderr
    assert "warning[GAL4002]" in ok("check", "a.gal", "-t", "all").stderr
    assert "error[GAL4002]" in fails(1, "check", "a.gal", "-t", "envoy", "--strict").stderr


@pytest.mark.usefixtures("here")
def test_check_as_json() -> None:
    result = fails(1, "check", "good.gal", "bad.gal", "--format", "json")
    (one,) = json.loads(result.stdout)
    assert (one["code"], one["file"], one["line"], one["column"]) == ("GAL1005", "bad.gal", 4, 28)
    assert json.loads(ok("check", "good.gal", "--format", "json").stdout) == []
    assert not result.stderr


@pytest.mark.usefixtures("here")
def test_convert_there_and_back() -> None:
    yaml = ok("convert", "good.gal", "--to", "yaml").stdout
    assert ok("convert", "-", "--to", "gal", stdin=yaml).stdout == GOOD.replace("1\ns", "1\n\ns")
    assert "GAL0003" in fails(1, "convert", "-", "--to", "yaml", stdin="version 1 }").stderr
    fails(2, "convert", "good.gal")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", ["build", "check", "convert"])
def test_a_file_that_is_not_there(command: str) -> None:
    more = {"build": ["-t", "envoy"], "check": [], "convert": ["--to", "gal"]}[command]
    result = fails(2, command, "missing.yaml", *more)
    assert result.stderr == "galc: can't read missing.yaml: No such file or directory\n"
    Path("folder.yaml").mkdir()
    assert "Is a directory" in fails(2, command, "folder.yaml", *more).stderr


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", ["build", "check", "convert"])
def test_a_file_that_is_not_utf_8(command: str) -> None:
    more = {"build": ["-t", "envoy"], "check": [], "convert": ["--to", "gal"]}[command]
    Path("latin.yaml").write_bytes("version: 1\n# caf\xe9\n".encode("latin-1"))
    result = fails(1, command, "latin.yaml", *more)
    assert "GAL0001" in result.stderr and "latin.yaml:2:6" in result.stderr


def test_a_file_that_begins_with_a_byte_order_mark(here: Path) -> None:
    (here / "bom.gal").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    ok("build", "bom.gal", "-t", "envoy")


# --- the group


def test_help_and_version() -> None:
    assert ok("--version").stdout == f"galc {__version__}\n"
    help_text = ok("--help").stdout
    for name in ("build", "check", "convert", "explain"):
        assert name in help_text
        assert "Usage:" in ok(name, "--help").stdout


@pytest.mark.parametrize(
    ("word", "hint"), [("biuld", "Did you mean 'build'?"), ("zzz", "No such command 'zzz'")]
)
def test_a_command_that_is_not_known(word: str, hint: str) -> None:
    assert hint in fails(2, word).stderr


def test_an_option_that_is_not_known() -> None:
    fails(2, "build", "a.gal", "--surprise")


# --- explain


def test_explain_shows_the_whole_table() -> None:
    from galc.ir.features import all_features

    out = ok("explain").stdout
    for key in all_features():
        assert f"\n{key} " in out
    for name in targets.ALL:
        assert targets.load(name).title in out.splitlines()[0]


@pytest.mark.parametrize("name", targets.ALL)
def test_explain_a_target(name: str) -> None:
    out = ok("explain", name).stdout
    assert targets.load(name).title in out and "rate_limit.burst: " in out


@pytest.mark.parametrize("topic", ["rate_limit", "rate_limit.burst", "routes", "cors.max_age"])
def test_explain_a_feature(topic: str) -> None:
    out = ok("explain", topic).stdout
    assert out.startswith(topic.split(".")[0]) and "Envoy: " in out


@pytest.mark.parametrize("code", ["GAL1001", "gal3004"])
def test_explain_a_code(code: str) -> None:
    out = ok("explain", code).stdout
    assert out.startswith(f"{code.upper()}: ") and "This raises it:" in out


@pytest.mark.parametrize(("topic", "hint"), [("rate_limt", "did you mean"), ("zzz", "targets: ")])
def test_explain_what_is_not_known(topic: str, hint: str) -> None:
    assert hint in fails(2, "explain", topic).stderr


# --- as a program


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--version"], 0),
        (["build", "good.gal", "-t", "envoy"], 0),
        (["build", "bad.gal", "-t", "envoy"], 1),
        (["build", "good.gal", "-t", "zzz"], 2),
        (["build", "missing.gal", "-t", "envoy"], 2),
    ],
)
def test_exit_status(here: Path, arguments: list[str], status: int) -> None:
    done = process(*arguments, cwd=here)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr and "\x1b" not in done.stderr


def test_the_version_is_answered_without_imports() -> None:
    code = (
        "import sys; sys.argv = ['galc', '--version']; from galc.__main__ import main; main();"
        "sys.exit('click' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_entry_point(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import gc

    from galc.__main__ import main

    monkeypatch.setattr(gc, "disable", lambda: None)
    monkeypatch.setattr(sys, "argv", ["galc", "--version"])
    main()
    assert capsys.readouterr().out == f"galc {__version__}\n"
    monkeypatch.setattr(sys, "argv", ["galc", "explain", "GAL1001"])
    ends: list[int] = []
    monkeypatch.setattr(os, "_exit", ends.append)
    main()
    assert ends == [0]


def test_good_input_imports_no_heavy_modules(here: Path) -> None:
    (here / "good.yaml").write_text(ok("convert", "good.gal", "--to", "yaml").stdout)
    code = (
        "import sys\nfrom galc.cli import galc\n"
        "try: galc(['check', 'good.yaml'], standalone_mode=False)\nexcept SystemExit: pass\n"
        "sys.exit(bool({'lark', 'networkx', 'galc.frontend.gal'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=here, check=False, capture_output=True)
    assert done.returncode == 0


class _Terminal:
    def isatty(self) -> bool:
        return True


def test_color_on_a_terminal_unless_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert io.use_color(_Terminal())
    assert not io.use_color(object())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not io.use_color(_Terminal())
    monkeypatch.setenv("NO_COLOR", "")
    assert io.use_color(_Terminal())


def test_color_reaches_the_terminal(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(io, "use_color", lambda _: True)
    result = CliRunner().invoke(galc, ["check", str(here / "bad.gal")], color=True)
    assert "\x1b[1;31merror[GAL1005]" in result.stderr


def test_a_closed_pipe_is_no_traceback(here: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "galc", "build", "good.gal", "-t", "envoy", "-o", "-"],
        cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert program.stdout is not None and program.stderr is not None
    program.stdout.close()
    errors = program.stderr.read().decode()
    program.stderr.close()
    program.wait(60)
    assert "Traceback" not in errors
