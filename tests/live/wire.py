"""HTTP/1.1 and HTTP/2 (prior knowledge) on one server connection, told apart by the preface.

Requests are handed on as they are on the wire: header order, case and duplicates, and the target.
An upgrade is taken whatever it is to, so that a tunnel shows, and its frames of text are said back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import h11

from .checks import Headers
from .websocket import Frames, accepted, frame

#: A request with this header isn't read any further for so many seconds.
_DEAF = b"x-echo-deaf"


@dataclass(frozen=True)
class Reply:
    """What to answer."""

    status: int
    headers: Headers
    body: bytes
    trailers: Headers = ()


#: (version, method, target, headers, body) → reply
Answering = Callable[[str, str, str, Headers, bytes], Awaitable[Reply]]


async def serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answering
) -> None:
    """Answers the requests of a connection until its end."""
    start = await reader.read(65536)
    if start.startswith(b"PRI "):
        await _Http2(reader, writer, answer).serve(start)
    else:
        await _serve_http1(start, reader, writer, answer)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return tuple((_text(name), _text(value)) for name, value in headers)


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers]


async def _serve_http1(
    start: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answering
) -> None:
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(start)
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            request, body = event, bytearray()
            if deaf := _header(event, _DEAF):
                await asyncio.sleep(float(deaf))
                return
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            headers = _texts(request.headers.raw_items())
            method, target = _text(request.method), _text(request.target)
            reply = await answer("1.1", method, target, headers, bytes(body))
            if (protocol := _header(request, b"upgrade")) and reply.status == 200:
                key = _header(request, b"sec-websocket-key") or b""
                headers = (
                    ("Upgrade", _text(protocol)),
                    ("Connection", "Upgrade"),
                    ("Sec-WebSocket-Accept", accepted(_text(key))),
                    *reply.headers,
                )
                await _switch(connection, headers, reader, writer)
                return
            await _send_http1(connection, writer, reply, is_head=method == "HEAD")
            if connection.our_state is not h11.DONE:
                return
            connection.start_next_cycle()
        else:
            return


async def _send_http1(
    connection: h11.Connection, writer: asyncio.StreamWriter, reply: Reply, *, is_head: bool
) -> None:
    length = (b"Content-Length", str(len(reply.body)).encode())
    headers = [*_raw(reply.headers), length]
    response = h11.Response(status_code=reply.status, headers=headers, reason=b"Echo")
    # An answer to HEAD has the length of a body, and none.
    body = b"" if is_head else reply.body
    for event in (response, h11.Data(data=body), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")
    await writer.drain()


def _header(request: h11.Request, name: bytes) -> bytes | None:
    return next((bytes(value) for key, value in request.headers if key == name), None)


async def _switch(
    connection: h11.Connection,
    headers: Headers,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Another protocol from here on: each frame of text goes back as it came."""
    switched = h11.InformationalResponse(status_code=101, headers=_raw(headers))
    writer.write(connection.send(switched) or b"")
    await writer.drain()
    frames = Frames()
    data = connection.trailing_data[0]
    while data or (data := await reader.read(65536)):
        for payload in frames.take(data):
            writer.write(frame(payload, masked=False))
        await writer.drain()
        data = b""


@dataclass
class _Stream:
    headers: list[tuple[bytes, bytes]]
    body: bytearray = field(default_factory=bytearray)


class _Http2:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answering
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._answer = answer
        self._streams: dict[int, _Stream] = {}
        self._connection = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding=None)
        )

    async def serve(self, start: bytes) -> None:
        self._connection.initiate_connection()
        data = start
        async with asyncio.TaskGroup() as answers:
            while data:
                for event in self._connection.receive_data(data):
                    if ended := self._take(event):
                        answers.create_task(self._reply(ended))
                await self._flush()
                data = await self._reader.read(65536)

    def _take(self, event: h2.events.Event) -> int | None:
        """Notes an event; the value is the stream that is complete with it."""
        if isinstance(event, h2.events.RequestReceived):
            self._streams[event.stream_id] = _Stream(list(event.headers))
        elif isinstance(event, h2.events.DataReceived):
            self._streams[event.stream_id].body += event.data
            self._connection.acknowledge_received_data(
                event.flow_controlled_length, event.stream_id
            )
        elif isinstance(event, h2.events.StreamEnded):
            return event.stream_id
        elif isinstance(event, h2.events.StreamReset):
            self._streams.pop(event.stream_id, None)
        return None

    async def _reply(self, stream_id: int) -> None:
        stream = self._streams[stream_id]
        fields = dict(stream.headers)
        host = [(b"host", fields[b":authority"])] if b":authority" in fields else []
        plain = [item for item in stream.headers if not item[0].startswith(b":")]
        headers = _texts([*host, *plain])
        method, path = _text(fields[b":method"]), _text(fields[b":path"])
        reply = await self._answer("2", method, path, headers, bytes(stream.body))
        if self._streams.pop(stream_id, None) is None:
            return
        self._send(stream_id, reply, is_head=method == "HEAD")
        await self._flush()

    def _send(self, stream_id: int, reply: Reply, *, is_head: bool) -> None:
        own = [(name.lower(), value) for name, value in _raw(reply.headers)]
        status = (b":status", str(reply.status).encode())
        self._connection.send_headers(stream_id, [status, *own], end_stream=is_head)
        if is_head:
            return
        self._connection.send_data(stream_id, reply.body, end_stream=not reply.trailers)
        if reply.trailers:
            trailers = [(name.lower(), value) for name, value in _raw(reply.trailers)]
            self._connection.send_headers(stream_id, trailers, end_stream=True)

    async def _flush(self) -> None:
        self._writer.write(self._connection.data_to_send())
        await self._writer.drain()
