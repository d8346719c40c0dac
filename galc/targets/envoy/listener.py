"""The listener: connection manager, filter chain, client addresses.

extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto. What Envoy
adds of its own (server, x-envoy-*, x-request-id) is switched off: the file doesn't ask for it.
"""

from ipaddress import ip_network

from galc.ir.gateway import Gateway
from galc.targets.envoy import bodies, headers, replies, tree
from galc.targets.envoy import schema as s
from galc.targets.envoy.routing import FILTERS, Table, table

#: Control headers of Envoy that a client may not send. `internal_address_config` is left out, so
#: that no client is internal and the others have no effect and are removed by Envoy itself.
_CONTROL_HEADERS = (
    "x-envoy-attempt-count",
    "x-envoy-cluster-dynamic",
    "x-envoy-force-trace",
    "x-envoy-immediate-health-check-fail",
    "x-envoy-is-timeout-retry",
    "x-envoy-original-dst-host",
    "x-envoy-peer-metadata",
    "x-envoy-peer-metadata-id",
)
_PEER = "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"
#: Keeps the client's X-Forwarded-For over Envoy's own handling, which appends the machine's own
#: address instead of 127.0.0.1 for a peer on loopback.
_SAVED_XFF = "x-galc-forwarded-for"


def listener(gateway: Gateway) -> s.Listener:
    """The one listener, with all routes."""
    manager = _manager(gateway)
    chain = s.FilterChain((s.Named("envoy.filters.network.http_connection_manager", manager),))
    address = s.Address(s.SocketAddress(gateway.host, gateway.port))
    return s.Listener("galc", address, (chain,), bodies.buffer_limit(gateway))


def _manager(gateway: Gateway) -> s.HttpConnectionManager:
    trusting = bool(gateway.trusted_proxies)
    mutations = [s.HeaderMutation(remove=name) for name in _CONTROL_HEADERS]
    if trusting:
        saved = headers.option(_SAVED_XFF, "%REQ(x-forwarded-for)%", headers.SET)
        mutations += [s.HeaderMutation(remove=_SAVED_XFF), s.HeaderMutation(append=saved)]
    entries = table(gateway)
    if entries.matcher:
        mutations.append(tree.PATH_MUTATION)
    early = s.Named(
        "envoy.http.early_header_mutation.header_mutation", s.EarlyHeaderMutation(tuple(mutations))
    )
    routes = s.RouteConfiguration(
        name="galc",
        virtual_hosts=(_virtual_host(entries, trusting),),
        # The route's own rules come last, so that they can also set X-Forwarded-For.
        most_specific_header_mutations_wins=True,
    )
    return s.HttpConnectionManager(
        stat_prefix="galc",
        route_config=routes,
        http_filters=_filters(gateway, entries, trusting),
        use_remote_address=not trusting,
        generate_request_id=False,
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="REJECT_REQUEST",
        server_header_transformation="PASS_THROUGH",
        skip_xff_append=not trusting,
        original_ip_detection_extensions=(_trusted(gateway),) if trusting else (),
        early_header_mutation_extensions=(early,),
        local_reply_config=replies.config(gateway),
    )


def _virtual_host(entries: Table, trusting: bool) -> s.VirtualHost:
    append = s.HeaderValueOption(s.HeaderValue("x-forwarded-for", _PEER), headers.ADD)
    removed: tuple[str, ...] = ("x-envoy-external-address",)
    added: tuple[s.HeaderValueOption, ...] = (append,)
    if trusting:
        restored = s.HeaderValueOption(
            s.HeaderValue("x-forwarded-for", f"%REQ({_SAVED_XFF})%"), headers.SET
        )
        removed = (*removed, "x-forwarded-for")
        added = (restored, append)
    if entries.matcher:
        removed = (*removed, tree.PATH_HEADER)
    return s.VirtualHost(
        name="galc",
        domains=("*",),
        routes=entries.entries,
        matcher=entries.matcher,
        request_headers_to_remove=removed,
        request_headers_to_add=added,
        typed_per_filter_config=dict(entries.together),
    )


def _cidrs(gateway: Gateway) -> tuple[s.CidrRange, ...]:
    networks = (ip_network(text) for text in gateway.trusted_proxies)
    return tuple(s.CidrRange(str(n.network_address), n.prefixlen) for n in networks)


def _trusted(gateway: Gateway) -> s.Named:
    return s.Named(
        "envoy.http.original_ip_detection.xff",
        # `skip_xff_append` is true by default here, and would hide a trusted peer.
        s.XffConfig(s.TrustedCidrs(_cidrs(gateway)), skip_xff_append=False),
    )


def _filters(gateway: Gateway, entries: Table, trusting: bool) -> tuple[s.Named, ...]:
    chain = [
        s.Named(name, config, disabled=True)
        for filter_ in FILTERS
        for name, config in filter_.in_chain(gateway.routes, entries.filters)
    ]
    if trusting:
        chain.insert(0, _forwarded_proto(gateway))
    return (*chain, s.Named("envoy.filters.http.router", _router(trusting)))


def _router(trusting: bool) -> s.Router:
    hide = s.Mutations(request_mutations=(s.HeaderMutation(remove=_SAVED_XFF),))
    return s.Router(
        suppress_envoy_headers=True,
        upstream_http_filters=(
            *((s.Named("galc.saved_xff", s.HeaderMutationFilter(hide)),) if trusting else ()),
            s.Named(headers.RESPONSE_RULES, s.HeaderMutationFilter()),
            s.Named("envoy.filters.http.upstream_codec", s.UpstreamCodec()),
        ),
    )


def _forwarded_proto(gateway: Gateway) -> s.Named:
    """X-Forwarded-Proto is what the connection says, unless a trusted proxy sent it: without
    `use_remote_address` Envoy would believe everybody's."""
    proto = headers.option("x-forwarded-proto", "http", headers.SET)
    overwrite = s.HeaderMutationFilter(
        s.Mutations(request_mutations=(s.HeaderMutation(append=proto),))
    )
    skip = s.OnMatch(s.Named("skip", s.SkipFilter()))
    tree = s.MatcherTree(
        s.Named("peer", s.DirectSourceIp()),
        s.Named("trusted", s.IpMatcher((s.RangeMatcher(_cidrs(gateway), skip),))),
    )
    extension = s.Named("envoy.filters.http.header_mutation", overwrite)
    return s.Named("galc.forwarded_proto", s.ExtensionWithMatcher(extension, s.Matcher(tree)))
