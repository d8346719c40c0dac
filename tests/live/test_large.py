"""What is built for thousands of routes is loaded, and does what a few routes would."""

import pytest

from .cases.shorthand import NOT_FOUND, document, get, ok, refused, request, service
from .envoy import Envoy
from .gateways import Gateway
from .model import Case, Send
from .run import World, run
from .traefik import Traefik

_SERVICES = 250
_KEY = "authentication: {type: api_key, api_key: {keys: [{key: k-1}]}}"
_ROUTES = (
    "{path_prefix: /NAME/open, methods: [GET], headers: {response_set: {X-Service: NAME}}}",
    f"{{path_prefix: /NAME/kept, {_KEY}}}",
    "{path_prefix: /NAME/kept/open, methods: [GET, POST]}",
    "{path: /NAME/exact, hosts: [NAME.test]}",
    "{path_prefix: /NAME/shared, cors: {allowed_origins: [https://app.test]}}",
    "{path_regex: '/NAME/[0-9]+', strip_prefix: false}",
)
_PREFLIGHT = (("Origin", "https://app.test"), ("Access-Control-Request-Method", "PUT"))


def _name(number: int) -> str:
    return f"service-{number:03}"


def _service(number: int) -> str:
    name = _name(number)
    return service(*(route.replace("NAME", name) for route in _ROUTES), name=name)


def _steps(name: str) -> list[Send]:
    return [
        get(f"/{name}/open/x", ok(headers={"X-Service": name})),
        request("POST", f"/{name}/open/x", NOT_FOUND),
        get(f"/{name}/kept/x", refused(401)),
        get(f"/{name}/kept/x", ok(), ("X-API-Key", "k-1")),
        get(f"/{name}/kept/open/x", ok()),
        get(f"/{name}/exact", NOT_FOUND),
        get(f"/{name}/exact", ok(), ("Host", f"{name}.test")),
        request("OPTIONS", f"/{name}/shared/x", refused(200), *_PREFLIGHT),
        get(f"/{name}/17", ok()),
        get(f"/{name}/x", NOT_FOUND),
    ]


@pytest.mark.parametrize("gateway", [Envoy(), Traefik()], ids=["envoy", "traefik"])
def test_the_first_and_the_last_of_many_services(gateway: Gateway, around: World) -> None:
    text = document(*map(_service, range(_SERVICES)))
    steps = [step for number in (0, _SERVICES - 1) for step in _steps(_name(number))]
    run(Case("many-services", text, tuple(steps), ()), gateway, around)
