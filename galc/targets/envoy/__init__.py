"""Envoy, as a static bootstrap."""

from galc.targets import BALANCED_APART, COUNTED_APART, Condition, Target, approximate
from galc.targets.envoy.clusters import name_of
from galc.targets.envoy.lower import lower
from galc.targets.envoy.retry import CONDITIONS as RETRIES
from galc.targets.envoy.support import SUPPORT
from galc.targets.envoy.values import refused_values

TARGET = Target(
    name="envoy",
    title="Envoy",
    versions="1.34 or newer; 1.35 for forward_name and for more than 200 entries of routes, "
    "1.36 for circuit breakers and passive checks",
    support=SUPPORT,
    artifacts=("envoy.yaml",),
    private=("envoy.yaml",),
    lower=lower,
    conditions=(
        *RETRIES,
        Condition(
            "upstream.health_check.passive",
            approximate("on a route with a circuit breaker only the breaker watches the answers"),
            lambda route: bool(route.circuit_breaker and route.upstream.passive),
        ),
        Condition(
            "upstream.health_check.passive",
            approximate(COUNTED_APART),
            lambda route: bool(route.upstream.passive and not route.circuit_breaker),
            apart=name_of,
        ),
        Condition(
            "upstream.load_balancer.algorithm=least_conn",
            approximate(BALANCED_APART),
            lambda route: route.upstream.algorithm == "least_conn" and not route.circuit_breaker,
            apart=name_of,
        ),
    ),
    values=refused_values,
)
