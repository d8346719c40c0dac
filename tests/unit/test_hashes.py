import pytest

from galc.ir.hashes import password_scheme


@pytest.mark.parametrize(
    ("hashed", "name"),
    [
        ("$2y$05$" + "a" * 53, "bcrypt"),
        ("$2a$12$" + "./" * 26 + "Z", "bcrypt"),
        ("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "sha1"),
        ("$apr1$salt$" + "a" * 22, "apr1"),
        ("$6$salt$" + "a" * 86, "sha512_crypt"),
        ("$6$rounds=5000$salt$" + "a" * 86, "sha512_crypt"),
        ("$5$salt$" + "a" * 43, None),
        ("$2y$5$" + "a" * 53, None),
        ("{SHA}short=", None),
        ("plain", None),
        ("", None),
    ],
)
def test_password_schemes(hashed: str, name: str | None) -> None:
    assert password_scheme(hashed) == name
