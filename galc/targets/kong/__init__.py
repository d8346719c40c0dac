"""Kong 3 OSS without a database, as a declarative file and its settings."""

from galc.targets import Target
from galc.targets.kong.conditions import CONDITIONS, refused_values
from galc.targets.kong.lower import lower
from galc.targets.kong.support import SUPPORT

TARGET = Target(
    name="kong",
    title="Kong",
    versions="3.9, with its default sandbox for programs (untrusted_lua = sandbox)",
    support=SUPPORT,
    artifacts=("kong.yaml", "kong.conf"),
    private=("kong.yaml",),
    lower=lower,
    conditions=CONDITIONS,
    values=refused_values,
)
