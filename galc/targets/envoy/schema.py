"""Envoy's v3 API, as far as galc writes it: a Struct a message, a field a field.

Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/api (the `.proto` named beside each
group lies under `api/envoy/` of envoyproxy/envoy). Every construct here is loaded and driven in a
real Envoy 1.40 by the tests.
"""

from typing import Any

from msgspec import Struct

from galc.printers.yaml import Inline

_TYPE = "type.googleapis.com/envoy."
_FILTER = _TYPE + "extensions.filters.http."


class _Message(Struct, frozen=True, omit_defaults=True):
    """A message; a field with its default is left out."""


class Named(_Message, frozen=True):
    """An extension by name: config/core/v3/extension.proto, and every filter."""

    name: str
    typed_config: Any = None
    disabled: bool = False


# config/core/v3/address.proto


class SocketAddress(_Message, frozen=True):
    address: str
    port_value: int


class Address(_Message, frozen=True):
    socket_address: SocketAddress


class CidrRange(_Message, frozen=True):
    address_prefix: str
    prefix_len: int


# type/matcher/v3/{string,regex}.proto, config/route/v3/route_components.proto


class Regex(_Message, frozen=True):
    regex: str


class StringMatcher(_Message, frozen=True):
    exact: str | None = None
    prefix: str | None = None
    safe_regex: Regex | None = None


class HeaderMatcher(_Message, frozen=True):
    name: str
    string_match: StringMatcher | None = None
    present_match: bool | None = None
    invert_match: bool = False
    treat_missing_header_as_empty: bool = False


class RouteMatch(_Message, frozen=True):
    prefix: str | None = None
    path: str | None = None
    path_separated_prefix: str | None = None
    safe_regex: Regex | None = None
    headers: tuple[HeaderMatcher, ...] = ()


class HeaderValueMatch(_Message, frozen=True):
    descriptor_key: str
    descriptor_value: str
    headers: tuple[HeaderMatcher, ...]


class RequestHeaders(_Message, frozen=True):
    header_name: str
    descriptor_key: str


class Empty(_Message, frozen=True):
    """A message without fields that galc sets."""


class PathSegment(_Message, frozen=True):
    key: str


class MetadataKey(_Message, frozen=True):
    key: str
    path: tuple[PathSegment, ...]


class MetadataAction(_Message, frozen=True):
    descriptor_key: str
    metadata_key: MetadataKey
    source: str


class RateLimitAction(_Message, frozen=True):
    metadata: MetadataAction | None = None
    remote_address: Empty | None = None
    request_headers: RequestHeaders | None = None
    header_value_match: HeaderValueMatch | None = None


class RateLimitActions(_Message, frozen=True):
    actions: tuple[RateLimitAction, ...]


class RegexRewrite(_Message, frozen=True):
    pattern: Regex
    substitution: str


class ConnectionProperties(_Message, frozen=True):
    source_ip: bool


class HashPolicy(_Message, frozen=True):
    connection_properties: ConnectionProperties
    terminal: bool = False


class UpgradeConfig(_Message, frozen=True):
    upgrade_type: str


class PreviousHosts(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
):
    """No fields."""


class RetryBackOff(_Message, frozen=True):
    base_interval: str
    max_interval: str


class RetryPolicy(_Message, frozen=True):
    retry_on: str
    num_retries: int
    retry_back_off: RetryBackOff
    retry_host_predicate: tuple[Named, ...]
    host_selection_retry_max_attempts: int
    per_try_timeout: str | None = None
    retriable_status_codes: tuple[int, ...] = ()
    retriable_request_headers: tuple[HeaderMatcher, ...] = ()


class RouteAction(_Message, frozen=True):
    cluster: str
    timeout: str
    idle_timeout: str | None = None
    retry_policy: RetryPolicy | None = None
    regex_rewrite: RegexRewrite | None = None
    hash_policy: tuple[HashPolicy, ...] = ()
    upgrade_configs: tuple[UpgradeConfig, ...] = ()


class DirectResponse(_Message, frozen=True):
    status: int


# config/core/v3/base.proto


class HeaderValue(_Message, frozen=True):
    key: str
    value: str = ""


class HeaderValueOption(_Message, frozen=True):
    header: HeaderValue
    append_action: str
    keep_empty_value: bool = False


class Metadata(_Message, frozen=True):
    filter_metadata: dict[str, dict[str, str]]


class Route(_Message, frozen=True):
    name: str
    match: RouteMatch
    route: RouteAction | None = None
    direct_response: DirectResponse | None = None
    metadata: Metadata | None = None
    request_headers_to_remove: tuple[str, ...] = ()
    request_headers_to_add: tuple[HeaderValueOption, ...] = ()
    typed_per_filter_config: dict[str, Any] = {}


class RouteList(_Message, frozen=True, tag_field="@type", tag=_TYPE + "config.route.v3.RouteList"):
    """As the action of a matcher: a request that none of them takes has no route."""

    routes: tuple[Route, ...]


class VirtualHost(_Message, frozen=True):
    """One of `routes` and `matcher`."""

    name: str
    domains: tuple[str, ...]
    routes: tuple[Route, ...] = ()
    matcher: "Matcher | None" = None
    request_headers_to_remove: tuple[str, ...] = ()
    request_headers_to_add: tuple[HeaderValueOption, ...] = ()
    typed_per_filter_config: dict[str, Any] = {}


class RouteConfiguration(_Message, frozen=True):
    name: str
    virtual_hosts: tuple[VirtualHost, ...]
    most_specific_header_mutations_wins: bool = False


# extensions/filters/http/header_mutation, extensions/http/early_header_mutation


class HeaderMutation(_Message, frozen=True):
    """config/common/mutation_rules/v3/mutation_rules.proto: one of `remove` and `append`."""

    remove: str | None = None
    append: HeaderValueOption | None = None


class Mutations(_Message, frozen=True):
    request_mutations: tuple[HeaderMutation, ...] = ()
    response_mutations: tuple[HeaderMutation, ...] = ()


class HeaderMutationFilter(
    _Message, frozen=True, tag_field="@type", tag=_FILTER + "header_mutation.v3.HeaderMutation"
):
    mutations: Mutations | None = None


class HeaderMutationPerRoute(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_FILTER + "header_mutation.v3.HeaderMutationPerRoute",
):
    mutations: Mutations


class EarlyHeaderMutation(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
):
    mutations: tuple[HeaderMutation, ...]


# extensions/filters/http/cors/v3/cors.proto


class Cors(_Message, frozen=True, tag_field="@type", tag=_FILTER + "cors.v3.Cors"):
    pass


class CorsPolicy(_Message, frozen=True, tag_field="@type", tag=_FILTER + "cors.v3.CorsPolicy"):
    allow_origin_string_match: tuple[StringMatcher, ...]
    allow_methods: str
    allow_headers: str = ""
    expose_headers: str = ""
    max_age: str = ""
    allow_credentials: bool = False


# extensions/filters/http/{basic_auth,api_key_auth,lua}/v3


class DataSource(_Message, frozen=True):
    inline_string: str | None = None
    filename: str | None = None


class BasicAuth(_Message, frozen=True, tag_field="@type", tag=_FILTER + "basic_auth.v3.BasicAuth"):
    users: DataSource


class BasicAuthPerRoute(
    _Message, frozen=True, tag_field="@type", tag=_FILTER + "basic_auth.v3.BasicAuthPerRoute"
):
    users: DataSource


class Credential(_Message, frozen=True):
    key: str
    client: str


class KeySource(_Message, frozen=True):
    header: str | None = None
    query: str | None = None


class Forwarding(_Message, frozen=True):
    header: str


class ApiKeyAuth(
    _Message, frozen=True, tag_field="@type", tag=_FILTER + "api_key_auth.v3.ApiKeyAuth"
):
    pass


class ApiKeyAuthPerRoute(
    _Message, frozen=True, tag_field="@type", tag=_FILTER + "api_key_auth.v3.ApiKeyAuthPerRoute"
):
    credentials: tuple[Credential, ...]
    key_sources: tuple[KeySource, ...]
    forwarding: Forwarding | None = None


class Lua(_Message, frozen=True, tag_field="@type", tag=_FILTER + "lua.v3.Lua"):
    default_source_code: DataSource | None = None


class LuaPerRoute(_Message, frozen=True, tag_field="@type", tag=_FILTER + "lua.v3.LuaPerRoute"):
    filter_context: dict[str, Any]


# extensions/filters/http/jwt_authn/v3/config.proto


class HttpUri(_Message, frozen=True):
    uri: str
    cluster: str
    timeout: str


class JwksAsyncFetch(_Message, frozen=True):
    fast_listener: bool = False
    failed_refetch_duration: str | None = None


class RemoteJwks(_Message, frozen=True):
    http_uri: HttpUri
    cache_duration: str
    async_fetch: JwksAsyncFetch


class JwtHeader(_Message, frozen=True):
    name: str
    value_prefix: str = ""


class JwtClaimToHeader(_Message, frozen=True):
    header_name: str
    claim_name: str


class JwtProvider(_Message, frozen=True):
    from_headers: tuple[JwtHeader, ...]
    forward: bool
    clock_skew_seconds: int
    require_expiration: bool
    header_in_metadata: str
    issuer: str = ""
    audiences: tuple[str, ...] = ()
    payload_in_metadata: str = ""
    claim_to_headers: tuple[JwtClaimToHeader, ...] = ()
    remote_jwks: RemoteJwks | None = None
    local_jwks: DataSource | None = None


class JwtRequirement(_Message, frozen=True):
    provider_name: str


class JwtAuthentication(
    _Message, frozen=True, tag_field="@type", tag=_FILTER + "jwt_authn.v3.JwtAuthentication"
):
    providers: dict[str, JwtProvider]
    requirement_map: dict[str, JwtRequirement]


class JwtPerRoute(
    _Message, frozen=True, tag_field="@type", tag=_FILTER + "jwt_authn.v3.PerRouteConfig"
):
    requirement_name: str


# extensions/filters/http/rbac/v3/rbac.proto, config/rbac/v3/rbac.proto


class ValueMatcher(_Message, frozen=True):
    string_match: StringMatcher | None = None
    present_match: bool | None = None
    list_match: "ListMatcher | None" = None


class ListMatcher(_Message, frozen=True):
    one_of: ValueMatcher


class MetadataMatcher(_Message, frozen=True):
    filter: str
    path: tuple[PathSegment, ...]
    value: ValueMatcher


class SourcedMetadata(_Message, frozen=True):
    metadata_matcher: MetadataMatcher


class PrincipalSet(_Message, frozen=True):
    ids: tuple["Principal", ...]


class Principal(_Message, frozen=True):
    and_ids: PrincipalSet | None = None
    or_ids: PrincipalSet | None = None
    not_id: "Principal | None" = None
    header: HeaderMatcher | None = None
    sourced_metadata: SourcedMetadata | None = None


class Permission(_Message, frozen=True):
    any: bool


class Policy(_Message, frozen=True):
    permissions: tuple[Permission, ...]
    principals: tuple[Principal, ...]


class RbacRules(_Message, frozen=True):
    policies: dict[str, Policy]
    action: str = "ALLOW"


class Rbac(_Message, frozen=True, tag_field="@type", tag=_FILTER + "rbac.v3.RBAC"):
    rules: RbacRules | None = None


class RbacPerRouteRules(_Message, frozen=True):
    """The plain `RBAC` message: here no `@type` is wanted."""

    rules: RbacRules


class RbacPerRoute(_Message, frozen=True, tag_field="@type", tag=_FILTER + "rbac.v3.RBACPerRoute"):
    rbac: RbacPerRouteRules


# extensions/filters/http/local_ratelimit/v3/local_rate_limit.proto


class FractionalPercent(_Message, frozen=True):
    numerator: int
    denominator: str


class RuntimeFraction(_Message, frozen=True):
    default_value: FractionalPercent


class TokenBucket(_Message, frozen=True):
    max_tokens: int
    tokens_per_fill: int
    fill_interval: str


class DescriptorEntry(_Message, frozen=True):
    key: str
    value: str = ""


class LimitDescriptor(_Message, frozen=True):
    entries: tuple[DescriptorEntry, ...]
    token_bucket: TokenBucket


class LocalRateLimit(
    _Message, frozen=True, tag_field="@type", tag=_FILTER + "local_ratelimit.v3.LocalRateLimit"
):
    stat_prefix: str
    token_bucket: TokenBucket | None = None
    filter_enabled: RuntimeFraction | None = None
    filter_enforced: RuntimeFraction | None = None
    always_consume_default_token_bucket: bool | None = None
    max_dynamic_descriptors: int | None = None
    rate_limits: tuple[RateLimitActions, ...] = ()
    descriptors: tuple[LimitDescriptor, ...] = ()


# extensions/filters/http/{stateful_session,set_filter_state}/v3


class Cookie(_Message, frozen=True):
    name: str
    path: str


class CookieSession(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.http.stateful_session.cookie.v3.CookieBasedSessionState",
):
    cookie: Cookie


class StatefulSession(
    _Message, frozen=True, tag_field="@type", tag=_FILTER + "stateful_session.v3.StatefulSession"
):
    session_state: Named | None = None


class SessionState(_Message, frozen=True):
    session_state: Named


class StatefulSessionPerRoute(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_FILTER + "stateful_session.v3.StatefulSessionPerRoute",
):
    stateful_session: SessionState


class FormatString(_Message, frozen=True):
    text_format_source: DataSource
    content_type: str = ""
    omit_empty_values: bool = False


class FilterStateValue(_Message, frozen=True):
    object_key: str
    factory_key: str
    format_string: FormatString


class SetFilterState(
    _Message, frozen=True, tag_field="@type", tag=_FILTER + "set_filter_state.v3.Config"
):
    on_request_headers: tuple[FilterStateValue, ...]


# extensions/filters/http/router, extensions/filters/network/http_connection_manager


class UpstreamCodec(
    _Message, frozen=True, tag_field="@type", tag=_FILTER + "upstream_codec.v3.UpstreamCodec"
):
    pass


class Router(_Message, frozen=True, tag_field="@type", tag=_FILTER + "router.v3.Router"):
    suppress_envoy_headers: bool
    upstream_http_filters: tuple[Named, ...] = ()


class CelFilter(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.access_loggers.filters.cel.v3.ExpressionFilter",
):
    expression: str


class AccessLogFilter(_Message, frozen=True):
    extension_filter: Named


class ResponseMapper(_Message, frozen=True):
    filter: AccessLogFilter
    status_code: int
    body_format_override: FormatString | None = None
    headers_to_add: tuple[HeaderValueOption, ...] = ()


class LocalReplyConfig(_Message, frozen=True):
    mappers: tuple[ResponseMapper, ...]


class TrustedCidrs(_Message, frozen=True):
    cidrs: tuple[CidrRange, ...]


class XffConfig(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.http.original_ip_detection.xff.v3.XffConfig",
):
    xff_trusted_cidrs: TrustedCidrs
    skip_xff_append: bool | None = None


class HttpConnectionManager(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
):
    stat_prefix: str
    route_config: RouteConfiguration
    http_filters: tuple[Named, ...]
    use_remote_address: bool
    generate_request_id: bool
    normalize_path: bool
    merge_slashes: bool
    path_with_escaped_slashes_action: str
    server_header_transformation: str
    skip_xff_append: bool = False
    original_ip_detection_extensions: tuple[Named, ...] = ()
    early_header_mutation_extensions: tuple[Named, ...] = ()
    local_reply_config: LocalReplyConfig | None = None


# extensions/common/matching/v3, xds: a filter that is skipped for some peers


class SkipFilter(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.filters.common.matcher.action.v3.SkipFilter",
):
    pass


class DirectSourceIp(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.matching.common_inputs.network.v3.DirectSourceIPInput",
):
    pass


class OnMatch(_Message, frozen=True):
    """xds/type/matcher/v3/matcher.proto of cncf/xds, as what follows: one of the two."""

    action: Named | None = None
    matcher: "Matcher | None" = None


class RangeMatcher(_Message, frozen=True):
    ranges: tuple[CidrRange, ...]
    on_match: OnMatch


class IpMatcher(
    _Message,
    frozen=True,
    tag_field="@type",
    tag="type.googleapis.com/xds.type.matcher.v3.IPMatcher",
):
    range_matchers: tuple[RangeMatcher, ...]


class MatchMap(_Message, frozen=True):
    map: dict[str, Inline]


class MatcherTree(_Message, frozen=True):
    input: Named
    custom_match: Named | None = None
    prefix_match_map: MatchMap | None = None


class RequestHeaderInput(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "type.matcher.v3.HttpRequestHeaderMatchInput",
):
    """type/matcher/v3/http_inputs.proto"""

    header_name: str


class Re2(_Message, frozen=True):
    """RegexMatcher of xds/type/matcher/v3/regex.proto, where the engine must be named."""

    google_re2: Empty
    regex: str


class ValueMatch(_Message, frozen=True):
    """StringMatcher of xds/type/matcher/v3/string.proto."""

    exact: str | None = None
    prefix: str | None = None
    safe_regex: Re2 | None = None


class SinglePredicate(_Message, frozen=True):
    input: Named
    value_match: ValueMatch


class PredicateList(_Message, frozen=True):
    predicate: tuple["Predicate", ...]


class Predicate(_Message, frozen=True):
    single_predicate: SinglePredicate | None = None
    and_matcher: PredicateList | None = None
    not_matcher: "Predicate | None" = None


class FieldMatcher(_Message, frozen=True):
    predicate: Predicate
    on_match: OnMatch


class MatcherList(_Message, frozen=True):
    matchers: tuple[FieldMatcher, ...]


class Matcher(_Message, frozen=True):
    """One of the two."""

    matcher_tree: MatcherTree | None = None
    matcher_list: MatcherList | None = None


class ExtensionWithMatcher(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.common.matching.v3.ExtensionWithMatcher",
):
    extension_config: Named
    xds_matcher: Matcher


# config/cluster/v3, config/endpoint/v3, config/core/v3/health_check.proto


class HealthCheckConfig(_Message, frozen=True):
    hostname: str


class Endpoint(_Message, frozen=True):
    address: Address
    hostname: str = ""
    health_check_config: HealthCheckConfig | None = None


class LbEndpoint(_Message, frozen=True):
    endpoint: Endpoint
    load_balancing_weight: int | None = None
    metadata: Metadata | None = None


class LocalityEndpoints(_Message, frozen=True):
    lb_endpoints: tuple[LbEndpoint, ...]


class LoadAssignment(_Message, frozen=True):
    cluster_name: str
    endpoints: tuple[LocalityEndpoints, ...]


class Range(_Message, frozen=True):
    """Half open: `end` is not in it."""

    start: int
    end: int


class HttpHealthCheck(_Message, frozen=True):
    path: str
    expected_statuses: tuple[Range, ...]
    retriable_statuses: tuple[Range, ...]
    codec_client_type: str = "HTTP1"


class HealthCheck(_Message, frozen=True):
    timeout: str
    interval: str
    no_traffic_interval: str
    unhealthy_interval: str
    unhealthy_threshold: int
    healthy_threshold: int
    http_health_check: HttpHealthCheck


class OutlierDetection(_Message, frozen=True):
    consecutive_5xx: int
    enforcing_consecutive_5xx: int
    enforcing_success_rate: int
    enforcing_failure_percentage: int
    enforcing_consecutive_gateway_failure: int
    interval: str
    base_ejection_time: str
    max_ejection_time: str
    max_ejection_percent: int
    successful_active_health_check_uneject_host: bool


class Percent(_Message, frozen=True):
    value: float


class CommonLb(_Message, frozen=True):
    healthy_panic_threshold: Percent
    update_merge_window: str


class Threshold(_Message, frozen=True):
    priority: str
    max_connections: int
    max_pending_requests: int
    max_requests: int
    max_retries: int


class CircuitBreakers(_Message, frozen=True):
    thresholds: tuple[Threshold, ...]


class HeadersMatch(_Message, frozen=True):
    headers: tuple[HeaderMatcher, ...]


class MatchSet(_Message, frozen=True):
    rules: tuple["MatchPredicate", ...]


class MatchPredicate(_Message, frozen=True):
    """config/common/matcher/v3/matcher.proto"""

    or_match: MatchSet | None = None
    http_response_headers_match: HeadersMatch | None = None


class ErrorMatcher(_Message, frozen=True):
    error_matcher: MatchPredicate


class ExplicitHttp(_Message, frozen=True):
    http_protocol_options: Empty | None = None
    http2_protocol_options: Empty | None = None


class CommonHttpProtocolOptions(_Message, frozen=True):
    """config/core/v3/protocol.proto"""

    idle_timeout: str


class HttpProtocolOptions(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.upstreams.http.v3.HttpProtocolOptions",
):
    explicit_http_config: ExplicitHttp
    outlier_detection: ErrorMatcher | None = None
    common_http_protocol_options: CommonHttpProtocolOptions | None = None


class DnsCluster(
    _Message, frozen=True, tag_field="@type", tag=_TYPE + "extensions.clusters.dns.v3.DnsCluster"
):
    dns_lookup_family: str
    all_addresses_in_single_endpoint: bool = False


class RoundRobin(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.load_balancing_policies.round_robin.v3.RoundRobin",
):
    pass


class LeastRequest(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.load_balancing_policies.least_request.v3.LeastRequest",
):
    selection_method: str


class Maglev(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.load_balancing_policies.maglev.v3.Maglev",
):
    pass


class LbPolicy(_Message, frozen=True):
    typed_extension_config: Named


class LoadBalancingPolicy(_Message, frozen=True):
    policies: tuple[LbPolicy, ...]


class SanMatcher(_Message, frozen=True):
    san_type: str
    matcher: StringMatcher


class ValidationContext(_Message, frozen=True):
    trusted_ca: DataSource
    match_typed_subject_alt_names: tuple[SanMatcher, ...] = ()


class CommonTls(_Message, frozen=True):
    validation_context: ValidationContext
    alpn_protocols: tuple[str, ...] = ()


class UpstreamTls(
    _Message,
    frozen=True,
    tag_field="@type",
    tag=_TYPE + "extensions.transport_sockets.tls.v3.UpstreamTlsContext",
):
    common_tls_context: CommonTls
    auto_host_sni: bool = False
    auto_sni_san_validation: bool = False


class TransportSocketMatch(_Message, frozen=True):
    name: str
    match: dict[str, str]
    transport_socket: Named


class Cluster(_Message, frozen=True):
    name: str
    cluster_type: Named
    connect_timeout: str
    load_assignment: LoadAssignment
    load_balancing_policy: LoadBalancingPolicy
    circuit_breakers: CircuitBreakers
    common_lb_config: CommonLb
    typed_extension_protocol_options: dict[str, HttpProtocolOptions]
    health_checks: tuple[HealthCheck, ...] = ()
    outlier_detection: OutlierDetection | None = None
    transport_socket: Named | None = None
    transport_socket_matches: tuple[TransportSocketMatch, ...] = ()


class EmptyCluster(_Message, frozen=True):
    """A static cluster without endpoints."""

    name: str


# config/listener/v3, config/bootstrap/v3


class FilterChain(_Message, frozen=True):
    filters: tuple[Named, ...]


class Listener(_Message, frozen=True):
    name: str
    address: Address
    filter_chains: tuple[FilterChain, ...]
    per_connection_buffer_limit_bytes: int | None = None


class Admin(_Message, frozen=True):
    address: Address


class StaticResources(_Message, frozen=True):
    listeners: tuple[Listener, ...]
    clusters: tuple[Cluster | EmptyCluster | Inline, ...]


class RuntimeLayer(_Message, frozen=True):
    name: str
    static_layer: dict[str, int]


class LayeredRuntime(_Message, frozen=True):
    layers: tuple[RuntimeLayer, ...]


class Bootstrap(_Message, frozen=True):
    admin: Admin
    layered_runtime: LayeredRuntime
    static_resources: StaticResources
