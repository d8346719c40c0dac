"""What a file says of other files (language section 2), one Struct a construct.

These fields stand beside those of `document`. They are gone when the files are one document: no
pass and no target ever sees them.
"""

from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct

from galc.ir import document as doc
from galc.ir.document import Maybe, Text


class Removal(doc._Node, frozen=True, kw_only=True):
    """What an overlay takes out of the files below it."""

    services: Annotated[tuple[Text, ...], Meta(description="Services that go.")] = ()
    policies: Annotated[tuple[Text, ...], Meta(description="Named policies that go.")] = ()
    vars: Annotated[tuple[Text, ...], Meta(description="Variables that go.")] = ()
    fields: Annotated[
        tuple[Text, ...], Meta(description="Other fields of the file that go, by their names.")
    ] = ()


class ServiceRemoval(doc._Node, frozen=True, kw_only=True):
    """What an overlay takes out of a service."""

    routes: Annotated[
        tuple[Text, ...],
        Meta(description="Routes that go: names, or what `.gal` has after `route`: `/api/* GET`."),
    ] = ()
    fields: Annotated[
        tuple[Text, ...], Meta(description="Fields and policies that go, by their names.")
    ] = ()


class OfDocument(doc._Node, frozen=True, kw_only=True):
    """Beside the fields of a document."""

    include: Annotated[
        tuple[Text, ...],
        Meta(description="Files that are merged, in order, before this one; relative to it."),
    ] = ()
    remove: Annotated[
        Maybe[Removal], Meta(description="In an overlay: what goes out of the files below.")
    ] = UNSET


class OfService(doc._Node, frozen=True, kw_only=True):
    """Beside the fields of a service."""

    remove: Annotated[
        Maybe[ServiceRemoval], Meta(description="In an overlay: what goes out of the service.")
    ] = UNSET


class OfBlock(doc._Node, frozen=True, kw_only=True):
    """Beside the fields of any other block that an overlay goes into."""

    remove: Annotated[
        tuple[Text, ...], Meta(description="In an overlay: fields and policies that go.")
    ] = ()


#: The constructs that have such fields.
BESIDE: Final[dict[type[Struct], type[Struct]]] = {
    doc.Document: OfDocument,
    doc.Service: OfService,
    doc.Route: OfBlock,
    doc.Bundle: OfBlock,
    doc.Global: OfBlock,
}
