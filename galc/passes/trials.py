"""What the tests of a file speak of.

Precondition: the document and its gateway. Postcondition: both unchanged; reported are names that
nothing has, clients that are no addresses, claims without a token, and tests that can't fail.
Whether the tests hold is for `galc test` to say.
"""

from msgspec import UNSET

from galc.diagnostics import Report, fields
from galc.diagnostics.names import UnknownName
from galc.diagnostics.trials import ClaimsWithoutToken, NothingExpected
from galc.frontend.source import Path, Place
from galc.ir.document import Document, Expectation, TrialRequest
from galc.ir.gateway import Gateway
from galc.passes.matching import is_address

_NOTHING = Expectation()


def check(document: Document, gateway: Gateway, report: Report) -> None:
    """Report what is wrong with the tests."""
    if not document.tests:
        return
    routes = tuple(route.name for route in gateway.routes)
    services = tuple(upstream.name for upstream in gateway.upstreams)
    for index, trial in enumerate(document.tests):
        if all(request.expect == _NOTHING for request in trial.requests):
            report(NothingExpected(Place(("tests", index, "name")), trial.name))
        for number, request in enumerate(trial.requests):
            path = ("tests", index, "requests", number)
            if not is_address(request.client):
                place = Place((*path, "client"))
                report(fields.BadAddress(place, "client", request.client, "an IP address"))
            _check_claims(gateway, request, path, report)
            for kind, name, known in (
                ("route", request.expect.route, routes),
                ("service", request.expect.service, services),
            ):
                if name is not UNSET and name not in known:
                    place = Place((*path, "expect", kind))
                    report(UnknownName(place, kind, str(name), known))


def _check_claims(gateway: Gateway, request: TrialRequest, path: Path, report: Report) -> None:
    if request.claims is UNSET:
        return
    # Which route takes the request is a matter of meaning; few files ask.
    from galc.semantics.trials import plain_request, reached_route, token_scheme

    asked = plain_request(request)
    if token_scheme(gateway, asked) is not None:
        return
    route = reached_route(gateway, asked)
    taken_by = Place(route.origin) if route else None
    place = Place((*path, "claims"), key=True)
    report(ClaimsWithoutToken(place, route.name if route else "", taken_by))
