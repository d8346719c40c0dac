"""Envoy, as a static bootstrap."""

from galc.targets import Condition, Target, approximate
from galc.targets.envoy.lower import lower
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
        Condition(
            "upstream.health_check.passive",
            approximate("on a route with a circuit breaker only the breaker watches the answers"),
            lambda route: bool(route.circuit_breaker and route.upstream.passive),
        ),
    ),
    values=refused_values,
)
