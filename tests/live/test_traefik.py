"""Traefik does what the language says, but for what its table says otherwise."""

import re
from collections.abc import Iterator

import pytest

from galc import targets
from galc.compiler import compile_text
from galc.diagnostics.targets import Approximate, DefaultDiffers
from galc.targets.traefik.support import SUPPORT

from .cases import ALL_CASES
from .cases.header_values import HOSTILE
from .cases.shorthand import doc, get, ok, refused
from .model import Case, Matches
from .run import CaseFailedError, RefusedError, World, run
from .traefik import Traefik

#: Cases that Traefik can't pass, and the feature whose difference is the reason. The table has the
#: words, and the compiler must have said them of the case's document.
_DIFFERS = {
    "a-bucket-holds-the-burst-and-is-refilled-evenly": "rate_limit",
    "the-answer-over-the-limit-is-429-and-says-so": "rate_limit",
    "request-add-leaves-existing-values": "headers.request_add",
    "rules-of-one-route-do-not-touch-another": "headers.request_add",
    "answers-below-500-are-no-failures": "circuit_breaker.unhealthy_status_codes",
    "a-trial-request-that-fails-opens-the-breaker-at-once": "circuit_breaker.half_open_requests",
    "a-target-stays-until-enough-probes-have-failed": (
        "upstream.health_check.active.unhealthy_threshold"
    ),
    "a-target-stays-away-until-enough-probes-have-succeeded": (
        "upstream.health_check.active.healthy_threshold"
    ),
    "200-201-and-204-are-healthy-by-default": (
        "upstream.health_check.active.healthy_status_codes"
    ),
    "active-and-passive-checks-work-side-by-side": "upstream.health_check.passive",
    "the-query-is-kept-as-it-is": "services.protocol=http",
}
#: Differences in what these documents leave to the language, of which the compiler says nothing.
_UNMENTIONED = frozenset({"services.protocol=http"})
