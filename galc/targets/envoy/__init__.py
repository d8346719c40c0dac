"""Envoy, as a static bootstrap."""

from galc.ir.gateway import Introspection
from galc.targets import BALANCED_APART, COUNTED_APART, Condition, Target, approximate
from galc.targets.envoy.clusters import name_of
from galc.targets.envoy.lower import lower
from galc.targets.envoy.retry import CONDITIONS as RETRIES
from galc.targets.envoy.support import SUPPORT
from galc.targets.envoy.values import refused_values

#: A worker tells the main thread of a failure, which takes the target out of all workers' lists
#: (source/common/upstream/outlier_detection_impl.cc); a pause may be shorter than that.
_A_MOMENT = "an attempt that follows at once may still reach a target that the one before took out"

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
            "authentication.type=oauth2",
            approximate(
                "a request that doesn't tell its length, and of which more than 4 MiB are there"
                " before the endpoint has answered, hangs where bodies are changed"
            ),
            lambda route: bool(
                route.request_body
                and route.authentication
                and isinstance(route.authentication.scheme, Introspection)
            ),
        ),
        Condition(
            "circuit_breaker",
            approximate(_A_MOMENT),
            lambda route: bool(route.circuit_breaker and route.retry),
        ),
        Condition(
            "upstream.health_check.passive",
            approximate(_A_MOMENT),
            lambda route: bool(route.upstream.passive and route.retry),
        ),
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
