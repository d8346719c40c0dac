"""What goes in and out: a client's request, what an upstream gets and replies, and the answer."""

from msgspec import Struct

from galc.ir.gateway import Target

#: Names in the case in which they were sent, in the order of the lines.
Headers = tuple[tuple[str, str], ...]


class Request(Struct, frozen=True):
    """A request as the gateway reads it from the wire; `target` is path and query, `peer` the
    address that the connection comes from."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    peer: str = "127.0.0.1"


class Forwarded(Struct, frozen=True):
    """A request as an upstream gets it, and the target that was chosen for it."""

    method: str
    target: str
    headers: Headers
    body: bytes
    server: Target


class Reply(Struct, frozen=True):
    """What an upstream does: an answer after `seconds`, or, with the status None, no connection.

    Of these seconds the connection takes `connecting`, and it stands still for at most `pausing`
    while the request is sent.
    """

    status: int | None = 200
    headers: Headers = ()
    body: bytes = b""
    trailers: Headers = ()
    seconds: float = 0.0
    connecting: float = 0.0
    pausing: float = 0.0


class Answer(Struct, frozen=True):
    """What the client gets."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    trailers: Headers = ()


def values(headers: Headers, name: str) -> list[str]:
    """All values of a header, in order; names are compared without case."""
    wanted = name.lower()
    return [value for key, value in headers if key.lower() == wanted]


def first(headers: Headers, name: str) -> str | None:
    """The first value of a header."""
    return next(iter(values(headers, name)), None)


def without(headers: Headers, *names: str) -> Headers:
    """The headers but those."""
    gone = {name.lower() for name in names}
    return tuple((name, value) for name, value in headers if name.lower() not in gone)
