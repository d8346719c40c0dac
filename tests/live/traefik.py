"""Runs Traefik from the files that galc makes for it."""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from galc.live.programs import reserved_ports

from .gateways import Artifacts, Ports, answered, page
from .model import ENVIRONMENT
from .processes import BootError, PortTakenError, Process, find_program, running

#: More than any case has routers; the API gives a hundred a page by default.
_PAGE = "?per_page=100000"
_ERROR = re.compile(r"^\S+ ERR .*", re.MULTILINE)

#: A port that was free a moment ago may be somebody else's now.
_ATTEMPTS = 5


class Traefik:
    """Traefik in the folder of its files; the admin interface tells what it took of them."""

    target = "traefik"

    @contextmanager
    def boot(self, artifacts: Artifacts, ports: Ports, authorities: Path) -> Iterator[Process]:
        """Traefik with every router of `dynamic.yaml` enabled."""
        with tempfile.TemporaryDirectory(prefix="galc-traefik-") as name:
            folder = Path(name)
            for file, text in artifacts.items():
                (folder / file).write_text(text, "utf-8")
            # Go reads the system's authorities from here; the file provider's path is relative.
            environment = {**ENVIRONMENT, "SSL_CERT_FILE": str(authorities)}
            command = ["env", f"--chdir={folder}", find_program("traefik")]
            command += ["--configFile=traefik.yaml"]
            expected = len(yaml.safe_load(artifacts["dynamic.yaml"])["http"]["routers"])
            listens = yaml.safe_load(artifacts["traefik.yaml"])["entryPoints"]["web"]["address"]

            def ready() -> bool:
                return len(_loaded(ports.admin)) >= expected and _routes(listens)

            with running(command, ready, environment=environment) as process:
                if problems := _problems(ports.admin, process.log_tail()):
                    raise BootError(problems)
                yield process

    def validate(self, artifacts: Artifacts) -> str | None:
        """Traefik's complaint about the files, or None; it has to be started to be asked."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(PortTakenError):
                return self._complaint(artifacts)
        return self._complaint(artifacts)

    def _complaint(self, artifacts: Artifacts) -> str | None:
        with reserved_ports(2) as (gateway, admin):
            static = yaml.safe_load(artifacts["traefik.yaml"])
            static["entryPoints"]["web"]["address"] = f"127.0.0.1:{gateway}"
            static["entryPoints"]["traefik"]["address"] = f"127.0.0.1:{admin}"
            moved = {**artifacts, "traefik.yaml": json.dumps(static)}
            try:
                with self.boot(moved, Ports(gateway, admin), Path("/dev/null")):
                    return None
            except PortTakenError:
                raise
            except BootError as error:
                return str(error)


def _loaded(admin: int) -> list[dict[str, Any]]:
    """The routers of the file, as Traefik reports them; none until it has read the file."""
    if page(admin, "/ping") is None:
        return []
    routers = json.loads(page(admin, f"/api/http/routers{_PAGE}") or "[]")
    return [router for router in routers if router["provider"] == "file"]


def _routes(address: str) -> bool:
    """Whether requests are routed: the API tells of routers a moment earlier than they work. Each
    file of galc has one that refuses an encoded backslash."""
    host, _, port = address.rpartition(":")
    return answered(host.replace("0.0.0.0", "") or "127.0.0.1", int(port), "/%5C")[0] == 400


def _problems(admin: int, log: str) -> str:
    """What Traefik didn't take: routers that aren't enabled, and errors in the log."""
    refused = [
        f"{router['name']}: {router['status']}: {router.get('error')}"
        for router in _loaded(admin)
        if router["status"] != "enabled"
    ]
    return "\n".join((*refused, *_ERROR.findall(log)))
