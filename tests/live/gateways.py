"""What the harness needs of a gateway; one module for each implements it."""

import http.client
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Artifacts = Mapping[str, str]


@dataclass(frozen=True)
class Ports:
    """Where a gateway listens and where its admin interface does."""

    gateway: int
    admin: int


class RunningGateway(Protocol):
    """A gateway that answers requests."""

    @property
    def running(self) -> bool:
        """Whether its process has not ended."""

    def log_tail(self, characters: int = 4000) -> str:
        """The end of its log."""


class Gateway(Protocol):
    """A kind of gateway: the target that galc compiles for, and how to run what it makes."""

    @property
    def target(self) -> str:
        """Name of the target."""

    def boot(
        self, artifacts: Artifacts, ports: Ports, authorities: Path
    ) -> AbstractContextManager[RunningGateway]:
        """A gateway with these files, ready for requests until the end of the context.

        `authorities` is a PEM file of the certificate authorities that stand in for the
        system's. Raises `processes.PortTakenError` when a port was lost to another process.
        """

    def validate(self, artifacts: Artifacts) -> str | None:
        """What the gateway itself finds wrong with the files, without running them."""


def page(port: int, path: str) -> str | None:
    """The text of a page of an admin interface on 127.0.0.1, if it is there."""
    status, text = answered("127.0.0.1", port, path)
    return text if status == 200 else None


def answered(host: str, port: int, path: str) -> tuple[int | None, str]:
    """Status and body of an answer; no status where there is none."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return None, ""
    finally:
        connection.close()
