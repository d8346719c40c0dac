"""What galc writes, against the schemas that a running APISIX 3.18 gives.

APISIX ignores unknown fields of most plugins and drops an invalid item with no more than a line in
its log, so here both are errors. Every Lua text is loaded as APISIX loads it.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from galc.compiler import build, check
from galc.frontend.source import Source
from galc.targets.apisix import TARGET

from ..corpus import GOOD
from ..live.cases import ALL_CASES
from .test_apisix_model import document_of
from .test_apisix_world import World

_jsonschema: Any = pytest.importorskip("jsonschema")
_ROOT = Path(__file__).parents[2]
_SCHEMAS = _ROOT.parent / "shared" / "data" / "apisix-schemas.json"
_RESOURCES = {
    "routes": "route",
    "upstreams": "upstream",
    "global_rules": "global_rule",
    "services": "service",
}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

pytestmark = pytest.mark.skipif(
    not _SCHEMAS.is_file(), reason="APISIX's schemas don't lie in ../shared/data"
)


def _documents() -> Iterator[Any]:
    for case in GOOD:
        yield pytest.param(case.source, id=case.id)
    for file in sorted((_ROOT / "examples").glob("*")):
        if file.suffix in (".gal", ".yaml"):
            spelling: Any = file.suffix[1:]
            source = Source(file.name, file.read_text("utf-8"), spelling)
            yield pytest.param(source, id=file.relative_to(_ROOT).as_posix())
    for live in ALL_CASES:
        yield pytest.param(Source("in.yaml", document_of(live), "yaml"), id=live.name)


@cache
def _schemas() -> Any:
    return json.loads(_SCHEMAS.read_text("utf-8"))


def _strict(schema: Any) -> Any:
    """The schema with unknown fields refused, also below `properties`, `items` and choices."""
    if not isinstance(schema, dict):
        return schema
    found = dict(schema)
    for key in ("properties", "patternProperties"):
        if key in found:
            found[key] = {name: _strict(part) for name, part in found[key].items()}
    if isinstance(found.get("items"), dict):
        found["items"] = _strict(found["items"])
    if "properties" in found and "patternProperties" not in found:
        found.setdefault("additionalProperties", False)
    return found


@cache
def _validator(kind: str, name: str) -> Any:
    schema = _schemas()[kind][name]
    if kind == "plugins":
        schema = _strict(schema["schema"])
    return _jsonschema.Draft7Validator(schema)


def _problems(config: dict[str, Any]) -> Iterator[str]:
    for key, items in config.items():
        ids = [item["id"] for item in items]
        if len(set(ids)) != len(ids):
            yield f"{key}: ids repeat"
        for item in items:
            for error in _validator("resources", _RESOURCES[key]).iter_errors(item):
                yield f"{key} {item['id']}: {error.message}"
            for name, plugin in item.get("plugins", {}).items():
                for error in _validator("plugins", name).iter_errors(plugin):
                    yield f"{key} {item['id']} {name}: {error.message}"


def _functions(config: dict[str, Any]) -> Iterator[str]:
    for items in config.values():
        for item in items:
            for plugin in item.get("plugins", {}).values():
                yield from plugin.get("functions", ())


@pytest.mark.parametrize("source", list(_documents()))
def test_every_resource_and_plugin_is_valid(source: Source) -> None:
    checked = check(source)
    result = build(checked, TARGET)
    if not result.ok:
        pytest.skip("refused")
    text = result.artifacts["apisix.yaml"]
    assert re.search(r"#END\s*$", text[-10:])
    assert "$" not in text
    config = yaml.load(text, _LOADER)
    assert not list(_problems(config))
    upstreams = {upstream["id"] for upstream in config["upstreams"]}
    assert all(route.get("upstream_id") in {None, *upstreams} for route in config["routes"])
    services = {service["id"] for service in config.get("services", ())}
    assert {route.get("service_id") for route in config["routes"]} - {None} == services
    world = World()
    for function in set(_functions(config)):
        world.load(function)
    assert "$" not in result.artifacts["config.yaml"]
    assert yaml.load(result.artifacts["config.yaml"], _LOADER)["apisix"]["enable_admin"] is False


def test_the_validator_sees_what_apisix_would_not() -> None:
    config = {
        "routes": [
            {
                "id": "a",
                "uris": ["/"],
                "plugins": {"limit-req": {"rate": 1, "burst": 0, "keys": "x"}},
            },
            {"id": "a b", "uri": "/", "hots": ["x"], "plugins": {}},
        ]
    }
    found = "\n".join(_problems(config))
    for part in ("'key' is a required", "'keys' was unexpected", "'hots' was unexpected", "a b"):
        assert part in found
