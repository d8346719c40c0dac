"""Every case × every target: what is built, that it is stable, and that the gateway takes it."""

import subprocess
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from galc import targets
from galc.frontend.printer import print_gal, print_yaml
from galc.frontend.reading import read_tree
from galc.frontend.source import Source

from .corpus import (
    ALL,
    DIAGNOSTICS,
    GOOD,
    SNAPSHOTS,
    Case,
    built,
    compiled,
    expected_snapshots,
)
from .live.gateways import Artifacts, Gateway
from .live.processes import find_program

_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"

each_case = pytest.mark.parametrize("case", GOOD, ids=lambda case: case.id)
each_target = pytest.mark.parametrize("target", targets.ALL)


@each_target
@each_case
def test_artifacts(case: Case, target: str, snapshot: SnapshotAssertion) -> None:
    for name, text in built(case).compilations[target].artifacts.items():
        assert text == snapshot(name=f"{case.id}/{name}")


@each_case
def test_diagnostics(case: Case, snapshot: SnapshotAssertion) -> None:
    result = built(case)
    if result.text:
        assert result.text == snapshot(name=f"{case.id}/{DIAGNOSTICS}")


@each_case
def test_a_case_has_no_error_but_those_of_a_target(case: Case) -> None:
    assert built(case).checked.ok


def test_no_snapshot_is_stale(request: pytest.FixtureRequest) -> None:
    there = {file.relative_to(SNAPSHOTS).as_posix() for file in _files(SNAPSHOTS)}
    stale = sorted(there - expected_snapshots())
    if request.config.option.update_snapshots:
        for name in stale:
            (SNAPSHOTS / name).unlink()
        _remove_empty(SNAPSHOTS)
    else:
        assert not stale, "run `pytest --snapshot-update`"


def test_targets_write_different_files() -> None:
    names = [name for target in targets.ALL for name in targets.load(target).artifacts]
    assert len(set(names)) == len(names)
    assert DIAGNOSTICS not in names


def test_a_case_is_one_file_in_a_folder_that_is_a_sentence() -> None:
    assert len({case.id for case in ALL}) == len(ALL)
    for case in ALL:
        name = case.id.partition("/")[2]
        assert name == name.lower() and "_" not in name and "-" in name, case.id


@each_case
def test_building_twice_gives_the_same_bytes(case: Case) -> None:
    again = compiled(case.source, case.texts, lossy=case.lossy)
    assert _artifacts(again.compilations) == _artifacts(built(case).compilations)
    assert again.text == built(case).text


@each_case
def test_both_spellings_give_the_same_artifacts(case: Case) -> None:
    other = "yaml" if case.file.endswith(".gal") else "gal"
    tree = _tree(case.source)
    source = (
        Source("in.yaml", print_yaml(tree), "yaml")
        if other == "yaml"
        else Source("in.gal", print_gal(tree), "gal")
    )
    assert _tree(source) == tree
    result = compiled(source, _others(case), lossy=case.lossy)
    assert _artifacts(result.compilations) == _artifacts(built(case).compilations)
    codes = [sorted(d.message() for d in one.diagnostics) for one in (result, built(case))]
    assert codes[0] == codes[1]


@each_case
def test_the_order_of_services_and_routes_means_nothing(case: Case) -> None:
    tree = _tree(case.source)
    services = tree.get("services", [])
    services.reverse()
    for service in services:
        service["routes"].reverse()
    source = Source("in.yaml", print_yaml(tree), "yaml")
    result = compiled(source, _others(case), lossy=case.lossy)
    assert _artifacts(result.compilations) == _artifacts(built(case).compilations)


def _tree(source: Source) -> dict[str, Any]:
    found: list[Any] = []
    tree = read_tree(source, found.append)
    assert tree is not None and not found
    return tree


def _others(case: Case) -> dict[str, str]:
    return {name: text for name, text in case.texts.items() if name != case.file}


def _artifacts(compilations: Any) -> dict[str, dict[str, str]]:
    return {name: compilation.artifacts for name, compilation in compilations.items()}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _remove_empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _load_in_envoy(artifacts: Artifacts) -> str | None:
    """Envoy's complaint, or its first warning that something is deprecated."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "envoy.yaml"
        file.write_text(artifacts["envoy.yaml"], "utf-8")
        done = subprocess.run(
            [find_program("envoy"), "--mode", "validate", "-c", str(file), "--disable-hot-restart"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    output = done.stdout + done.stderr
    if done.returncode:
        return output
    return next((line for line in output.splitlines() if "deprecat" in line.lower()), None)


#: No registry has these programs; `tests/unit/test_<target>_schema.py` checks their schemas.
_NOT_HERE = ("kong", "apisix")


def _loader(target: str) -> Callable[[Artifacts], str | None]:
    """How a target's own program is asked about files: as its module in `tests.live` says."""
    if target == "envoy":
        return _load_in_envoy
    module = import_module(f"{__package__}.live.{target.replace('-', '_')}")
    kinds = [kind for kind in vars(module).values() if getattr(kind, "target", None) == target]
    gateway: Gateway = kinds[0]()
    return gateway.validate


@pytest.mark.parametrize(
    ("case", "target"),
    [
        pytest.param(case, target, id=f"{case.id}-{target}")
        for case in GOOD
        for target in targets.ALL
        if target not in _NOT_HERE and built(case).compilations[target].ok
    ],
)
def test_the_gateway_itself_takes_it(case: Case, target: str) -> None:
    artifacts = built(case).compilations[target].artifacts
    if (
        any(_AUTHORITIES in text for text in artifacts.values())
        and not Path(_AUTHORITIES).is_file()
    ):
        pytest.skip(f"this machine has no {_AUTHORITIES}")
    complaint = _loader(target)(artifacts)
    assert complaint is None, complaint
