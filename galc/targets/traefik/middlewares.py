"""Names of middlewares, and those that any feature may need."""

import hashlib

import msgspec

from galc.targets.memo import shared
from galc.targets.traefik import schema as s
from galc.targets.traefik.chain import Named


def named(kind: str, middleware: s.Middleware) -> Named:
    """The same middleware has the same name wherever it is used, and no other has it."""
    digest = hashlib.sha256(msgspec.msgpack.encode(middleware, enc_hook=str)).hexdigest()[:12]
    return Named(f"{kind}-{digest}", middleware)


@shared
def rejection(status: int) -> Named:
    """Refuses everybody: no peer has this address."""
    nobody = s.IpAllowList(("255.255.255.255/32",), status)
    return Named(f"reject-{status}", s.Middleware(ip_allow_list=nobody))
