"""What a diagnostic advises is written as the file is spelled."""

import pytest

from galc.diagnostics.spelling import in_gal


@pytest.mark.parametrize(
    ("advice", "told"),
    [
        ("give the service `protocol: https`", "give the service `protocol https`"),
        ("write `{active: {http_path: /a}}`", "write `{ active { http_path /a } }`"),
        ("write `upstream: {host: a, port: 80}`", "write `upstream { host a ; port 80 }`"),
        ("add `request_remove: [X-A, X-B]`", "add `request_remove X-A X-B`"),
        ("write `{type: jwt, jwt: {…}}`", "write `{ type jwt ; jwt { … } }`"),
        # What isn't advice in YAML stays as it is, above all what the file itself says.
        ("known: `{{uuid}}`, `{{now}}`", "known: `{{uuid}}`, `{{now}}`"),
        ("write `{{a: b}}`", "write `{{a: b}}`"),
        ("write `X-Any: b`", "write `X-Any: b`"),
        ("set `${env:A:-b: c}`", "set `${env:A:-b: c}`"),
        ("write `5s`: it is a duration", "write `5s`: it is a duration"),
    ],
)
def test_advice_in_gal(advice: str, told: str) -> None:
    assert in_gal(advice) == told
