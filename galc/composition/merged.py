"""A tree that comes from several files."""

from typing import Any, NamedTuple

from galc.frontend.source import Origins


class Merged(NamedTuple):
    """The tree, and where its parts come from."""

    tree: dict[str, Any]
    origins: Origins
