"""A gateway as the language defines it: a request goes in, a decision comes out.

The steps stand in the order of language section 4. `begin` goes as far as the upstream, `end` takes
its reply, and may want another one; `serve` is both. All three are pure: time, signatures and
replies are arguments.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from galc.ir.gateway import CircuitBreaker, Cors, Gateway, HeaderRules, Route, Target
from galc.semantics import (
    bodies,
    clients,
    cors,
    limits,
    retries,
    routing,
    rules,
    times,
    tokens,
    upstreams,
)
from galc.semantics import breaker as breakers
from galc.semantics.authentication import Admitted, authenticate, challenge
from galc.semantics.messages import Answer, Forwarded, Headers, Reply, Request, first
from galc.semantics.paths import Split, normalised
from galc.semantics.signatures import Signatures
from galc.semantics.state import Breaker, State, updated

#: Headers of one connection, which a gateway doesn't pass on (RFC 9110 section 7.6.1).
_OF_CONNECTION = (
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "upgrade",
    "transfer-encoding",
)
_NO_RULES = HeaderRules()
#: What is left of a handshake's.
_UPGRADE: Headers = (("Connection", "Upgrade"), ("Upgrade", "websocket"))


class Step(Struct, frozen=True):
    """What a policy did with a request; `stops` when the answer is the gateway's own."""

    policy: str
    text: str
    stops: bool = False


class Decision(Struct, frozen=True):
    """Everything about a request until the upstream is called, or isn't.

    One of `forwarded` and `answer` is set, before the upstream has replied. `cross_origin` is the
    origin that the answer's CORS headers are for, None where the answer has none. `handshake`: an
    upgrade to a WebSocket passes. `attempt` is the number of the call of the upstream, `tried` are
    the targets of those before, and `pause` is the time in seconds before it.
    """

    path: str | None
    request: Request
    client: str
    candidates: tuple[routing.Candidate, ...]
    route: Route | None
    steps: tuple[Step, ...]
    forwarded: Forwarded | None = None
    answer: Answer | None = None
    variables: Mapping[str, str] = {}
    cross_origin: str | None = None
    cookie: str | None = None
    handshake: bool = False
    attempt: int = 1
    tried: tuple[Target, ...] = ()
    pause: float = 0.0


def serve(
    gateway: Gateway,
    state: State,
    request: Request,
    now: float,
    upstream: Callable[[Forwarded], Reply] = lambda _: Reply(),
    signatures: Signatures | None = None,
) -> tuple[Decision, State]:
    """The whole of a request; the decision has the client's answer."""
    decision, state = begin(gateway, state, request, now, signatures)
    while decision.answer is None:
        assert decision.forwarded is not None and decision.route is not None
        reply = upstream(decision.forwarded)
        now += decision.pause + times.taken(decision.route, reply, decision.handshake)
        decision, state = end(state, decision, reply, now)
    return decision, state


def begin(
    gateway: Gateway,
    state: State,
    request: Request,
    now: float,
    signatures: Signatures | None = None,
) -> tuple[Decision, State]:
    """Up to the upstream: the decision has either a request for it, or the gateway's answer."""
    run = _Run(gateway, replace(state, requests=state.requests + 1), request, now)
    return run.decide(signatures or Signatures()), run.state


def end(state: State, decision: Decision, reply: Reply, now: float) -> tuple[Decision, State]:
    """From the upstream's reply to the client's answer, or to the next attempt: then the decision
    has no answer, but again a request for the upstream."""
    route, forwarded = decision.route, decision.forwarded
    assert route is not None and forwarded is not None
    server = (route.upstream.name, forwarded.server)
    active = updated(state.active, server, state.active.get(server, 1) - 1)
    state = replace(state, active=active)
    passive, policy = route.upstream.passive, route.circuit_breaker
    in_time = times.given_up(route, reply, decision.handshake) is None
    if passive is not None:
        failed = breakers.is_failure(passive.statuses, reply, in_time)
        state = upstreams.observed(route.upstream, state, forwarded.server, failed, now)
    if policy is not None:
        failed = breakers.is_failure(policy.statuses, reply, in_time)
        after = breakers.left(policy, state.breakers.get(route.name, Breaker()), failed, now)
        state = replace(state, breakers=updated(state.breakers, route.name, after))
    attempt, handshake = decision.attempt, decision.handshake
    if retries.wanted(route, forwarded.method, attempt, reply, handshake=handshake):
        assert route.retry is not None
        return _again(state, decision, route.retry.pause_ms(attempt) / 1000, now)
    return replace(decision, answer=_answered(decision, route, reply)), state


def _again(state: State, decision: Decision, pause: float, now: float) -> tuple[Decision, State]:
    """The next attempt: with the same request, at a target that hasn't had it where there is one.
    The breaker is asked again, and there may be no target any more."""
    route, forwarded = decision.route, decision.forwarded
    assert route is not None and forwarded is not None
    now += pause
    policy = route.circuit_breaker
    if policy is not None:
        breaker = breakers.entered(policy, state.breakers.get(route.name, Breaker()), now)
        if breaker is None:
            answer = Answer(policy.status, (), policy.message.encode())
            return _stopped(decision, "circuit_breaker", "the breaker has opened", answer), state
        state = replace(state, breakers=updated(state.breakers, route.name, breaker))
    tried = (*decision.tried, forwarded.server)
    request, client = decision.request, decision.client
    server, state = upstreams.pick(route.upstream, state, request, client, now, tried)
    if server is None:
        text = "no target is healthy any more"
        return _stopped(decision, "upstream", text, Answer(503)), state
    number = decision.attempt + 1
    text = f"attempt {number}, after {round(pause * 1000)} ms: {upstreams.spelled(server)}"
    return replace(
        decision,
        forwarded=replace(forwarded, server=server),
        steps=(*decision.steps, Step("retry", text)),
        cookie=upstreams.sticky_cookie(route.upstream, request, server),
        attempt=number,
        tried=tried,
        pause=pause,
    ), _called(state, route, server)


def _stopped(decision: Decision, policy: str, text: str, answer: Answer) -> Decision:
    """No other attempt is made, and the answer is the gateway's own."""
    assert decision.route is not None
    answer = _with_cors(answer, decision.route.cors, decision.cross_origin)
    steps = (*decision.steps, Step(policy, text, stops=True))
    return replace(decision, steps=steps, answer=answer)


def _called(state: State, route: Route, server: Target) -> State:
    """The state with one more request on its way to a target."""
    key = (route.upstream.name, server)
    return replace(state, active=updated(state.active, key, state.active.get(key, 0) + 1))


def _answered(decision: Decision, route: Route, reply: Reply) -> Answer:
    return _with_cors(_replied(decision, route, reply), route.cors, decision.cross_origin)


def _replied(decision: Decision, route: Route, reply: Reply) -> Answer:
    if reply.status is None:
        return Answer(502, (), b"the upstream can't be reached")
    if times.given_up(route, reply, decision.handshake) is not None:
        return Answer(504, (), b"the upstream took too long")
    if route.response_body is not None:
        assert decision.forwarded is not None
        changed = bodies.of_answer(route.response_body, decision.forwarded.method, reply)
        if isinstance(changed, bodies.Refused):
            return Answer(changed.status, (), changed.text.encode())
        reply = changed
    headers = reply.headers
    if route.headers is not None:
        headers = rules.applied(route.headers.response, headers, decision.variables)
    if decision.cookie is not None:
        headers = (*headers, ("Set-Cookie", decision.cookie))
    assert reply.status is not None
    return Answer(reply.status, headers, reply.body, reply.trailers)


def _with_cors(answer: Answer, policy: Cors | None, origin: str | None) -> Answer:
    if policy is None:
        return answer
    return replace(answer, headers=cors.answer_headers(policy, origin, answer.headers))


class _Run:
    """One request on its way to the upstream; `state` and `steps` grow with it."""

    def __init__(self, gateway: Gateway, state: State, request: Request, now: float) -> None:
        self.gateway = gateway
        self.state = state
        self.request = request
        self.now = now
        self.client = clients.client_address(gateway, request)
        self.candidates: tuple[routing.Candidate, ...] = ()
        self.steps: list[Step] = []
        self.path: str | None = None
        self.route: Route | None = None
        self.origin = first(request.headers, "Origin")

    def decide(self, signatures: Signatures) -> Decision:
        split = normalised(self.request.target)
        if split is None:
            return self.refuse("path", "no path has this form", Answer(400))
        self.path = split.path
        host = routing.host_name(first(self.request.headers, "Host") or "")
        found = routing.candidates(self.gateway, self.request.method, host, split.path)
        self.candidates = tuple(found)
        self.route = next((c.route for c in found if c.lacks is None), None)
        question = cors.preflight(self.request)
        if question is not None:
            asked = routing.choose(self.gateway, question.method, host, split.path)
            if asked is not None and asked.cors and cors.allowed(asked.cors, question.origin):
                self.route = asked
                headers = cors.preflight_headers(asked, asked.cors, question.origin)
                text = f"the preflight for {question.method} is answered"
                return self.refuse("cors", text, Answer(200, headers))
            # Whatever an ordinary OPTIONS would be told, this origin isn't allowed its request.
            self.origin = None
        if self.route is None:
            return self.refuse("route", "no route takes the request", Answer(404))
        return self.along(self.route, split, signatures)

    def along(self, route: Route, split: Split, signatures: Signatures) -> Decision:
        admitted = Admitted("anybody", self.request.headers, split.query)
        if route.authentication is not None:
            policy = route.authentication
            outcome = authenticate(policy, self.request, split, self.now, signatures)
            if isinstance(outcome, str):
                answer = Answer(policy.status, challenge(policy), policy.message.encode())
                return self.refuse("authentication", outcome, answer)
            admitted = outcome
            self.steps.append(Step("authentication", f"{admitted.who} is let in"))
        if route.rate_limit is not None and not self.take_token(route, admitted):
            answer = Answer(route.rate_limit.status, (), route.rate_limit.message.encode())
            return self.refuse("rate_limit", "the bucket is empty", answer)
        variables = self.variables()
        body = self.body_for(route)
        if isinstance(body, bodies.Refused):
            answer = Answer(body.status, (), body.text.encode())
            return self.refuse(self.body_policy(route), "the body isn't what it must be", answer)
        changed = body != self.request.body
        proto = clients.scheme(self.gateway, self.request)
        headers = _passed_on(admitted.headers, self.request.peer, proto, route.upstream.http2)
        headers = bodies.without_digests(headers) if changed else headers
        if route.headers is not None and route.headers.request != _NO_RULES:
            headers = rules.applied(route.headers.request, headers, variables)
            self.steps.append(Step("headers", "the request's headers are changed"))
        if route.response_body is not None:
            headers = bodies.asking_for_readable(headers)
        handshake = route.websocket is not None and times.is_handshake(self.request)
        if handshake:
            headers = (*headers, *_UPGRADE)
            self.steps.append(
                Step("websocket", "the connection is upgraded if the upstream agrees")
            )
        if route.circuit_breaker is not None and not self.enter(route, route.circuit_breaker):
            policy_ = route.circuit_breaker
            answer = Answer(policy_.status, (), policy_.message.encode())
            return self.refuse("circuit_breaker", "the breaker is open", answer)
        server, self.state = upstreams.pick(
            route.upstream, self.state, self.request, self.client, self.now
        )
        if server is None:
            return self.refuse("upstream", "no target is healthy", Answer(503))
        target = _target(route, split.path) + admitted.query
        forwarded = Forwarded(self.request.method, target, headers, body, server)
        self.state = _called(self.state, route, server)
        self.steps.append(Step("upstream", f"{upstreams.spelled(server)} is called"))
        cookie = upstreams.sticky_cookie(route.upstream, self.request, server)
        return replace(
            self.decision(),
            forwarded=forwarded,
            variables=variables,
            cookie=cookie,
            handshake=handshake,
        )

    def body_for(self, route: Route) -> bytes | bodies.Refused:
        """The body that the upstream gets."""
        body, policy = self.request.body, route.request_body
        if policy is None:
            return body
        found = bodies.of_request(policy, self.request, self.now, self.state.requests)
        if not isinstance(found, bodies.Refused) and found != body:
            self.steps.append(Step(self.body_policy(route), "the request's body is changed"))
        return found

    def body_policy(self, route: Route) -> str:
        """The policy that speaks of a request's body, the service's where both do."""
        whole = (*route.origin[:2], "transformation")
        written = any(whole in use.places for use in self.gateway.uses)
        return "transformation" if written else "body_transformation"

    def take_token(self, route: Route, admitted: Admitted) -> bool:
        limit = route.rate_limit
        assert limit is not None
        if limit.key == "address":
            key = self.client
        elif limit.key == "header":
            key = first(self.request.headers, limit.key_name) or ""
        else:
            value = tokens.claim(admitted.claims, limit.key_name)
            key = "" if value is None else tokens.claim_text(value)
        place = (route.name, key)
        allowed, bucket = limits.taken(limit, self.state.buckets.get(place), self.now)
        self.state = replace(self.state, buckets=updated(self.state.buckets, place, bucket))
        if allowed:
            left = f"{int(bucket.tokens)} of {limit.burst} tokens are left"
            self.steps.append(Step("rate_limit", left))
        return allowed

    def enter(self, route: Route, policy: CircuitBreaker) -> bool:
        breaker = self.state.breakers.get(route.name, Breaker())
        entered = breakers.entered(policy, breaker, self.now)
        if entered is None:
            return False
        self.state = replace(self.state, breakers=updated(self.state.breakers, route.name, entered))
        how = f"closed, {entered.failures} of {policy.max_failures} failures in a row"
        text = f"trial {entered.trials}" if entered.open_until is not None else how
        self.steps.append(Step("circuit_breaker", text))
        return True

    def variables(self) -> dict[str, str]:
        moment = datetime.fromtimestamp(self.now, UTC)
        return {
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"galc:{self.state.requests}")),
            "now": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "client_ip": self.client,
            "method": self.request.method,
            "path": self.path or "",
            "host": first(self.request.headers, "Host") or "",
        }

    def refuse(self, policy: str, text: str, answer: Answer) -> Decision:
        """The gateway's own answer."""
        self.steps.append(Step(policy, text, stops=True))
        if policy not in ("cors", "route", "path") and self.route is not None:
            answer = _with_cors(answer, self.route.cors, self.origin)
        return replace(self.decision(), answer=answer)

    def decision(self) -> Decision:
        return Decision(
            path=self.path,
            request=self.request,
            client=self.client,
            candidates=self.candidates,
            route=self.route,
            steps=tuple(self.steps),
            cross_origin=self.origin,
        )


def _passed_on(headers: Headers, peer: str, proto: str, http2: bool) -> Headers:
    kept = [
        (name, value)
        for name, value in headers
        if name.lower() not in _OF_CONNECTION
        or (http2 and name.lower() == "te" and value == "trailers")
    ]
    forwarded_for = [v for n, v in kept if n.lower() == "x-forwarded-for"]
    rest = [(n, v) for n, v in kept if n.lower() not in ("x-forwarded-for", "x-forwarded-proto")]
    return (
        *rest,
        ("X-Forwarded-For", ", ".join((*forwarded_for, peer))),
        ("X-Forwarded-Proto", proto),
    )


def _target(route: Route, path: str) -> str:
    if not route.strip_prefix:
        return path
    # In the client's spelling: the prefix is as long there, whatever the case of its hexadecimals.
    return path[len(route.match.value) :] or "/"
