from typing import Any

import pytest

from galc import targets
from galc.compiler import build, check, compile_text, default_target
from galc.frontend.source import Source
from galc.passes import PASSES

_TEXT = "version 1\nprovider envoy\nservice s { upstream s:1 ; route /* }\n"


def test_each_stage_is_observed_in_order() -> None:
    seen: list[str] = []

    def observe(name: str, value: Any, seconds: float) -> None:
        assert value is not None and seconds >= 0
        seen.append(name)

    checked = check(Source("in.gal", _TEXT, "gal"), observe)
    assert build(checked, targets.load("envoy"), observe=observe).ok
    assert seen == ["read", *(step.__name__ for step in PASSES), "legalize", "lower"]


def test_a_file_that_can_not_be_read_has_no_state() -> None:
    checked = check(Source("in.gal", "}", "gal"))
    assert checked.state is None and not checked.ok
    assert default_target(checked) is None
    built = build(checked, targets.load("envoy"))
    assert not built.ok and not built.diagnostics


def test_the_default_target() -> None:
    assert default_target(check(Source("in.gal", _TEXT, "gal"))) == "envoy"
    assert (
        default_target(check(Source("in.gal", _TEXT.replace("provider envoy", ""), "gal"))) is None
    )


@pytest.mark.parametrize(("name", "ok"), [("a.gal", True), ("a.yaml", False)])
def test_the_name_tells_the_spelling(name: str, ok: bool) -> None:
    assert compile_text(_TEXT, name, "envoy").ok is ok


def test_passes_do_not_change_a_sound_tree() -> None:
    checked = check(Source("in.gal", _TEXT, "gal"))
    assert checked.state is not None
    assert checked.state.tree["services"][0]["routes"] == [{"path_prefix": "/"}]
    assert not checked.state.moved and not checked.state.pruned


def test_every_target_can_be_loaded() -> None:
    assert set(targets.ALL) <= set(targets.KNOWN)
    for name in targets.ALL:
        target = targets.load(name)
        assert target.name == name and target.title and target.versions and target.artifacts


def test_a_target_is_not_lowered_to_with_an_error_elsewhere() -> None:
    text = _TEXT.replace("route /*", "route /* { timeout 5 }")
    assert not compile_text(text, "a.gal", "envoy").ok
