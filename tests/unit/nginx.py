"""When nginx tries a request again, for the models of the gateways that leave it to nginx.

ngx_http_upstream_next and ngx_http_upstream_test_next in src/http/ngx_http_upstream.c; seen on a
real nginx 1.31 with all methods and mishaps below. A connection that was used before isn't part of
it: what breaks on such a one is sent once more.
"""

import re
from typing import Literal

#: How an attempt ended without an answer: before the request was sent, and after.
Failure = Literal["refused", "hung", "broken", "late"]
_DEFAULT = "error timeout"
_UNSENT = ("refused", "hung")
_WORDS = {"refused": "error", "hung": "timeout", "broken": "error", "late": "timeout"}
_NON_IDEMPOTENT = ("POST", "LOCK", "PATCH")


def next_upstream(config: str, *, grpc: bool = False) -> frozenset[str]:
    """The words of the directive in a configuration, wherever that writes it."""
    name = "grpc_next_upstream" if grpc else "proxy_next_upstream"
    found = re.search(rf"\b(?:nginx_proxy_)?{name}\b[ =]+([a-z0-9_ ]+)", config)
    return frozenset((found[1] if found else _DEFAULT).split())


def tries_again(words: frozenset[str], method: str, failure: Failure | None, status: int) -> bool:
    """Whether another attempt follows, if there is one left."""
    if failure not in _UNSENT and method in _NON_IDEMPOTENT:
        return False
    return (_WORDS[failure] if failure else f"http_{status}") in words
