"""Which policies of which routes a file loses something of, for the picture."""

from galc.compiler import Checked, in_source
from galc.explain.verdict import Verdict
from galc.frontend.source import Path, Place
from galc.ir.gateway import Route

#: Roots of features that belong to a service as a whole.
_OF_SERVICE = ("services", "upstream")


class Losses:
    """Finds the sentences on a route's policy. `level` is the gravest of those found."""

    def __init__(self, checked: Checked, verdicts: tuple[Verdict, ...]) -> None:
        assert checked.state is not None and checked.state.gateway is not None
        self.state = checked.state
        gateway = checked.state.gateway
        self.written = {place for use in gateway.uses for place in use.places}
        self.found: dict[tuple[str, Path], list[tuple[str, str]]] = {}
        for verdict in verdicts:
            for loss in verdict.losses:
                text = f"{verdict.target.title}: {loss.level}: {loss.why}"
                for root in {feature.partition(".")[0] for feature in loss.features}:
                    for path in loss.places:
                        self._add(root.partition("=")[0], path, (loss.level, text))

    def _add(self, root: str, path: Path, told: tuple[str, str]) -> None:
        """Put a sentence to the route or the service that a place is in."""
        owner = path[:2] if root in _OF_SERVICE or path[2:3] != ("routes",) else path[:4]
        known = self.found.setdefault((root, owner), [])
        if told not in known:
            known.append(told)

    def of_policy(self, route: Route, policy: str) -> list[tuple[str, str]]:
        """Level and sentence of each loss of a policy that is in force on a route."""
        told: list[tuple[str, str]] = []
        for owner in route.owners:
            own = in_source(Place(owner), self.state).path
            told += self.found.get((policy, own), ())
            if policy != "headers" and (*owner, policy) in self.written:
                break
        return told

    def of_service(self, route: Route) -> list[tuple[str, str]]:
        """The same of the service that a route leads to."""
        own = in_source(Place(route.origin), self.state).path[:2]
        return [told for root in _OF_SERVICE for told in self.found.get((root, own), ())]


def gravest(told: list[tuple[str, str]]) -> str:
    """A class for a style sheet; empty where nothing is lost."""
    levels = {level for level, _ in told}
    return next((level for level in ("unsupported", "approximate") if level in levels), "")
