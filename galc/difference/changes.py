"""What can differ between two policies: one Struct a kind of change.

A change names the field of the language that it is about. Text of a document reaches a message only
through `quote`, so that each output can make it harmless in its own way.
"""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

#: Somebody may do what was refused · what protects has changed · what else is seen · names, texts.
Risk = Literal["security-opening", "security-changing", "behaviour", "cosmetic"]
RISKS: tuple[Risk, ...] = ("security-opening", "security-changing", "behaviour", "cosmetic")
OPENING, SECURITY, BEHAVIOUR, COSMETIC = RISKS

How = Literal["raised", "lowered", "changed"]
#: Makes a text of a document safe to be shown, and tells it from the words around it.
Quote = Callable[[str], str]


class Change(Struct, frozen=True):
    """A field, and how grave it is that it differs."""

    field: str
    risk: Risk

    def message(self, quote: Quote) -> str:
        """A sentence without a full stop."""
        raise NotImplementedError


class Added(Change, frozen=True):
    """A policy that wasn't there; `summary` says what it does."""

    summary: str

    def message(self, quote: Quote) -> str:
        return f"{quote(self.field)} added: {quote(self.summary)}"


class Removed(Change, frozen=True):
    """A policy that isn't there any more; `summary` says what it did."""

    summary: str

    def message(self, quote: Quote) -> str:
        return f"{quote(self.field)} removed: it was {quote(self.summary)}"


class Changed(Change, frozen=True):
    """One value for another; None stands for none."""

    old: str | None
    new: str | None
    how: How = "changed"

    def message(self, quote: Quote) -> str:
        old, new = ("nothing" if v is None else quote(v) for v in (self.old, self.new))
        return f"{quote(self.field)} {self.how} from {old} to {new}"


class Members(Change, frozen=True):
    """Entries of a list or a map that came and went."""

    added: tuple[str, ...]
    removed: tuple[str, ...]

    def message(self, quote: Quote) -> str:
        parts = [
            f"{word} {', '.join(map(quote, entries))}"
            for word, entries in (("added", self.added), ("removed", self.removed))
            if entries
        ]
        return f"{quote(self.field)}: {'; '.join(parts)}"


class Unshown(Change, frozen=True):
    """A value that differs and is never shown: a secret, or one too large to read.

    `what` is in galc's own words; `name` says whose it is, if it is somebody's.
    """

    what: str
    name: str | None = None

    def message(self, quote: Quote) -> str:
        whose = "" if self.name is None else f" of {quote(self.name)}"
        return f"{quote(self.field)}: {self.what}{whose} changed"


def worst(changes: "tuple[Change, ...] | list[Change]") -> Risk:
    """The gravest risk of some changes."""
    return min((change.risk for change in changes), key=RISKS.index, default=BEHAVIOUR)


def number(
    field: str, old: int, new: int, risk: Risk = BEHAVIOUR, spelled: Callable[[int], str] = str
) -> list[Change]:
    """A number raised or lowered, or nothing."""
    if old == new:
        return []
    return [Changed(field, risk, spelled(old), spelled(new), "raised" if new > old else "lowered")]


def value(field: str, old: object, new: object, risk: Risk = BEHAVIOUR) -> list[Change]:
    """One value for another, or nothing."""
    return [] if old == new else [Changed(field, risk, spelled(old), spelled(new))]


def spelled(item: object) -> str | None:
    """A value as a gateway file spells it."""
    if item is None:
        return None
    if isinstance(item, bool):
        return str(item).lower()
    return ", ".join(map(str, item)) if isinstance(item, tuple | list) else str(item)


def members(
    field: str, old: tuple[str, ...], new: tuple[str, ...], added: Risk, removed: Risk
) -> list[Change]:
    """Entries that came and entries that went, whatever their order; each with its own risk."""
    came = tuple(entry for entry in new if entry not in old)
    went = tuple(entry for entry in old if entry not in new)
    if added == removed:
        return [Members(field, added, came, went)] if came or went else []
    found: list[Change] = [Members(field, added, came, ())] if came else []
    return [*found, Members(field, removed, (), went)] if went else found
