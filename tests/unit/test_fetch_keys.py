"""`galc build --fetch-keys`: key sets are fetched once, while building."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

from galc.cli import galc

_KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "kid": "one",
    "alg": "EdDSA",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}


class _Keys(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = json.dumps({"keys": [_KEY]}) if self.path == "/keys" else "no keys"
        self.send_response(404 if self.path == "/lost" else 200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Keys) as it:
        _Keys.asked.clear()
        thread = Thread(target=it.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{it.server_port}"
        it.shutdown()
        thread.join()


def _build(folder: Path, uri: str, *options: str) -> Result:
    jwt = f"authentication jwt {{ issuer me ; jwks_uri {uri} ; algorithms EdDSA }}"
    text = f"version 1\nservice s {{\n  upstream a:80\n  route /a/* {{ {jwt} }}\n"
    text += f"  route /b/* {{ {jwt} }}\n}}\n"
    file = folder / "gateway.gal"
    file.write_text(text, "utf-8")
    return CliRunner().invoke(galc, ["build", str(file), "-t", "kong", "-o", "-", *options])


def test_without_it_kong_refuses_the_address_and_says_what_helps(
    tmp_path: Path, server: str
) -> None:
    refused = _build(tmp_path, f"{server}/keys")
    assert refused.exit_code == 1
    assert "build with `--fetch-keys`, and again whenever the keys change" in refused.stderr
    assert not _Keys.asked


def test_the_keys_are_built_in_and_fetched_once(tmp_path: Path, server: str) -> None:
    built = _build(tmp_path, f"{server}/keys", "--fetch-keys")
    assert built.exit_code == 0, built.output
    assert "BEGIN PUBLIC KEY" in built.stdout and server not in built.stdout
    assert _Keys.asked == ["/keys"]


@pytest.mark.parametrize("path", ["/lost", "/page"])
def test_what_is_no_key_set_is_an_error(tmp_path: Path, server: str, path: str) -> None:
    built = _build(tmp_path, server + path, "--fetch-keys")
    assert built.exit_code == (2 if path == "/lost" else 1)
    assert ("404 Not Found" if path == "/lost" else "key set") in built.stderr
    assert "Traceback" not in built.output
