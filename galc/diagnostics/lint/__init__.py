"""GAL5xxx: what is allowed, but seldom meant. One file a theme."""

from galc.diagnostics.lint.authentication import (
    AnyToken,
    GuessableSecret,
    KeyInQuery,
    SecretInFile,
    SharedSecret,
    UnsafeKeySource,
)
from galc.diagnostics.lint.cors import InsecureOrigin, LiteralWildcard, OpenOriginPattern
from galc.diagnostics.lint.headers import (
    CookieInClear,
    CorsByHand,
    ForgeableIdentity,
    ForwardingHeader,
    IgnoredByBrowsers,
    OverwrittenIdentity,
    UnderscoreHeader,
)
from galc.diagnostics.lint.limits import NeverActs, NoFailure, SelfChosenKey
from galc.diagnostics.lint.listener import EverybodyTrusted, PlainOnTlsPort, PrivilegedPort
from galc.diagnostics.lint.older import OldSpelling, RawPrefix, WithoutMeaning
from galc.diagnostics.lint.retries import LongWait, NoRetry, RetriesOpenBreaker
from galc.diagnostics.lint.routes import (
    LiteralStar,
    NestedQuantifiers,
    OpenFallthrough,
    OpenUnderOtherHosts,
    OpenUnderSlash,
    UnmatchableRegex,
    UnprotectedWrite,
    UnusedDefault,
    UnusedName,
)
from galc.diagnostics.lint.upstreams import (
    ItsOwnPort,
    LinkLocalTarget,
    NoTraffic,
    PlainToPublic,
    PortOfOtherProtocol,
    RepeatedAlgorithm,
    SlowProbe,
)

__all__ = [
    "AnyToken",
    "CookieInClear",
    "CorsByHand",
    "EverybodyTrusted",
    "ForgeableIdentity",
    "ForwardingHeader",
    "GuessableSecret",
    "IgnoredByBrowsers",
    "InsecureOrigin",
    "ItsOwnPort",
    "KeyInQuery",
    "LinkLocalTarget",
    "LiteralStar",
    "LiteralWildcard",
    "LongWait",
    "NestedQuantifiers",
    "NeverActs",
    "NoFailure",
    "NoRetry",
    "NoTraffic",
    "OldSpelling",
    "OpenFallthrough",
    "OpenOriginPattern",
    "OpenUnderOtherHosts",
    "OpenUnderSlash",
    "OverwrittenIdentity",
    "PlainOnTlsPort",
    "PlainToPublic",
    "PortOfOtherProtocol",
    "PrivilegedPort",
    "RawPrefix",
    "RepeatedAlgorithm",
    "RetriesOpenBreaker",
    "SecretInFile",
    "SelfChosenKey",
    "SharedSecret",
    "SlowProbe",
    "UnderscoreHeader",
    "UnmatchableRegex",
    "UnprotectedWrite",
    "UnsafeKeySource",
    "UnusedDefault",
    "UnusedName",
    "WithoutMeaning",
]
