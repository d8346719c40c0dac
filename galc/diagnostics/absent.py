"""What other gateways have and the language hasn't, and what to do instead. Data alone."""

_LISTENER = "every route is on the one listener of the file, `global.host` and `global.port`"
_ADDRESSES = "galc has no rules by client address; let a firewall in front of the gateway do it"
_POLICIES = (
    "galc has no such list; each policy is a field of its own, such as `rate_limit` or `cors`"
)
_IN_SERVICE = "a route stands within its service, which has the `upstream`"
_COMMENT = "write it as a comment, after a `#`"
_REDIRECTS = "galc has no redirects and fixed answers; every route leads to an upstream"
_TLS = (
    "the gateway listens without TLS, which ends in front of it; "
    "to the upstream, it is `protocol: https` of the service"
)
_ASKED = (
    "galc can't let another server decide, but `authentication` of type `oauth2` lets one check "
    "the token"
)
#: A folded word for what the language doesn't have, and what to do instead.
NO_SUCH_THING: dict[str, str] = {
    **dict.fromkeys(("entry_points", "parent_refs", "gateways", "listeners"), _LISTENER),
    **dict.fromkeys(
        (
            *("acl", "allow", "deny", "ip_restriction", "ip_whitelist", "ip_allow_list"),
            *("ip_white_list", "whitelist", "blacklist", "rbac", "remote_ip"),
        ),
        _ADDRESSES,
    ),
    **dict.fromkeys(
        ("middlewares", "middleware", "plugins", "filters", "http_filters", "extensions"), _POLICIES
    ),
    **dict.fromkeys(("service_id", "upstream_id", "plugin_config_id", "service"), _IN_SERVICE),
    **dict.fromkeys(
        ("tags", "labels", "annotations", "description", "desc", "summary", "comment"), _COMMENT
    ),
    **dict.fromkeys(
        (
            *("redirect", "redir", "return", "respond", "redirect_regex", "redirect_scheme"),
            *("direct_response", "request_redirect", "request_termination", "error_page"),
        ),
        _REDIRECTS,
    ),
    **dict.fromkeys(
        ("tls", "ssl", "ssl_certificate", "certificate", "certificates", "snis", "tls_context"),
        _TLS,
    ),
    **dict.fromkeys(
        (
            *("forward_auth", "external_auth", "ext_authz", "auth_request", "extension_ref"),
            *("opa", "authz"),
        ),
        _ASKED,
    ),
    **dict.fromkeys(("cache", "proxy_cache", "caching", "cache_ttl"), "galc has no cache"),
    **dict.fromkeys(
        ("compress", "compression", "compressor", "encode", "gzip", "brotli"),
        "galc doesn't compress; let the upstream do it",
    ),
    **dict.fromkeys(
        (
            "mirror",
            "mirrors",
            "proxy_mirror",
            "request_mirror",
            "request_mirror_policies",
            "shadow",
        ),
        "galc doesn't mirror requests",
    ),
    **dict.fromkeys(("fault", "fault_injection", "delay", "abort"), "galc injects no faults"),
    **dict.fromkeys(
        ("priority", "regex_priority", "order", "rank"),
        "which route wins follows from its host, path and methods, not from a number",
    ),
    **dict.fromkeys(
        ("lua", "serverless", "wasm", "script", "pre_function", "post_function"),
        "galc runs no code of a file's own",
    ),
    **dict.fromkeys(
        ("limit_conn", "max_connections", "in_flight_req", "max_conn", "maxconn", "concurrency"),
        "galc limits requests over time, by `rate_limit`, and not how many run at once",
    ),
    "per_try_timeout": "the route's `timeout` is for each attempt",
    "rule": "galc's words are `path_prefix`, `path` or `path_regex`, `hosts` and `methods`",
    **dict.fromkeys(
        ("preserve_host", "pass_host_header", "host_header", "host_rewrite_literal"),
        "the upstream gets `Host` as the client sent it",
    ),
    **dict.fromkeys(
        ("add_prefix", "replace_path", "replace_path_regex"),
        "a path reaches the upstream as it is, or without its prefix, by `strip_prefix`",
    ),
    **dict.fromkeys(
        ("client_max_body_size", "body_limit", "buffering", "max_request_bytes"),
        "galc has no bound on bodies",
    ),
    **dict.fromkeys(
        ("access_log", "logging", "tracing", "metrics", "prometheus", "telemetry", "error_log"),
        "galc says nothing of logs and metrics; they are the gateway's own settings",
    ),
    **dict.fromkeys(("wasm_plugins", "lua_code"), "galc runs no code of a file's own"),
}
