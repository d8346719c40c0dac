"""Echo upstreams that record what reaches them and misbehave on request.

All of them run on one event loop in a thread of their own. A request may say how it wants to be
answered, with `X-Echo-Status`, `X-Echo-Delay` (seconds), `X-Echo-Deaf` (seconds in which nothing
more of it is read) and `X-Echo-Header` (`Name: value`, also several times); `SetUpstream` steps
say it for all that follow.
"""

import asyncio
import itertools
import socket
import ssl
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from threading import Lock, Thread
from typing import Any, TypeVar

from .checks import Headers, Received, values
from .keys import Authority
from .model import SetUpstream
from .wire import Reply, serve

_T = TypeVar("_T")
NAMES = ("a", "b", "c")
#: The header by which a step's request is told from a gateway's own probes.
REQUEST_ID = "X-Live-Request"


@dataclass
class Behaviour:
    """How an upstream answers."""

    status: int = 200
    delay: float = 0.0
    health_status: int = 200
    health_path: str = "/health"
    health_delay: float = 0.0

    def change(self, step: SetUpstream) -> None:
        """Takes over what the step states."""
        for name in ("status", "delay", "health_status", "health_path", "health_delay"):
            value = getattr(step, name)
            if value is not None:
                setattr(self, name, value)


class Upstream:
    """One echo server at a port that it keeps while it is down."""

    _connection_numbers = itertools.count(1)

    def __init__(self, name: str, records: "Records", tls: ssl.SSLContext) -> None:
        self.name = name
        self.behaviour = Behaviour()
        self._records = records
        self._tls = tls
        self._anchor, self.port = _anchor()
        self._tls_anchor, self.tls_port = _anchor()
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.StreamWriter] = set()
        self._blocked: list[socket.socket] = []

    async def open(self) -> None:
        """Accepts connections at the port, and with TLS at `tls_port`."""
        if self._servers:
            return
        plain = await asyncio.start_server(
            self._connected, "127.0.0.1", self.port, reuse_port=True, backlog=1000
        )
        secure = await asyncio.start_server(
            self._connected, "127.0.0.1", self.tls_port, reuse_port=True, ssl=self._tls
        )
        self._servers = [plain, secure]

    async def close(self) -> None:
        """Refuses connections and cuts the existing ones."""
        for blocked in self._blocked:
            blocked.close()
        self._blocked = []
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        for writer in list(self._connections):
            writer.transport.abort()

    async def block(self) -> None:
        """Lets connection attempts hang: the queue of a listener that never accepts is full."""
        await self.close()
        listener = _reusable_socket()
        listener.bind(("127.0.0.1", self.port))
        listener.listen(0)
        self._blocked = [listener]
        for _ in range(2):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._blocked.append(filler)

    def release(self) -> None:
        """Gives the ports back."""
        self._anchor.close()
        self._tls_anchor.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            number = next(self._connection_numbers)
            await serve(reader, writer, partial(self._answer, number))
        except (OSError, EOFError):
            pass
        finally:
            self._connections.discard(writer)
            writer.transport.abort()

    async def _answer(
        self, connection: int, version: str, method: str, path: str, headers: Headers, body: bytes
    ) -> Reply:
        behaviour, step = self.behaviour, values(headers, REQUEST_ID)
        if not step:
            await asyncio.sleep(behaviour.health_delay)
            healthy = path == behaviour.health_path
            return Reply(behaviour.health_status if healthy else 404, (), b"")
        received = Received(self.name, version, method, path, headers, body, connection)
        self._records.add(step[0], received)
        reply, delay = replied(self.name, behaviour, headers)
        await asyncio.sleep(delay)
        return reply


def replied(name: str, behaviour: Behaviour, headers: Headers) -> tuple[Reply, float]:
    """How an upstream answers a request with these headers, and after how many seconds."""
    delays = values(headers, "X-Echo-Delay")
    statuses = values(headers, "X-Echo-Status")
    grpc = any(value.startswith("application/grpc") for value in values(headers, "Content-Type"))
    own = (
        ("Server", "upstream"),
        ("X-Powered-By", "echo"),
        ("X-Echo-Upstream", name),
        ("Content-Type", "application/grpc" if grpc else "application/json"),
    )
    reply = Reply(
        int(statuses[0]) if statuses else behaviour.status,
        (*own, *_wanted_headers(headers)),
        f'{{"upstream": "{name}"}}'.encode(),
        (("grpc-status", "0"),) if grpc else (),
    )
    return reply, float(delays[0]) if delays else behaviour.delay


def _wanted_headers(headers: Headers) -> Headers:
    wanted = (line.partition(":") for line in values(headers, "X-Echo-Header"))
    return tuple((name.strip(), value.strip()) for name, _, value in wanted)


def _reusable_socket() -> socket.socket:
    reusable = socket.socket()
    reusable.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reusable.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return reusable


def _anchor() -> tuple[socket.socket, int]:
    """A socket that is bound and never listens, so that nobody takes the port of a closed one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    anchor = _reusable_socket()
    anchor.bind(("127.0.0.1", port))
    return anchor, port


class Records:
    """What the upstreams received, by the id of the request."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._received: defaultdict[str, list[Received]] = defaultdict(list)

    def add(self, request: str, received: Received) -> None:
        """Notes a request."""
        with self._lock:
            self._received[request].append(received)

    def take(self, request: str) -> tuple[Received, ...]:
        """The calls that a request led to so far, once."""
        with self._lock:
            return tuple(self._received.pop(request, ()))


class Upstreams:
    """The upstreams a, b and c; a context manager that runs them."""

    def __init__(self, authority: Authority) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(authority.server_certificate, authority.server_key)
        tls.set_alpn_protocols(["h2", "http/1.1"])
        self.records = Records()
        self._all = {name: Upstream(name, self.records, tls) for name in NAMES}
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Upstreams":
        self._thread.start()
        self.reset()
        return self

    def __exit__(self, *_: object) -> None:
        for upstream in self._all.values():
            self._run(upstream.close())
            upstream.release()
        self._run(_settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ports(self) -> dict[str, int]:
        """Ports by placeholder: `a` … for plain HTTP, `a_tls` … for TLS."""
        plain = {name: upstream.port for name, upstream in self._all.items()}
        return plain | {f"{name}_tls": up.tls_port for name, up in self._all.items()}

    def reset(self) -> None:
        """All up, healthy and fast."""
        for upstream in self._all.values():
            upstream.behaviour = Behaviour()
            self._run(_reopen(upstream))

    def change(self, name: str, step: SetUpstream) -> None:
        """Does what the step says to the named upstream."""
        upstream = self._all[name]
        upstream.behaviour.change(step)
        if step.state == "up":
            self._run(_reopen(upstream))
        elif step.state == "down":
            self._run(upstream.close())
        elif step.state == "unreachable":
            self._run(upstream.block())

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)


async def _reopen(upstream: Upstream) -> None:
    await upstream.close()
    await upstream.open()


async def _settle() -> None:
    """Lets cancelled connections end before the loop does."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
