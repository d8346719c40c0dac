"""One test of a file on a real gateway."""

import http.client
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address, ip_network

from msgspec import UNSET
from msgspec.structs import replace

from galc import targets
from galc.compiler import Checked, build
from galc.diagnostics import Diagnostic
from galc.diagnostics.targets import Approximate, DefaultDiffers
from galc.frontend.source import Place
from galc.ir import document as doc
from galc.ir.gateway import Gateway, Introspection, Jwt, Route, Upstream
from galc.ir.units import milliseconds
from galc.live.introspection import introspecting
from galc.live.programs import NotStartedError, find, reserved_ports, started
from galc.live.tokens import own_keys, signed
from galc.live.upstreams import MARK, Echo, serving
from galc.semantics import Answer, Reply, Request, UnknowableError
from galc.semantics.bearers import TokenScheme, wanted
from galc.semantics.expectations import Outcome
from galc.semantics.messages import Headers
from galc.semantics.places import concerns
from galc.semantics.tokens import Claims
from galc.semantics.trials import Interpreted
from galc.targets.references import all_variables

#: Nobody waits longer than this for a test.
_LONGEST_WAIT_MS = 10_000
_MOST_REQUESTS = 1000
_ATTEMPTS = 3
_TIMEOUT_S = 15.0
#: A gateway may take a moment from a failure to an open breaker.
_MOMENT_S = 0.2
#: What the client below writes by itself, and what ends a message elsewhere than it does.
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "expect", "upgrade"})


@contextmanager
def on_gateway(
    checked: Checked, target: targets.Target, trial: doc.Trial
) -> Iterator[tuple[Gateway, "OnGateway"]]:
    """The gateway as it runs, and what sends requests to it. Raises `UnknowableError` for a test
    that can't be had on this machine."""
    state = checked.state
    assert state is not None and state.gateway is not None
    find(target.name)
    _refuse(trial)
    echo, addresses = Echo(), _addresses(trial)
    # A secret of the environment is equal to its reference, as it is for the interpreter.
    stand_ins = {name: f"${{env:{name}}}" for name in all_variables(state.gateway)}
    with ExitStack() as stack:
        gateway = _with_own_tokens(state.gateway, stack)
        moved = _moved_upstreams(gateway, echo, stack)
        for attempt in range(1, _ATTEMPTS + 1):
            port, admin_port = stack.enter_context(reserved_ports(2))
            local = _local(gateway, moved, addresses, port, admin_port)
            built = build(replace(checked, state=replace(state, gateway=local)), target)
            if not built.ok:
                refused = [d.message() for d in built.diagnostics if d.severity == "error"]
                raise UnknowableError(refused[0])
            try:
                stack.enter_context(started(target.name, built.artifacts, port, stand_ins))
                break
            except NotStartedError:
                # Another process may have taken a port in this very moment.
                if attempt == _ATTEMPTS:
                    raise
        yield local, OnGateway(local, target.title, echo, addresses, built.diagnostics)


def _refuse(trial: doc.Trial) -> None:
    if sum(request.times for request in trial.requests) > _MOST_REQUESTS:
        raise UnknowableError(f"it has more than {_MOST_REQUESTS} requests")
    for request in trial.requests:
        after = request.after
        if after is not UNSET and milliseconds(str(after)) > _LONGEST_WAIT_MS:
            raise UnknowableError(f"nobody waits for `after {after}`")
        framing = sorted(name for name in request.header if name.lower() in _FRAMING)
        if framing:
            raise UnknowableError(f"the header `{framing[0]}` is the connection's own")


def _addresses(trial: doc.Trial) -> dict[str, str]:
    """An address of loopback for each client; none of them is an upstream's."""
    clients = dict.fromkeys(request.client for request in trial.requests)
    return {client: f"127.0.{1 + n // 250}.{1 + n % 250}" for n, client in enumerate(clients)}


def _moved_upstreams(gateway: Gateway, echo: Echo, stack: ExitStack) -> dict[str, Upstream]:
    """Each upstream with plain echo servers for its targets."""
    found: dict[str, Upstream] = {}
    for upstream in gateway.upstreams:
        ports = [stack.enter_context(serving(echo, upstream)) for _ in upstream.targets]
        moved = tuple(
            replace(target, host="127.0.0.1", port=port)
            for target, port in zip(upstream.targets, ports, strict=True)
        )
        found[upstream.name] = replace(upstream, targets=moved, tls=False, http2=False)
    return found


def _with_own_tokens(gateway: Gateway, stack: ExitStack) -> Gateway:
    """The gateway, made to believe tokens of this run in the place of the issuers'."""
    asks = any(isinstance(wanted(route), Introspection) for route in gateway.routes)
    endpoint = stack.enter_context(introspecting()) if asks else ""
    return replace(gateway, routes=tuple(_believing(route, endpoint) for route in gateway.routes))


def _believing(route: Route, endpoint: str) -> Route:
    policy = route.authentication
    if policy is None or not isinstance(policy.scheme, (Jwt, Introspection)):
        return route
    scheme = policy.scheme
    own = own_keys(scheme) if isinstance(scheme, Jwt) else replace(scheme, endpoint=endpoint)
    return replace(route, authentication=replace(policy, scheme=own))


def _local(
    gateway: Gateway,
    upstreams: dict[str, Upstream],
    addresses: dict[str, str],
    port: int,
    admin_port: int,
) -> Gateway:
    """The gateway on these ports of loopback. A client that is a trusted proxy stays one."""
    trusted = tuple(
        f"{address}/32"
        for client, address in addresses.items()
        if any(ip_address(client) in ip_network(net) for net in gateway.trusted_proxies)
    )
    return replace(
        gateway,
        host="127.0.0.1",
        port=port,
        admin_port=admin_port,
        trusted_proxies=(*gateway.trusted_proxies, *trusted),
        upstreams=tuple(upstreams.values()),
        routes=tuple(
            replace(route, upstream=upstreams[route.upstream.name]) for route in gateway.routes
        ),
    )


class OnGateway:
    """Sends requests as the clients of a test, each from an address of loopback of its own."""

    def __init__(
        self,
        gateway: Gateway,
        title: str,
        echo: Echo,
        addresses: dict[str, str],
        found: Iterable[Diagnostic],
    ) -> None:
        self.on = title
        self._port = gateway.port
        self._echo = echo
        self._addresses = addresses
        self._clients = {address: client for client, address in addresses.items()}
        self._found = found
        self._beside = Interpreted(gateway)

    def wait(self, seconds: float) -> float:
        """See `Player`."""
        self._beside.wait(seconds)
        time.sleep(seconds)
        return time.time()

    def sign(self, scheme: TokenScheme, claims: Claims, now: float) -> str:
        """See `Player`."""
        return signed(scheme, claims, now)

    def send(self, request: Request, reply: Reply) -> Outcome:
        """See `Player`."""
        self._echo.reply, self._echo.seen = reply, None
        answer = self._answer(request)
        if answer.status >= 500:
            time.sleep(_MOMENT_S)
        service, forwarded = self._echo.seen or (None, None)
        if forwarded is not None:
            headers = tuple((n, _swapped(v, self._clients)) for n, v in forwarded.headers)
            forwarded = replace(forwarded, headers=headers)
        meant = self._beside.send(request, reply)
        route = meant.decision.route if meant.decision else None
        known = self._differences(route)
        return Outcome(answer, forwarded, service, meant.decision, meant, tuple(known))

    def _differences(self, route: Route | None) -> Iterable[str]:
        """How the gateway is known to differ from the language, where a route has to do with it."""
        known = [
            f"`{one.feature}` differs there: {one.how}"
            for one in self._found
            if isinstance(one, (Approximate, DefaultDiffers))
            and isinstance(one.place, Place)
            and concerns(one.place, route)
        ]
        return dict.fromkeys(known)

    def _answer(self, request: Request) -> Answer:
        source = (self._addresses[request.peer], 0)
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=_TIMEOUT_S, source_address=source
        )
        try:
            connection.putrequest(
                request.method, request.target, skip_host=True, skip_accept_encoding=True
            )
            for name, value in (*request.headers, (MARK, "1")):
                if name.lower() == "x-forwarded-for":
                    value = _swapped(value, self._addresses)
                connection.putheader(name, value.encode())
            if request.body:
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body or None)
            got = connection.getresponse()
            headers: Headers = tuple(
                (name, _swapped(value.encode("latin-1").decode("utf-8", "replace"), self._clients))
                for name, value in got.getheaders()
            )
            return Answer(got.status, headers, got.read())
        except (OSError, http.client.HTTPException) as error:
            raise UnknowableError(
                f"the gateway gives no answer ({error or 'none at all'})"
            ) from None
        finally:
            connection.close()


def _swapped(text: str, table: dict[str, str]) -> str:
    """A text with other addresses in it: a client of the test has one of loopback on the wire."""
    for address, other in table.items():
        text = re.sub(rf"(?<![\w.:]){re.escape(address)}(?![\w.:])", other, text)
    return text
