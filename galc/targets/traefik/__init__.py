"""Traefik, as a static and a dynamic file."""

from galc.targets import Target
from galc.targets.traefik.conditions import CONDITIONS
from galc.targets.traefik.lower import DYNAMIC, STATIC, lower
from galc.targets.traefik.support import SUPPORT

TARGET = Target(
    name="traefik",
    title="Traefik",
    versions="3.7 or newer",
    support=SUPPORT,
    artifacts=(DYNAMIC, STATIC),
    private=("dynamic.yaml",),
    lower=lower,
    conditions=CONDITIONS,
)
