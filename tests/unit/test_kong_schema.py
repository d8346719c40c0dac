"""What galc writes, against the schemas that a running Kong 3.9 gives; unknown fields are errors.

The data lacks what Kong checks by functions of its own; names, paths and programs are checked here
after their sources. Patterns are Lua's, and a real Lua matches them.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives import serialization

from galc.compiler import build, check
from galc.frontend.source import Source
from galc.targets.kong import TARGET

from ..corpus import GOOD
from ..live.cases import ALL_CASES
from .test_kong_cases import text_of

_ROOT = Path(__file__).parents[2]
_SCHEMAS = _ROOT.parent / "shared" / "data" / "kong-schemas.json"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "set": (list,),
    "map": (dict,),
    "record": (dict,),
}
#: Entities that stand inside others in the file.
_NESTED = {
    "services": {"routes": "routes"},
    "routes": {"plugins": "plugins"},
    "upstreams": {"targets": "targets"},
    "consumers": {"jwt_secrets": "jwt_secrets"},
}
_PARENTS = {"targets": "upstream", "jwt_secrets": "consumer"}

pytestmark = pytest.mark.skipif(
    not _SCHEMAS.is_file(), reason="Kong's schemas don't lie in ../shared/data"
)


@cache
def _schemas() -> Any:
    return json.loads(_SCHEMAS.read_text("utf-8"))


@cache
def _lua() -> Any:
    return import_module("lupa.luajit21").LuaRuntime()


@cache
def _finds(pattern: str, text: str) -> bool:
    return _lua().eval("string.find")(text, pattern) is not None


def _problems(schema: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    """What is wrong with the value of a field."""
    if value is None or value == "<null>":
        if schema.get("required") and not schema.get("auto"):
            yield f"{where} is missing"
        return
    kind = schema["type"]
    if not _is_a(kind, value):
        yield f"{where}: {value!r} is no {kind}"
        return
    yield from _bounds(schema, value, where)
    if kind in ("array", "set"):
        if kind == "set" and len(set(map(str, value))) < len(value):
            yield f"{where}: repeats an item"
        for at, item in enumerate(value):
            yield from _problems(schema["elements"], item, f"{where}[{at}]")
    elif kind == "map":
        for key, item in value.items():
            yield from _problems(schema["keys"], key, f"{where}.{key}")
            yield from _problems(schema["values"], item, f"{where}.{key}")
    elif kind == "record":
        yield from _record(schema, value, where)


def _is_a(kind: str, value: Any) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _bounds(schema: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    patterns = [(p["pattern"], False) for p in schema.get("match_none", ())]
    patterns += [(p["pattern"], True) for p in schema.get("match_all", ())]
    patterns += [(schema["match"], True)] if "match" in schema else []
    bad = [p for p, wanted in patterns if _finds(p, value) is not wanted]
    any_of = schema.get("match_any", {}).get("patterns", ())
    if bad or (any_of and not any(_finds(p, value) for p in any_of)):
        yield f"{where}: {value!r} doesn't match"
    if "one_of" in schema and value not in schema["one_of"]:
        yield f"{where}: {value!r} is none of {schema['one_of']}"
    if "not_one_of" in schema and value in schema["not_one_of"]:
        yield f"{where}: {value!r} is one of {schema['not_one_of']}"
    if "between" in schema and not schema["between"][0] <= value <= schema["between"][1]:
        yield f"{where}: {value!r} isn't between {schema['between']}"
    if "eq" in schema:
        yield f"{where}: may not be set"
    if "gt" in schema and not value > schema["gt"]:
        yield f"{where}: {value!r} isn't above {schema['gt']}"
    if "contains" in schema and schema["contains"] not in value:
        yield f"{where}: lacks {schema['contains']}"
    if len(value) < schema.get("len_min", 0) if isinstance(value, str | list) else False:
        yield f"{where}: is too short"
    if "len_eq" in schema and len(value) != schema["len_eq"]:
        yield f"{where}: hasn't the length {schema['len_eq']}"
    if "starts_with" in schema and not value.startswith(schema["starts_with"]):
        yield f"{where}: {value!r} doesn't start with {schema['starts_with']}"


def _record(schema: dict[str, Any], value: dict[str, Any], where: str) -> Iterator[str]:
    fields = schema["fields"]
    for name in value.keys() - fields.keys():
        yield f"{where}.{name} is unknown"
    for name, field in fields.items():
        if field["type"] == "foreign":
            continue
        if name in value or "default" not in field:
            yield from _problems(field, value.get(name), f"{where}.{name}")
    for entity_check in schema.get("entity_checks", ()):
        yield from _entity_check(entity_check, fields, value, where)


def _entity_check(
    rule: dict[str, Any], fields: dict[str, Any], value: dict[str, Any], where: str
) -> Iterator[str]:
    def of(path: str) -> Any:
        found: Any = value
        schema: Any = {"fields": fields}
        for step in path.split("."):
            schema = schema.get("fields", {}).get(step, {})
            found = (found or {}).get(step, schema.get("default"))
        return None if found == "<null>" else found

    if "at_least_one_of" in rule and not any(of(name) for name in rule["at_least_one_of"]):
        yield f"{where}: has none of {rule['at_least_one_of']}"
    if "distinct" in rule:
        given = [of(name) for name in rule["distinct"] if of(name) is not None]
        if len(set(given)) < len(given):
            yield f"{where}: {rule['distinct']} aren't distinct"
    if "conditional" not in rule:
        return
    test = rule["conditional"]
    if_value, then_value = of(test["if_field"]), of(test["then_field"])
    if if_value is None or not _fits(test["if_match"], if_value):
        return
    then = test["then_match"]
    if then.get("required") and then_value is None:
        yield f"{where}: needs {test['then_field']}"
    elif then_value is not None and not _fits(then, then_value):
        yield f"{where}: {test['then_field']} doesn't go with {test['if_field']} {if_value!r}"


def _fits(rule: dict[str, Any], value: Any) -> bool:
    if "elements" in rule:
        return all(_fits(rule["elements"], item) for item in value)
    bare = {key: item for key, item in rule.items() if key not in ("custom_validator", "type")}
    return not list(_bounds(bare, value, ""))


def _entity(kind: str, value: dict[str, Any], where: str) -> Iterator[str]:
    """An entity with those inside it."""
    schema = _schemas()["entities"][kind]
    nested = _NESTED.get(kind, {})
    own = {name: item for name, item in value.items() if name not in nested}
    if kind == "plugins":
        plugin = _schemas()["plugins"][own["name"]]
        yield from _problems(plugin["config"], own.pop("config"), f"{where}.{own['name']}")
        checked = {"fields": {"config": plugin["config"]}}
        for rule in plugin.get("entity_checks") or ():
            yield from _entity_check(rule, checked["fields"], value, where)
        yield from _programs(value["config"], where)
    parent = _PARENTS.get(kind)
    fields = {name: f for name, f in schema["fields"].items() if name not in (parent, "config")}
    yield from _record({**schema, "fields": fields}, own, where)
    yield from _custom(kind, value, where)
    for name, inner in nested.items():
        items = value.get(name, ())
        for at, item in enumerate(items):
            yield from _entity(inner, item, f"{where}.{name}[{at}]")
        if len({item["name"] for item in items if "name" in item}) < sum(
            "name" in item for item in items
        ):
            yield f"{where}.{name}: two of the same name"


def _programs(config: dict[str, Any], where: str) -> Iterator[str]:
    for phase in ("rewrite", "access", "header_filter"):
        for code in config.get(phase, ()):
            good = _lua().eval("function(code) return (loadstring(code)) ~= nil end")(code)
            if not good:
                yield f"{where}.{phase}: isn't Lua"


def _custom(kind: str, value: dict[str, Any], where: str) -> Iterator[str]:
    """kong/db/schema/typedefs.lua: what functions check."""
    name = value.get("name", "x")
    host = r"[A-Za-z0-9._-]+"
    if kind in ("routes", "services") and not re.fullmatch("[A-Za-z0-9._~-]+", name):
        yield f"{where}.name: {name!r}"
    if kind == "upstreams" and not re.fullmatch(rf"{host}\.galc", name):
        yield f"{where}.name: {name!r}"
    if kind == "targets" and not re.fullmatch(rf"({host}|\[[0-9a-fA-F:.]+\]):\d+", value["target"]):
        yield f"{where}.target: {value['target']!r}"
    for path in value.get("paths", ()) if kind == "routes" else ():
        re.compile(path[1:])
    if kind == "routes" and not 0 <= value["regex_priority"] < 2**32:
        yield f"{where}.regex_priority"
    if kind == "jwt_secrets":
        serialization.load_pem_public_key(value["rsa_public_key"].encode())


def problems(text: str) -> list[str]:
    """Everything that Kong would find wrong with a declarative file."""
    file = yaml.load(text, _LOADER)
    found = []
    if file.pop("_format_version") != "3.0":
        found.append("_format_version")
    for kind, items in file.items():
        for at, item in enumerate(items):
            found += _entity(kind, item, f"{kind}[{at}]")
    hosts = {upstream["name"] for upstream in file["upstreams"]}
    routes = [route for service in file["services"] for route in service["routes"]]
    for what, names in (
        ("service", [service["name"] for service in file["services"]]),
        ("upstream", [upstream["name"] for upstream in file["upstreams"]]),
        ("route", [route["name"] for route in routes]),
    ):
        found += [f"two {what}s {name}" for name in set(names) if names.count(name) > 1]
    found += [f"no upstream {s['host']}" for s in file["services"] if s["host"] not in hosts]
    for route in routes:
        plugins = [plugin["name"] for plugin in route.get("plugins", ())]
        if len(set(plugins)) < len(plugins):
            found.append(f"{route['name']}: a plugin twice")
    return found


def _documents() -> Iterator[Any]:
    for case in GOOD:
        yield pytest.param(case.source, id=case.id)
    for file in sorted((_ROOT / "examples").glob("*.*")):
        if file.suffix in (".gal", ".yaml"):
            spelling: Any = file.suffix[1:]
            yield pytest.param(Source(file.name, file.read_text("utf-8"), spelling), id=file.name)
    for live in ALL_CASES:
        yield pytest.param(Source("in.yaml", text_of(live), "yaml"), id=live.name)


@pytest.mark.parametrize("source", tuple(_documents()))
def test_kong_takes_what_is_built(source: Source) -> None:
    artifacts = build(check(source), TARGET).artifacts
    if not artifacts:
        pytest.skip("not built for Kong")
    assert not problems(artifacts["kong.yaml"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("retries: 0", "retries: many"), "retries"),
        (("retries: 0", "retries: 40000"), "between"),
        (("retries: 0", "retry: 0"), "unknown"),
        (("protocol: http\n", "protocol: ftp\n"), "none of"),
        (("~/x", "x"), "doesn't match"),
        (("- http\n    - https\n", "- http\n"), "snis"),
        (("return function", "return funktion"), "isn't Lua"),
        (("host: s.galc", "host: t.galc"), "no upstream"),
        (('_format_version: "3.0"', "_format_version: 3.0"), "_format_version"),
        (("protocol: http\n", "protocol: http\n  tls_verify: true\n"), "tls_verify"),
        (("weight: 100", "weight: -1"), "between"),
    ],
)
def test_the_validator_finds(change: tuple[str, str], complaint: str) -> None:
    document = (
        "version: 1\nservices:\n- name: s\n  upstream: {host: a.test, port: 1}\n"
        "  routes: [{path_prefix: /x}]\n"
    )
    text = build(check(Source("x.yaml", document, "yaml")), TARGET).artifacts["kong.yaml"]
    assert not problems(text)
    assert change[0] in text
    assert complaint in " ".join(problems(text.replace(*change)))
