"""All live cases, one module a feature."""

from ..model import Case
from . import (
    auth_api_key,
    auth_basic,
    auth_jwt,
    circuit_breaker,
    clients,
    cors,
    forwarding,
    header_values,
    headers,
    health_checks,
    interactions,
    load_balancing,
    paths,
    portable,
    protocols,
    rate_limit,
    routing,
    timeouts,
)

ALL_CASES: tuple[Case, ...] = (
    *routing.CASES,
    *paths.CASES,
    *forwarding.CASES,
    *headers.CASES,
    *header_values.CASES,
    *auth_basic.CASES,
    *auth_api_key.CASES,
    *auth_jwt.CASES,
    *rate_limit.CASES,
    *cors.CASES,
    *circuit_breaker.CASES,
    *health_checks.CASES,
    *load_balancing.CASES,
    *timeouts.CASES,
    *protocols.CASES,
    *clients.CASES,
    *interactions.CASES,
    *portable.CASES,
)
