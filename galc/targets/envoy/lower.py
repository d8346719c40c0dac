"""From a legal gateway to Envoy's static bootstrap (config/bootstrap/v3/bootstrap.proto)."""

from galc.ir.gateway import Gateway
from galc.printers.yaml import print_yaml
from galc.targets.envoy import schema as s
from galc.targets.envoy.clusters import clusters
from galc.targets.envoy.listener import listener


def bootstrap(gateway: Gateway) -> s.Bootstrap:
    """The whole configuration; the admin interface listens on loopback only."""
    return s.Bootstrap(
        admin=s.Admin(s.Address(s.SocketAddress("127.0.0.1", gateway.admin_port))),
        static_resources=s.StaticResources((listener(gateway),), clusters(gateway)),
    )


def lower(gateway: Gateway) -> dict[str, str]:
    """`envoy.yaml`, for `envoy -c envoy.yaml`."""
    return {"envoy.yaml": print_yaml(bootstrap(gateway))}
