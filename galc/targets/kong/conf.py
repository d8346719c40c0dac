"""kong.conf: what Kong is told outside its declarative file.

kong.conf.default of Kong/kong (3.9). A value ends with its line, and nothing of the document but
addresses and numbers gets here.
"""

from ipaddress import ip_address

from galc.ir.gateway import Gateway
from galc.targets.kong import times

#: The system's trusted certificates on Debian, Ubuntu and Alpine.
CA_FILE = "/etc/ssl/certs/ca-certificates.crt"


def conf(gateway: Gateway) -> str:
    """The settings, each with its reason."""
    host = f"[{gateway.host}]" if ip_address(gateway.host).version == 6 else gateway.host
    lines = [
        "# Start Kong where kong.yaml lies: kong start -c kong.conf",
        "database = off",
        "declarative_config = kong.yaml",
        "# Without TLS: the routes count on it. HTTP/2 by prior knowledge, beside HTTP/1.1.",
        f"proxy_listen = {host}:{gateway.port} http2 reuseport backlog=16384",
        f"admin_listen = 127.0.0.1:{gateway.admin_port}",
        "admin_gui_listen = off",
        "status_listen = off",
        "stream_listen = off",
        "# What the routes' priorities and programs are made for; Kong's own defaults.",
        "router_flavor = traditional_compatible",
        "untrusted_lua = sandbox",
        "# Programs and router read all headers; a request with more is refused.",
        "lua_max_req_headers = 1000",
        "# Nothing of Kong's own in requests and answers.",
        "headers = off",
        "headers_upstream = off",
        "# Else whoever comes over loopback, say through a proxy there, may ask how Kong works.",
        "request_debug = off",
    ]
    unused_ms = times.unused_ms(gateway)
    if unused_ms is not None:
        lines += [
            "# How many seconds an unused connection to an upstream is kept.",
            f"upstream_keepalive_idle_timeout = {unused_ms / 1000:.15g}",
        ]
    if gateway.trusted_proxies:
        lines += [
            "# Whose X-Forwarded-For is believed: from the right, up to the first other address.",
            f"trusted_ips = {','.join(gateway.trusted_proxies)}",
            "real_ip_header = X-Forwarded-For",
            "real_ip_recursive = on",
        ]
    if any(route.upstream.tls for route in gateway.routes):
        lines += [
            "# Upstreams with TLS must have a certificate that the system trusts.",
            "nginx_proxy_proxy_ssl_verify = on",
            "nginx_proxy_proxy_ssl_verify_depth = 10",
            f"nginx_proxy_proxy_ssl_trusted_certificate = {CA_FILE}",
            "# The same for their probes.",
            f"lua_ssl_trusted_certificate = {CA_FILE}",
            "lua_ssl_verify_depth = 10",
        ]
    return "\n".join(lines) + "\n"
