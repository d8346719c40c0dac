"""Runs Envoy from the files that galc makes for it."""

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .gateways import Artifacts, Ports, page
from .model import ENVIRONMENT
from .processes import Process, find_program, running

#: Where Debian and Alpine keep the certificate authorities; Envoy has no default of its own.
_SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
#: An endpoint of a cluster, in a block or in a line.
_TARGET = re.compile(r"(?:^ *- endpoint:|\"endpoint\":)", re.MULTILINE)
#: Seconds; a name that isn't known never becomes a target.
_PATIENCE = 1.0
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
            targets = len(_TARGET.findall(config.read_text("utf-8")))
            with running(
                command, lambda: page(ports.admin, "/ready") is not None, environment=ENVIRONMENT
            ) as process:
                _wait_for(targets, ports.admin)
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


def _wait_for(targets: int, admin_port: int) -> None:
    """A cluster is ready with the first of its targets, and knows the others a moment later
    (source/extensions/clusters/dns/dns_cluster.cc)."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if (page(admin_port, "/clusters") or "").count("::health_flags::") >= targets:
            return
        time.sleep(0.01)
