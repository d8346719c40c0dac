"""From a legal gateway to Envoy's static bootstrap (config/bootstrap/v3/bootstrap.proto)."""

from galc.ir.gateway import Gateway
from galc.printers.yaml import print_yaml, shown
from galc.targets.envoy import schema as s
from galc.targets.envoy.clusters import clusters
from galc.targets.envoy.listener import listener
from galc.targets.introspection import scheme_of

#: Envoy refuses regexes of more than 100 RE2 instructions by default, which a UUID's already has
#: (https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/type/matcher/v3/regex.proto). The language
#: bounds their length and repetitions.
_REGEX_LIMITS = {
    "re2.max_program_size.error_level": 1_000_000,
    "re2.max_program_size.warn_level": 1_000_000,
}
#: How much of an answer Envoy's own client keeps (source/common/http/async_client_impl.cc), 32 MiB
#: by default. It is kept for each request whose token is introspected; key sets are smaller, too.
_ANSWER_LIMIT = {"http.async_response_buffer_limit": 1_048_576}


def bootstrap(gateway: Gateway) -> s.Bootstrap:
    """The whole configuration; the admin interface listens on loopback only."""
    limits = _REGEX_LIMITS | (_ANSWER_LIMIT if any(map(scheme_of, gateway.routes)) else {})
    return s.Bootstrap(
        admin=s.Admin(s.Address(s.SocketAddress("127.0.0.1", gateway.admin_port))),
        layered_runtime=s.LayeredRuntime((s.RuntimeLayer("galc", limits),)),
        static_resources=s.StaticResources((listener(gateway),), shown(clusters(gateway))),
    )


def lower(gateway: Gateway) -> dict[str, str]:
    """`envoy.yaml`, for `envoy -c envoy.yaml`."""
    return {"envoy.yaml": print_yaml(bootstrap(gateway))}
