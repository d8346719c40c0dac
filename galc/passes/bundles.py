"""The named bundles of policies, and which of them are in force where.

Of several bundles the later one wins, and one that uses others wins over them. A bundle that is
reached twice counts once, where it is strongest.
"""

from collections.abc import Iterator
from typing import Any

from galc.diagnostics import Report, lint, names
from galc.diagnostics.meaning import Repeated
from galc.frontend.source import Path, Place
from galc.ir import features
from galc.ir.document import Document
from galc.ir.gateway import Use
from galc.passes.references import cycles


class Bundles:
    """The bundles of a document, asked by the `use` of a route."""

    def __init__(self, document: Document, report: Report, *, is_complete: bool) -> None:
        """Report what they use wrongly. `is_complete` is False when one may have been taken out
        of the file for its mistakes: then a name that isn't known may be its name."""
        self.uses = {name: bundle.use for name, bundle in document.policies.items()}
        self.report = report
        self.is_complete = is_complete
        self.used: set[str] = set()
        self.orders: dict[tuple[str, ...], tuple[str, ...]] = {}
        for name, use in self.uses.items():
            self._check(use, ("policies", name, "use"))
        if any(self.uses.values()):
            for cycle in self._cycles():
                index = self.uses[cycle[0]].index(cycle[1])
                place = Place(("policies", cycle[0], "use", index))
                report(names.Cycle(place, "policy", "uses", cycle))

    def in_force(self, use: tuple[str, ...], path: Path) -> tuple[str, ...]:
        """The bundles that a route's `use` brings, the weakest first."""
        self._check(use, path)
        order = self.orders.get(use)
        if order is None:
            order = self.orders[use] = self._order(use)
            self.used.update(order)
        return order

    def unused(self) -> Iterator[lint.UnusedName]:
        """Those that nobody uses, neither a route nor another bundle."""
        used = self.used.union(*self.uses.values())
        for name in self.uses:
            if name not in used:
                yield lint.UnusedName(Place(("policies", name), key=True), "policy", name, "route")

    def _check(self, use: tuple[str, ...], path: Path) -> None:
        for index, name in enumerate(use):
            place = Place((*path, index))
            if name not in self.uses and self.is_complete:
                self.report(names.UnknownName(place, "policy", name, tuple(self.uses)))
            elif name in use[:index]:
                first = Place((*path, use.index(name)))
                self.report(Repeated(place, f"`{name}`", first))

    def _order(self, use: tuple[str, ...]) -> tuple[str, ...]:
        found: dict[str, None] = {}  # the strongest first
        left = list(use)
        while left:
            name = left.pop()
            if name not in found and name in self.uses:
                found[name] = None
                left += self.uses[name]
        return tuple(reversed(found))

    def _cycles(self) -> Iterator[tuple[str, ...]]:
        uses = self.uses
        return cycles((a, b) for a, use in uses.items() for b in use if b in uses)


class Default:
    """A policy of a service or a bundle, compiled once; without a use it is switched off there."""

    def __init__(self, value: Any, use: Use | None, path: Path) -> None:
        self.value = value
        self.use = use
        self.path = path
        self.inherited = False

    def inherit(self) -> Any:
        """Its value, for a route; the first that inherits it puts its place to the others."""
        if self.use is not None and not self.inherited:
            self.use.places.append(self.path)
        self.inherited = True
        return self.value


#: By policy: those that a route inherits, the strongest first. Only headers accumulate.
Inherited = dict[str, list[Default]]


def inherited_from(layers: list[dict[str, Default]]) -> Inherited:
    """What a route inherits from its bundles and its service, the strongest first."""
    found: Inherited = {}
    for name in features.POLICIES:
        chain = [layer[name] for layer in layers if name in layer]
        if chain:
            off = next((at for at, one in enumerate(chain) if one.use is None), len(chain))
            found[name] = chain[: off if name == "headers" else min(off, 1)]
    return found
