from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from galc.passes.matching import (
    host_problem,
    hosts_overlap,
    is_address,
    is_host,
    network,
    normal_path,
    normal_prefix,
    path_problem,
)

segments = st.text(st.sampled_from("ab~é%+ .!:") | st.characters(codec="utf-8"), max_size=4)
paths = st.lists(segments, max_size=4).map(lambda parts: "/" + "/".join(parts))
labels = st.sampled_from(["a", "b", "www", "x-1"])
names = st.lists(labels, min_size=1, max_size=4).map(".".join)
patterns = names | names.map(lambda name: f"*.{name}")


@given(paths)
def test_a_normal_path_stays_as_it_is(path: str) -> None:
    assume(path_problem(path) is None)
    once = normal_path(path)
    assert path_problem(once) is None
    assert normal_path(once) == once


@given(paths)
def test_normalising_changes_the_spelling_and_not_the_path(path: str) -> None:
    assume(path_problem(path) is None)
    assert unquote(normal_path(path)) == unquote(path)
    assert normal_path(path).isascii() and " " not in normal_path(path)


@given(paths)
def test_a_normal_prefix_has_no_slash_at_its_end(path: str) -> None:
    assume(path_problem(path) is None)
    prefix = normal_prefix(path)
    assert prefix == "/" or not prefix.endswith("/")
    assert normal_prefix(prefix) == prefix
    assert normal_prefix(prefix + "/") == prefix


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/a/b", "/a/b"),
        ("/%7Euser/%41", "/~user/A"),
        ("/%2d%2E%5f%7e", "/-._~"),
        ("/café", "/caf%C3%A9"),
        ("/a b", "/a%20b"),
        ("/%e2%82%ac", "/%e2%82%ac"),
        ('/"<>', "/%22%3C%3E"),
        ("/a+b;c=d@e:f,g!$&'()*", "/a+b;c=d@e:f,g!$&'()*"),
        ("/%30", "/0"),
    ],
)
def test_normal_paths(path: str, normal: str) -> None:
    assert normal_path(path) == normal


@given(patterns, patterns, names)
def test_hosts_overlap_if_one_host_matches_both(one: str, other: str, host: str) -> None:
    def matches(pattern: str, name: str) -> bool:
        return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern

    assert hosts_overlap(one, other) == hosts_overlap(other, one)
    if matches(one, host) and matches(other, host):
        assert hosts_overlap(one, other)
    if hosts_overlap(one, other):
        witness = max(one, other, key=lambda p: len(p.removeprefix("*."))).replace("*", "w")
        exact = [p for p in (one, other) if not p.startswith("*.")]
        witness = exact[0] if exact else witness
        assert matches(one, witness) and matches(other, witness)


@pytest.mark.parametrize(
    ("host", "fine"),
    [
        ("example.com", True),
        ("*.example.com", True),
        ("a_b.example.com", True),
        ("example.com.", True),
        ("192.0.2.1", True),
        ("[2001:db8::1]", True),
        ("localhost", True),
        ("example.com:80", False),
        ("https://example.com", False),
        ("*", False),
        ("*.", False),
        ("*.*.example.com", False),
        ("a.*.example.com", False),
        ("*a.example.com", False),
        ("-a.example.com", False),
        ("a-.example.com", False),
        ("a..b", False),
        ("a b", False),
        ("é.example.com", False),
        ("a" * 64 + ".com", False),
        (".".join(["abcdefgh"] * 30), False),
        ("", False),
    ],
)
def test_host_patterns(host: str, fine: bool) -> None:
    assert (host_problem(host) is None) == fine


def test_addresses() -> None:
    assert is_address("192.0.2.1") and is_address("::1")
    assert not is_address("192.0.2") and not is_address("fe80::1%eth0") and not is_address("a")
    assert is_host("[::1]") and not is_host("a:80")


def test_networks() -> None:
    assert network("10.1.2.3/8") == "10.0.0.0/8"
    assert network("192.0.2.1") == "192.0.2.1/32"
    assert network("2001:db8::1") == "2001:db8::1/128"
    assert network("10.0.0.0/33") is None
    assert network("proxies") is None
