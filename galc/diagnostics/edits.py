"""How a file can be mended, as data: what is to change, in terms of the document.

An edit says nothing of text, so that one diagnostic has one fix in both spellings;
`galc.diagnostics.fixing` turns edits into changes of a source.
"""

from msgspec import Struct

from galc.frontend.source import Place, Span


class Rename(Struct, frozen=True):
    """The name of a field becomes another one."""

    place: Place | Span
    new: str


class Write(Struct, frozen=True):
    """A scalar becomes a truth value, or a word that needs no quotes in either spelling."""

    place: Place
    value: bool | str


class Quote(Struct, frozen=True):
    """A scalar becomes text, as it stands."""

    place: Place


class Enclose(Struct, frozen=True):
    """A scalar becomes a list of one."""

    place: Place


class Drop(Struct, frozen=True):
    """A field goes, if `beside` stands in the same block and says what is left to say."""

    place: Place
    beside: str


class Nest(Struct, frozen=True):
    """A field moves into a block beside it, which is made where there is none."""

    place: Place
    block: str
    new: str


class Lift(Struct, frozen=True):
    """A field moves out of its block, to beside it; a block that is left empty goes."""

    place: Place
    new: str


class Pairs(Struct, frozen=True):
    """A map of names to values becomes a list of blocks with these two fields."""

    place: Place
    name: str
    value: str


class Items(Struct, frozen=True):
    """Each text of a list becomes a block with this one field."""

    place: Place
    name: str


Edit = Rename | Write | Quote | Enclose | Drop | Nest | Lift | Pairs | Items


def respelled(place: Place, old: str, new: str) -> tuple[Edit, ...]:
    """What turns the older spelling `old` of a field or a word at a place into `new`.

    >>> respelled(Place(("global_config",), key=True), "global_config", "global")[0].new
    'global'
    """
    if old.startswith("users:"):
        return (Pairs(place, "username", "password"),)
    if old.startswith("keys:"):
        return (Items(place, "key"),)
    if old == "in_location":
        return (Drop(place, "key_name"),)
    if old == "type: websocket":
        return (Write(Place(place.path), "rest"),) if new == "type: rest" else ()
    if old == "audience":
        return Rename(place, new), Enclose(Place(place.path))
    if isinstance(place.path[-1], int):
        return (Write(Place(place.path), new),)
    if "." in new:
        block, _, name = new.partition(".")
        return (Nest(place, block, name),)
    return (Lift(place, new),) if "." in old else (Rename(place, new),)
