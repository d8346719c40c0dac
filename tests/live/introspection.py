"""An introspection endpoint (RFC 7662): what it says of each token is part of a case.

`answered` is the endpoint without a network, for models of gateways; the server serves it. It takes
a question only from a client that signs in, in the form that the RFC wants. Where a form has
several tokens the last one counts, so that one that is smuggled in gets what it is after.
"""

import base64
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote_plus

from .keys import Authority
from .model import Introspected, SetToken

PATH = "/introspect"
#: Where a redirection leads: whoever follows it lets everybody in.
ALWAYS = "/always"
#: Ids and secrets that the endpoint knows.
CLIENTS = {"gateway": "s3cr3t", "gate way:1&%\"\\'": 's+/3:=&%]]"\\{{c}} ${r}é€ $(x)'}
#: Where no answer of it would be believed: the certificate isn't for this address.
STRANGE_ADDRESS = "127.0.0.2"
_ATTEMPTS = 10

Tokens = Mapping[str, Introspected]


@dataclass(frozen=True)
class Reply:
    """An answer of the endpoint, and how long it takes."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    chunked: bool = False


def set_token(tokens: dict[str, Introspected], step: SetToken) -> None:
    """Takes over what the step says of a token."""
    if step.said is None:
        tokens.pop(step.token, None)
    else:
        tokens[step.token] = step.said


def body_of(said: Introspected, now: float) -> bytes:
    """What stands in an answer."""
    if said.body is not None:
        return said.body
    claims: dict[str, object] = {"active": True}
    if said.expires_in is not None:
        claims["exp"] = int(now + said.expires_in)
    if said.not_before_in is not None:
        claims["nbf"] = int(now + said.not_before_in)
    return json.dumps(claims | dict(said.claims)).encode()


def answered(
    tokens: Tokens, path: str, headers: Mapping[str, str], body: bytes, now: float
) -> Reply:
    """What the endpoint answers to a POST; names of headers are in lower case."""
    if path == ALWAYS:
        return Reply(200, b'{"active": true}')
    if path != PATH:
        return Reply(404, b"")
    if not _is_client(headers.get("authorization", "")):
        return Reply(401, b'{"error": "invalid_client"}')
    form = parse_qs(body.decode("ascii"), keep_blank_values=True)
    if (
        headers.get("content-type") != "application/x-www-form-urlencoded"
        or headers.get("accept") != "application/json"
        or form.get("token_type_hint") != ["access_token"]
        or "token" not in form
    ):
        return Reply(400, b'{"error": "invalid_request"}')
    said = tokens.get(form["token"][-1])
    if said is None:
        return Reply(200, b'{"active": false}')
    return Reply(said.status, body_of(said, now), said.headers, said.delay, said.chunked)


def _is_client(authorization: str) -> bool:
    kind, _, encoded = authorization.partition(" ")
    if kind != "Basic":
        return False
    name, _, secret = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")
    return CLIENTS.get(unquote_plus(name)) == unquote_plus(secret)


@dataclass
class Endpoint:
    """The endpoint's server: its ports, and the tokens that it knows now."""

    port: int
    tls_port: int
    tokens: dict[str, Introspected] = field(default_factory=dict)


@contextmanager
def introspection_server(authority: Authority) -> Iterator[Endpoint]:
    """Serves the endpoint on 127.0.0.1, with TLS also at an address that its certificate lacks."""
    endpoint = Endpoint(0, 0)

    class Handler(_Handler):
        pass

    Handler.endpoint = endpoint
    with ExitStack() as stack:
        endpoint.port = stack.enter_context(_serving(Handler, "127.0.0.1", 0, None))
        endpoint.tls_port = stack.enter_context(_serving_at_both(Handler, authority))
        yield endpoint


@contextmanager
def _serving_at_both(handler: type["_Handler"], authority: Authority) -> Iterator[int]:
    """With TLS, at one port: what is free at the first address may be taken at the other."""
    for attempts_left in reversed(range(_ATTEMPTS)):
        with ExitStack() as stack:
            port = stack.enter_context(_serving(handler, "127.0.0.1", 0, authority))
            try:
                stack.enter_context(_serving(handler, STRANGE_ADDRESS, port, authority))
            except OSError:
                if not attempts_left:
                    raise
                continue
            yield port
            return


@contextmanager
def _serving(
    handler: type["_Handler"], host: str, port: int, authority: Authority | None
) -> Iterator[int]:
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    if authority is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.server_certificate, authority.server_key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    endpoint: Endpoint

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        reply = answered(self.endpoint.tokens, self.path, headers, body, time.time())
        time.sleep(reply.delay)
        try:
            self._send(reply)
        except OSError:
            self.close_connection = True  # the gateway didn't wait

    def do_GET(self) -> None:
        """As whoever follows a redirection would ask."""
        self._send(Reply(200 if self.path == ALWAYS else 404, b'{"active": true}'))

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(chunks(reply.body))
        else:
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the test output clean."""


def chunks(body: bytes) -> bytes:
    """A body in chunks of a few bytes, with an extension and a trailer."""
    parts = [body[at : at + 7] for at in range(0, len(body), 7)]
    coded = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts)
    return coded + b"0\r\nX-Trailer: t\r\n\r\n"
