"""A client that sends what it is told, byte for byte, from the address it is told."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import h2.config
import h2.connection
import h2.events

from .checks import Answer, Headers
from .model import Talk
from .websocket import is_accepted, talk_over

_TIMEOUT = 15.0
_CHUNK = 30_000


@dataclass(frozen=True)
class Request:
    """A request whose header values are plain text."""

    method: str
    path: str
    headers: Headers
    body: bytes = b""
    chunked: bool = False
    http2: bool = False
    talk: Talk | None = None


def send(request: Request, address: tuple[str, int], source: str) -> Answer:
    """Sends the request on a connection of its own; status 0 means that nobody listens."""
    begin = time.monotonic()
    try:
        connection = socket.create_connection(address, _TIMEOUT, (source, 0))
    except ConnectionRefusedError:
        return Answer(0)
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if request.http2:
            return replace(_http2(request, connection), seconds=time.monotonic() - begin)
        return _http1(request, connection, begin)


def _http1(request: Request, connection: socket.socket, begin: float) -> Answer:
    try:
        connection.sendall(_head(request))
        for part in _parts(request):
            connection.sendall(part)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before the body was read: the answer is there all the same
    response = http.client.HTTPResponse(connection, method=request.method)
    # Closed also where the answer is none: an open one would be told of in a later test.
    with closing(response):
        response.begin()
        body = b"" if response.status == 101 else response.read()
        headers = tuple((name, _utf8(value)) for name, value in response.msg.items())
        answer = Answer(response.status, headers, body, seconds=time.monotonic() - begin)
        if response.status != 101 or request.talk is None:
            return answer
        if not is_accepted(headers):
            raise ValueError(f"101 without the right Sec-WebSocket-Accept: {headers}")
        said, closed = talk_over(connection, request.talk)
        return replace(answer, said=said, closed=closed)


def _head(request: Request) -> bytes:
    framing: Headers = ()
    if request.chunked:
        framing = (("Transfer-Encoding", "chunked"),)
    elif request.body or request.method in ("POST", "PUT", "PATCH"):
        framing = (("Content-Length", str(len(request.body))),)
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in (*request.headers, *framing)]
    return "\r\n".join((*lines, "", "")).encode()


def _parts(request: Request) -> Iterator[bytes]:
    if not request.chunked:
        yield request.body
        return
    for start in range(0, len(request.body), _CHUNK):
        part = request.body[start : start + _CHUNK]
        yield b"%x\r\n%s\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


def _utf8(value: str) -> str:
    """http.client reads header values as Latin-1."""
    return value.encode("latin-1").decode("utf-8", "surrogateescape")


def _http2(request: Request, connection: socket.socket) -> Answer:
    protocol = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    protocol.initiate_connection()
    stream = protocol.get_next_available_stream_id()
    protocol.send_headers(stream, _http2_fields(request), end_stream=not request.body)
    if request.body:
        protocol.send_data(stream, request.body, end_stream=True)
    connection.sendall(protocol.data_to_send())
    answer = Answer(0)
    while True:
        data = connection.recv(65536)
        for event in protocol.receive_data(data):
            answer = _with(answer, event)
            if isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                return answer
        if not data:
            return answer
        connection.sendall(protocol.data_to_send())


def _http2_fields(request: Request) -> list[tuple[str, str]]:
    authority = next(value for name, value in request.headers if name.lower() == "host")
    pseudo = [
        (":method", request.method),
        (":scheme", "http"),
        (":authority", authority),
        (":path", request.path),
    ]
    rest = [(n.lower(), value) for n, value in request.headers if n.lower() != "host"]
    return pseudo + rest


def _with(answer: Answer, event: h2.events.Event) -> Answer:
    if isinstance(event, h2.events.ResponseReceived):
        fields = tuple((str(name), str(value)) for name, value in event.headers)
        status = int(dict(fields)[":status"])
        return replace(answer, status=status, headers=fields[1:])
    if isinstance(event, h2.events.DataReceived):
        return replace(answer, body=answer.body + event.data)
    if isinstance(event, h2.events.TrailersReceived):
        fields = tuple((str(name), str(value)) for name, value in event.headers)
        return replace(answer, trailers=fields)
    return answer
