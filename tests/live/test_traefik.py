"""Traefik does what the language says, but for what its table says otherwise."""

import re

import pytest

from galc import targets
from galc.compiler import compile_text
from galc.diagnostics.targets import Approximate, DefaultDiffers
from galc.targets.traefik.support import SUPPORT

from .cases import ALL_CASES
from .cases.shorthand import doc, get, ok, refused
from .model import Case, Matches
from .run import CaseFailedError, RefusedError, World, run
from .traefik import Traefik

#: Cases that Traefik can't pass, and the feature whose difference is the reason. The table has the
#: words, and the compiler must have said them of the case's document.
_DIFFERS = {
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
    """A YAML scalar of the language; `\\{{` stands for braces that are no template, `$$` for `$`."""
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
            f"{{path_prefix: /limit, rate_limit: {{requests_per_second: 100}}}}",
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


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(targets.ALL, "traefik", "galc.targets.traefik")


@pytest.mark.parametrize("case", (*ALL_CASES, *HOSTILE), ids=lambda case: case.name)
def test_case(case: Case, around: World) -> None:
    gateway = Traefik()
    if reason := case.reason_to_skip(gateway.target):
        pytest.skip(reason)
    try:
        run(case, gateway, around)
    except RefusedError as refusal:
        pytest.skip(str(refusal))
    except CaseFailedError:
        if case.name not in _DIFFERS:
            raise
        pytest.skip(_difference(case, around))
    assert case.name not in _DIFFERS, "it passes: the table says too little of Traefik"


def _difference(case: Case, around: World) -> str:
    """The compiler's words about what differs in the case's document."""
    feature = _DIFFERS[case.name]
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
