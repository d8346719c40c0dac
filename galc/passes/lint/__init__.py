"""What the language allows, but nobody means: one file a theme.

Precondition: an ordered gateway, the document that it came from, and the document's tree.
Postcondition: nothing changed; warnings and notes reported. A policy that several places write
alike is examined once, and reported at each of them; nothing here grows faster than the file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from galc.diagnostics import Diagnostic, Report
from galc.frontend.source import Path
from galc.ir.document import Document
from galc.ir.gateway import Gateway
from galc.passes.lint import (
    authentication,
    cors,
    exposure,
    headers,
    identity,
    limits,
    listener,
    retries,
    routes,
    secrets,
    upstreams,
)
from galc.passes.lint.places import Written

#: Lints that see one policy alone: the policy as written, and its place.
POLICIES: Mapping[str, Callable[[Any, Path], Iterable[Diagnostic]]] = {
    "authentication": authentication.policy,
    "headers": headers.policy,
    "cors": cors.policy,
    "rate_limit": limits.rate_limit,
    "circuit_breaker": limits.circuit_breaker,
}


def check(
    document: Document,
    tree: dict[str, Any],
    gateway: Gateway,
    report: Report,
    is_elsewhere: Callable[[Path], bool],
) -> None:
    """Report every lint. `is_elsewhere` tells of a path whether its value isn't the file's own."""
    written = Written(document, tree)
    for found in (
        listener.check(document, gateway),
        upstreams.check(document),
        _policies(written, gateway),
        authentication.shared_secrets(written, gateway),
        secrets.check(written, gateway, is_elsewhere),
        routes.check(document, gateway),
        exposure.check(written, gateway),
        identity.check(written, gateway),
        limits.self_chosen_keys(written, gateway),
        cors.unreached_methods(written, gateway),
        retries.check(written, gateway),
    ):
        for diagnostic in found:
            report(diagnostic)


def _policies(written: Written, gateway: Gateway) -> Iterator[Diagnostic]:
    for use in gateway.uses:
        lint = POLICIES.get(use.written[0][0]) if use.written else None
        if lint is None:
            continue
        policy = written.at(use.places[0])
        found = tuple(lint(policy, use.places[0]))
        yield from found
        for place in use.places[1:] if found else ():
            yield from lint(policy, place)
