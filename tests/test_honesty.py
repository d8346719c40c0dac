"""The capability tables can't lie: all that they say is tried, feature by feature.

Everything here is made from the language's own types; there is no list of features to keep.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from galc import targets
from galc.compiler import Compilation, build, check, compile_text
from galc.diagnostics import Diagnostic
from galc.diagnostics.targets import Approximate, LeftOut, Unsupported
from galc.frontend.printer import print_yaml
from galc.frontend.source import Path, Place, Source
from galc.ir.features import POLICIES, Feature, all_features, written
from galc.legalize import protects

from .live.cases import ALL_CASES
from .live.model import Case
from .perturbation import Probe, Tree, default_of, get, has_default, probe, put

FEATURES = all_features()
FAITHFUL = ("native", "emulated")
CASES = {case.name: case for case in ALL_CASES}

each_target = pytest.mark.parametrize("target", targets.ALL)
each_feature = pytest.mark.parametrize("feature", FEATURES.values(), ids=FEATURES)


def _compile(document: Tree, target: str, **options: bool) -> Compilation:
    return compile_text(print_yaml(document), "in.yaml", target, **options)


def _level(target: str, key: str) -> str:
    return targets.load(target).support[key].level


# --- the table answers for all of the language, and for nothing else


@each_target
def test_the_table_answers_for_exactly_the_language(target: str) -> None:
    assert set(targets.load(target).support) == set(FEATURES)


@each_target
@each_feature
def test_an_answer_has_a_text(feature: Feature, target: str) -> None:
    support = targets.load(target).support[feature.key]
    assert support.text.strip() == support.text != ""
    assert not support.text.endswith(".")
    assert support.instead is None or support.instead.strip()
    assert not (support.instead and support.level != "unsupported")
    assert not (support.todo and support.level != "unsupported")


@each_feature
def test_a_feature_is_described(feature: Feature) -> None:
    assert feature.doc.endswith(".")
    assert feature.field is None or feature.key.startswith(f"{feature.field}=")


# --- what is called native or emulated is proved by a live case


@cache
def _written(name: str) -> frozenset[str]:
    """The features that a live case's document writes, or leaves to their defaults."""
    case = CASES[name]
    numbers: dict[str, int] = {}

    def fill(found: re.Match[str]) -> str:
        if found.group(1).startswith("jwks_inline") or found.group(1) == "jwks_bare":
            return '{"keys": [{"kty": "RSA", "n": "sXch", "e": "AQAB"}]}'
        return str(numbers.setdefault(found.group(1), 20_000 + len(numbers)))

    text = re.sub(r"@(\w+)@", fill, case.document)
    checked = check(Source("case.yaml", text, "yaml"))
    assert checked.state is not None and checked.state.gateway is not None, case.name
    uses = checked.state.gateway.uses
    keys = {key for use in uses for key, _ in use.written}
    return frozenset(keys | {key for use in uses for key in use.defaulted})


def _is_about(case: Case, feature: Feature) -> bool:
    """Whether a case's document writes a feature, or the construct around it and so its default."""
    written = _written(case.name)
    if feature.key in written:
        return True
    policy = feature.key.partition(".")[0]
    if feature.key in case.proves and policy in written:
        return True
    around = (feature.field or feature.key).rpartition(".")[0]
    is_there = policy not in POLICIES or any(
        key.startswith(around) or around.endswith(f".{key.partition('=')[2]}") for key in written
    )
    return is_there and has_default(feature)


@each_target
@each_feature
def test_a_faithful_answer_is_proved_by_a_live_case(feature: Feature, target: str) -> None:
    support = targets.load(target).support[feature.key]
    if support.level not in FAITHFUL:
        return
    assert support.case in CASES, f"there is no live case `{support.case}`"
    case = CASES[support.case]
    assert case.reason_to_skip(target) is None
    assert _is_about(case, feature), f"`{case.name}` has nothing to do with `{feature.key}`"


@each_target
@each_feature
def test_what_is_no_faithful_answer_names_a_case_that_exists(feature: Feature, target: str) -> None:
    support = targets.load(target).support[feature.key]
    assert not support.case or support.case in CASES


# --- and the table is honest: a change of the field changes what is built, or is spoken of


def _is_sound(document: Tree) -> bool:
    return check(Source("in.yaml", print_yaml(document), "yaml")).ok


@each_feature
def test_a_perturbation_is_sound(feature: Feature) -> None:
    tried = probe(feature)
    assert _is_sound(tried.document), print_yaml(tried.document)
    assert any(map(_is_sound, tried.others)), print_yaml(tried.others[0])
    gateway = check(Source("in.yaml", print_yaml(tried.document), "yaml")).state
    assert gateway is not None and gateway.gateway is not None
    written = {key for use in gateway.gateway.uses for key, _ in use.written}
    assert feature.key in written


@each_target
@each_feature
def test_the_table_is_honest(feature: Feature, target: str) -> None:
    tried = probe(feature)
    result = _compile(tried.document, target)
    level = _level(target, feature.key)
    if level == "unsupported":
        _assert_refused(feature, target, tried, result)
        return
    spoken = [d for d in result.diagnostics if getattr(d, "feature", "") == feature.key]
    if level == "approximate":
        assert result.ok, [d.message() for d in result.diagnostics]
        assert any(isinstance(d, Approximate) for d in spoken)
        assert _place(feature, tried.path) in [d.place for d in spoken]
        assert not _compile(tried.document, target, strict=True).ok
    elif not spoken:
        # Where something is said, a condition or the value itself is what the target can't do.
        assert result.ok, [d.message() for d in result.diagnostics]
        others = [_compile(other, target).artifacts for other in tried.others]
        assert any(other and other != result.artifacts for other in others)


def _place(feature: Feature, path: Path) -> Place:
    if feature.field and path and isinstance(get(probe(feature).document, path), list):
        path = (*path, 0)
    return Place(path, key=feature.key in POLICIES)


def _gone_with(refusals: list[Unsupported], tried: Probe) -> Iterator[str]:
    """What a file would be without, if all that is refused were left out."""
    for refusal in refusals:
        yield refusal.feature
        if refusal.feature in POLICIES:
            assert isinstance(refusal.place, Place)
            block = get(tried.document, refusal.place.path)
            yield from (key for key, _ in written(refusal.feature, block))


def _assert_refused(feature: Feature, target: str, tried: Probe, result: Compilation) -> None:
    refusals = [d for d in result.diagnostics if isinstance(d, Unsupported)]
    assert not result.ok
    named = {d.feature: d for d in refusals}
    if feature.key in named:
        assert named[feature.key].place == _place(feature, tried.path)
    else:
        # Refused as a part of something larger: that is named, at a place around this one.
        (refusal,) = refusals
        assert isinstance(refusal.place, Place)
        block = refusal.feature.partition("=")[0]
        around = block if block == refusal.feature else block.rpartition(".")[0]
        assert feature.key.startswith(around) and _level(target, refusal.feature) == "unsupported"
        place = refusal.place.path
        place = place if block == refusal.feature else place[:-1]
        assert tried.path[: len(place)] == place
    lossy = _compile(tried.document, target, lossy=True)
    if any(map(protects, _gone_with(refusals, tried))):
        assert not lossy.ok
        assert any(isinstance(d, Unsupported) for d in lossy.diagnostics)
    else:
        assert lossy.ok, [d.message() for d in lossy.diagnostics]
        left = [d for d in lossy.diagnostics if isinstance(d, LeftOut)]
        assert {d.feature for d in left} == set(named)
        assert not any(d.severity == "error" for d in lossy.diagnostics)


@each_target
@each_feature
def test_writing_the_default_changes_nothing(feature: Feature, target: str) -> None:
    default = default_of(feature)
    tried = probe(feature)
    if _level(target, feature.key) not in FAITHFUL or not isinstance(
        default, (str, int, bool, list)
    ):
        return
    document = tried.without
    before = _compile(document, target)
    put(document, tried.path, default)
    after = _compile(document, target)
    assert before.ok and after.ok, [d.message() for d in (*before.diagnostics, *after.diagnostics)]
    assert after.artifacts == before.artifacts


@each_target
@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_that_is_switched_off_is_as_if_it_were_not_there(name: str, target: str) -> None:
    tried = probe(FEATURES[name])
    policy = get(tried.document, tried.path)
    if not isinstance(policy, dict):
        return
    put(tried.document, (*tried.path, "enabled"), False)
    off = _compile(tried.document, target)
    assert off.ok and not off.diagnostics
    assert off.artifacts == _compile(_without(tried), target).artifacts


def _without(tried: Probe) -> Tree:
    document: Any = tried.document
    get(document, tried.path[:-1]).pop(tried.path[-1])
    return dict(document)


@each_target
def test_what_protects_is_never_left_out(target: str) -> None:
    source = Source("in.yaml", print_yaml(probe(FEATURES["authentication"]).document), "yaml")
    checked = check(source)
    real = targets.load(target)
    refusing = {**real.support, "authentication": targets.unsupported("for the test")}
    result = build(checked, _with_support(real, refusing), lossy=True)
    assert not result.ok
    assert [type(d) for d in result.diagnostics if _is_error(d)] == [Unsupported]


def _is_error(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity == "error"


def _with_support(target: targets.Target, support: Any) -> targets.Target:
    from msgspec.structs import replace

    return replace(target, support=support)
