"""A model of Kong with one service of any routes, for the tests beside it."""

from typing import Any

from galc.compiler import build, check
from galc.frontend.source import Source
from galc.targets.kong import TARGET

from .test_kong_world import Headers, Kong, Reply, Request, Sent


class OneService:
    """Its upstream answers with `status`, or isn't there at 0, and remembers the last request."""

    def __init__(self, *routes: str, more: str = "") -> None:
        lines = "".join(f"\n  - {route}" for route in routes)
        service = f"name: s\n  upstream: {{host: a, port: 1{more}}}\n  routes:{lines}"
        document = f"version: 1\nservices:\n- {service}\n"
        built = build(check(Source("x.yaml", document, "yaml")), TARGET)
        assert built.artifacts, built.diagnostics
        self.now = 1_700_000_000.0
        self.status = 200
        self.answer_headers: Headers = []
        self.sent: Sent | None = None
        self.kong = Kong(built.artifacts["kong.yaml"], self.answer, lambda: self.now)

    def answer(self, sent: Sent) -> Reply:
        self.sent = sent
        if self.status == 0:
            return Reply(502, [], b"", "error")
        return Reply(self.status, list(self.answer_headers))

    def get(self, path: str = "/", *headers: tuple[str, str], **more: Any) -> Reply:
        self.sent = None
        return self.kong.handle(Request("GET", path, [("Host", "x"), *headers], **more))

    @property
    def seen(self) -> Request:
        assert self.sent is not None
        return self.sent.request
