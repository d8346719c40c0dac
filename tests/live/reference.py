"""The reference interpreter in a gateway's place: a virtual clock, and upstreams that are data.

Nothing here knows what the language means: this drives `galc.semantics` as the harness drives a
real gateway, and plays the upstreams' part as `upstream.py` does with sockets.
"""

import heapq
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from msgspec import Struct

from galc.compiler import check_texts
from galc.ir.gateway import BasicUser, FromEnvironment, Gateway, Introspection, Upstream
from galc.ir.hashes import password_scheme
from galc.semantics import (
    Decision,
    Forwarded,
    Reply,
    Signatures,
    State,
    UnknowableError,
    begin,
    end,
)
from galc.semantics import Request as Asked
from galc.semantics.times import taken
from galc.semantics.upstreams import probed

from . import introspection
from .checks import Answer, Exchange, Headers, Received, values
from .keys import Keys
from .model import ENVIRONMENT, Case, SetToken, SetUpstream, Talk
from .run import DOCUMENT, CaseFailedError, Run, Sent, filled
from .upstream import NAMES, Behaviour, replied
from .websocket import played

#: Ports that exist in documents only.
_PORTS = {name: 7001 + number for number, name in enumerate(NAMES)}
_TLS_PORTS = {name: 7011 + number for number, name in enumerate(NAMES)}
_JWKS_PORT, GATEWAY_PORT, _ADMIN_PORT = 7020, 7021, 7022
_INTROSPECTION_PORT, _INTROSPECTION_TLS_PORT = 7023, 7024
_ENDPOINTS = (
    f"http://127.0.0.1:{_INTROSPECTION_PORT}{introspection.PATH}",
    f"https://localhost:{_INTROSPECTION_TLS_PORT}{introspection.PATH}",
)
#: Nobody waits longer for an answer of the introspection endpoint.
_PATIENCE_S = 5.0
_NEVER = float("inf")
_JWKS_URI = f"http://127.0.0.1:{_JWKS_PORT}/jwks.json"


def run(case: Case, keys: Keys) -> None:
    """Raises `CaseFailedError` at the first step that goes wrong."""
    gateway = compiled(filled(case, placeholders(keys)), case.name)
    Run(keys, Reference(gateway, keys, case.tokens)).take(case)


def placeholders(keys: Keys) -> dict[str, str]:
    """What stands in a document for ports and keys."""
    texts = {name: str(port) for name, port in _PORTS.items()}
    texts |= {f"{name}_tls": str(port) for name, port in _TLS_PORTS.items()}
    texts |= {"jwks": str(_JWKS_PORT), "gateway": str(GATEWAY_PORT), "admin": str(_ADMIN_PORT)}
    texts |= {"introspection": str(_INTROSPECTION_PORT)}
    texts |= {"introspection_tls": str(_INTROSPECTION_TLS_PORT)}
    return texts | {"jwks_inline": keys.jwks, "jwks_bare": keys.bare_jwks}


def compiled(texts: Mapping[str, str], name: str) -> Gateway:
    """The gateway that a document means, with the files that it names."""
    checked = check_texts(texts, (DOCUMENT,))
    gateway = checked.state.gateway if checked.state else None
    if gateway is None or not checked.ok:
        errors = [d for d in checked.diagnostics if d.severity == "error"]
        raise CaseFailedError(f"{name}: not a gateway: {[d.message() for d in errors]}\n{texts}")
    running: Gateway = _running(gateway)
    return running


def _running(value: Any) -> Any:
    """The gateway with what its environment holds, and without credentials that aren't there."""
    if isinstance(value, FromEnvironment):
        return ENVIRONMENT.get(value.name) or None
    if isinstance(value, tuple):
        items = (_running(item) for item in value)
        return tuple(item for item in items if item is not None)
    if not isinstance(value, Struct):
        return value
    if isinstance(value, Introspection) and isinstance(value.client_secret, FromEnvironment):
        # Without a secret the endpoint knows nobody.
        secret = ENVIRONMENT.get(value.client_secret.name, "")
        return msgspec.structs.replace(value, client_secret=secret)
    fields = {name: getattr(value, name) for name in value.__struct_fields__}
    known = {name: _running(field) for name, field in fields.items()}
    if any(known[name] is None for name, field in fields.items() if field is not None):
        return None
    if isinstance(value, BasicUser) and value.scheme == "unknown":
        known["scheme"] = password_scheme(known["secret"])
        return BasicUser(**known) if known["scheme"] else None
    return msgspec.structs.replace(value, **known) if known != fields else value


@dataclass(frozen=True, order=True)
class _UnderWay:
    """A request until its next step at the time `until`: its upstream is called, or has replied."""

    until: float
    number: int
    decision: Decision = field(compare=False)
    since: float = field(compare=False)
    reply: Reply | None = field(default=None, compare=False)
    received: tuple[Received, ...] = field(default=(), compare=False)


class Reference:
    """Takes requests on the interpreter; time passes only where a step or an answer takes some."""

    def __init__(
        self, gateway: Gateway, keys: Keys, tokens: introspection.Tokens | None = None
    ) -> None:
        self.gateway = gateway
        self.state = State()
        self.now = time.time()
        #: The decision about the request that was begun last.
        self.last: Decision | None = None
        self._tokens = dict(tokens or {})
        self._signatures = Signatures({_JWKS_URI: keys.jwks}, False, self._introspected)
        self._names = {port: n for ports in (_PORTS, _TLS_PORTS) for n, port in ports.items()}
        self._behaviours = {name: Behaviour() for name in NAMES}
        self._down: dict[str, str] = {}
        self._back: dict[str, float] = {}
        self._due: list[tuple[float, int]] = []
        self._checked = [up for up in gateway.upstreams if up.active is not None]
        for number in range(len(self._checked)):
            heapq.heappush(self._due, (self.now, number))

    # -- what the harness asks of it

    def send(self, requests: Sequence[Sent], concurrency: int) -> list[Exchange]:
        """Requests are begun as soon as there is room, and end when their upstream has answered."""
        waiting = list(enumerate(requests))[::-1]
        under_way: list[_UnderWay] = []
        done: dict[int, Exchange] = {}
        while waiting or under_way:
            if waiting and len(under_way) < concurrency:
                number, sent = waiting.pop()
                started = self._begun(sent)
                if isinstance(started, Exchange):
                    done[number] = started
                else:
                    heapq.heappush(under_way, _UnderWay(self.now, number, started, self.now))
                continue
            one = heapq.heappop(under_way)
            self._pass_until(one.until)
            if one.reply is None:
                heapq.heappush(under_way, self._called(one))
                continue
            following = self._ended(one, one.reply, requests[one.number].request.talk)
            if isinstance(following, Exchange):
                done[one.number] = following
            else:
                heapq.heappush(under_way, following)
        return [done[number] for number in range(len(requests))]

    def wait(self, seconds: float) -> None:
        """Lets virtual time pass, with the probes that are due in it."""
        self._pass_until(self.now + seconds)

    def change(self, name: str, step: SetUpstream) -> None:
        """Changes an upstream's behaviour."""
        self._behaviours[name].change(step)
        if step.state == "up":
            self._down.pop(name, None)
        elif step.state is not None:
            self._down[name] = step.state
        if step.up_after is not None:
            self._back[name] = self.now + step.up_after

    def set_token(self, step: SetToken) -> None:
        """Changes what the introspection endpoint says of a token."""
        introspection.set_token(self._tokens, step)

    def _introspected(self, policy: Introspection, token: str) -> bytes | None:
        if policy.endpoint not in _ENDPOINTS:
            return None
        if introspection.CLIENTS.get(policy.client_id) != policy.client_secret:
            return None
        said = self._tokens.get(token)
        if said is None:
            return b'{"active": false}'
        in_time = said.status == 200 and said.delay < _PATIENCE_S
        return introspection.body_of(said, self.now) if in_time else None

    def story(self) -> str:
        """What the gateway remembers."""
        return f"the interpreter's state: {self.state}"

    def names_behind_last(self) -> list[str]:
        """The upstreams that the route of the last request may lead to."""
        route = self.last.route if self.last else None
        return [self._names[target.port] for target in route.upstream.targets] if route else []

    # -- one request

    def _begun(self, sent: Sent) -> Exchange | Decision:
        if self.gateway.host not in ("0.0.0.0", sent.to):
            return Exchange(Answer(0), ())
        asked = Asked(
            sent.request.method,
            sent.request.path,
            sent.request.headers,
            sent.request.body,
            sent.source,
        )
        try:
            decision, self.state = begin(
                self.gateway, self.state, asked, self.now, self._signatures
            )
        except UnknowableError as error:
            raise CaseFailedError(str(error)) from None
        self.last = decision
        if decision.forwarded is None:
            return Exchange(_answer(decision, sent.request.method, 0.0), ())
        return decision

    def _called(self, one: "_UnderWay") -> "_UnderWay":
        """The upstream is called, and it is known until when it takes."""
        forwarded, route = one.decision.forwarded, one.decision.route
        assert forwarded is not None and route is not None
        reply = self._reply(forwarded, route.upstream)
        has_it = reply.breaks or not (reply.status is None or reply.seconds == _NEVER)
        call = (self._received(forwarded, route.upstream),) if has_it else ()
        until = self.now + taken(route, reply, one.decision.handshake)
        return replace(one, until=until, reply=reply, received=(*one.received, *call))

    def _ended(self, one: "_UnderWay", reply: Reply, talk: Talk | None) -> "Exchange | _UnderWay":
        """What the client gets, or the next attempt."""
        decision, self.state = end(self.state, one.decision, reply, self.now)
        if decision.answer is None:
            until = self.now + decision.pause
            return replace(one, until=until, decision=decision, reply=None)
        forwarded, route = decision.forwarded, decision.route
        assert forwarded is not None and route is not None
        answer = _answer(decision, forwarded.method, self.now - one.since)
        if talk is not None and answer.status == 101:
            assert route.websocket is not None
            said, closed = played(talk, route.websocket.idle_ms / 1000)
            answer = replace(answer, said=said, closed=closed)
        return Exchange(answer, one.received)

    def _received(self, forwarded: Forwarded, upstream: Upstream) -> Received:
        name = self._names[forwarded.server.port]
        version = "2" if upstream.http2 else "1.1"
        target, headers = forwarded.target, forwarded.headers
        return Received(name, version, forwarded.method, target, headers, forwarded.body)

    # -- the upstreams

    def _reply(self, forwarded: Forwarded, upstream: Upstream) -> Reply:
        name = self._names[forwarded.server.port]
        if upstream.tls != (forwarded.server.port in _TLS_PORTS.values()):
            return Reply(None)
        if self._down.get(name) == "unreachable":
            return Reply(200, seconds=_NEVER, connecting=_NEVER)
        if values(forwarded.headers, "X-Echo-Deaf"):
            return Reply(200, seconds=_NEVER, pausing=_NEVER)
        if name in self._down:
            return Reply(None)
        found = replied(name, self._behaviours[name], forwarded.headers, forwarded.body)
        if found is None:
            return Reply(None, breaks=True)
        echo, delay = found
        if echo.status == 200 and (upgrade := values(forwarded.headers, "Upgrade")):
            headers = (("Upgrade", upgrade[0]), ("Connection", "Upgrade"), *echo.headers)
            return Reply(101, headers, seconds=delay)
        return Reply(echo.status, echo.headers, echo.body, echo.trailers, delay)

    # -- time

    def _pass_until(self, moment: float) -> None:
        while self._due and self._due[0][0] <= moment:
            self.now, number = heapq.heappop(self._due)
            upstream = self._checked[number]
            assert upstream.active is not None
            for target in upstream.targets:
                good = self._is_good(upstream, self._names[target.port])
                self.state = probed(upstream, self.state, target, good)
            heapq.heappush(self._due, (self.now + upstream.active.interval_ms / 1000, number))
        self.now = max(self.now, moment)
        for name in [name for name, when in self._back.items() if when <= self.now]:
            del self._back[name]
            self._down.pop(name, None)

    def _is_good(self, upstream: Upstream, name: str) -> bool:
        check, behaviour = upstream.active, self._behaviours[name]
        assert check is not None
        status = behaviour.health_status if check.path == behaviour.health_path else 404
        in_time = behaviour.health_delay * 1000 <= check.timeout_ms
        return name not in self._down and in_time and status in check.statuses


def _answer(decision: Decision, method: str, seconds: float) -> Answer:
    assert decision.answer is not None
    body = b"" if method == "HEAD" else decision.answer.body
    headers: Headers = decision.answer.headers
    return Answer(decision.answer.status, headers, body, decision.answer.trailers, seconds)
