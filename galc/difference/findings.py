"""The findings of a comparison: one Struct a kind, without places in a text and without colours."""

from typing import ClassVar

from msgspec import Struct

from galc.difference.changes import BEHAVIOUR, OPENING, Change, Quote, Removed, Risk, worst
from galc.difference.regions import Region
from galc.frontend.source import Path, Place
from galc.targets import Level

#: Regions named in one sentence.
_MOST = 6


class Spot(Struct, frozen=True):
    """Where a finding stands in one of the files: a route or the gateway, and a field of it."""

    origin: Path
    field: str = ""


class Finding(Struct, frozen=True):
    """Something that means another thing in the new file; a side that lacks it has no spot.

    A place is one of the source; a spot is still to be found there."""

    kind: ClassVar[str]

    old: Spot | Place | None
    new: Spot | Place | None

    @property
    def risk(self) -> Risk:
        """How grave it is."""
        raise NotImplementedError

    def headline(self, quote: Quote) -> str:
        """One sentence without a full stop."""
        raise NotImplementedError

    def details(self, quote: Quote) -> tuple[str, ...]:  # noqa: ARG002
        """What else is to be said, a sentence each."""
        return ()


class Where(Struct, frozen=True):
    """The requests that a change is about: whole services, or else regions."""

    regions: tuple[Region, ...]
    every: bool = False
    services: tuple[str, ...] = ()

    def text(self, quote: Quote) -> str:
        """The requests in words."""
        if self.every:
            return "every route"
        if self.services:
            return f"every route of {' and '.join(map(quote, self.services))}"
        return listed(self.regions, quote)


def listed(regions: tuple[Region, ...], quote: Quote) -> str:
    """Some regions in words."""
    text = "; ".join(region.text(quote) for region in regions[:_MOST])
    more = sum(len(region.paths) for region in regions[_MOST:])
    return f"{text}; and {more} more paths" if more else text


class PolicyChanged(Finding, frozen=True):
    """The same routes do another thing with the same requests."""

    kind: ClassVar[str] = "policy"

    where: Where
    change: Change

    @property
    def risk(self) -> Risk:
        return self.change.risk

    def headline(self, quote: Quote) -> str:
        where = self.where.text(quote)
        if self.change.field == "authentication" and isinstance(self.change, Removed):
            return f"{where}: now reachable without authentication ({self.change.message(quote)})"
        return f"{where}: {self.change.message(quote)}"


class UpstreamChanged(Finding, frozen=True):
    """A service's requests go to other servers, or in another way."""

    kind: ClassVar[str] = "upstream"

    services: tuple[str, ...]
    change: Change

    @property
    def risk(self) -> Risk:
        return self.change.risk

    def headline(self, quote: Quote) -> str:
        word = "service" if len(self.services) == 1 else "services"
        return f"{word} {', '.join(map(quote, self.services))}: {self.change.message(quote)}"


class GatewayChanged(Finding, frozen=True):
    """A setting of the whole gateway."""

    kind: ClassVar[str] = "gateway"

    change: Change

    @property
    def risk(self) -> Risk:
        return self.change.risk

    def headline(self, quote: Quote) -> str:
        return self.change.message(quote)


class Taker(Struct, frozen=True):
    """A route that takes requests, and what it asks of them."""

    route: str
    service: str
    authentication: str | None

    def text(self, quote: Quote) -> str:
        """`route x (jwt)`."""
        return f"route {quote(self.route)} ({self.authentication or 'no authentication'})"


class RequestsAccepted(Finding, frozen=True):
    """Requests that no route took are taken now."""

    kind: ClassVar[str] = "requests-accepted"

    regions: tuple[Region, ...]
    after: Taker

    @property
    def risk(self) -> Risk:
        return BEHAVIOUR if self.after.authentication else OPENING

    def headline(self, quote: Quote) -> str:
        how = "with" if self.after.authentication else "without"
        return (
            f"{listed(self.regions, quote)}: now reachable, {how} authentication; was 404, "
            f"now {self.after.text(quote)}"
        )


class RequestsRefused(Finding, frozen=True):
    """Requests that a route took are answered with 404 now."""

    kind: ClassVar[str] = "requests-refused"

    regions: tuple[Region, ...]
    before: Taker

    @property
    def risk(self) -> Risk:
        return BEHAVIOUR

    def headline(self, quote: Quote) -> str:
        return (
            f"{listed(self.regions, quote)}: no longer reachable; was {self.before.text(quote)}, "
            "now 404"
        )


class RequestsRerouted(Finding, frozen=True):
    """Requests are taken by a route that does another thing with them."""

    kind: ClassVar[str] = "requests-rerouted"

    regions: tuple[Region, ...]
    before: Taker
    after: Taker
    changes: tuple[Change, ...]

    @property
    def risk(self) -> Risk:
        return worst(self.changes)

    def headline(self, quote: Quote) -> str:
        return (
            f"{listed(self.regions, quote)}: {self._what()}; was {self.before.text(quote)}, "
            f"now {self.after.text(quote)}"
        )

    def _what(self) -> str:
        old, new = self.before.authentication, self.after.authentication
        if old and not new:
            return "now reachable without authentication"
        if new and not old:
            return "now behind authentication"
        if old != new:
            return "now behind another authentication"
        return "taken by another route"

    def details(self, quote: Quote) -> tuple[str, ...]:
        """The changes that the headline doesn't tell; another service is one of them, not many."""
        found = [
            change.message(quote)
            for change in self.changes
            if change.field not in _IN_HEADLINE and not _is_of_another_service(change)
        ]
        if any(map(_is_of_another_service, self.changes)):
            services = (quote(self.before.service), quote(self.after.service))
            found.insert(0, f"goes to service {services[1]} instead of {services[0]}")
        return tuple(found)


#: Changes that a headline on authentication tells.
_IN_HEADLINE = ("authentication", "authentication.type")


def _is_of_another_service(change: Change) -> bool:
    """Whether a change is told by naming the services; one that opens something never is."""
    return change.risk == BEHAVIOUR and change.field.startswith(("upstream.", "services."))


class SupportChanged(Finding, frozen=True):
    """The new file asks for something that a target does less faithfully, or no longer does."""

    kind: ClassVar[str] = "target-support"

    target: str
    feature: str
    was: Level | None
    now: Level | None
    why: str

    @property
    def risk(self) -> Risk:
        return BEHAVIOUR if self.now in ("approximate", "unsupported") else "cosmetic"

    def headline(self, quote: Quote) -> str:
        feature = quote(self.feature)
        if self.now == "unsupported":
            return f"{self.target}: {feature} is now needed, and unsupported: {quote(self.why)}"
        if self.now == "approximate":
            return f"{self.target}: {feature} is now approximate: {quote(self.why)}"
        return f"{self.target}: {feature} is no longer {self.was}"


class ArtifactsChanged(Finding, frozen=True):
    """A target's files differ, whatever that means for requests."""

    kind: ClassVar[str] = "artifacts"

    target: str
    files: tuple[str, ...]

    @property
    def risk(self) -> Risk:
        return "cosmetic"

    def headline(self, quote: Quote) -> str:
        return f"{self.target}: {', '.join(map(quote, self.files))} changed"
