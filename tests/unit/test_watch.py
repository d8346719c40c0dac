"""`--watch`: built again when a file changes, whatever way an editor writes it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from galc.cli.progress import Progress
from galc.cli.watch import changes
from tests.bench.gateways import yaml_gateway

GOOD = "version 1\nservice a {\n  upstream b:1\n  route /x\n}\n"


def test_every_way_to_change_a_file_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "a.gal"
    file.write_text("one")
    other = tmp_path / "b.gal"

    def replace() -> None:
        other.write_text("THREE")
        os.utime(other, (1, 1))
        other.replace(file)

    edits: list[Callable[[], object]] = [
        lambda: None,
        lambda: file.write_text("three"),
        file.unlink,  # an editor that is about to write the file anew
        lambda: None,
        lambda: file.write_text("three"),
        lambda: None,
        replace,
    ]
    steps = iter(edits)
    waits: list[int] = []

    class Done(Exception):
        pass

    def wait(_: float) -> None:
        waits.append(1)
        step = next(steps, None)
        if step is None:
            raise Done
        step()

    seen: list[tuple[int, str]] = []
    with pytest.raises(Done):
        seen.extend((len(waits), file.read_text()) for _ in changes([str(file)], wait))
    assert seen == [(0, "one"), (2, "three"), (5, "three"), (7, "THREE")]


@pytest.fixture
def running(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    arguments, text = request.param
    (tmp_path / "a.gal").write_text(text)
    with subprocess.Popen(
        [sys.executable, "-m", "galc", *arguments, "a.gal", "--watch"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        # A shell's background job ignores the signal, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        yield process
        process.kill()


def next_done(process: subprocess.Popen[str]) -> tuple[str, list[str]]:
    """The line that ends a run, and those before it."""
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        if line.startswith("galc: ") and line.endswith("; watching\n"):
            return line, lines
        lines.append(line)
    raise AssertionError(f"it ended: {lines}")


@pytest.mark.parametrize(
    "running", [(("build", "-t", "envoy"), GOOD)], indirect=True, ids=["build"]
)
def test_a_build_goes_on_after_errors(running: subprocess.Popen[str], tmp_path: Path) -> None:
    file, built = tmp_path / "a.gal", tmp_path / "build" / "envoy" / "envoy.yaml"
    assert next_done(running)[0].startswith("galc: done in ")
    first = built.read_text()
    file.write_text(GOOD.replace("/x", "x"))
    line, said = next_done(running)
    assert line.startswith("galc: failed (1) in ")
    assert any("error[" in one for one in said)
    assert built.read_text() == first
    replacement = tmp_path / "b"
    replacement.write_text(GOOD.replace("/x", "/changed"))
    replacement.replace(file)
    assert next_done(running)[0].startswith("galc: done in ")
    assert "/changed" in built.read_text()
    running.send_signal(signal.SIGINT)
    assert running.wait(10) == 130
    assert running.stderr is not None and running.stderr.read() == ""


@pytest.mark.parametrize("running", [(("check",), GOOD)], indirect=True, ids=["check"])
def test_a_check_tells_each_state(running: subprocess.Popen[str], tmp_path: Path) -> None:
    assert next_done(running)[1] == ["1 file checked, no errors\n"]
    (tmp_path / "a.gal").write_text("version 2\n")
    assert "GAL" in "".join(next_done(running)[1])
    running.send_signal(signal.SIGINT)
    assert running.wait(10) == 130


def test_standard_input_can_not_be_watched() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "galc", "check", "-", "--watch"],
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Error: `--watch` needs files: standard input doesn't change" in done.stderr


def test_an_edit_of_a_thousand_routes_takes_a_tenth_of_a_second() -> None:
    from galc import targets
    from galc.compiler import build, check
    from galc.frontend.source import Source

    text = yaml_gateway(1_000)
    taken = []
    for edit in range(4):
        source = Source("in.yaml", text.replace("port: 8080", f"port: {8081 + edit}", 1), "yaml")
        started = time.process_time()
        assert build(check(source), targets.load("envoy")).ok
        taken.append(time.process_time() - started)
    # Twice what an undisturbed run may take: tests run side by side.
    assert min(taken[1:]) < 0.2


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_after_a_second() -> None:
    now = iter([0.0, 0.9, 1.1, 1.2])
    shown = Terminal()
    progress = Progress(("read", "resolve", "order", "lower"), shown, lambda: next(now))
    progress.after("read")
    assert shown.getvalue() == ""
    progress.after("resolve")
    assert shown.getvalue() == "\r\x1b[Kgalc: order …"
    progress.after("order")
    progress.clear()
    progress.clear()
    assert shown.getvalue() == "\r\x1b[Kgalc: order …\r\x1b[Kgalc: lower …\r\x1b[K"


@pytest.mark.parametrize("stream", [StringIO(), None], ids=["a file", "closed"])
def test_nothing_is_shown_elsewhere(stream: StringIO | None) -> None:
    now = iter([0.0, 9.0])
    progress = Progress(("read", "lower"), stream, lambda: next(now))
    progress.after("read")
    progress.clear()
    assert stream is None or stream.getvalue() == ""
