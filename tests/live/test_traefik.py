"""Traefik does what the language says, but for what its table says otherwise."""

import re

import pytest

from galc import targets
from galc.compiler import compile_text
from galc.diagnostics.targets import Approximate, DefaultDiffers
from galc.targets.traefik.support import SUPPORT

from .cases import ALL_CASES
from .cases.shorthand import doc, document, get, ok, refused
from .drive import drive
from .model import ABSENT, PRESENT, Case, Matches, Send, SetUpstream
from .run import CaseFailedError, World
from .traefik import Traefik

#: Cases that Traefik can't pass, and the feature whose difference is the reason. The table has the
#: words, and the compiler must have said them of the case's document.
DIFFERS = {
    "a-bucket-holds-the-burst-and-is-refilled-evenly": "rate_limit",
    "the-answer-over-the-limit-is-429-and-says-so": "rate_limit",
    "request-add-leaves-existing-values": "headers.request_add",
    "rules-of-one-route-do-not-touch-another": "headers.request_add",
    "answers-below-500-are-no-failures": "circuit_breaker.unhealthy_status_codes",
    "a-trial-request-that-fails-opens-the-breaker-at-once": "circuit_breaker.half_open_requests",
    "a-target-stays-until-enough-probes-have-failed": (
        "upstream.health_check.active.unhealthy_threshold"
    ),
    "a-target-stays-away-until-enough-probes-have-succeeded": (
        "upstream.health_check.active.healthy_threshold"
    ),
    "200-201-and-204-are-healthy-by-default": "upstream.health_check.active",
    "active-and-passive-checks-work-side-by-side": "upstream.health_check.passive",
    "the-query-is-kept-as-it-is": "services.protocol=http",
    "a-failed-key-may-be-answered-in-its-own-way": "authentication.fail_message",
    "an-upstreams-own-401-is-not-touched": "authentication.fail_message",
    "each-breaker-answers-with-its-own-message": "circuit_breaker.response.message",
    "rules-for-the-answer-hold-for-a-handshake": "websocket",
}
#: Differences in what these documents leave to the language, of which the compiler says nothing.
_UNMENTIONED = frozenset({"services.protocol=http"})

#: What Traefik, a shell, another gateway or YAML would evaluate.
_HOSTILE = (
    '{{ env "HOME" }}',
    "{{`{{`}} {{ .Env.HOME }} {{- fail `x` -}}",
    "$(os.exit())",
    "$env://HOME",
    "${{HOME}} ${HOME} $HOME",
    "%REQ(host)% 100%",
    "\"double\" 'single' `back`",
    "#END # no comment",
    "C:\\new\\table\\u007b\\",
    ":8080 - [x] &a *b !c | >",
    "true",
    "007",
    "grüße, 世界 \U0001f600",
    "`) || PathPrefix(`/",
    "a@internal,b",
)


def _yaml(text: str) -> str:
    """A YAML scalar of the language, in which nothing is a template or a reference."""
    literal = text.replace("{{", "\\{{").replace("${", "$${")
    return "'" + literal.replace("'", "''") + "'"


def _hostile(number: int, text: str) -> Case:
    quoted = _yaml(text)
    key = "'" + text.replace("${", "$${").replace("'", "''") + "'"
    # A key and a name are no header values of the language: braces stand as they are.
    api_key = f"{{keys: [{{key: {key}, name: {key}}}], forward_name: true}}"
    rules = f"{{request_set: {{X-V: {quoted}}}, request_add: {{X-W: {quoted}}}, "
    rules += f"response_set: {{X-V: {quoted}}}}}"
    return Case(
        f"hostile-text-{number}",
        doc(
            f"{{path_prefix: /set, headers: {rules}}}",
            "{path_prefix: /key, authentication: {type: api_key, api_key: " + api_key + "}}",
            "{path_prefix: /basic, authentication: {type: basic, basic: {realm: "
            + key
            + ", users: [{username: u, password: "
            + key
            + "}]}}}",
            "{path_prefix: '/{{ fail `x` }}/@'}",
        ),
        (
            get("/set", ok(headers={"X-V": text}, upstream_headers={"X-V": text, "X-W": text})),
            get("/key", ok(upstream_headers={"X-Consumer-Name": text}), ("X-API-Key", text)),
            get("/key", refused(401)),
            get(
                "/basic",
                refused(401, headers={"WWW-Authenticate": Matches(f"Basic realm={_realm(text)}")}),
            ),
            get("/%7B%7B%20fail%20%60x%60%20%7D%7D/@/y", ok()),
            get("/%7B%7B%20fail/@/y", refused(404)),
        ),
        (),
    )


def _realm(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return re.escape(f'"{escaped}"')


HOSTILE = tuple(_hostile(number, text) for number, text in enumerate(_HOSTILE))

_APP = ("Origin", "https://app.test")
_HOUR = "rate_limit: {requests_per_hour: 2}"
_CORS = "cors: {allowed_origins: ['https://app.test'], allow_credentials: true}"
#: What takes several routers, and must still be one route.
OWN = (
    Case(
        "requests-of-all-origins-share-a-bucket",
        doc(f"{{path_prefix: /, {_HOUR}, {_CORS}}}"),
        (
            get("/", ok(headers={"Access-Control-Allow-Credentials": "true"}), _APP),
            get("/", ok(absent=("access-control-.*",)), ("Origin", "https://evil.test")),
            get("/", refused(429)),
            get(
                "/", refused(429, headers={"Access-Control-Allow-Origin": "https://app.test"}), _APP
            ),
        ),
        (),
    ),
    Case(
        "requests-with-and-without-an-added-header-share-a-bucket",
        doc(f"{{path_prefix: /, {_HOUR}, headers: {{request_add: {{X-A: a, X-B: b}}}}}}"),
        (
            get("/", ok(upstream_headers={"X-A": "a", "X-B": "b"})),
            get("/", ok(upstream_headers={"X-A": "mine", "X-B": "b"}), ("X-A", "mine")),
            get("/", refused(429), ("X-B", "mine")),
            get("/", refused(429)),
        ),
        (),
    ),
    Case(
        "owners-of-keys-share-a-bucket",
        doc(
            f"{{path_prefix: /, {_HOUR}, authentication: {{type: api_key, api_key:"
            " {forward_name: true, keys: [{key: k1, name: ann}, {key: k2, name: bob}]}}}"
        ),
        (
            get("/", ok(upstream_headers={"X-Consumer-Name": "ann"}), ("X-API-Key", "k1")),
            get("/", ok(upstream_headers={"X-Consumer-Name": "bob"}), ("X-API-Key", "k2")),
            get("/", refused(429), ("X-API-Key", "k1")),
            get("/", refused(401)),
        ),
        (),
    ),
    Case(
        "a-preflight-that-is-a-request-for-another-route-counts-there",
        doc(
            "{path_prefix: /api/inner, methods: [GET]}",
            f"{{path_prefix: /api, {_HOUR}, {_CORS}}}",
        ),
        (
            get("/api", ok()),
            Send(
                "OPTIONS",
                "/api/inner",
                (_APP, ("Access-Control-Request-Method", "GET")),
                expect=ok(absent=("access-control-.*",)),
            ),
            get("/api", refused(429)),
        ),
        (),
    ),
    Case(
        "paths-are-compared-decoded-and-passed-on-encoded",
        doc(
            "{path_prefix: '/caf\u00e9 x', strip_prefix: true}",
            "{path: '/a,b%2C%22'}",
            "{path_regex: '/r/[^/]+/.*'}",
        ),
        (
            get("/caf%C3%A9%20x", ok(upstream_path="/")),
            get("/caf%c3%a9%20x/%C3%A9?q", ok(upstream_path="/%C3%A9?q")),
            get("/caf%C3%A9%20xy", refused(404)),
            get("/a,b%2C%22", ok(upstream_path="/a,b%2C%22")),
            get("/a,b,%22", refused(404)),
            get("/r/%0A/%C3%A9%0A", ok(upstream_path="/r/%0A/%C3%A9%0A")),
            get("/r/x%2Fy/", refused(400)),
            get("/nowhere%5C", refused(400)),
        ),
        (),
    ),
    Case(
        "what-traefik-adds-by-itself-reaches-nobody",
        doc("{path_prefix: /api, strip_prefix: true}"),
        (
            get(
                "/api/x",
                ok(upstream_absent=("x-forwarded-(host|port|server|prefix)", "x-real-ip")),
                ("X-Forwarded-Host", "evil.test"),
                ("X-Real-Ip", "1.1.1.1"),
            ),
        ),
        (),
    ),
    Case(
        "what-is-removed-and-traefik-writes-again",
        doc(
            "{path_prefix: /, headers: {request_remove: [Accept-Encoding],"
            " response_remove: [Content-Type, Date]}}"
        ),
        (
            get(
                "/",
                ok(
                    headers={"Content-Type": Matches("text/plain.*"), "Date": PRESENT},
                    upstream_headers={"Accept-Encoding": "gzip"},
                ),
                ("Accept-Encoding", "br"),
                ("X-Echo-Header", "Content-Type: application/json"),
            ),
        ),
        (),
    ),
    Case(
        "an-answer-without-its-length-that-is-tried-again",
        document(
            "- name: s\n  protocol: http2\n  upstream: {host: 127.0.0.1, port: @a@}\n"
            "  routes: [{path_prefix: /, retry: {attempts: 2}}]"
        ),
        (
            get("/", ok(headers={"Content-Type": "application/json"})),
            SetUpstream("a", first=(503, 404)),
            get("/", ok(calls=2, headers={"Content-Type": ABSENT})),
        ),
        (),
    ),
    Case(
        "a-host-may-be-an-address",
        doc("{path_prefix: /, hosts: ['[::1]', 127.0.0.1]}"),
        (
            get("/", ok(), ("Host", "[::1]:8080")),
            get("/", ok(), ("Host", "127.0.0.1:80")),
            get("/", refused(404), ("Host", "[::2]")),
        ),
        (),
    ),
)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(targets.ALL, "traefik", "galc.targets.traefik")


@pytest.mark.parametrize("case", (*ALL_CASES, *HOSTILE, *OWN), ids=lambda case: case.name)
def test_case(case: Case, around: World) -> None:
    try:
        drive(case, Traefik(), around)
    except CaseFailedError:
        if case.name not in DIFFERS:
            raise
        pytest.skip(_difference(case, around))
    assert case.name not in DIFFERS, "it passes: the table says too little of Traefik"


def _difference(case: Case, around: World) -> str:
    """The compiler's words about what differs in the case's document."""
    feature = DIFFERS[case.name]
    if feature in _UNMENTIONED:
        assert SUPPORT[feature].level == "approximate"
        return SUPPORT[feature].text
    known = {**around.placeholders, "gateway": "8080", "admin": "9901"}
    text = re.sub(r"@([a-z_]+)@", lambda found: known[found[1]], case.document)
    compilation = compile_text(text, "case.yaml", "traefik")
    said = [
        diagnostic.how
        for diagnostic in compilation.diagnostics
        if isinstance(diagnostic, (Approximate, DefaultDiffers)) and diagnostic.feature == feature
    ]
    assert said, f"the compiler says nothing of {feature}"
    return said[0]
