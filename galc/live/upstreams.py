"""Echo servers in the place of a file's upstreams."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

from galc.ir.gateway import Target, Upstream
from galc.semantics import Forwarded, Reply
from galc.semantics.messages import Headers

#: Tells a test's request from a gateway's own probes.
MARK = "x-galc-test"


class Echo:
    """All upstreams of a run: how they reply, and the request that they got last."""

    def __init__(self) -> None:
        self.reply = Reply()
        self.seen: tuple[str, Forwarded] | None = None

    def got(self, service: str, forwarded: Forwarded) -> None:
        """A request has reached the upstream of a service."""
        self.seen = service, forwarded


@contextmanager
def serving(echo: Echo, upstream: Upstream) -> Iterator[int]:
    """A server for one target of an upstream; gives its port."""

    class Handler(_Handler):
        pass

    Handler.echo, Handler.service = echo, upstream.name
    Handler.health = upstream.active.statuses[0] if upstream.active else 200
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
    """Answers anything. A request without the header `MARK` is a probe, and finds a healthy
    target."""

    protocol_version = "HTTP/1.1"
    echo: ClassVar[Echo]
    service: ClassVar[str]
    health: ClassVar[int]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        """Any method."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        headers: Headers = tuple(
            (name, value.encode("latin-1").decode("utf-8", "replace"))
            for name, value in self.headers.items()
            if name.lower() != MARK
        )
        reply = Reply(self.health)
        if self.headers.get(MARK):
            server = Target("127.0.0.1", self.connection.getsockname()[1], 1)
            forwarded = Forwarded(self.command, self.path, headers, body, server)
            self.echo.got(self.service, forwarded)
            reply = self.echo.reply
        self.send_response_only(reply.status or 200)
        for name, value in reply.headers:
            self.send_header(name, value.encode().decode("latin-1"))
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
