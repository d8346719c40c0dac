"""What a live case is: data that says how a gateway must behave, and nothing that runs.

A `Case` is a document of the language and a sequence of steps. It knows no gateway and holds no
callback, so the same case drives Envoy, another gateway, or a pure interpreter of the language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

UpstreamName = Literal["a", "b", "c"]


class Marker(Enum):
    """Expectations that are a single value."""

    ABSENT = "absent"
    PRESENT = "present"
    REFUSED = "connection refused"
    UNSTATED = "unstated"
    BROKEN = "broken connection"


ABSENT: Final = Marker.ABSENT
PRESENT: Final = Marker.PRESENT
#: As a status: nobody listens at the address.
REFUSED: Final = Marker.REFUSED
#: What an upstream does: it closes the connection when it has the request.
BROKEN: Final = Marker.BROKEN
#: As `reached`: whether an upstream was called is not part of the expectation.
UNSTATED: Final = Marker.UNSTATED


@dataclass(frozen=True)
class Matches:
    """One value, and the whole of it matches the pattern."""

    pattern: str


@dataclass(frozen=True)
class Unlike:
    """No value matches the pattern as a whole; no value at all is fine."""

    pattern: str


@dataclass(frozen=True)
class Contains:
    """One value, with this text in it."""

    text: str


@dataclass(frozen=True)
class Members:
    """A comma-separated list with these members, in any order and case; `others` may be there."""

    items: tuple[str, ...]
    others: bool = False


@dataclass(frozen=True)
class Now:
    """An RFC 3339 time in UTC, at most `within` seconds away from the clock."""

    within: float = 30.0


@dataclass(frozen=True)
class DiffersFrom:
    """One value, other than the one of the same header in the remembered exchange."""

    remembered: str


#: A text is the one value; a tuple is all values in order, on several lines or joined by commas.
ValueRule = str | tuple[str, ...] | Matches | Unlike | Contains | Members | Now | DiffersFrom
HeaderRule = ValueRule | Literal[Marker.ABSENT, Marker.PRESENT]


@dataclass(frozen=True)
class OnConnectionOf:
    """The connection to the upstream is that of the remembered exchange; `other`: another one."""

    remembered: str
    other: bool = False


@dataclass(frozen=True)
class ReachedBy:
    """The upstream that answered the remembered exchange."""

    remembered: str


@dataclass(frozen=True)
class Not:
    """Any status but this one."""

    status: int


@dataclass(frozen=True)
class Talk:
    """What is said once a connection is upgraded to a WebSocket, and what must come of it.

    Each of `texts` goes out in a frame of its own, `pause` seconds after the one before, and the
    upstream says it back. Then the client is silent for so many seconds; `closed` bounds the time
    after which the gateway must end the connection, and None says that it must not.
    """

    texts: tuple[str, ...] = ("hello",)
    pause: float = 0.0
    silent: float = 0.0
    closed: tuple[float, float] | None = None


StatusRule = int | tuple[int, ...] | Not | Literal[Marker.REFUSED, Marker.UNSTATED]
#: None: no upstream was called. A tuple: one of these.
ReachedRule = UpstreamName | tuple[UpstreamName, ...] | ReachedBy | None | Literal[Marker.UNSTATED]


@dataclass(frozen=True)
class Expect:
    """What the client and the upstream see of one request; what is left out is not looked at.

    `headers` are the answer's, `upstream_headers` those of the request as the upstream got it.
    `absent` and `upstream_absent` are patterns that no header name may match. The `upstream_…`
    fields other than None count only for a request that reached an upstream, and then for each of
    its calls. `calls` is how often upstreams are called in all, or one of several numbers; without
    it, an upstream that is reached is called exactly once. Every call has the same values of the
    headers `upstream_same`. `seconds` is the time the answer may take, from and to.
    """

    status: StatusRule = UNSTATED
    body: str | bytes | Contains | Matches | None = None
    headers: Mapping[str, HeaderRule] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    trailers: Mapping[str, HeaderRule] = field(default_factory=dict)
    seconds: tuple[float, float] | None = None
    reached: ReachedRule = UNSTATED
    upstream_method: str | None = None
    upstream_path: str | None = None
    upstream_version: Literal["1.1", "2"] | None = None
    upstream_headers: Mapping[str, HeaderRule] = field(default_factory=dict)
    upstream_absent: tuple[str, ...] = ()
    upstream_body: bytes | Matches | None = None
    upstream_same: tuple[str, ...] = ()
    upstream_connection: OnConnectionOf | None = None
    calls: int | tuple[int, ...] | None = None


Algorithm = Literal[
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "none",
    "HS256-with-public-key",
]
KeyName = Literal["good", "other"]


@dataclass(frozen=True)
class Token:
    """A JSON Web Token, signed when the request is sent.

    The JWKS has a public key of `good` for each algorithm; its `kid` is the algorithm's name.
    `other` is a stranger who uses the same `kid`. Times are seconds from now; None leaves the
    claim out.
    """

    claims: Mapping[str, object] = field(default_factory=dict)
    key: KeyName = "good"
    alg: Algorithm = "RS256"
    expires_in: float | None = 300.0
    not_before_in: float | None = None
    prefix: str = "Bearer "


@dataclass(frozen=True)
class CookieFrom:
    """`Cookie` with the cookie of that name as the remembered answer set it."""

    remembered: str
    cookie: str


HeaderValue = str | Token | CookieFrom


@dataclass(frozen=True)
class Send:
    """A request on a connection of its own, sent byte for byte as written, `times` in a row.

    `Host` is `gateway.test` unless `headers` has one. `source` is the client's address and
    `to` the gateway's. `remember` keeps the exchange (the last one) under a name. With `talk` it
    is a WebSocket handshake, whose headers are added but where `headers` has them, and after the
    answer 101 the talk follows.
    """

    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, HeaderValue], ...] = ()
    body: bytes = b""
    chunked: bool = False
    http2: bool = False
    source: str = "127.0.0.1"
    to: str = "127.0.0.1"
    times: int = 1
    talk: Talk | None = None
    expect: Expect = Expect()
    remember: str | None = None


@dataclass(frozen=True)
class Distribution:
    """Sends `send` `count` times and counts which upstream answers.

    `shares` bounds the number of answers for each upstream (one that is missing gets none, when
    `shares` is given). `distinct` bounds the number of upstreams that were reached. The sources
    take turns. `concurrency` requests are on their way at any time. Every answer must fulfil
    `send.expect`.
    """

    count: int
    send: Send = Send()
    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    distinct: tuple[int, int] | None = None
    sources: tuple[str, ...] = ("127.0.0.1",)
    concurrency: int = 1


@dataclass(frozen=True)
class Wait:
    """Lets time pass."""

    seconds: float


@dataclass(frozen=True)
class Late:
    """An upstream's answer comes after so many seconds."""

    seconds: float


#: What an upstream does with one request instead of answering as usual; a number is a status.
Mishap = int | Late | Literal[Marker.BROKEN]


@dataclass(frozen=True)
class SetUpstream:
    """Changes an upstream's behaviour from here on; what is left out stays as it is.

    `down` refuses connections, `unreachable` never completes them; with `up_after` it is up again
    after so many seconds. `first` is what it does with the next requests, one after the other,
    before it answers as usual. Health probes are the requests that no step sent; they get
    `health_status` at `health_path`, and 404 elsewhere.
    """

    name: UpstreamName | ReachedBy
    state: Literal["up", "down", "unreachable"] | None = None
    up_after: float | None = None
    first: tuple[Mishap, ...] | None = None
    status: int | None = None
    delay: float | None = None
    health_status: int | None = None
    health_path: str | None = None
    health_delay: float | None = None


@dataclass(frozen=True)
class Introspected:
    """What the introspection endpoint says of a token: that it is active, with these claims (which
    may say otherwise), or `body` instead. Times are seconds from now; None leaves the claim out.
    """

    claims: Mapping[str, object] = field(default_factory=dict)
    expires_in: float | None = 300.0
    not_before_in: float | None = None
    body: bytes | None = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    chunked: bool = False


@dataclass(frozen=True)
class SetToken:
    """What the introspection endpoint says of a token from here on; None: it doesn't know it."""

    token: str
    said: Introspected | None


Step = Send | Distribution | Wait | SetUpstream | SetToken


#: What a gateway's environment holds in every case; `GALC_UNSET` is in none.
ENVIRONMENT: Final[Mapping[str, str]] = {
    "GALC_KEY": "k-environment",
    "GALC_HOSTILE": "a\"b`c{{env `PATH`}} ${x} $(x) %REQ(x)% \\x41 ]] <'>",
    "GALC_PASSWORD": 'p:w "`{{ fail `x` }}é\\',
    "GALC_HASH": "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
    "GALC_EMPTY": "",
    # What the introspection endpoint knows of its clients.
    "GALC_CLIENT_SECRET": "s3cr3t",
    "GALC_ODD_SECRET": 's+/3:=&%]]"\\{{c}} ${r}é€ $(x)',
    # Of the examples.
    "WEB_TEAM_KEY": "web-4f1c0a9e7b",
    "DATA_TEAM_KEY": "data-9b27d3e5c1",
    "AUDIT_KEY": "audit-77e0c4d2aa",
    "ACME_KEY": "acme-51f09d2c88",
    "GLOBEX_KEY": "globex-c7720b1ee4",
    "ACME_HOOK_KEY": "hook-0d9e4b77f3",
    "ANNS_PASSWORD": "correct horse",
    "ANNS_KEY": "s3cret",
    "LENDING_PASSWORD": "behind the desk",
}


@dataclass(frozen=True)
class Case:
    """One behaviour of the language, named by a sentence in kebab-case.

    `document` is GAL 1 in YAML. `@a@`, `@b@`, `@c@` stand for the upstreams' ports on 127.0.0.1,
    `@a_tls@` … for their TLS ports (with a certificate for `localhost` that the gateway trusts),
    `@introspection@` and `@introspection_tls@` for those of the introspection endpoint,
    `@jwks@` for the port of the JWKS server, `@jwks_inline@` for its key set as JSON (without a
    single quote), `@jwks_bare@` for the same without `alg`, `@gateway@` and `@admin@` for the
    gateway's ports. Without a `global` of its own it gets one that listens on 127.0.0.1. `files`
    are texts that it names, with the same placeholders.

    `tokens` is what the introspection endpoint says of tokens; it knows no others.

    `proves` names the capabilities that the case proves, as `path` or `path=value`. `targets`
    limits the case to some targets; `skips` maps a target to the reason why it can't pass.
    """

    name: str
    document: str
    steps: tuple[Step, ...]
    proves: tuple[str, ...]
    tokens: Mapping[str, Introspected] = field(default_factory=dict)
    targets: tuple[str, ...] | None = None
    skips: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def reason_to_skip(self, target: str) -> str | None:
        """Why `target` doesn't run this case, or None."""
        if self.targets is not None and target not in self.targets:
            return f"only for {', '.join(self.targets)}"
        return self.skips.get(target)
