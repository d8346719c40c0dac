"""Header rules that forge, expose or do nothing."""

import re
from collections.abc import Iterator

from galc.diagnostics import Diagnostic, lint, meaning
from galc.frontend.source import Path, Place
from galc.ir import document as doc

_FORWARDING = ("x-forwarded-for", "x-forwarded-proto")
_MAX_AGE = re.compile(r'(^|;)\s*max-age\s*=\s*"?[0-9]+"?\s*(;|$)', re.IGNORECASE)
_SECURE = re.compile(r";\s*secure\s*(;|$)", re.IGNORECASE)
_EXPECTED = {
    "x-content-type-options": (re.compile("nosniff", re.IGNORECASE), "`nosniff`"),
    "x-frame-options": (re.compile("deny|sameorigin", re.IGNORECASE), "`DENY` or `SAMEORIGIN`"),
}


def policy(policy: doc.Headers, path: Path) -> Iterator[Diagnostic]:
    """What is odd about one block of rules."""
    for rule in ("request_set", "request_add"):
        for name in getattr(policy, rule):
            place = Place((*path, rule, name), key=True)
            if "_" in name:
                yield lint.UnderscoreHeader(place, name)
            if name.lower() in _FORWARDING:
                yield lint.ForwardingHeader(place, name)
    for rule in ("response_set", "response_add"):
        for name, value in getattr(policy, rule).items():
            yield from _answer(name, value, (*path, rule, name))
    yield from _removed_and_set(policy.request_remove, policy.request_set, "request", path)
    yield from _removed_and_set(policy.response_remove, policy.response_set, "response", path)


def _answer(name: str, value: str, path: Path) -> Iterator[Diagnostic]:
    lower = name.lower()
    if lower.startswith("access-control-"):
        yield lint.CorsByHand(Place(path, key=True), name)
    if "{{" in value:
        return
    if lower in _EXPECTED and not _EXPECTED[lower][0].fullmatch(value.strip()):
        yield lint.IgnoredByBrowsers(Place(path), name, _EXPECTED[lower][1])
    if lower == "strict-transport-security" and not _MAX_AGE.search(value):
        yield lint.IgnoredByBrowsers(Place(path), name, "`max-age=` and a number of seconds")
    if lower == "set-cookie" and not _SECURE.search(value):
        yield lint.CookieInClear(Place(path))


def _removed_and_set(
    removed: tuple[str, ...], values: dict[str, str], direction: str, path: Path
) -> Iterator[Diagnostic]:
    if not removed or not values:
        return
    names = {name.lower() for name in values}
    for index, name in enumerate(removed):
        if name.lower() in names:
            place = Place((*path, f"{direction}_remove", index))
            yield meaning.Ineffective(place, name, f"beside `{direction}_set`, which replaces it")
