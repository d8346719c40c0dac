"""What holds for every pair of files: no difference without a meaning, no change without a
difference, and no secret in any output."""

import json
import random
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from galc import targets
from galc.compiler import Checked, check
from galc.difference import BODIES, COMPARERS, IDENTITY, differences
from galc.difference.report import Report, as_json, as_markdown, as_text, compared
from galc.frontend.printer import print_gal, print_yaml
from galc.frontend.reading import read_tree
from galc.frontend.source import Source, Spelling
from galc.ir.features import Feature, all_features
from galc.ir.gateway import Gateway, Route

from ..corpus import GOOD
from ..perturbation import Tree, default_of, probe, put

_EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.*l"))
FEATURES = all_features()
each_feature = pytest.mark.parametrize("feature", FEATURES.values(), ids=FEATURES)


def _sources() -> dict[str, Source]:
    found = {case.id: case.source for case in GOOD if case.feature != "files"}
    for path in _EXAMPLES:
        spelling: Spelling = "gal" if path.suffix == ".gal" else "yaml"
        found[path.name] = Source(path.name, path.read_text("utf-8"), spelling)
    return found


SOURCES = _sources()
each_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def tree_of(source: Source) -> Tree:
    problems: list[Any] = []
    tree = read_tree(source, problems.append)
    assert tree is not None, problems
    return tree


def of_tree(tree: Tree) -> Checked:
    return check(Source("in.yaml", print_yaml(tree), "yaml"))


def headlines(old: Checked, new: Checked) -> list[str]:
    assert old.ok and new.ok and old.state and new.state
    return [finding.headline(str) for finding in differences(old.state, new.state)]


# --- no difference without a meaning


@each_source
def test_a_document_means_what_it_means(source: Source) -> None:
    assert headlines(check(source), check(source)) == []


@each_source
def test_the_other_spelling_means_the_same(source: Source) -> None:
    printed = print_yaml if source.spelling == "gal" else print_gal
    spelling: Spelling = "yaml" if source.spelling == "gal" else "gal"
    text = printed(tree_of(source))
    assert headlines(check(source), check(Source("out", text, spelling))) == []


#: Lists of which the order means nothing.
_SETS = frozenset(
    "services routes methods hosts targets users keys audiences algorithms allowed_origins "
    "allowed_methods allowed_headers expose_headers required_claims required_scopes retry_on "
    "request_remove response_remove trusted_proxies unhealthy_status_codes healthy_status_codes "
    "claims_to_headers".split()
)


def _shuffled(value: Any, chance: random.Random, key: str = "") -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        chance.shuffle(items)
        return {name: _shuffled(item, chance, name) for name, item in items}
    if isinstance(value, list):
        items = [_shuffled(item, chance) for item in value]
        if key in _SETS:
            chance.shuffle(items)
        return items
    return value


@given(st.sampled_from(sorted(SOURCES)), st.randoms(use_true_random=False))
def test_another_order_means_the_same(name: str, chance: random.Random) -> None:
    source = SOURCES[name]
    shuffled = of_tree(_shuffled(tree_of(source), chance))
    assert headlines(check(source), shuffled) == []


@each_source
def test_other_names_mean_the_same(source: Source) -> None:
    tree = tree_of(source)
    tree.pop("tests", None)  # they speak of names
    for index, service in enumerate(tree["services"]):
        service["name"] = f"renamed-{index}"
        for number, route in enumerate(service["routes"]):
            route["name"] = f"route-{index}-{number}"
    assert headlines(check(source), of_tree(tree)) == []


@each_feature
def test_a_default_written_out_means_the_same(feature: Feature) -> None:
    default = default_of(feature)
    if not isinstance(default, str | int | list):
        return
    tried = probe(feature)
    written = deepcopy(tried.without)
    put(written, tried.path, default)
    assert headlines(of_tree(tried.without), of_tree(written)) == []


# --- no change without a difference

#: Fields that have another name in the normal form: what a difference says of them.
_SAID = {
    "global.timeout": "timeout",
    "services.type": "services.",
    "upstream.host": "upstream.targets",
    "upstream.port": "upstream.targets",
    "upstream.load_balancer.sticky_sessions": "upstream.load_balancer.cookie_name",
    "routes.path_prefix": "reachable",
    "routes.path": "reachable",
    "routes.path_regex": "reachable",
    "routes.methods": "reachable",
    "routes.hosts": "reachable",
    "rate_limit.requests_per_second": "rate_limit",
    "rate_limit.requests_per_minute": "rate_limit",
    "rate_limit.requests_per_hour": "rate_limit",
    "rate_limit.key_header": "rate_limit.key_type",
    "rate_limit.key_claim": "rate_limit.key_type",
    "timeout.read": "timeout",
    "headers.template": "headers.request_set",
    "transformation.headers": "headers.",
}
#: Blocks of lists, and of bodies, that are spoken of as a whole.
_WHOLE = (
    "upstream.targets",
    "authentication.basic.users",
    "authentication.api_key.keys",
    "authentication.jwt.claims_to_headers",
    "transformation.computed_fields",
    "transformation.validation",
    "body_transformation.request",
    "body_transformation.response",
)
_NAMES = ("services.name", "routes.name")


def _said(feature: Feature) -> tuple[str, ...]:
    """Words, of which one is in what is told."""
    key = feature.field or feature.key
    if key == "transformation":
        return key, "headers."
    if key.startswith("transformation.headers."):
        return ("headers.",)
    whole = next((block for block in _WHOLE if key.startswith(f"{block}.")), key)
    return (_SAID.get(key, whole),)


def _meaning(checked: Checked) -> Gateway:
    """The normal form without what tells how it was written."""
    assert checked.state is not None and checked.state.gateway is not None
    return replace(checked.state.gateway, uses=())


def test_every_field_of_a_route_is_compared() -> None:
    known = {*COMPARERS, *IDENTITY, *BODIES, "strip_prefix"}
    assert known == set(Route.__struct_fields__)


@each_feature
def test_a_change_of_a_field_is_told(feature: Feature) -> None:
    tried = probe(feature)
    old = of_tree(tried.document)
    told = []
    for document in (*tried.others, tried.without):
        new = of_tree(document)
        if new.ok and (_meaning(old) != _meaning(new)) and feature.key not in _NAMES:
            lines = headlines(old, new)
            assert any(said in line for said in _said(feature) for line in lines), lines
            told += lines
    assert bool(told) == (feature.key not in _NAMES)


# --- no secret in any output

_secrets = st.lists(
    st.text("abcdefghij0123456789\"'`|<&\\é\u202e", min_size=12, max_size=24),
    min_size=14,
    max_size=14,
    unique=True,
)


def _with_secrets(words: list[str]) -> Tree:
    """A gateway with a secret in every field that can hold one, and in places that shouldn't."""
    first, password, client, header, repeated, query, key = words
    upstream = {"host": "x", "port": 80}
    hidden = {"X-Api-Token": header, "X-Any": f"a {repeated} b"}
    schemes: list[Tree] = [
        {
            "type": "api_key",
            "api_key": {"keys": [{"key": first, "name": "one"}, {"key": repeated}]},
        },
        {"type": "basic", "basic": {"users": [{"username": "ann", "password": password}]}},
        {
            "type": "oauth2",
            "oauth2": {
                "introspection_endpoint": f"https://x.example.com/i?t={query.encode().hex()}",
                "client_id": "gal",
                "client_secret": client,
            },
        },
        {
            "type": "basic",
            "basic": {"users": [{"username": "bob", "password": key}]},
            "fail_message": f"it isn't {key}",
        },
    ]
    routes = [
        {
            "path_prefix": f"/{index}",
            "authentication": scheme,
            "headers": {"request_set": hidden, "response_add": hidden},
        }
        for index, scheme in enumerate(schemes)
    ]
    return {"version": 1, "services": [{"name": "s", "upstream": upstream, "routes": routes}]}


def _outputs(report: Report) -> list[str]:
    parsed = json.loads(as_json(report))
    return [as_text(report), as_markdown(report), as_json(report), _leaves(parsed)]


def _leaves(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(map(_leaves, value.values()))
    if isinstance(value, list):
        return "\n".join(map(_leaves, value))
    return str(value)


@given(_secrets, st.integers(0, 3))
def test_no_secret_is_shown(words: list[str], without: int) -> None:
    old, new = _with_secrets(words[:7]), _with_secrets(words[7:])
    del new["services"][0]["routes"][without]["authentication"]
    del new["services"][0]["routes"][(without + 1) % 4]["headers"]["request_set"]["X-Any"]
    one, other = of_tree(old), of_tree(new)
    report = compared(one, other, [targets.load("envoy")])
    assert len(report.findings) >= 4
    for output in _outputs(report):
        for word in words:
            shown = (word, json.dumps(word)[1:-1], word.encode().hex())
            assert not any(text in output for text in shown), output
