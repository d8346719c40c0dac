"""Sockets and light threads of lua-nginx-module, as far as programs of Kong and APISIX use them.

After its README (ngx.socket.tcp, tcpsock:*, ngx.thread.*). Behind the sockets stands the suite's
introspection endpoint, without a network: a program's bytes are read as a strict HTTP/1.1 server
would read them. Time passes only where somebody waits, on the model's own clock.
"""

import re
from collections.abc import Callable
from typing import Any

from ..live import introspection
from ..live.model import Introspected

PLAIN_PORT, TLS_PORT = 7023, 7024
PLACEHOLDERS = {"introspection": str(PLAIN_PORT), "introspection_tls": str(TLS_PORT)}

#: Takes functions of the tests, gives what `ngx` has of sockets, threads and sleep.
LUA = """
local host = ...
local threads, pools = {}, {}

-- Time passes for one thread only; outside of threads, for all.
local function pass(seconds)
  local running = coroutine.running()
  if running and threads[running] then coroutine.yield(seconds) else host.pass(seconds) end
end

local methods = {}
function methods:settimeouts(connect, send, read)
  assert(connect > 0 and send > 0 and read > 0)
  self.patience = read / 1000
end
function methods:connect(name, port, options)
  assert(type(name) == "string" and type(port) == "number" and type(options.pool) == "string")
  self.pool = options.pool
  local kept = table.remove(pools[self.pool] or {})
  if kept then
    self.wire, self.reused = kept.wire, kept.reused + 1
    return 1
  end
  self.wire, self.reused = host.connect(name, port), 0
  if not self.wire then return nil, "connection refused" end
  return 1
end
function methods:sslhandshake(reused, name, verify)
  assert(reused == false and verify == true)
  return host.handshake(self.wire, name)
end
function methods:getreusedtimes() return self.reused end
function methods:send(data)
  assert(type(data) == "string" and self.wire)
  return host.send(self.wire, data)
end
function methods:receiveany(most)
  local part, delay = host.receive(self.wire, most, self.patience)
  pass(delay)
  if part == nil then return nil, "closed or timed out" end
  return part
end
function methods:setkeepalive(milliseconds, size)
  assert(milliseconds > 0 and size > 0)
  pools[self.pool] = pools[self.pool] or {}
  -- nginx closes a kept connection on which something comes.
  if host.is_quiet(self.wire) then
    table.insert(pools[self.pool], { wire = self.wire, reused = self.reused })
  end
  self.wire = nil
  return 1
end
function methods:close()
  assert(self.wire, "closed already")
  self.wire = nil
  return 1
end

local function step(thread, ...)
  local found = { coroutine.resume(thread.run, ...) }
  if coroutine.status(thread.run) == "dead" then
    thread.done = found
  else
    thread.at = host.now() + found[2]
  end
end

local function spawn(run, ...)
  assert(type(run) == "function")
  local thread = { run = coroutine.create(run) }
  threads[thread.run] = true
  step(thread, ...)
  return thread
end

local function wait(...)
  while true do
    local next_one
    for _, thread in ipairs({ ... }) do
      if thread.done then return unpack(thread.done) end
      if not next_one or thread.at < next_one.at then next_one = thread end
    end
    host.pass(math.max(0, next_one.at - host.now()))
    step(next_one)
  end
end

local function kill(thread)
  assert(not thread.done, "it has ended")
  return 1
end

return {
  socket = { tcp = function() return setmetatable({}, { __index = methods }) end },
  thread = { spawn = spawn, wait = wait, kill = kill },
  sleep = pass,
}
"""


class _Wire:
    """One connection: what was sent, and what is still to come."""

    def __init__(self, tls: bool) -> None:
        self.tls = tls
        self.secured = False
        self.sent = b""
        self.left: bytes | None = None
        self.delay = 0.0
        self.closed = False
        self.answers = 0


class Sockets:
    """The sockets' other end. `closes` makes it close after each answer, `forgets` before the
    second question on a connection; `piece` is how much arrives at once."""

    def __init__(self, now: Callable[[], float], wait: Callable[[float], None]) -> None:
        self.tokens: dict[str, Introspected] = {}
        self.now = now
        self.wait = wait
        self.connections = 0
        self.asked: list[bytes] = []
        self.closes = False
        self.forgets = False
        self.piece = 700
        #: In the place of the endpoint's answers: raw bytes.
        self.raw: bytes | None = None

    def functions(self, text: Callable[[Any], Any], data: Callable[[bytes], Any]) -> dict[str, Any]:
        """What `LUA` takes; `text` and `data` are how bytes look in this Lua."""
        return {
            "now": self.now,
            "pass": self.wait,
            "connect": lambda name, port: self._connect(text(name).decode(), int(port)),
            "handshake": lambda wire, name: self._handshake(wire, text(name).decode()),
            "send": lambda wire, sent: self._send(wire, text(sent)),
            "receive": lambda wire, most, patience: self._receive(wire, int(most), patience, data),
            "is_quiet": lambda wire: not wire.left,
        }

    def _connect(self, name: str, port: int) -> _Wire | None:
        if name not in ("127.0.0.1", "localhost") or port not in (PLAIN_PORT, TLS_PORT):
            return None
        self.connections += 1
        return _Wire(port == TLS_PORT)

    def _handshake(self, wire: _Wire, name: str) -> bool:
        wire.secured = wire.tls and name == "localhost"
        return wire.secured

    def _send(self, wire: _Wire, sent: bytes) -> int:
        assert wire.tls == wire.secured
        wire.sent += sent
        return len(sent)

    def _receive(
        self, wire: _Wire, most: int, patience: float, data: Callable[[bytes], Any]
    ) -> Any:
        if wire.sent and wire.answers and (self.forgets or wire.closed):
            return None, 0.0
        if wire.left is None or (not wire.left and wire.sent):
            self._answer(wire)
        assert wire.left is not None
        size = min(most, self.piece)
        part, wire.left = wire.left[:size], wire.left[size:]
        delay, wire.delay = wire.delay, 0.0
        if part:
            return data(part), delay
        # A connection that stays open is silent from here on.
        return None, 0.0 if wire.closed else patience

    def _answer(self, wire: _Wire) -> None:
        path, headers, body = question(wire.sent)
        self.asked.append(wire.sent)
        wire.sent = b""
        wire.answers += 1
        reply = introspection.answered(self.tokens, path, headers, body, self.now())
        wire.left = self.raw if self.raw is not None else spelled(reply, self.closes)
        wire.delay = reply.delay
        wire.closed = self.closes or self.raw is not None


def question(sent: bytes) -> tuple[str, dict[str, str], bytes]:
    """The path, the headers and the body of the one request that these bytes are."""
    head, _, body = sent.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    found = re.fullmatch(r"POST (/[!-~]*) HTTP/1\.1", first)
    assert found, first
    pairs = [re.fullmatch(r"([A-Za-z-]+): ([ -~]*)", line) for line in lines]
    assert all(pairs), lines
    headers = {pair[1].lower(): pair[2] for pair in pairs if pair}
    assert len(headers) == len(pairs) and "host" in headers
    assert int(headers["content-length"]) == len(body)
    return found[1], headers, body


def spelled(reply: introspection.Reply, closes: bool) -> bytes:
    """An answer on the wire."""
    lines = [f"HTTP/1.1 {reply.status} Whatever", "Set-Cookie: a", "Set-Cookie: b"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    lines += ["connection: Close"] if closes else []
    framing = "transfer-Encoding:chunked" if reply.chunked else f"content-length:{len(reply.body)} "
    body = introspection.chunks(reply.body) if reply.chunked else reply.body
    return "\r\n".join([*lines, framing, "", ""]).encode() + body
