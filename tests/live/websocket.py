"""WebSocket (RFC 6455) by hand, as far as cases need it: a handshake, and short frames of text."""

import base64
import hashlib
import socket
import time
from collections.abc import Iterator

from .checks import Headers, values
from .model import Talk

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
_MASK = b"galc"
_TEXT, _CLOSE = 0x81, 0x88
#: A frame's payload is one length byte long at most.
_MOST = 125

#: What makes a request a handshake (section 4.1).
HANDSHAKE: Headers = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", _KEY),
)


def with_handshake(headers: Headers) -> Headers:
    """The headers, and those of a handshake that aren't among them."""
    named = {name.lower() for name, _ in headers}
    return (*headers, *((n, v) for n, v in HANDSHAKE if n.lower() not in named))


def accepted(key: str) -> str:
    """`Sec-WebSocket-Accept` for a key."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()


def is_accepted(headers: Headers) -> bool:
    """Whether an answer 101 is one to `HANDSHAKE`."""
    return values(headers, "Sec-WebSocket-Accept") == [accepted(_KEY)]


def frame(text: bytes, *, masked: bool) -> bytes:
    """One frame with a whole text; a client masks it (section 5.3)."""
    assert len(text) <= _MOST
    if not masked:
        return bytes((_TEXT, len(text))) + text
    return bytes((_TEXT, 0x80 | len(text))) + _MASK + _xored(text, _MASK)


def _xored(data: bytes, mask: bytes) -> bytes:
    return bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))


class Frames:
    """Cuts what arrives into the payloads of frames."""

    def __init__(self) -> None:
        self._data = b""

    def take(self, data: bytes) -> Iterator[bytes]:
        """The payloads of the text frames that are complete with these bytes."""
        self._data += data
        while len(self._data) >= 2:
            opcode, length = self._data[0], self._data[1] & 0x7F
            start = 6 if self._data[1] & 0x80 else 2
            if len(self._data) < start + length:
                return
            mask, payload = self._data[2:start], self._data[start : start + length]
            self._data = self._data[start + length :]
            if opcode == _TEXT:
                yield _xored(payload, mask) if mask else payload


def played(talk: Talk, idle: float) -> tuple[tuple[str, ...], float | None]:
    """As `talk_over`, for a gateway that is a model and closes after so many silent seconds."""
    said = talk.texts if talk.pause < idle else ()
    return said, idle if idle < talk.silent else None


def talk_over(connection: socket.socket, talk: Talk) -> tuple[tuple[str, ...], float | None]:
    """Says the texts; what came back, and after how many seconds of silence the end came."""
    frames, said = Frames(), list[str]()
    for text in talk.texts:
        time.sleep(talk.pause)
        connection.sendall(frame(text.encode(), masked=True))
        while True:
            data = connection.recv(65536)
            payloads = [payload.decode() for payload in frames.take(data)]
            said += payloads
            if payloads or not data:
                break
    begin = time.monotonic()
    connection.settimeout(max(talk.silent, 0.05))
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return tuple(said), None
    except ConnectionResetError:
        pass
    return tuple(said), time.monotonic() - begin
