# ruff: noqa: E501
"""What files include, and what lies over them: the rules, one by one, without a disk."""

from typing import Any

import pytest

from galc.compiler import Checked, check, check_texts, compile_texts
from galc.diagnostics import Diagnostic
from galc.diagnostics.findings import located
from galc.diagnostics.fixing import mend
from galc.diagnostics.formats import FORMATS, writer
from galc.frontend.loading import Unreadable, of_texts
from galc.frontend.reading import read_places, span_of
from galc.frontend.source import Source, source_of

SERVICE = "service users { upstream users.internal:80 ; route /users/v/* GET }\n"
VERSION = "version 1\n"


def tree(texts: dict[str, str], *names: str) -> Any:
    """The whole tree of files, the first of which is the root unless they are named."""
    checked = check_texts(texts, names or (next(iter(texts)),))
    assert checked.ok, said(checked)
    assert checked.state is not None
    return checked.state.tree


def places(checked: Checked) -> list[tuple[str, str, int]]:
    """Code, file and line (from 1) of what is found."""
    found = read_places(checked.source)
    spans = [(d.code, span_of(d.place, found)) for d in checked.diagnostics]
    return [(code, checked.source.files[s.file].name, s.line + 1) for code, s in spans]


def said(checked: Checked) -> list[str]:
    return [f"{d.code}: {d.message()}" for d in checked.diagnostics]


def wrong(texts: dict[str, str], *names: str) -> list[str]:
    checked = check_texts(texts, names or (next(iter(texts)),))
    assert not checked.ok
    return said(checked)


# --- include


def test_the_later_file_wins_and_the_including_one_is_the_latest() -> None:
    whole = tree(
        {
            "in.gal": f"{VERSION}include a.gal b.gal\nvars c in\nglobal {{ port 3 }}\n"
            'service "${var:a}" { upstream "${var:b}:80" ; route "/${var:c}/v" GET }\n',
            "a.gal": f"{VERSION}vars {{ a a ; b a ; c a }}\nglobal {{ port 1 ; timeout 1s ; host 127.0.0.1 }}\n",
            "b.gal": f"{VERSION}provider kong\nvars {{ b b ; c b }}\nglobal {{ port 2 ; timeout 2s }}\n",
        }
    )
    assert whole["global"] == {"port": 3, "timeout": "2s", "host": "127.0.0.1"}
    assert whole["vars"] == {"a": "a", "b": "b", "c": "in"}
    assert whole["provider"] == "kong"
    assert whole["services"][0]["name"] == "a"
    assert list(whole) == ["version", "provider", "vars", "global", "services"]


def test_services_and_tests_stand_in_the_order_of_the_files() -> None:
    def file(name: str, extra: str = "") -> str:
        test = f'test "{name}" {{ request GET /{name}/v {{ expect 200 }} }}\n'
        service = f"service {name} {{ upstream {name}:80 ; route /{name}/v GET }}\n"
        return VERSION + extra + service + test

    whole = tree(
        {
            "in.gal": file("z", "include m.gal\ninclude a.gal\n"),
            "m.gal": file("m", "include deep/x.gal\n"),
            "deep/x.gal": file("x", "include ../a.gal\n"),
            "a.gal": file("a"),
        }
    )
    assert [service["name"] for service in whole["services"]] == ["a", "x", "m", "z"]
    assert [test["name"] for test in whole["tests"]] == ["a", "x", "m", "z"]


def test_a_file_may_be_included_in_many_ways_and_counts_once() -> None:
    texts = {"in.gal": f"{VERSION}include a0.gal b0.gal a0.gal\n", "end.gal": VERSION + SERVICE}
    for n in range(20):  # two ways at each of twenty steps are a million ways
        following = f"a{n + 1}.gal ./b{n + 1}.gal" if n < 19 else "end.gal x/../end.gal"
        texts |= {f"{name}{n}.gal": f"{VERSION}include {following}\n" for name in "ab"}
    assert len(tree(texts)["services"]) == 1


def test_both_spellings_mix() -> None:
    yaml = (
        "version: 1\ninclude: [c.gal]\nservices:\n- name: y\n  upstream: {host: y, port: 80}\n"
        "  routes: [{path: /y/v, methods: [GET], use: [p]}]\n"
    )
    texts = {
        "in.gal": f"{VERSION}include b.yaml\n{SERVICE}",
        "b.yaml": yaml,
        "c.gal": f"{VERSION}policy p {{ timeout 3s }}\n",
    }
    assert [s["name"] for s in tree(texts)["services"]] == ["y", "users"]
    assert tree(texts, "b.yaml")["policies"] == {"p": {"timeout": "3s"}}


def test_no_services_anywhere() -> None:
    texts = {"in.gal": f"{VERSION}include a.gal\n", "a.gal": f"{VERSION}vars x 1\n"}
    assert "GAL1004: a gateway file needs `services`" in wrong(texts)
    texts = {"in.yaml": "version: 1\ninclude: [a.yaml]\n", "a.yaml": "version: 1\nservices: []\n"}
    assert wrong(texts) == ["GAL1003: `services` must be a list of at least one, not an empty list"]


def test_each_file_has_its_version() -> None:
    texts = {
        "in.gal": f"{VERSION}include a.gal b.gal c.yaml\n{SERVICE}",
        "a.gal": "vars x 1\n",
        "b.gal": "version 7\n",
        "c.yaml": "version: true\n",
    }
    checked = check_texts(texts, ("in.gal",))
    assert places(checked) == [
        ("GAL1004", "a.gal", 1),
        ("GAL2002", "b.gal", 1),
        ("GAL1002", "c.yaml", 1),
    ]
    root = check_texts({"in.gal": f"include a.gal\n{SERVICE}", "a.gal": VERSION}, ("in.gal",))
    assert places(root) == [("GAL1004", "in.gal", 1)]


def test_mistakes_of_all_files_are_told_in_one_run() -> None:
    texts = {
        "in.gal": f"{VERSION}include a.gal b.yaml\nservice s {{ upstream s:80 ; route /s {{ timeot 5s }} }}\n",
        "a.gal": f"{VERSION}\n\nservice a {{ upstream a:80 ; route /a {{ use nope ; timeout 5 }} }}\n",
        "b.yaml": "version: 1\nglobal: {port: 99999}\n",
    }
    checked = check_texts(texts, ("in.gal",))
    assert sorted(places(checked)) == [
        ("GAL1001", "in.gal", 3),
        ("GAL1003", "b.yaml", 2),
        ("GAL1005", "a.gal", 4),
        ("GAL2010", "a.gal", 4),
    ]


def test_services_of_one_name_are_told_with_both_files() -> None:
    texts = {"in.gal": f"{VERSION}include a.gal\n{SERVICE}", "a.gal": VERSION + SERVICE}
    checked = check_texts(texts, ("in.gal",))
    finder = read_places(checked.source)
    (one,) = (
        finding
        for finding in located(
            checked.source, checked.diagnostics, lambda place: span_of(place, finder)
        )
        if finding.code == "GAL2001"
    )
    assert (one.source.name, one.related[0].source.name) == ("in.gal", "a.gal")
    for form in FORMATS:
        text = writer(form)([one])
        assert "in.gal" in text
        assert ("a.gal" in text) == (form in ("text", "json", "sarif"))


@pytest.mark.parametrize(
    ("value", "code"),
    [("team.gal", "GAL1002"), ("[1]", "GAL1002"), ('[""]', "GAL1005"), ("{a: b}", "GAL1002")],
)
def test_include_is_a_list_of_texts(value: str, code: str) -> None:
    text = f"version: 1\ninclude: {value}\nservices: []\n"
    assert [one.split(":")[0] for one in wrong({"in.yaml": text, "team.gal": VERSION})] == [code]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("nothing.gal", "there is no such file"),
        ("/etc/passwd", "a path goes from the folder of the file that writes it"),
        ("C:/team.gal", "a path goes from the folder of the file that writes it"),
        ("https://example.com/a.gal", "a path goes from the folder of the file that writes it"),
        ("../team.gal", "it lies outside of the folder of the gateway file"),
        ("a/../../team.gal", "it lies outside of the folder of the gateway file"),
        ("a\\\\b.gal", "the names of a path have `/` between them"),
        ("${env:X}.gal", "a path can't hold a reference"),
    ],
)
def test_what_can_not_be_included(path: str, why: str) -> None:
    texts = {"in.gal": f'{VERSION}include "{path}"\n{SERVICE}', "team.gal": VERSION}
    (message,) = wrong(texts)
    assert message.endswith(why)


def test_a_source_by_itself_has_no_other_files() -> None:
    checked = check(source_of("in.gal", f"{VERSION}include a.gal\n{SERVICE}"))
    assert [d.message() for d in checked.diagnostics] == [
        "can't read `a.gal`: it is in no folder, so there are no other files"
    ]


def test_too_many_and_too_deep() -> None:
    many = {f"f{n}.gal": VERSION for n in range(1001)}
    texts = {"in.gal": f"{VERSION}include {' '.join(many)}\n{SERVICE}", **many}
    found = wrong(texts)
    assert len(found) == 2 and found[0].endswith("there are more than 1,000 files already")
    deep = {f"f{n}.gal": f"{VERSION}include f{n + 1}.gal\n" for n in range(100)}
    found = wrong({"in.gal": f"{VERSION}include f0.gal\n{SERVICE}", **deep, "f100.gal": VERSION})
    assert found == ["GAL2015: can't read `f32.gal`: there are 32 includes around it"]


def test_a_file_that_includes_itself() -> None:
    found = wrong({"in.gal": f"{VERSION}include ./in.gal\n{SERVICE}"})
    assert found == ["GAL2011: the file `in.gal` includes itself: `in.gal` → `in.gal`"]
    texts = {
        "in.gal": f"{VERSION}include a.gal\n{SERVICE}",
        "a.gal": f"{VERSION}include b.gal\n",
        "b.gal": f"{VERSION}include a.gal in.gal\n",
    }
    assert wrong(texts) == [
        "GAL2011: the file `a.gal` includes itself: `a.gal` → `b.gal` → `a.gal`",
        "GAL2011: the file `in.gal` includes itself: `in.gal` → `a.gal` → `b.gal` → `in.gal`",
    ]


def test_a_missing_root_document_speaks_of_the_root_only() -> None:
    text = "version: 1\nservices: []\n---\nversion: 1\ninclude: [a.gal]\n"
    load = of_texts({"a.gal": VERSION + SERVICE})
    assert check(Source("in.yaml", text, "yaml", 2), load=load).ok


# --- overlays

BASE = {
    "base.gal": VERSION
    + """vars { a 1 ; b 2 }
global { port 8080 ; timeout 9s }
policy p { timeout 1s ; rate_limit 1/s }
service users {
  upstream users.internal:8080
  rate_limit 10/s
  route /users/v/* GET { name list ; timeout 5s }
  route /users/v/* POST { cors { allowed_origins https://a.example.com } }
  route /users/w { methods GET ; hosts a.example.com }
  route ~ "/users/x[0-9]" GET
}
service old { upstream old.internal:80 ; route /old/v GET { use p } }
"""
}


def laid(over: str, *more: str, base: str | None = None) -> Any:
    overlays = {f"over{n}.gal": VERSION + text for n, text in enumerate((over, *more))}
    texts = {"base.gal": base or BASE["base.gal"], **overlays}
    checked = check_texts(texts, ("base.gal", *overlays))
    assert checked.state is not None, said(checked)
    return checked.state.tree


def refused(over: str) -> list[str]:
    return wrong({**BASE, "over.gal": VERSION + over}, "base.gal", "over.gal")


def test_nothing_in_an_overlay_changes_nothing() -> None:
    assert laid("") == tree(BASE)


def test_named_things_merge_and_all_else_is_replaced() -> None:
    whole = laid(
        "vars { b 3 ; c 4 }\nglobal { port 80 }\npolicy p { timeout { read 2s } }\npolicy q { timeout 1s }\n"
        "service users { upstream { target a:1 ; target b:2 } ; headers { request_set X-A 1 } }\n"
        "provider kong\n"
    )
    assert whole["vars"] == {"a": 1, "b": 3, "c": 4}
    assert whole["global"] == {"port": 80, "timeout": "9s"}
    assert whole["policies"]["p"] == {
        "timeout": {"read": "2s"},
        "rate_limit": {"requests_per_second": 1},
    }
    assert list(whole["policies"]) == ["p", "q"]
    users = whole["services"][0]
    assert list(users["upstream"]) == ["targets"]
    assert users["rate_limit"] == {"requests_per_second": 10}
    assert len(users["routes"]) == 4


@pytest.mark.parametrize(
    ("route", "number"),
    [
        ("route { name list ; retry { attempts 2 } }", 0),
        ("route /users/v/* GET { retry { attempts 2 } }", 0),
        ("route /users/v/ { methods GET ; retry { attempts 2 } }", 4),  # an exact path
        ("route { path_prefix /users/v/ ; methods GET ; retry { attempts 2 } }", 0),
        ("route /users/v/* POST { retry { attempts 2 } }", 1),
        ("route /users/w { retry { attempts 2 } }", 2),
        ("route /users/w { hosts A.example.com ; retry { attempts 2 } }", 2),
        ("route /users/w { hosts b.example.com ; retry { attempts 2 } }", 4),
        ("route /users/v/* GET POST { retry { attempts 2 } }", 4),
        ('route ~ "/users/x[0-9]" { retry { attempts 2 } }', 3),
        ("route /users/v/* GET { name other ; retry { attempts 2 } }", 4),
        ("route /elsewhere/v GET { retry { attempts 2 } }", 4),
    ],
)
def test_which_route_an_overlay_speaks_of(route: str, number: int) -> None:
    texts = {**BASE, "over.gal": f"{VERSION}service users {{ {route} }}\n"}
    checked = check_texts(texts, ("base.gal", "over.gal"))
    assert checked.state is not None
    routes = checked.state.tree["services"][0]["routes"]
    assert [at for at, one in enumerate(routes) if "retry" in one] == [number]


def test_a_route_found_by_name_gets_another_path() -> None:
    routes = laid("service users { route /users/new { name list } }\n")["services"][0]["routes"]
    assert routes[0] == {"methods": ["GET"], "name": "list", "timeout": "5s", "path": "/users/new"}


def test_what_is_removed_goes_first() -> None:
    whole = laid(
        "remove { services old ; policies p ; vars a ; fields global }\nglobal { port 1234 }\n"
        'service users {\n  remove rate_limit { routes list /users/w "/users/v/* POST" }\n'
        '  route ~ "/users/x[0-9]" { remove methods }\n'
        "}\n"
    )
    assert whole["global"] == {"port": 1234}
    assert whole["vars"] == {"b": 2} and whole["policies"] == {}
    (users,) = whole["services"]
    assert users == {
        "name": "users",
        "upstream": {"host": "users.internal", "port": 8080},
        "routes": [{"path_regex": "/users/x[0-9]"}],
    }
    again = laid("remove services=users\n" + SERVICE)["services"]
    assert [(s["name"], len(s["routes"])) for s in again] == [("old", 1), ("users", 1)]


def test_removal_in_a_policy_and_in_global() -> None:
    whole = laid("policy p { remove rate_limit }\nglobal { remove timeout }\n")
    assert whole["policies"] == {"p": {"timeout": "1s"}} and whole["global"] == {"port": 8080}


def test_overlays_lie_over_each_other_in_order() -> None:
    first = "vars b 3\nservice users { timeout 1s ; route /new/v GET { timeout 2s } }\nremove services=old\n"
    second = "vars b 4\nservice users { remove timeout ; route /new/v { timeout 3s } }\n"
    whole = laid(first, second)
    assert whole["vars"]["b"] == 4
    (users,) = whole["services"]
    assert "timeout" not in users and users["routes"][4]["timeout"] == "3s"


def test_places_after_removals_and_several_overlays() -> None:
    texts = {
        "base.gal": VERSION
        + "service a { upstream a:80 ; route /a/v GET }\n"
        + "service b {\n  upstream b:80\n  route /b/v GET\n  route /b/w GET { use one }\n  route /b/x GET { use two }\n}\n",
        "o1.gal": VERSION
        + "remove services=a\nservice b { remove { routes /b/v } ; route /b/y GET { use three } }\n",
        "o2.gal": VERSION + "\nservice b { route /b/x { use four } ; route /b/y { use five } }\n",
    }
    checked = check_texts(texts, ("base.gal", "o1.gal", "o2.gal"))
    errors = [d for d in checked.diagnostics if d.code == "GAL2010"]
    names = [getattr(d, "name", "") for d in errors]
    found = [place for place in places(checked) if place[0] == "GAL2010"]
    assert list(zip(names, found, strict=True)) == [
        ("one", ("GAL2010", "base.gal", 6)),
        ("four", ("GAL2010", "o2.gal", 3)),
        ("five", ("GAL2010", "o2.gal", 3)),
    ]


def test_an_overlay_has_includes_of_its_own() -> None:
    texts = {
        **BASE,
        "prod/over.gal": f"{VERSION}include more.gal\nservice users {{ timeout 1s }}\n",
        "prod/more.gal": f"{VERSION}remove services=old\nvars b 9\n",
    }
    whole = tree(texts, "base.gal", "prod/over.gal")
    assert whole["vars"]["b"] == 9 and len(whole["services"]) == 1
    assert whole["services"][0]["timeout"] == "1s"


def test_what_an_overlay_speaks_of_and_is_not_there() -> None:
    assert refused("service user { timeout 1s }\n") == ["GAL2010: no service is called `user`"]
    assert refused("service users { route { name lst ; timeout 1s } }\n") == [
        "GAL2010: no route is called `lst`"
    ]
    assert refused("service users { remove { routes /users/v/* } }\n") == [
        "GAL2018: 2 routes below the overlay fit `/users/v/*`"
    ]
    assert refused("remove vars=aa\nremove2 x\n")[0].startswith("GAL1001")
    assert refused("service new { upstream n:80 ; route /n/v GET { remove timeout } }\n") == [
        "GAL2017: there is no field `timeout` to remove"
    ]


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ("remove: [users]", "GAL1002"),
        ("remove: {service: [users]}", "GAL1001"),
        ("remove: {services: users}", "GAL1002"),
        ("services: [{name: users, remove: [rate_limit]}]", "GAL1002"),
        ("services: [{name: users, routes: [{name: list, remove: timeout}]}]", "GAL1002"),
        ("services: {users: {}}", "GAL1002"),
        ("services: [5]", "GAL1002"),
        ("services: [{timeout: 5s}]", "GAL1004"),
        ("services: [{name: users, routes: 5}]", "GAL1002"),
        ("services: [{name: users, routes: [5]}]", "GAL1002"),
        ("policies: {p: 5}", "GAL1002"),
        ("policies: 5", "GAL1002"),
        ("vars: 5", "GAL1002"),
        ("global: 5", "GAL1002"),
        ("global_config: {timeout: 5s}", "GAL1018"),
        ("global: {prt: 5}", "GAL1001"),
    ],
)
def test_overlays_of_the_wrong_form(over: str, code: str) -> None:
    texts = {**BASE, "over.yaml": f"version: 1\n{over}\n"}
    checked = check_texts(texts, ("base.gal", "over.yaml"))
    errors = {d.code for d in checked.diagnostics if d.severity == "error"}
    assert code in errors
    assert {file for found, file, _ in places(checked) if found == code} == {"over.yaml"}


# --- comments, fixes, keys


def test_comments_suppress_in_their_own_file() -> None:
    texts = {
        "in.gal": f"{VERSION}include a.gal\nvars x 1\n{SERVICE}".replace("/v/*", "/v"),
        "a.gal": f"{VERSION}vars y 1 # galc: ignore[GAL5050] it is used by others\n",
    }
    found = compile_texts(texts, ("in.gal",), "envoy").diagnostics
    assert [d.code for d in found] == ["GAL5050"]
    texts["in.gal"] = texts["in.gal"].replace("vars x 1", "# galc: ignore[GAL5050] no")
    (unused,) = compile_texts(texts, ("in.gal",), "envoy").diagnostics
    assert (unused.code, getattr(unused.place, "file", None)) == ("GAL5090", 0)
    texts["a.gal"] = f"{VERSION}vars y 1 # galc: ignore[GAL5050]\n"
    places_ = [p.place for p in compile_texts(texts, ("in.gal",), "envoy").diagnostics]
    assert [getattr(place, "file", None) for place in places_][1:] == [1, 0]


def test_fixes_change_the_file_that_is_wrong() -> None:
    texts = {
        "in.gal": f"{VERSION}include a.yaml\nprovider envoi\n{SERVICE}",
        "a.yaml": "version: 1\nservices:\n- name: a\n  upstream: {host: a, port: 80}\n"
        "  routes: [{path: /a/v, methods: [GET], strip_prefx: no, timeot: 5s}]\n",
    }
    texts["over.gal"] = f"{VERSION}service users {{ route /users/v/* {{ strip_prefix yes }} }}\n"
    load = of_texts(texts)

    def again(source: Source) -> Checked:
        return check(source, load=load)

    root = check_texts(texts, ("in.gal", "over.gal")).source

    def wanted(checked: Checked) -> tuple[Diagnostic, ...]:
        return checked.diagnostics

    mended, count = mend(root, again, wanted)
    by_name = {file.name: file.text for file in mended.files}
    assert count == 5
    assert "provider envoy\n" in by_name["in.gal"]
    assert "strip_prefix: false, timeout: 5s" in by_name["a.yaml"]
    assert "strip_prefix true" in by_name["over.gal"]


def test_keys_are_read_beside_the_file_that_names_them() -> None:
    asked: list[tuple[str, str]] = []

    def load(by: Source, path: str) -> Source | Unreadable:
        asked.append((by.name, path))
        return of_texts({"a.gal": texts["a.gal"], "b.gal": texts["b.gal"]})(by, path)

    jwt = "authentication jwt { issuer https://i.example.com ; audiences x ; jwks file:k.json }"
    texts = {
        "in.gal": f"{VERSION}include a.gal b.gal\nservice s {{ upstream s:80 ; route /s/v GET {{ use p }} }}\n",
        "a.gal": f"{VERSION}policy p {{ {jwt} }}\n",
        "b.gal": f"{VERSION}service b {{ upstream b:80 ; {jwt} ; route /b/v GET }}\n",
    }
    checked = check(source_of("in.gal", texts["in.gal"]), load=load)
    assert asked[2:] == [("a.gal", "k.json"), ("b.gal", "k.json")]
    assert places(checked) == [("GAL2015", "a.gal", 2), ("GAL2015", "b.gal", 2)]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("", "it isn't JSON"),
        ("{}", "it has no list `keys`"),
        ('{"keys": [{"kty": "RSA", "n": "AQ", "e": "AQAB"}]}', "key 1 has 1 bits"),
        ("${var:x}", "it isn't JSON"),
        ("[" * 100_000, "it isn't JSON"),
    ],
)
def test_what_is_wrong_with_a_file_of_keys_is_told_where_it_is_named(
    keys: str, problem: str
) -> None:
    jwt = "authentication jwt { issuer https://i.example.com ; audiences x ; jwks file:k.json }"
    text = f"{VERSION}service s {{ upstream s:80 ; route /s/v GET {{\n{jwt} }} }}\n"
    checked = check_texts({"in.gal": text, "k.json": keys}, ("in.gal",))
    (found,) = (d for d in checked.diagnostics if d.severity == "error")
    assert found.code == "GAL1016" and problem in found.message()
    assert places(checked)[0] == ("GAL1016", "in.gal", 3)
