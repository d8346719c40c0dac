"""One test of a file on a real gateway."""

import http.client
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from msgspec import UnsetType
from msgspec.structs import replace

from galc import targets
from galc.compiler import Checked, build
from galc.ir import document as doc
from galc.ir.gateway import Gateway, Jwt, Route, Upstream
from galc.ir.units import milliseconds
from galc.live.programs import find, free_port, started
from galc.live.tokens import own_keys
from galc.live.upstreams import MARK, Echo, serving
from galc.semantics import Answer, Request, UnknowableError
from galc.semantics.trials import Outcome, Send

#: Nobody waits longer than this for a test.
_LONGEST_WAIT_MS = 5000
_TIMEOUT_S = 15.0
#: A gateway may take a moment from a failure to an open breaker.
_MOMENT_S = 0.2


@contextmanager
def on_gateway(
    checked: Checked, target: targets.Target, trial: doc.Trial
) -> Iterator[tuple[Gateway, Send]]:
    """The gateway as it runs, and what sends requests to it. Raises `UnknowableError` for a test
    that can't be had on this machine."""
    state = checked.state
    assert state is not None and state.gateway is not None
    find(target.name)
    _refuse(state.gateway, trial)
    echo = Echo()
    with ExitStack() as stack:
        local = _local(state.gateway, echo, stack)
        built = build(replace(checked, state=replace(state, gateway=local)), target)
        if not built.ok:
            refused = [d.message() for d in built.diagnostics if d.severity == "error"]
            raise UnknowableError(refused[0])
        stack.enter_context(started(target.name, built.artifacts, local.port, local.admin_port))
        yield local, _Client(local.port, echo).send


def _refuse(gateway: Gateway, trial: doc.Trial) -> None:
    if any(upstream.tls or upstream.http2 for upstream in gateway.upstreams):
        raise UnknowableError("an upstream with TLS or HTTP/2 can't be stood in for")
    for request in trial.requests:
        after = request.after
        if not isinstance(after, UnsetType) and milliseconds(after) > _LONGEST_WAIT_MS:
            raise UnknowableError(f"`after {after}` is longer than anybody waits")


def _local(gateway: Gateway, echo: Echo, stack: ExitStack) -> Gateway:
    """The gateway on free ports, with echo servers for its upstreams."""
    upstreams: dict[str, Upstream] = {}
    for upstream in gateway.upstreams:
        ports = [stack.enter_context(serving(echo, upstream.name)) for _ in upstream.targets]
        moved = tuple(
            replace(target, host="127.0.0.1", port=port)
            for target, port in zip(upstream.targets, ports, strict=True)
        )
        upstreams[upstream.name] = replace(upstream, targets=moved)
    routes = tuple(_moved(route, upstreams[route.upstream.name]) for route in gateway.routes)
    return replace(
        gateway,
        host="127.0.0.1",
        port=free_port(),
        admin_port=free_port(),
        upstreams=tuple(upstreams.values()),
        routes=routes,
    )


def _moved(route: Route, upstream: Upstream) -> Route:
    policy = route.authentication
    if policy is not None and isinstance(policy.scheme, Jwt):
        policy = replace(policy, scheme=own_keys(policy.scheme))
    return replace(route, upstream=upstream, authentication=policy)


class _Client:
    """Sends requests as the clients of a test, each from an address of loopback of its own."""

    def __init__(self, port: int, echo: Echo) -> None:
        self._port = port
        self._echo = echo
        self._addresses: dict[str, str] = {}

    def send(self, request: Request, trial: doc.TrialRequest, after: float) -> Outcome:
        """What came of one request."""
        time.sleep(after)
        self._echo.status, self._echo.seen = trial.upstream_status, None
        source = self._addresses.setdefault(request.peer, f"127.0.0.{len(self._addresses) + 1}")
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=_TIMEOUT_S, source_address=(source, 0)
        )
        try:
            connection.putrequest(
                request.method, request.target, skip_host=True, skip_accept_encoding=True
            )
            for name, value in (*request.headers, (MARK, "1")):
                connection.putheader(name, value.encode())
            if request.body:
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body or None)
            answer = connection.getresponse()
            headers = tuple(answer.getheaders())
            received = Answer(answer.status, headers, answer.read())
        finally:
            connection.close()
        if received.status >= 500:
            time.sleep(_MOMENT_S)
        service, forwarded = self._echo.seen or (None, None)
        return Outcome(received, forwarded, service)
