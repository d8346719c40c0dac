"""Fifteen mistakes of fifteen kinds in one file: each is told, and none because of another."""

import pytest
from msgspec.structs import replace

from galc.compiler import check
from tests.corpus import BAD

CASE = next(case for case in BAD if case.id == "errors/fifteen-kinds-of-mistakes")
#: The code of each mistake, in source order, and what mends it and nothing else.
MENDED = {
    "GAL2003": ("kongg", "kong"),
    "GAL1009": ("10.0.0.0/40", "10.0.0.0/8"),
    "GAL1003": ("80800", "8080"),
    "GAL1007": ("yes", "true"),
    "GAL1014": ("[app.example.com]", '["https://app.example.com"]'),
    "GAL1002": ("[1, 2]", "12"),
    "GAL3002": ("key_type: header", "key_type: ip_address"),
    "GAL1001": ("burts", "burst"),
    "GAL1011": ("admin", "/admin"),
    "GAL1015": ("api.*.example.com", "api.example.com"),
    "GAL1012": ("(?=x)", "x"),
    "GAL2001": ("- name: users\n  protocol", "- name: orders\n  protocol"),
    "GAL1006": ("htpp", "http"),
    "GAL1013": ("{{user}}", "{{client_ip}}"),
    "GAL3006": ("Content-Length", "Content-Language"),
}


def codes(text: str) -> list[str]:
    return sorted(one.code for one in check(replace(CASE.source, text=text)).diagnostics)


def test_each_mistake_is_told_once() -> None:
    assert len(MENDED) == 15
    assert codes(CASE.text) == sorted(MENDED)


@pytest.mark.parametrize("code", MENDED)
def test_none_is_told_because_of_another(code: str) -> None:
    wrong, right = MENDED[code]
    assert CASE.text.count(wrong) == 1
    assert codes(CASE.text.replace(wrong, right)) == sorted(set(MENDED) - {code})


def test_without_them_the_file_is_sound() -> None:
    text = CASE.text
    for wrong, right in MENDED.values():
        text = text.replace(wrong, right)
    assert not [code for code in codes(text) if code < "GAL5"]
