"""Secrets that the gateway finds in its environment when it runs."""

from base64 import b64encode

from ..model import ABSENT, ENVIRONMENT, Case, Contains
from .shorthand import Header, doc, get, ok, refused

_DENIED = refused(401, body=Contains("Unauthorized"))


def _keys(keys: str, more: str = "") -> str:
    return f"authentication: {{type: api_key, api_key: {{keys: [{keys}]{more}}}}}"


def _basic(users: str) -> str:
    return f"authentication: {{type: basic, basic: {{users: [{users}]}}}}"


def _one(policy: str) -> str:
    return doc(f"{{path_prefix: /, {policy}}}")


def _key(value: str) -> Header:
    return ("X-API-Key", value)


def _login(name: str, password: str) -> Header:
    return ("Authorization", f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}")


_WRITTEN = (
    '{key: "${env:GALC_KEY}", name: ann}, {key: "${env:GALC_HOSTILE}", name: bob}, '
    "{key: k-literal, name: cid}"
)
_FROM_THERE = '{key: "${env:GALC_KEY}"}'
_NOTHING = '{key: "${env:GALC_UNSET}"}, {key: "${env:GALC_EMPTY}"}'
_GUESSES = ("", "${env:GALC_KEY}", "${env:GALC_UNSET}", "GALC_KEY", "GALC_UNSET", "nil", "false")
_KEY = "authentication.api_key.keys.key=environment"
_PASSWORD = "authentication.basic.users.password=environment"
_HASH = "authentication.basic.users.password_hash=environment"

CASES = (
    Case(
        "a-key-stands-in-the-environment",
        _one(_keys(_WRITTEN)),
        (
            get("/", ok(upstream_headers={"X-API-Key": ABSENT}), _key(ENVIRONMENT["GALC_KEY"])),
            get("/", ok(), _key(ENVIRONMENT["GALC_HOSTILE"])),
            get("/", ok(), _key("k-literal")),
            get("/", _DENIED),
            *(get("/", _DENIED, _key(guess)) for guess in _GUESSES),
            *(
                get("/", _DENIED, _key(near))
                for near in (
                    ENVIRONMENT["GALC_KEY"].upper(),
                    ENVIRONMENT["GALC_KEY"] + "x",
                    ENVIRONMENT["GALC_KEY"][1:],
                    f"Bearer {ENVIRONMENT['GALC_KEY']}",
                )
            ),
        ),
        (_KEY,),
    ),
    Case(
        "a-key-in-the-query-stands-in-the-environment",
        _one(_keys(_WRITTEN, ", query_param: key, hide_credentials: false")),
        (
            get(f"/?a=1&key={ENVIRONMENT['GALC_KEY']}", ok()),
            get("/?a=1&key=", _DENIED),
            get("/?a=1&key", _DENIED),
            get("/?key=%24%7Benv%3AGALC_KEY%7D", _DENIED),
            get("/?key=%0A", _DENIED),
            get("/", _DENIED, _key(ENVIRONMENT["GALC_KEY"])),
        ),
        (_KEY,),
    ),
    Case(
        "the-owner-of-a-key-in-the-environment-is-passed",
        _one(_keys(_WRITTEN, ", forward_name: true")),
        tuple(
            get(
                "/",
                ok(upstream_headers={"X-Consumer-Name": owner}),
                _key(key),
                ("X-Consumer-Name", "root"),
            )
            for key, owner in (
                (ENVIRONMENT["GALC_KEY"], "ann"),
                (ENVIRONMENT["GALC_HOSTILE"], "bob"),
                ("k-literal", "cid"),
            )
        ),
        (_KEY,),
    ),
    Case(
        "an-unset-or-empty-variable-is-nobodys-key",
        _one(_keys(_NOTHING)),
        (get("/", _DENIED), *(get("/", _DENIED, _key(guess)) for guess in _GUESSES)),
        (_KEY,),
    ),
    Case(
        "an-unset-or-empty-variable-is-no-key-in-the-query",
        _one(_keys(_NOTHING, ", query_param: key, hide_credentials: false")),
        tuple(get(path, _DENIED) for path in ("/", "/?key", "/?key=", "/?key=&key=", "/?key=nil")),
        (_KEY,),
    ),
    Case(
        "one-route-has-its-key-in-the-environment-and-another-in-the-file",
        doc(
            f"{{path_prefix: /one, {_keys(_FROM_THERE)}}}",
            f"{{path_prefix: /two, {_keys('{key: k-literal}')}}}",
        ),
        (
            get("/one", ok(), _key(ENVIRONMENT["GALC_KEY"])),
            get("/one", _DENIED, _key("k-literal")),
            get("/two", ok(), _key("k-literal")),
            get("/two", _DENIED, _key(ENVIRONMENT["GALC_KEY"])),
        ),
        (_KEY,),
    ),
    Case(
        "a-password-stands-in-the-environment",
        _one(
            _basic(
                '{username: ann, password: "${env:GALC_PASSWORD}"}, '
                "{username: bob, password: p-bob}"
            )
        ),
        (
            get("/", ok(), _login("ann", ENVIRONMENT["GALC_PASSWORD"])),
            get("/", ok(), _login("bob", "p-bob")),
            get("/", _DENIED, _login("bob", ENVIRONMENT["GALC_PASSWORD"])),
            get("/", _DENIED, _login("ann", "p-bob")),
            get("/", refused(401, headers={"WWW-Authenticate": 'Basic realm="Protected"'})),
            *(get("/", _DENIED, _login("ann", guess)) for guess in _GUESSES),
        ),
        (_PASSWORD,),
    ),
    Case(
        "an-unset-or-empty-variable-is-nobodys-password",
        _one(
            _basic(
                '{username: ann, password: "${env:GALC_UNSET}"}, '
                '{username: bob, password: "${env:GALC_EMPTY}"}'
            )
        ),
        (
            get("/", _DENIED),
            *(get("/", _DENIED, _login("ann", guess)) for guess in _GUESSES),
            *(get("/", _DENIED, _login("bob", guess)) for guess in _GUESSES),
        ),
        (_PASSWORD,),
    ),
    Case(
        "a-password-hash-stands-in-the-environment",
        _one(
            _basic(
                '{username: ann, password_hash: "${env:GALC_HASH}"}, '
                '{username: bob, password_hash: "${env:GALC_UNSET}"}, '
                '{username: cid, password_hash: "${env:GALC_EMPTY}"}, '
                '{username: dan, password_hash: "${env:GALC_PASSWORD}"}'
            )
        ),
        (
            get("/", ok(), _login("ann", "secret")),
            *(
                get("/", _DENIED, _login(name, guess))
                for name in ("bob", "cid", "dan")
                for guess in (*_GUESSES, "secret", ENVIRONMENT["GALC_PASSWORD"])
            ),
            *(get("/", _DENIED, _login("ann", guess)) for guess in _GUESSES),
            get("/", _DENIED, _login("ann", ENVIRONMENT["GALC_HASH"])),
        ),
        (_HASH,),
    ),
)
