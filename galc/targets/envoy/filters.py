"""HTTP filters: where each stands in the chain, and why, is data beside its feature.

A filter is put in the chain, switched off, when some route needs it, and switched on by that
route's `typed_per_filter_config`.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from galc.ir.gateway import Gateway, Route


class Filter(Struct, frozen=True):
    """`order` is its place in the chain (lower is nearer to the client), `reason` says why there.

    `chain` is its configuration in the chain, `per_route` the one of a route, or None where the
    route doesn't need it.
    """

    name: str
    order: int
    reason: str
    chain: Callable[[Gateway], Any]
    per_route: Callable[[Route], Any]
    #: Filters that a PerRouteConfig selects stay switched on: without one they do nothing.
    disabled: bool = True
