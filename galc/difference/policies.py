"""What differs between two policies of a route other than authentication."""

from galc.difference.changes import (
    BEHAVIOUR,
    COSMETIC,
    OPENING,
    SECURITY,
    Added,
    Change,
    Changed,
    How,
    Members,
    Removed,
    Risk,
    Unshown,
    members,
    number,
    value,
)
from galc.ir.gateway import (
    CircuitBreaker,
    Cors,
    HeaderRules,
    Headers,
    Origin,
    RateLimit,
    Template,
    Variable,
)
from galc.ir.units import Rate, duration_text
from galc.secrecy.values import MASK, is_sensitive

_HOUR = 3_600_000
_PERIODS = {"s": 1000, "m": 60_000, "h": _HOUR}
_KEYS = {"address": "client address", "header": "header", "claim": "claim"}
#: Headers of an answer that tell a browser what to refuse.
_PROTECTING = frozenset(
    "content-security-policy strict-transport-security x-frame-options x-content-type-options "
    "referrer-policy permissions-policy cross-origin-opener-policy cross-origin-embedder-policy "
    "cross-origin-resource-policy set-cookie".split()
)


# --- rate_limit


def rate_limits(old: RateLimit | None, new: RateLimit | None) -> list[Change]:
    """The changes from one limit to another."""
    if old is None or new is None:
        if old is not None:
            return [Removed("rate_limit", SECURITY, _limit(old))]
        return [Added("rate_limit", BEHAVIOUR, _limit(new))] if new is not None else []
    found = _buckets(old, new)
    found += value("rate_limit.key_type", _key(old), _key(new), SECURITY)
    found += value("rate_limit.response.status_code", old.status, new.status)
    return found + value("rate_limit.response.message", old.message, new.message, COSMETIC)


def _buckets(old: RateLimit, new: RateLimit) -> list[Change]:
    """Rate and burst; a burst that goes with its rate is no change of its own."""
    one, other = _hourly(old.rate), _hourly(new.rate)
    if one == other:
        return number("rate_limit.burst", old.burst, new.burst)
    before, after = _in_one_unit(old.rate, new.rate)
    how: How = "raised" if other > one else "lowered"
    if (new.burst > old.burst) == (other > one) and new.burst != old.burst:
        before, after = f"{before}, burst {old.burst}", f"{after}, burst {new.burst}"
        return [Changed("rate_limit", BEHAVIOUR, before, after, how)]
    found: list[Change] = [Changed("rate_limit", BEHAVIOUR, before, after, how)]
    return found + number("rate_limit.burst", old.burst, new.burst)


def _hourly(rate: Rate) -> int:
    return rate.tokens * _HOUR // rate.period_ms


def _in_one_unit(old: Rate, new: Rate) -> tuple[str, str]:
    """Both rates in the smallest period in which they are whole numbers."""
    unit, period = next(
        (unit, period)
        for unit, period in _PERIODS.items()
        if all(rate.tokens * period % rate.period_ms == 0 for rate in (old, new))
    )
    one, other = (rate.tokens * period // rate.period_ms for rate in (old, new))
    return f"{one}/{unit}", f"{other}/{unit}"


def _limit(policy: RateLimit) -> str:
    rate, _ = _in_one_unit(policy.rate, policy.rate)
    return f"{rate}, burst {policy.burst}, by {_key(policy)}"


def _key(policy: RateLimit) -> str:
    return f"{_KEYS[policy.key]} {_key_name(policy)}".rstrip()


def _key_name(policy: RateLimit) -> str:
    """The name of a header counts without regard to case, that of a claim doesn't."""
    return policy.key_name.lower() if policy.key == "header" else policy.key_name


# --- headers

_NO_RULES = Headers(HeaderRules(), HeaderRules())


def headers(old: Headers | None, new: Headers | None) -> list[Change]:
    """The changes of header rules; no rules are the same as none that do anything."""
    one, other = old or _NO_RULES, new or _NO_RULES
    return [
        *_rules("request", one.request, other.request),
        *_rules("response", one.response, other.response),
    ]


def _rules(direction: str, old: HeaderRules, new: HeaderRules) -> list[Change]:
    found: list[Change] = []
    before, after = ({name.lower(): name for name in rules.remove} for rules in (old, new))
    # What is no longer removed from a request reaches the upstream as the client wrote it.
    leaking = OPENING if direction == "request" else SECURITY
    came = tuple(after[name] for name in after if name not in before)
    went = tuple(before[name] for name in before if name not in after)
    if came:
        found.append(Members(f"headers.{direction}_remove", BEHAVIOUR, came, ()))
    if went:
        found.append(Members(f"headers.{direction}_remove", leaking, (), went))
    for action, one, other in (("set", old.set, new.set), ("add", old.add, new.add)):
        found += _values(f"headers.{direction}_{action}", direction, one, other)
    return found


Pairs = tuple[tuple[str, Template], ...]


def _values(field: str, direction: str, old: Pairs, new: Pairs) -> list[Change]:
    before, after = _by_name(old), _by_name(new)
    found: list[Change] = []
    for folded, name in {name.lower(): name for name, _ in (*old, *new)}.items():
        if before.get(folded) != after.get(folded):
            risk = _risk(direction, folded)
            found += _value(field, risk, name, before.get(folded), after.get(folded))
    return found


def _by_name(pairs: Pairs) -> dict[str, tuple[Template, ...]]:
    found: dict[str, tuple[Template, ...]] = {}
    for name, template in pairs:
        found[name.lower()] = (*found.get(name.lower(), ()), template)
    return found


def _risk(direction: str, name: str) -> Risk:
    """An upstream may trust what the gateway sets; a browser does what some headers tell it."""
    is_security = direction == "request" or name in _PROTECTING
    return SECURITY if is_security or name.startswith("access-control-") else BEHAVIOUR


def _value(
    field: str,
    risk: Risk,
    name: str,
    old: tuple[Template, ...] | None,
    new: tuple[Template, ...] | None,
) -> list[Change]:
    if old is None or new is None:
        entry = f"{name}: {_shown(name, old or new or ())}"
        pair = ((entry,), ()) if old is None else ((), (entry,))
        return [Members(field, risk, *pair)]
    one, other = (f"{name}: {_shown(name, templates)}" for templates in (old, new))
    if one == other:
        return [Unshown(field, risk, "the value", name)]
    return [Changed(field, risk, one, other)]


def _shown(name: str, templates: tuple[Template, ...]) -> str:
    if is_sensitive(name):
        return MASK
    return ", ".join("".join(map(_part, template)) for template in templates)


def _part(part: str | Variable) -> str:
    return part.replace("{{", "\\{{") if isinstance(part, str) else f"{{{{{part.name}}}}}"


# --- cors


def cors(old: Cors | None, new: Cors | None) -> list[Change]:
    """The changes of who may read answers from a browser."""
    if old is None or new is None:
        if old is not None:
            return [Removed("cors", SECURITY, _origins(old))]
        return [Added("cors", OPENING, _origins(new))] if new is not None else []
    found = _opened(old.origins, new.origins)
    if old.credentials != new.credentials:
        risk = OPENING if new.credentials else SECURITY
        found += value("cors.allow_credentials", old.credentials, new.credentials, risk)
    if (old.methods is None) != (new.methods is None):
        one, other = (c.methods or "the route's own" for c in (old, new))
        found += value("cors.allowed_methods", one, other, SECURITY)
    else:
        methods = (old.methods or (), new.methods or ())
        found += members("cors.allowed_methods", *methods, SECURITY, BEHAVIOUR)
    for name, before, after in (
        ("cors.allowed_headers", old.headers, new.headers),
        ("cors.expose_headers", old.expose, new.expose),
    ):
        found += members(name, _lower(before), _lower(after), SECURITY, BEHAVIOUR)
    return found + number("cors.max_age", old.max_age_s, new.max_age_s, spelled="{}s".format)


def _lower(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


def _origins(policy: Cors) -> str:
    text = ", ".join(map(_origin, policy.origins))
    return f"{text} with credentials" if policy.credentials else text


def _origin(origin: Origin) -> str:
    if origin.kind == "subdomains":
        return origin.value.replace("://", "://*.", 1)
    return origin.value


def _opened(old: tuple[Origin, ...], new: tuple[Origin, ...]) -> list[Change]:
    """Origins opened and closed. One that another entry takes already is neither, and is named
    only beside what it stands in for."""
    field = "cors.allowed_origins"
    came = [origin for origin in new if origin not in old]
    went = [origin for origin in old if origin not in new]
    opened, within = _split(came, old)
    closed, still = _split(went, new)
    found: list[Change] = []
    if opened:
        found.append(Members(field, OPENING, opened, () if closed else still))
    if closed:
        found.append(Members(field, SECURITY, () if opened else within, closed))
    return found


def _split(
    origins: list[Origin], by: tuple[Origin, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that nothing else takes, and those that something does."""
    covered = [origin for origin in origins if _covered(origin, by)]
    alone = [origin for origin in origins if origin not in covered]
    return tuple(sorted(map(_origin, alone))), tuple(sorted(map(_origin, covered)))


def _covered(origin: Origin, by: tuple[Origin, ...]) -> bool:
    for other in by:
        if other == origin or other.kind == "any":
            return True
        if other.kind == "subdomains" and origin.kind != "any":
            scheme, _, parent = other.value.partition("://")
            name = origin.value.removeprefix(f"{scheme}://")
            if name != origin.value and name.endswith(f".{parent}"):
                return True
    return False


# --- circuit_breaker


def circuit_breakers(old: CircuitBreaker | None, new: CircuitBreaker | None) -> list[Change]:
    """The changes from one breaker to another."""
    name = "circuit_breaker"
    if old is None or new is None:
        if old is not None:
            return [Removed(name, BEHAVIOUR, _breaker(old))]
        return [Added(name, BEHAVIOUR, _breaker(new))] if new is not None else []
    found = number(f"{name}.max_failures", old.max_failures, new.max_failures)
    found += number(f"{name}.timeout", old.open_ms, new.open_ms, spelled=duration_text)
    trials = (old.half_open_requests, new.half_open_requests)
    found += number(f"{name}.half_open_requests", *trials)
    found += statuses(f"{name}.unhealthy_status_codes", old.statuses, new.statuses)
    found += value(f"{name}.response.status_code", old.status, new.status)
    return found + value(f"{name}.response.message", old.message, new.message, COSMETIC)


def _breaker(policy: CircuitBreaker) -> str:
    opened = duration_text(policy.open_ms)
    return f"open for {opened} after {policy.max_failures} failures in a row"


def statuses(field: str, old: tuple[int, ...], new: tuple[int, ...]) -> list[Change]:
    """Status codes that came and went."""
    one, other = tuple(map(str, old)), tuple(map(str, new))
    return members(field, one, other, BEHAVIOUR, BEHAVIOUR)
