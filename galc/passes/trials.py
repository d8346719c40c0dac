"""The names that the tests of a file speak of.

Precondition: the document and its gateway. Postcondition: both unchanged; a name that nothing has,
and a client that is no address, are reported. Whether the tests hold is for `galc test` to say.
"""

from msgspec import UNSET

from galc.diagnostics import Report, fields
from galc.diagnostics.names import UnknownName
from galc.frontend.source import Place
from galc.ir.document import Document
from galc.ir.gateway import Gateway
from galc.passes.matching import is_address


def check(document: Document, gateway: Gateway, report: Report) -> None:
    """Report what the tests name wrongly."""
    if not document.tests:
        return
    routes = tuple(route.name for route in gateway.routes)
    services = tuple(upstream.name for upstream in gateway.upstreams)
    for index, trial in enumerate(document.tests):
        for number, request in enumerate(trial.requests):
            path = ("tests", index, "requests", number)
            if not is_address(request.client):
                place = Place((*path, "client"))
                report(fields.BadAddress(place, "client", request.client, "an IP address"))
            for kind, name, known in (
                ("route", request.expect.route, routes),
                ("service", request.expect.service, services),
            ):
                if name is not UNSET and name not in known:
                    place = Place((*path, "expect", kind))
                    report(UnknownName(place, kind, str(name), known))
