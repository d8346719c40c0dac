"""The program that asks an introspection endpoint from nginx: what goes over the wire, whatever
comes back. What an answer means is the live cases' matter, on models of Kong and APISIX.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galc.ir.gateway import Introspection
from galc.printers.lua import lua_literal
from galc.targets import lua
from galc.targets.introspection import endpoint, on_nginx

from ..live.introspection import CLIENTS, STRANGE_ADDRESS, introspection_server
from ..live.keys import Authority
from ..live.model import Introspected
from .cosockets import PLAIN_PORT, TLS_PORT, Sockets
from .test_apisix_world import World

_PLAIN = f"http://127.0.0.1:{PLAIN_PORT}/introspect"
_ACTIVE = b'{"active": true}'
_HEAD = b"HTTP/1.1 200 OK\r\n"


class Asker:
    """A worker of nginx in which one policy asks about tokens."""

    def __init__(self, url: str = _PLAIN, sockets: type[Sockets] = Sockets, **more: Any) -> None:
        self.world = World(sockets)
        self.sockets = self.world.sockets
        self.sockets.tokens = {"good": Introspected()}
        scheme = Introspection(url, "gateway", "s3cr3t", (), ())
        data = {**on_nginx(scheme), **more}
        program = lua.programs("json", "introspection", "nginx_introspection")
        self._ask = self.world.load(
            f"{program}\nlocal policy = {lua_literal(data)}\n"
            "return function(...) return is_introspected(policy, { ... }) end"
        )

    def lets_in(self, token: str = "good") -> bool:
        found = self._ask(f"Bearer {token}")
        assert found in (True, False)
        return bool(found)


def test_the_question_is_a_form_from_a_client_that_signs_in() -> None:
    asker = Asker(_PLAIN + "?tenant=%20")
    asker.lets_in("a+b/c~d==")
    (question,) = asker.sockets.asked
    head, _, form = question.partition(b"\r\n\r\n")
    assert form == b"token=a%2Bb%2Fc%7Ed%3D%3D&token_type_hint=access_token"
    assert head.split(b"\r\n") == [
        b"POST /introspect?tenant=%20 HTTP/1.1",
        b"Host: 127.0.0.1:7023",
        b"Authorization: Basic Z2F0ZXdheTpzM2NyM3Q=",
        b"Content-Type: application/x-www-form-urlencoded",
        b"Accept: application/json",
        b"Content-Length: %d" % len(form),
    ]


def test_a_connection_is_kept_and_used_again() -> None:
    asker = Asker()
    assert [asker.lets_in(name) for name in ("good", "bad", "good")] == [True, False, True]
    assert asker.sockets.connections == 1
    asker.sockets.tokens["pieces"] = Introspected(chunked=True)
    assert asker.lets_in("pieces") and asker.lets_in() and asker.sockets.connections == 1


def test_a_connection_that_the_endpoint_closes_is_not() -> None:
    asker = Asker()
    asker.sockets.closes = True
    assert [asker.lets_in() for _ in range(3)] == [True] * 3
    assert asker.sockets.connections == 3


def test_a_kept_connection_that_was_closed_meanwhile_refuses_nobody() -> None:
    asker = Asker()
    assert asker.lets_in()
    asker.sockets.forgets = True
    assert asker.lets_in() and asker.sockets.connections == 2


def test_nobody_waits_for_more_than_five_seconds() -> None:
    asker = Asker()
    asker.sockets.tokens["slow"] = Introspected(delay=60)
    begin = asker.world.clock
    assert not asker.lets_in("slow")
    assert asker.world.clock - begin == pytest.approx(5)
    assert asker.lets_in(), "the connection on which somebody waited isn't used again"


@pytest.mark.parametrize(
    ("raw", "good"),
    [
        (_HEAD + b"Content-Length: 16\r\n\r\n" + _ACTIVE, True),
        (_HEAD + b"\r\n" + _ACTIVE, True),
        (b"HTTP/1.0 200 OK\r\n\r\n" + _ACTIVE, True),
        (b"HTTP/1.1 200\r\n\r\n" + _ACTIVE, True),
        (_HEAD + b"Content-Encoding: identity\r\n\r\n" + _ACTIVE, True),
        (_HEAD + b"Transfer-Encoding: CHUNKED\r\n\r\n10\r\n" + _ACTIVE + b"\r\n0\r\n\r\n", True),
        (_HEAD + b"Content-Length: 16\r\n\r\n" + _ACTIVE + b"{}", True),
        (b"", False),
        (_ACTIVE, False),
        (b"HTTP/1.1 200 OK", False),
        (_HEAD + b"\r\n", False),
        (_HEAD + b"Content-Length: 17\r\n\r\n" + _ACTIVE, False),
        (_HEAD + b"Content-Length: 16\r\nContent-Length: 16\r\n\r\n" + _ACTIVE, False),
        (_HEAD + b"Content-Length: -1\r\n\r\n" + _ACTIVE, False),
        (_HEAD + b"Content-Length: 0x10\r\n\r\n" + _ACTIVE, False),
        (_HEAD + b"Content-Length: 99999999999999999999\r\n\r\n" + _ACTIVE, False),
        (_HEAD + b"Content-Encoding: gzip\r\n\r\n" + _ACTIVE, False),
        (_HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + _ACTIVE, False),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + _ACTIVE, False),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n" + _ACTIVE, False),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n" + _ACTIVE + b"0\r\n\r\n", False),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + _ACTIVE + b"\r\n0\r\n\r\n", False),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + _HEAD + b"\r\n" + _ACTIVE, False),
        (b"HTTP/1.1 2000 OK\r\n\r\n" + _ACTIVE, False),
        (b"HTTP/1.1 204 200 \r\n\r\n" + _ACTIVE, False),
        (b"HTTP/2 200 OK\r\n\r\n" + _ACTIVE, False),
        (b"\r\n\r\n" + _HEAD + b"\r\n" + _ACTIVE, False),
        (_HEAD + b"X: " + b"x" * 90_000 + b"\r\n\r\n" + _ACTIVE, False),
        (_HEAD + b"\r\n" + _ACTIVE + b" " * 90_000, False),
        (b"x" * 1_000_000, False),
    ],
)  # fmt: skip
def test_only_an_answer_that_is_one_lets_in(raw: bytes, good: bool) -> None:
    for piece in (1, 8192) if len(raw) < 500 else (8192,):
        asker = Asker()
        asker.sockets.raw, asker.sockets.piece = raw, piece
        assert asker.lets_in() == good
        asker.sockets.raw = None
        assert asker.lets_in(), "nothing of it is left for the next question"


@given(st.integers(1, 90), st.booleans(), st.booleans())
def test_it_is_all_the_same_in_which_pieces_an_answer_comes(
    piece: int, chunked: bool, closes: bool
) -> None:
    asker = Asker()
    asker.sockets.piece, asker.sockets.closes = piece, closes
    asker.sockets.tokens = {
        "good": Introspected({"x": "y" * 50}, chunked=chunked),
        "bad": Introspected({"active": False}, chunked=chunked),
    }
    assert [asker.lets_in(name) for name in ("good", "bad", "good")] == [True, False, True]


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_id_and_secret_arrive(name: str, secret: str) -> None:
    asker = Asker(client_id=name, client_secret=secret)
    before = dict(CLIENTS)
    CLIENTS.clear()
    CLIENTS[name] = secret
    try:
        assert asker.lets_in()
    finally:
        CLIENTS.clear()
        CLIENTS.update(before)


def test_a_certificate_is_compared_with_the_endpoints_name() -> None:
    assert Asker(f"https://localhost:{TLS_PORT}/introspect").lets_in()
    assert not Asker(f"https://127.0.0.1:{TLS_PORT}/introspect").lets_in()


def test_a_url_has_its_parts() -> None:
    found = endpoint("https://[2001:DB8::1]?a=b&c")
    assert (found.host, found.port, found.authority) == ("2001:db8::1", 443, "[2001:DB8::1]")
    assert found.path == "/?a=b&c"
    assert endpoint("http://a.test:81/b/?").path == "/b/"
    scheme = Introspection("http://[::1]:80/i", "a", "b", (), ())
    assert on_nginx(scheme)["endpoint"]["host"] == "[::1]"


class _RealSockets(Sockets):
    """Sockets of the machine, where a server listens."""

    authorities: Path
    opened: ClassVar[list[list[socket.socket]]] = []

    def functions(self, text: Any, data: Any) -> dict[str, Any]:
        def connect(name: bytes, port: int) -> list[socket.socket]:
            self.connections += 1
            wire = [socket.create_connection((text(name).decode(), int(port)), timeout=5)]
            self.opened.append(wire)
            return wire

        def handshake(wire: list[socket.socket], name: bytes) -> bool:
            if isinstance(wire[0], ssl.SSLSocket):
                return True
            context = ssl.create_default_context(cafile=str(self.authorities))
            try:
                wire[0] = context.wrap_socket(wire[0], server_hostname=text(name).decode())
            except ssl.SSLError:
                return False
            return True

        def receive(wire: list[socket.socket], most: int, _: float) -> tuple[Any, float]:
            return data(wire[0].recv(int(most))) or None, 0.0

        return {
            **super().functions(text, data),
            "connect": connect,
            "handshake": handshake,
            "send": lambda wire, sent: wire[0].sendall(text(sent)) or 1,
            "receive": receive,
            "is_quiet": lambda _: True,
        }


@contextmanager
def _real(folder: Path) -> Iterator[tuple[Any, type[Sockets]]]:
    authority = Authority(folder)
    with introspection_server(authority) as server:
        _RealSockets.authorities = authority.certificates
        yield server, _RealSockets
        for wire in _RealSockets.opened:
            wire[0].close()


def test_a_real_server_understands_it(tmp_path: Path) -> None:
    with _real(tmp_path) as (server, sockets):
        server.tokens = {"good": Introspected(), "pieces": Introspected(chunked=True)}
        plain = Asker(f"http://127.0.0.1:{server.port}/introspect", sockets)
        tls = Asker(f"https://localhost:{server.tls_port}/introspect", sockets)
        for asker in (plain, tls):
            tokens = ("good", "bad", "pieces", "good")
            assert [asker.lets_in(token) for token in tokens] == [True, False, True, True]
            assert asker.sockets.connections == 1
        strange = Asker(f"https://{STRANGE_ADDRESS}:{server.tls_port}/introspect", sockets)
        assert not strange.lets_in()
