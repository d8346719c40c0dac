"""Timeouts, retries and upgrades in normal form: one function a policy.

Precondition: a decoded policy and its place. Postcondition: the normal form with every default
filled in. Pure but for the report.
"""

from msgspec import UNSET, Struct

from galc.diagnostics import Report, meaning
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir import gateway as gw
from galc.ir.units import milliseconds


class Timeout(Struct, frozen=True):
    """The bound on the upstream's answer (None: the document's), and those on single phases."""

    answer_ms: int | None
    phases: gw.Phases | None


def timeout(policy: str | doc.Timeouts, _path: Path, _report: Report) -> Timeout:
    """One duration is the bound on the answer; a block has one for each phase."""
    if isinstance(policy, str):
        return Timeout(milliseconds(policy), None)
    read = None if policy.read is UNSET else milliseconds(str(policy.read))
    return Timeout(read, _phases(policy))


def _phases(policy: doc.Timeouts) -> gw.Phases:
    return gw.Phases(
        connect_ms=milliseconds(policy.connect),
        send_ms=milliseconds(policy.send),
        idle_ms=milliseconds(policy.idle),
    )


#: What a block has that says nothing.
DEFAULT_PHASES = _phases(doc.Timeouts())


def retry(policy: doc.Retry, _path: Path, _report: Report) -> gw.Retry:
    """Conditions in order, each once; pauses in milliseconds."""
    return gw.Retry(
        attempts=policy.attempts,
        conditions=tuple(sorted(set(policy.retry_on))),
        backoff=policy.backoff,
        base_ms=milliseconds(policy.base_interval),
        max_ms=milliseconds(policy.max_interval),
    )


def websocket(policy: doc.WebSocket, _path: Path, _report: Report) -> gw.WebSocket:
    """The time that a connection may be silent, in milliseconds."""
    return gw.WebSocket(milliseconds(policy.idle_timeout))


def check_upgrade(
    service: doc.Service, methods: tuple[str, ...], place: Place, report: Report
) -> None:
    """Whether a handshake, which is a GET of HTTP/1.1, can come to a route and its upstream."""
    if service.type == "grpc" or service.protocol in ("http2", "grpc"):
        report(meaning.WebSocketOverHttp2(place, service.name))
    elif methods and "GET" not in methods:
        because = "on a route that doesn't take GET: every handshake is one"
        report(meaning.Ineffective(place, "websocket", because))
