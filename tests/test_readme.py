"""The README's transcript is what a real Envoy answers, and its file is the example."""

import re
import shlex
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from galc.compiler import compile_text
from galc.live.programs import reserved_ports

from .live.client import Request, send
from .live.envoy import Envoy
from .live.gateways import Ports
from .live.run import World, world

_ROOT = Path(__file__).parent.parent
_README = (_ROOT / "README.md").read_text("utf-8")
_EXAMPLE = (_ROOT / "examples" / "hello.gal").read_text("utf-8")


def test_the_file_shown_is_the_example() -> None:
    assert f"```gal\n{_EXAMPLE}```" in _README


def test_the_transcript_is_what_envoy_answers(around: World) -> None:
    console = re.search(r"```console\n(.*?)```", _README, re.DOTALL)
    assert console is not None
    exchanges = re.findall(r"^\$ (curl .*)\n(HTTP/1.1 .*)$", console[1], re.MULTILINE)
    assert len(exchanges) == 6
    upstream = around.placeholders["a"]
    with reserved_ports(2) as (port, admin):
        text = _EXAMPLE.replace("port 8080", f"host 127.0.0.1 ; port {port} ; admin_port {admin}")
        built = compile_text(text.replace(":9000", f":{upstream}"), "hello.gal", "envoy")
        certificates = around.authority.certificates
        with Envoy().boot(built.artifacts, Ports(port, admin), certificates):
            for command, expected in exchanges:
                status = send(_request(command), ("127.0.0.1", port), "127.0.0.1").status
                assert f"HTTP/1.1 {status} {HTTPStatus(status).phrase}" == expected, command


def _request(command: str) -> Request:
    words = shlex.split(command)[2:]
    method = "GET"
    # The echo upstream answers requests that the harness has numbered.
    headers = [("Host", "localhost:8080"), ("X-Live-Request", "1")]
    path = ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers.append((name, value))
        else:
            path = word.removeprefix("localhost:8080")
    return Request(method, path, tuple(headers))


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("world")) as it:
        yield it
