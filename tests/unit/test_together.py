"""Targets that are lowered in processes of their own leave what they would leave one after the
other, and nothing when they are stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from galc.cli import together
from tests.bench.gateways import common_gateway
from tests.bench.measure import _environment as environment

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="targets are lowered one after the other there"
)
_ONE_AFTER_THE_OTHER = """
import sys
from galc.cli import together, galc
together.processors = lambda: 1
galc(sys.argv[1:])
"""


def galc(
    *arguments: str,
    cwd: Path,
    code: tuple[str, ...] = ("-m", "galc"),
    output: int = subprocess.PIPE,
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (sys.executable, *code, *arguments),
        cwd=cwd,
        env=environment(),
        stdout=output,
        stderr=output,
        text=True,
    )


def written(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_same_files_and_words(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(common_gateway(400))
    said = []
    for output, code in (("one", ("-c", _ONE_AFTER_THE_OTHER)), ("two", ("-m", "galc"))):
        process = galc("build", "a.yaml", "-t", "all", "-o", output, cwd=tmp_path, code=code)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        said.append((out.replace(output, ""), err))
    assert said[0] == said[1]
    assert len(said[0][0].splitlines()) == 7
    assert written(tmp_path / "one") == written(tmp_path / "two") != {}


def test_one_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(common_gateway(400))
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "kong").write_text("in the way")
    process = galc("build", "a.yaml", "-t", "all", cwd=tmp_path)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "galc: can't write build/kong: " in err and "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_stopped_leaves_nothing_half(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(common_gateway(3000))
    process = galc("build", "a.yaml", "-t", "all", cwd=tmp_path, output=subprocess.DEVNULL)
    build = tmp_path / "build"
    until = time.monotonic() + 60
    while not build.exists() and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(number)
    process.wait(timeout=60)
    left = written(tmp_path)
    assert process.returncode != 0
    assert not [name for name in left if "/." in name]
    time.sleep(1)
    assert written(tmp_path) == left, "one went on"


def ended(jobs: list[tuple[str, Callable[[], None]]]) -> int:
    """The exit status of a process that does these jobs."""
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            status = ended_here(jobs)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def ended_here(jobs: list[tuple[str, Callable[[], None]]]) -> int:
    """The same, in this process."""
    together.processors = lambda: 2
    try:
        with together.Together(jobs, apart=True):
            pass
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 99
    return 0


def leave(status: int) -> Callable[[], None]:
    def job() -> None:
        raise SystemExit(status)

    return job


def test_how_they_end() -> None:
    def crash() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    assert ended([("a", leave(0)), ("b", leave(0)), ("c", leave(0))]) == 0
    assert ended([("a", leave(0)), ("b", leave(3)), ("c", leave(0))]) == 3
    assert ended([("a", crash), ("b", leave(0))]) == 2


def test_a_child_of_whoever_started_galc_is_none_of_its_own() -> None:
    def slow() -> None:
        time.sleep(0.3)

    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            if os.fork() == 0:
                os._exit(7)
            status = ended_here([("a", slow), ("b", slow), ("c", slow)])
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_without_processes_it_does_all_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_fork() -> int:
        raise BlockingIOError

    monkeypatch.setattr(together, "processors", lambda: 2)
    monkeypatch.setattr(os, "fork", no_fork)
    jobs = [(name, (tmp_path / name).touch) for name in "abc"]
    with together.Together(jobs, apart=True):
        assert not list(tmp_path.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]
