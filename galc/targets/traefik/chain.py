"""The routers of one route: a first one, and below it one for each case that must be told apart.

A router with children has no service: after its middlewares one of its children takes the request
(multi-layer routing, Traefik 3.6 or newer; `pkg/server/router/router.go`). A child is built once,
however many parents it has, so that what it counts is counted together.
"""

from collections.abc import Sequence

from msgspec import Struct

from galc.targets.traefik import rules
from galc.targets.traefik import schema as s
from galc.targets.traefik.environment import scalar
from galc.targets.traefik.tree import Group

ENTRY_POINT = "web"
#: Answers nothing by itself; stands behind middlewares that always answer.
NOWHERE = "noop@internal"


class Named(Struct, frozen=True):
    """A middleware and its name, which depends on what it does and on nothing else."""

    name: str
    middleware: s.Middleware


class Case(Struct, frozen=True):
    """One of the cases that a request may be; `ends` when its middlewares always answer."""

    label: str
    rule: str
    middlewares: tuple[Named, ...] = ()
    ends: bool = False


class _Open:
    """A router that isn't finished."""

    def __init__(self, name: str, rule: str, priority: int, parents: tuple[str, ...]) -> None:
        self.name = name
        self.rule = rule
        self.priority = priority
        self.parents = parents
        self.middlewares: list[str] = []


class Config:
    """What is collected for the file."""

    def __init__(self) -> None:
        self.routers: dict[str, s.Router] = {}
        self.middlewares: dict[str, s.Middleware] = {}

    def use(self, named: Named) -> str:
        """The name of a middleware that will be in the file."""
        self.middlewares[named.name] = named.middleware
        return named.name

    def open(self, group: Group) -> None:
        """A router that leads to others and does nothing itself."""
        parents = (group.above,) if group.above else ()
        self.close(_Open(group.name, group.rule, group.priority, parents), "")

    def close(self, router: _Open, service: str) -> None:
        self.routers[router.name] = s.Router(
            rule=scalar(router.rule),
            priority=router.priority,
            entry_points=() if router.parents else (ENTRY_POINT,),
            parent_refs=router.parents,
            middlewares=tuple(router.middlewares),
            service=service,
        )


class Chain:
    """Routers from the entry point on; what is added applies to every request that gets there."""

    def __init__(
        self, config: Config, name: str, rule: str, priority: int, parents: tuple[str, ...] = ()
    ) -> None:
        self.config = config
        self.name = name
        self.ends = [_Open(name, rule, priority, parents)]

    def apply(self, *middlewares: Named) -> None:
        """Middlewares that keep nothing between requests."""
        for named in middlewares:
            name = self.config.use(named)
            for end in self.ends:
                end.middlewares.append(name)

    def join(self, label: str, others: Sequence[str] = ()) -> None:
        """One router from here on, also for what comes from `others`, roots of their own."""
        if len(self.ends) > 1 or others:
            self.split((Case(label, rules.ALWAYS),), others)

    def split(self, cases: Sequence[Case], others: Sequence[str] = ()) -> None:
        """The first case whose rule holds takes a request."""
        for end in self.ends:
            self.config.close(end, "")
        parents = (*(end.name for end in self.ends), *others)
        self.ends = []
        for index, case in enumerate(cases):
            router = _Open(f"{self.name} ({case.label})", case.rule, len(cases) - index, parents)
            router.middlewares += [self.config.use(named) for named in case.middlewares]
            if case.ends:
                self.config.close(router, NOWHERE)
            else:
                self.ends.append(router)

    def finish(self, service: str) -> None:
        """Everything that got here goes to the service."""
        for end in self.ends:
            self.config.close(end, service)
