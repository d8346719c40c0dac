"""Runs Envoy from the files that galc makes for it."""

import http.client
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .gateways import Artifacts, Ports
from .model import ENVIRONMENT
from .processes import Process, find_program, running

#: Where Debian and Alpine keep the certificate authorities; Envoy has no default of its own.
_SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
_QUIET = ("--concurrency", "1", "--disable-hot-restart", "--log-level", "warning")


class Envoy:
    """Envoy with one worker thread, so that counters and balancing are those of one instance."""

    target = "envoy"

    @contextmanager
    def boot(self, artifacts: Artifacts, ports: Ports, authorities: Path) -> Iterator[Process]:
        """Envoy, live and with all listeners open; the bootstrap is `envoy.yaml` or `.json`."""
        with tempfile.TemporaryDirectory(prefix="galc-envoy-") as folder:
            config = _write(artifacts, Path(folder), authorities)
            command = [find_program("envoy"), "-c", str(config), *_QUIET]
            with running(
                command, lambda: _is_live(ports.admin), environment=ENVIRONMENT
            ) as process:
                yield process

    def validate(self, artifacts: Artifacts) -> str | None:
        """Envoy's complaint about the files, or None; a warning is one."""
        with tempfile.TemporaryDirectory(prefix="galc-envoy-") as folder:
            config = _write(artifacts, Path(folder), Path(_SYSTEM_AUTHORITIES))
            done = subprocess.run(
                [find_program("envoy"), "-c", str(config), "--mode", "validate", *_QUIET],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        told = done.stdout + done.stderr
        warnings = [line for line in told.splitlines() if _is_warning(line)]
        return told if done.returncode != 0 or warnings else None


def _is_warning(line: str) -> bool:
    """Whether a line says that something will change or isn't right; what is new is fine."""
    return "[warning]" in line and "work-in-progress" not in line


def _write(artifacts: Artifacts, folder: Path, authorities: Path) -> Path:
    for name, text in artifacts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(_SYSTEM_AUTHORITIES, str(authorities)), "utf-8")
    return folder / next(name for name in artifacts if Path(name).stem == "envoy")


def _is_live(admin_port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", admin_port, timeout=1)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
