"""From a legal gateway to Kong's declarative file and its settings."""

from galc.ir.gateway import Gateway
from galc.printers.yaml import print_yaml, shown
from galc.targets.kong import jwt, programs
from galc.targets.kong import schema as s
from galc.targets.kong.conf import conf
from galc.targets.kong.routing import services
from galc.targets.kong.upstreams import upstreams


def file(gateway: Gateway) -> s.File:
    """The whole declarative file."""
    return s.File(
        format_version="3.0",
        services=shown(services(gateway)),
        upstreams=shown(upstreams(gateway)),
        consumers=jwt.consumers(gateway),
        plugins=(programs.loader(gateway),),
    )


def lower(gateway: Gateway) -> dict[str, str]:
    """`kong.yaml` and `kong.conf`, for `kong start -c kong.conf`."""
    return {"kong.yaml": print_yaml(file(gateway)), "kong.conf": conf(gateway)}
