"""Several files become one tree: what a file includes, and the overlays that lie over it.

It comes before the passes, which know nothing of files. What is merged keeps a map from the paths
of the whole tree to files and the paths there. Imported only for a file that has to do with others.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from galc.composition.including import Reader
from galc.composition.overlaying import overlaid
from galc.diagnostics import Report
from galc.frontend.loading import Loader
from galc.frontend.recovery import Recovered
from galc.frontend.source import Composed, Path, Source
from galc.ir.document import Document
from galc.ir.types import struct_type

__all__ = ["Composition", "compose"]


class Composition(Struct, frozen=True):
    """The files, and their one tree; None where something is wrong that leaves no whole. `wrong`
    are the paths of what was wrong in single files, which is reported."""

    source: Composed
    tree: dict[str, Any] | None
    wrong: list[Path]


def compose(
    source: Source,
    overlays: Sequence[Source],
    load: Loader,
    report: Report,
    root_read: Recovered | None = None,
) -> Composition:
    """Read all files that a source needs, and merge them. What the source itself holds is given if
    it was read before. A composed source is read anew, from its own files as far as it has them.
    """
    known: Mapping[str, Source] = {}
    root = source
    if isinstance(source, Composed):
        known = {file.name: file for file in source.files}
        root = source.files[0]
        overlays = [source.files[number] for number in source.overlays]
    reader = Reader(load, report, known)
    if root_read is not None:
        reader.give(root, *root_read)
    whole = reader.whole(root)
    numbers = []
    for overlay in overlays:
        over = reader.whole(overlay, over=True)
        numbers.append(reader.number(overlay))
        if whole is not None and over is not None and reader.sound:
            whole = overlaid(whole, over, reader)
    parts = tuple(reader.files)
    composed = Composed(
        root.name,
        root.text,
        root.spelling,
        root.document,
        parts,
        tuple(numbers),
        whole.origins if whole else None,
    )
    wrong = reader.wrong_in_whole() if whole is not None and reader.sound else []
    # An overlay puts whole parts in the place of others: of wrong ones nothing can be said then.
    if whole is None or not reader.sound or (wrong and overlays):
        return Composition(composed, None, [])
    ordered = {key: whole.tree[key] for key in sorted(whole.tree, key=_rank)}
    return Composition(composed, ordered, wrong)


def _rank(key: str) -> int:
    """The order of a file's fields, for whoever looks at the whole; unknown ones come last."""
    names = struct_type(Document).fields
    return next((at for at, field in enumerate(names) if field.encode_name == key), len(names))
