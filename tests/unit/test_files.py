"""Files on a disk: what galc reads of them, what it refuses, and the commands with several."""

import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from galc.cli import galc, io
from galc.cli.files import Files
from galc.cli.watch import changes
from galc.frontend.loading import Unreadable
from galc.frontend.source import Source

TEAM = "version 1\nservice team { upstream team.internal:80 ; route /team/v GET }\n"
ROOT = (
    "version 1\ninclude {}\nservice users {{ upstream users.internal:80 ; route /users/v GET }}\n"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def run(*arguments: str, given: str | None = None) -> Result:
    result = CliRunner().invoke(galc, arguments, input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def why(path: str) -> str:
    """Why a file can't be included; empty if it can."""
    written("in.gal", ROOT.format(json.dumps(path)))
    files = Files()
    source = files.root("in.gal")
    assert isinstance(source, Source)
    found = files(source, path)
    return found.why if isinstance(found, Unreadable) else ""


# --- what may be read


@pytest.mark.usefixtures("here")
def test_folders_below_and_ways_around_in_them() -> None:
    written("a/b/team.gal", TEAM)
    Path("link.gal").symlink_to("a/b/team.gal")
    Path("d").symlink_to("a/b")
    for path in ("a/b/team.gal", "./a//b/../b/team.gal", "link.gal", "d/team.gal"):
        assert why(path) == ""


@pytest.mark.usefixtures("here")
def test_the_same_file_by_a_link_counts_once() -> None:
    written("team.gal", TEAM)
    Path("link.gal").symlink_to("team.gal")
    written("in.gal", ROOT.format("team.gal link.gal"))
    assert run("check", "in.gal").exit_code == 0


def test_nothing_outside_is_read(here: Path) -> None:
    outside = here.parent / "secret.gal"
    outside.write_text(TEAM, "utf-8")
    Path("link.gal").symlink_to(outside)
    Path("folder").symlink_to(here.parent)
    Path("sub").mkdir()
    Path("sub/up").symlink_to("../..")
    for path in (
        "../secret.gal",
        "sub/../../secret.gal",
        "link.gal",
        "folder/secret.gal",
        "sub/up/secret.gal",
        "folder/nothing.gal",
        "../nothing.gal",
    ):
        assert why(path) == "it lies outside of the folder of the gateway file", path
    assert why(str(outside)) == "a path goes from the folder of the file that writes it"


@pytest.mark.usefixtures("here")
def test_an_included_file_can_not_leave_the_root_s_folder_either() -> None:
    written("gw/in.gal", ROOT.format("a/team.gal"))
    written("gw/a/team.gal", "version 1\ninclude ../../other.gal\n")
    written("other.gal", TEAM)
    result = run("check", "gw/in.gal")
    assert "gw/a/team.gal:2:9" in result.stderr
    assert "it lies outside of the folder of the gateway file" in result.stderr
    written("gw/a/team.gal", "version 1\ninclude ../other.gal\n")
    written("gw/other.gal", TEAM)
    assert run("check", "gw/in.gal").exit_code == 0


@pytest.mark.usefixtures("here")
def test_what_is_no_regular_file() -> None:
    Path("folder.gal").mkdir()
    os.mkfifo("pipe.gal")
    Path("null.gal").symlink_to("/dev/null")
    Path("round.gal").symlink_to("round.gal")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.gal")
        start = time.monotonic()
        assert why("folder.gal") == why(".") == "it is a folder"
        assert why("pipe.gal") == "it is no file"
        assert why("null.gal") == "it lies outside of the folder of the gateway file"
        assert why("socket.gal")
        assert why("round.gal")
        assert time.monotonic() - start < 5


@pytest.mark.usefixtures("here")
def test_a_file_that_may_not_be_read() -> None:
    written("team.gal", TEAM).chmod(0)
    if os.access("team.gal", os.R_OK):
        pytest.skip("whoever runs this may read everything")
    assert why("team.gal") == "permission denied"


@pytest.mark.usefixtures("here")
def test_not_utf_8() -> None:
    Path("team.gal").write_bytes(b"version 1\n# caf\xe9\n")
    assert why("team.gal") == "it isn't UTF-8: byte 0xe9 in line 2"


@pytest.mark.usefixtures("here")
def test_a_byte_order_mark_is_none_of_the_text() -> None:
    Path("team.gal").write_bytes(b"\xef\xbb\xbf" + TEAM.encode())
    written("in.gal", ROOT.format("team.gal"))
    assert run("check", "in.gal").exit_code == 0


@pytest.mark.usefixtures("here")
def test_all_files_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(io, "MAX_BYTES", 1000)
    written("in.gal", ROOT.format("a.gal b.gal"))
    written("a.gal", TEAM + "#" * 600)
    written("b.gal", "version 1\n" + "#" * 600)
    result = run("check", "in.gal")
    assert "can't read `b.gal`: with it the files are larger than" in result.stderr


@pytest.mark.usefixtures("here")
def test_the_nearest_name_is_told() -> None:
    written("teams/users.gal", TEAM)
    written("in.gal", ROOT.format("teams/user.gal"))
    assert "did you mean `users.gal`?" in run("check", "in.gal").stderr


def test_names_are_shown_as_the_command_line_has_them(here: Path) -> None:
    written("gw/in.gal", ROOT.format("teams/a.gal"))
    written("gw/teams/a.gal", "version 1\ninclude ../b.gal\nvars x 1\n")
    written("gw/b.gal", TEAM + "vars y 1\n")
    for name, shown in (
        ("gw/in.gal", "gw/"),
        (str(here / "gw/in.gal"), f"{here}/gw/"),
        ("../here/gw/in.gal", "../here/gw/"),
    ):
        lines = run("check", name, "--format", "concise").stdout.splitlines()
        assert [line.split(":")[0] for line in lines] == [f"{shown}teams/a.gal", f"{shown}b.gal"]
    os.chdir("gw")
    lines = run("check", "in.gal", "--format", "concise").stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["teams/a.gal", "b.gal"]


@pytest.mark.usefixtures("here")
def test_a_root_that_is_a_link_has_its_own_folder() -> None:
    written("versions/5/in.gal", ROOT.format("team.gal"))
    Path("in.gal").symlink_to("versions/5/in.gal")
    assert "there is no such file" in run("check", "in.gal").stderr
    written("team.gal", TEAM)
    assert run("check", "in.gal").exit_code == 0


@pytest.mark.usefixtures("here")
def test_standard_input_includes_from_the_current_folder() -> None:
    written("a/team.gal", "version 1\ninclude ../b.gal\n")
    written("b.gal", TEAM + "vars y 1\n")
    result = run("check", "-", "--format", "concise", given=ROOT.format("a/team.gal"))
    assert result.stdout.startswith("b.gal:3:6: ") and result.exit_code == 0
    result = run("check", "-", given=ROOT.format("../x.gal"))
    assert "it lies outside of the folder of the gateway file" in result.stderr


# --- the commands

BASE = """version 1
include team.gal
service users {
  upstream users.internal:80
  route /users/v GET { rate_limit 10/s }
}
test "users" { request GET /users/v { expect 200 service=users } }
"""
OVER = """version 1
remove services=team
service users {
  route /users/v { rate_limit 20/s ; timeout 5s }
}
"""


@pytest.fixture
def gateway(here: Path) -> Path:
    written("base.gal", BASE)
    written("team.gal", TEAM)
    written("prod/over.gal", OVER)
    return here


LAID = ("base.gal", "--overlay", "prod/over.gal")


@pytest.mark.usefixtures("gateway")
def test_build() -> None:
    result = run("build", *LAID, "-t", "envoy", "-o", "-")
    assert result.exit_code == 0
    assert "team.internal" not in result.stdout and "users.internal" in result.stdout
    document = run("build", *LAID, "--emit", "document").stdout
    again = run("build", "-", "-t", "envoy", "-o", "-", given=document)
    assert again.stdout == result.stdout


@pytest.mark.usefixtures("here")
def test_what_is_emitted_keeps_what_is_no_reference() -> None:
    text = ROOT.format("team.gal") + "vars x blue\n"
    headers = 'headers { request_set X-A "$${var:x} ${var:x} ${y} $$${z" }'
    written("in.gal", text.replace("route /users/v GET", f"route /users/v GET {{ {headers} }}"))
    written("team.gal", TEAM)
    document = run("build", "in.gal", "--emit", "document").stdout
    built = run("build", "in.gal", "-t", "envoy", "-o", "-").stdout
    assert "${var:x} blue ${y} $${z" in built
    assert run("build", "-", "-t", "envoy", "-o", "-", given=document).stdout == built


@pytest.mark.usefixtures("gateway")
def test_check_test_trace_explain_diff() -> None:
    assert run("check", *LAID).exit_code == 0
    assert run("test", *LAID).stdout.endswith("1 passed\n")
    trace = run("trace", LAID[0], "GET /users/v", *LAID[1:]).stdout
    assert "(prod/over.gal:4:20)" in trace and "(users:/users/v, base.gal:5:9)" in trace
    told = run("explain", *LAID, "-t", "traefik").stdout
    assert told.startswith("base.gal + prod/over.gal\n")
    assert "      prod/over.gal:4: route /users/v { rate_limit 20/s ; timeout 5s }\n" in told
    value = json.loads(run("explain", *LAID, "-t", "traefik", "--format", "json").stdout)
    (limit,) = (row for row in value["features"] if row["feature"] == "rate_limit")
    assert limit["lines"] == [] and limit["in_other_files"] == [
        {"file": "prod/over.gal", "line": 4}
    ]
    assert "prod/over.gal:4" in run("explain", *LAID, "--format", "html").stdout
    assert "prod/over.gal:4" in run("explain", *LAID, "--format", "markdown").stdout
    changed = run("diff", "base.gal", "base.gal", "--new-overlay", "prod/over.gal")
    assert "base.gal:5:24 -> prod/over.gal:4:20" in changed.stdout
    assert "team.gal:2:50" in changed.stdout
    same = run("diff", "base.gal", "base.gal", "--overlay", "prod/over.gal")
    assert same.exit_code == 0
    back = run("diff", "base.gal", "base.gal", "--old-overlay", "prod/over.gal", "--format", "json")
    sides = [(one["old"] or {}).get("file") for one in json.loads(back.stdout)["differences"]]
    assert "prod/over.gal" in sides


@pytest.mark.usefixtures("gateway")
def test_a_failing_test_names_its_file() -> None:
    written("team.gal", TEAM + 'test "t" { request GET /team/v { expect 404 } }\n')
    value = json.loads(run("test", "base.gal", "--format", "json").stdout)
    (failure,) = (failure for one in value for failure in one["failures"])
    assert (failure["file"], failure["line"]) == ("team.gal", 3)


@pytest.mark.usefixtures("gateway")
def test_an_overlay_that_can_not_be_read() -> None:
    result = run("build", "base.gal", "--overlay", "nothing.gal", "-t", "envoy")
    assert result.exit_code == 2 and "can't read nothing.gal" in result.stderr
    Path("bad.gal").write_bytes(b"\xff")
    result = run("build", "base.gal", "--overlay", "bad.gal", "-t", "envoy")
    assert result.exit_code == 1 and "bad.gal:1:1" in result.stderr
    result = run("build", "base.gal", "--overlay", "-", "-t", "envoy")
    assert result.exit_code == 2 and "an overlay is a file" in result.stderr


@pytest.mark.usefixtures("here")
def test_overlays_go_with_a_file() -> None:
    result = run("explain", "GAL2015", "--overlay", "x.gal")
    assert result.exit_code == 2 and "variables and overlays go with a FILE" in result.stderr


@pytest.mark.usefixtures("here")
def test_convert_and_fmt_keep_what_speaks_of_other_files() -> None:
    text = "version 1\ninclude a.gal b.yaml  # teams\nremove { services x }\n"
    written("over.gal", text)
    yaml = run("convert", "over.gal", "--to", "yaml").stdout
    assert yaml == "version: 1\ninclude: [a.gal, b.yaml]  # teams\nremove:\n  services: [x]\n"
    written("over.yaml", yaml)
    assert run("convert", "over.yaml", "--to", "gal").stdout == text
    assert run("fmt", "--check", "over.gal").exit_code == 0


@pytest.mark.usefixtures("here")
def test_document_speaks_of_the_root() -> None:
    written("in.yaml", "version: 1\n---\nversion: 1\ninclude: [team.gal]\n")
    written("team.gal", TEAM)
    written("over.yaml", "version: 1\n---\nversion: 1\n")
    assert run("check", "in.yaml", "--document", "2").exit_code == 0
    result = run("check", "in.yaml", "--document", "2", "--overlay", "over.yaml")
    assert "a file that is included, or an overlay, holds one document" in result.stderr


# --- check: fixes, baselines, settings, several roots

WARNS = "version 1\nvars x 1\nglobal { port 80 }\n"


@pytest.mark.usefixtures("gateway")
def test_fix_writes_each_file() -> None:
    written("team.gal", TEAM.replace("GET", "GET { strip_prefix no }"))
    written("prod/over.gal", OVER.replace("timeout 5s", "timeot 5s"))
    shown = run("check", *LAID, "--fix", "--diff").stdout
    assert "--- team.gal" not in shown  # what is removed has no fix
    assert "--- prod/over.gal" in shown
    assert run("check", *LAID, "--fix").exit_code == 0
    assert Path("prod/over.gal").read_text() == OVER
    assert run("check", "base.gal", "--fix").exit_code == 0
    assert "strip_prefix false" in Path("team.gal").read_text()
    assert Path("base.gal").read_text() == BASE


@pytest.mark.usefixtures("gateway")
def test_fix_keeps_the_mode_of_each_file() -> None:
    team = written("team.gal", TEAM.replace("GET", "GET { strip_prefix no }"))
    team.chmod(0o640)
    run("check", "base.gal", "--fix")
    assert stat.S_IMODE(team.stat().st_mode) == 0o640


@pytest.mark.usefixtures("gateway")
def test_fix_of_standard_input_writes_other_files_in_place() -> None:
    written("team.gal", TEAM.replace("GET", "GET { strip_prefix no }"))
    result = run("check", "-", "--fix", given=BASE)
    assert result.stdout == BASE
    assert "strip_prefix false" in Path("team.gal").read_text()


@pytest.mark.usefixtures("here")
def test_a_baseline_knows_each_file() -> None:
    written("in.gal", ROOT.format("a/team.gal"))
    written("a/team.gal", TEAM + "vars x 1\n")
    assert "GAL5050" in run("check", "in.gal").stderr
    run("check", "in.gal", "--baseline", "known.json", "--write-baseline")
    known = json.loads(Path("known.json").read_text())
    assert list(known["files"]) == ["a/team.gal"]
    result = run("check", "in.gal", "--baseline", "known.json")
    assert "1 known" in result.stderr and "GAL5050" not in result.stderr
    written("a/team.gal", TEAM)
    assert "no longer found" in run("check", "in.gal", "--baseline", "known.json").stderr


@pytest.mark.usefixtures("here")
def test_two_gateways_that_share_a_file() -> None:
    for name in ("one", "two"):
        text = ROOT.format("team.gal").replace("users", name)
        written(f"{name}.gal", text)
    written("team.gal", TEAM + "vars x 1\n")
    lines = run("check", "one.gal", "two.gal", "--format", "concise").stdout.splitlines()
    assert len(lines) == 1
    run("check", "one.gal", "two.gal", "--baseline", "k.json", "--write-baseline")
    result = run("check", "one.gal", "two.gal", "--baseline", "k.json")
    assert "GAL5050" not in result.stderr and "no longer" not in result.stderr


@pytest.mark.usefixtures("here")
def test_settings_are_those_of_the_root() -> None:
    written("gw/in.gal", ROOT.format("a/team.gal"))
    written("gw/a/team.gal", TEAM + "vars x 1\n")
    written("gw/a/galc.toml", 'fail-on = "warning"\n')
    assert run("check", "gw/in.gal").exit_code == 0
    written("gw/galc.toml", 'ignore = ["GAL5050"]\n')
    from galc.config import _nearest

    _nearest.cache_clear()
    assert "GAL5050" not in run("check", "gw/in.gal").stderr


@pytest.mark.parametrize("form", ["text", "concise", "json", "sarif", "github", "gitlab"])
@pytest.mark.usefixtures("here")
def test_each_format_names_the_right_file(form: str) -> None:
    written("in.gal", ROOT.format("a/team.gal"))
    written("a/team.gal", TEAM + "vars x 1\n")
    result = run("check", "in.gal", "--format", form)
    text = result.stdout or result.stderr
    assert "a/team.gal" in text
    if form == "json":
        (one,) = json.loads(text)
        assert (one["file"], one["line"]) == ("a/team.gal", 3)
    if form == "gitlab":
        assert json.loads(text)[0]["location"] == {"path": "a/team.gal", "lines": {"begin": 3}}


# --- watch


def test_changes_of_other_files_are_seen(tmp_path: Path) -> None:
    file, other, late = (tmp_path / name for name in ("a", "b", "c"))
    file.write_text("1")
    others: list[str] = []
    steps = iter((lambda: other.write_text("1"), lambda: other.write_text("22"), other.unlink))

    class Enough(Exception):
        pass

    def wait(_: float) -> None:
        step = next(steps, None)
        if step is None:
            raise Enough
        step()

    seen = 0
    try:
        for _ in changes([str(file)], wait, others):
            seen += 1
            others[:] = [str(other), str(late)]
    except Enough:
        pass
    assert seen == 4


@pytest.mark.usefixtures("gateway")
def test_a_watched_build_sees_what_it_includes() -> None:
    command = [sys.executable, "-m", "galc", "build", *LAID, "-t", "envoy", "--watch"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None

            def done() -> str:
                assert process.stderr is not None
                return next(line for line in process.stderr if "; watching" in line)

            assert done().startswith("galc: done")
            written("prod/over.gal", OVER.replace("20/s", "21/s"))
            assert done().startswith("galc: done")
            written("team.gal", "version 1\nservice team {\n")
            assert done().startswith("galc: failed (1)")
        finally:
            process.kill()
