# ruff: noqa: E501
"""A place found by reading its part again stands where the marks of the whole source say."""

from collections.abc import Iterator
from unittest.mock import Mock

import pytest
import yaml as pyyaml

from galc.frontend import yaml as front_end
from galc.frontend.printer import print_gal, print_yaml
from galc.frontend.reading import finder_of, read_marks, read_tree
from galc.frontend.source import Mark, Path, Place, Source, Spelling
from tests.bench.gateways import gal_gateway, yaml_gateway
from tests.corpus import ALL, Case


def paths(mark: Mark, path: Path = ()) -> Iterator[Path]:
    yield path
    yield (*path, "no such key")
    yield (*path, 99)
    for step, child in mark.children.items():
        yield from paths(child, (*path, step))


@pytest.fixture(autouse=True)
def _each_place_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_end, "FEW_PLACES", -1)


def check(text: str, spelling: Spelling) -> int:
    """Compare every place of a source; returns how many parts were read by themselves."""
    source = Source("in", text, spelling)
    if read_tree(source, lambda _: None) is None:
        return 0
    marks = read_marks(source)
    places = finder_of(source)
    places.read_whole = lambda: marks
    for path in paths(marks):
        for key in (False, True):
            place = Place(path, key)
            places.whole = None  # so that each place is looked for in its part
            assert places.find(place) == marks.find(place), place
    return sum(part is not None for part in (*places.parts.values(), places.read_head()))


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_every_place_of_every_case(case: Case) -> None:
    check(case.text, case.source.spelling)


def test_parts_are_read_by_themselves() -> None:
    services, routes = 5, 50
    # Each has its own part, and each list is asked for an item that it doesn't have. What stands
    # before the services is one more.
    assert check(yaml_gateway(routes), "yaml") == services + routes + 1
    assert check(gal_gateway(routes), "gal") == services + routes


@pytest.mark.parametrize(
    ("spelling", "text"),
    [("yaml", yaml_gateway(20)), ("gal", gal_gateway(20))],
    ids=["yaml", "gal"],
)
def test_a_finding_in_a_route_does_not_read_the_whole(spelling: Spelling, text: str) -> None:
    source = Source("in", text, spelling)
    assert read_tree(source, lambda _: None)
    places = finder_of(source)
    span = places.find(Place(("services", 1, "routes", 7, "circuit_breaker"), key=True))
    assert text.split("\n")[span.line].strip().startswith("circuit_breaker")
    assert places.whole is None


def test_many_places_of_one_part_do_not_read_it_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_end, "FEW_PLACES", 4)
    keys = "".join(f"      X-{n}: a\n" for n in range(100))
    text = f"services:\n- name: a\n  headers:\n    request_set:\n{keys}- name: b\n"
    source = Source("in", text, "yaml")
    assert read_tree(source, lambda _: None)
    marks, places = read_marks(source), finder_of(source)
    made = Mock(side_effect=pyyaml.CSafeLoader)
    monkeypatch.setattr(pyyaml, "CSafeLoader", made)
    for n in range(100):
        place = Place(("services", 0, "headers", "request_set", f"X-{n}"))
        assert places.find(place) == marks.find(place)
    assert made.call_count == 4


ODD = {
    "flow lists": "services: [{name: a, routes: [{path: /a}, {path: /b}]}, {name: b}]",
    "flow items": "services:\n- {name: a, routes: [{path: /a}]}\n- name: b\n  routes:\n  - {path: /b}\n",
    "keys after the routes": "services:\n  - routes:\n      - path: /a\n        x: 1\n    name: a\nglobal:\n  port: 1\n",
    "a dash alone": "services:\n  -\n    routes:\n    -\n      path: /a\n    - path: /b\n",
    "comments": "services: # s\n  # c\n  - # d\n    name: a\n  # e\n  - name: b # f\n\n\n  # g\n",
    "anchors": "services:\n  - &a\n    name: a\n    routes:\n      - &r {path: /a}\n      - *r\n  - *a\n",
    "an anchor in one route": "services:\n- routes:\n  - methods: &m [GET]\n  - methods: *m\n",
    "block scalars": "services:\n- name: |\n    - path: /x\n    text\n  routes:\n  - path: >\n      a\n\n      b\n  - path: c\n",
    "several lines": 'services:\n- name: a\n    b\n     c\n  routes:\n  - path: "a\n      b"\n  - path: c\n',
    "tags": "services:\n- !!map\n  name: !!str a\n- name: ! b\n",
    "an end": "services:\n- name: a\n  routes:\n  - path: /a\n...\n",
    "a beginning": "%YAML 1.2\n---\nservices:\n- name: a\n  routes:\n  - path: /a\n",
    "carriage returns": "services:\r\n- name: a\r\n  routes:\r\n  - path: /a\r\n  - path: /b\r\n",
    "only carriage returns": "services:\r- name: a\r  routes:\r  - path: /a\r  - path: /b\r",
    "tests": "tests:\n- name: t\n  requests:\n  - method: GET\nservices:\n- name: a\n  routes:\n  - path: /a\n",
    "a mapping of services": "services:\n  a: {routes: [{path: /a}]}\n  b:\n    routes:\n    - path: /b\n",
    "null routes": "services:\n- name: a\n  routes:\n  -\n  - path: /b\n  - [x]\n  - path: /c\n",
    "beyond ascii": "services:\n- name: \u00e4\U0001f600\n  routes:\n  - path: /\u20ac\n  - {path: /b}\n",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_yaml(text: str) -> None:
    check(text, "yaml")


ODD_GAL = {
    "one line": "service a { route /x }",
    "one line, two routes": "service a { route /x; route /y { timeout 1s } }; service b { route /z {} }",
    "in another form": 'services json "[{}]"\nservice a {\n  route /x\n}\n',
    "quoted names": '"services" x\nservice a {\n  "route" /x\n  route /y\n}\n',
    "routes as JSON": 'service a {\n  routes json "[{}, {}]"\n  route /y\n}\n',
    "a service as JSON": 'service json "{\\"name\\": \\"a\\"}"\nservice b {\n  route /y\n}\n',
    "braces in words and comments": 'service "a {" { # }\n  route /${env:X}/{{y}} { # {\n  }\n  route /z\n}\n',
    "other blocks": "global {\n  port 1\n}\npolicy p {\n  timeout 1s\n}\nservice a {\n  upstream {\n    target a:1\n  }\n  route /y\n}\n",
    "a byte order mark": "\ufeffservice a {\n  route /x {\n    timeout 1s\n  }\n}",
}


@pytest.mark.parametrize("text", ODD_GAL.values(), ids=ODD_GAL)
def test_odd_gal(text: str) -> None:
    check(text, "gal")


def test_the_other_spelling_of_every_case() -> None:
    for case in ALL:
        tree = read_tree(case.source, lambda _: None)
        if tree is not None:
            check(print_yaml(tree), "yaml")
            check(print_gal(tree), "gal")
