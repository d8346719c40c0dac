"""Gateways as child processes: found, started on the files that galc makes, and ended."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from galc.semantics import UnknowableError

_PATIENCE = 20.0
#: Command line by target, with the folder of the artifacts for `{}`; only one worker, so that
#: limits and turns are those of one instance.
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "envoy": (
        *("envoy", "-c", "{}/envoy.yaml", "--concurrency", "1"),
        *("--disable-hot-restart", "--log-level", "warning"),
    ),
    "traefik": ("traefik", "--configfile={}/traefik.yaml"),
}
#: Every gateway of galc answers this with 400 as soon as it routes requests.
_PROBE = "/%5C"


class NotStartedError(UnknowableError):
    """The gateway ended or wasn't ready in time, with the end of its log."""


def find(target: str) -> str:
    """The program of a target: beside this Python, or on the PATH."""
    if target not in _COMMANDS:
        known = ", ".join(_COMMANDS)
        raise UnknowableError(f"galc can't start this gateway (it starts {known})")
    name = _COMMANDS[target][0]
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise UnknowableError(f"`{name}` isn't installed here")
    return found


@contextmanager
def reserved_ports(count: int) -> Iterator[list[int]]:
    """Ports of loopback that nobody listens at, and that no other run of this kind gets meanwhile.

    Gateways listen with SO_REUSEPORT, so two that were given the same port would both get requests.
    An abstract Unix socket (Linux only) named after the port is the reservation; it dies with its
    process.
    """
    with ExitStack() as reservations:
        ports: list[int] = []
        while len(ports) < count:
            port = _free_port()
            if sys.platform == "linux":
                reservation = reservations.enter_context(socket.socket(socket.AF_UNIX))
                try:
                    reservation.bind(f"\0galc-live-port-{port}")
                except OSError:
                    continue
            if port not in ports:
                ports.append(port)
        yield ports


def _free_port() -> int:
    with socket.socket() as probe:
        # At every address: a gateway may listen at all of them.
        probe.bind(("", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(
    target: str, artifacts: Mapping[str, str], port: int, environment: Mapping[str, str]
) -> Iterator[None]:
    """The gateway, ready for requests at `port`; it ends with the context, whatever happens."""
    program = find(target)
    with tempfile.TemporaryDirectory(prefix="galc-test-") as folder:
        for name, text in artifacts.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        command = [program, *(word.format(folder) for word in _COMMANDS[target][1:])]
        log = Path(folder) / "galc-test.log"
        with log.open("wb") as output:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **environment},
            )
        try:
            _wait(child, log, port)
            yield
        finally:
            child.kill()
            child.wait()


def _wait(child: "subprocess.Popen[bytes]", log: Path, port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and child.poll() is None:
        if _routes(port):
            return
        time.sleep(0.05)
    told = log.read_text("utf-8", "replace")[-600:].strip()
    raise NotStartedError(f"the gateway didn't start: {told or 'it says nothing'}")


def _routes(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", _PROBE)
        return connection.getresponse().status == 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
