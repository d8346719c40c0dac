"""Echo servers in the place of a file's upstreams."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

from galc.ir.gateway import Target
from galc.semantics import Forwarded
from galc.semantics.messages import Headers

#: Tells a test's request from a gateway's own probes.
MARK = "x-galc-test"


class Echo:
    """All upstreams of a run: how they answer, and the request that they got last."""

    def __init__(self) -> None:
        self.status = 200
        self.seen: tuple[str, Forwarded] | None = None

    def got(self, service: str, forwarded: Forwarded) -> None:
        """A request has reached the upstream of a service."""
        self.seen = service, forwarded


@contextmanager
def serving(echo: Echo, service: str) -> Iterator[int]:
    """A server for one target of a service; gives its port."""

    class Handler(_Handler):
        pass

    Handler.echo, Handler.service = echo, service
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Answers anything. A request without the header `MARK` is a probe and is left alone."""

    protocol_version = "HTTP/1.1"
    echo: ClassVar[Echo]
    service: ClassVar[str]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        """Any method."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        headers: Headers = tuple((n, v) for n, v in self.headers.items() if n.lower() != MARK)
        status = 200
        if self.headers.get(MARK):
            server = Target("127.0.0.1", self.connection.getsockname()[1], 1)
            forwarded = Forwarded(self.command, self.path, headers, body, server)
            self.echo.got(self.service, forwarded)
            status = self.echo.status
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
