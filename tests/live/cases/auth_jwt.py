"""JSON Web Tokens."""

from collections.abc import Mapping

from ..model import ABSENT, Algorithm, Case, Contains, Matches, Token
from .shorthand import Header, doc, document, get, ok, refused, service

_DENIED = refused(401)
_INLINE = "jwks: '@jwks_inline@'"
_CLAIMS: Mapping[str, object] = {"iss": "https://auth.test", "aud": "api", "sub": "ann"}
_ISSUED = f"issuer: 'https://auth.test', {_INLINE}"


def _auth(fields: str, fail: str = "") -> str:
    return f"authentication: {{type: jwt, jwt: {{{fields}}}{fail}}}"


def _doc(fields: str, fail: str = "") -> str:
    return doc(f"{{path_prefix: /, {_auth(fields, fail)}}}")


def _bearer(token: Token) -> Header:
    return "Authorization", token


def _with(**claims: object) -> Header:
    return _bearer(Token({**_CLAIMS, **claims}))


def _without(claim: str) -> Header:
    return _bearer(Token({name: value for name, value in _CLAIMS.items() if name != claim}))


_GOOD = _bearer(Token(_CLAIMS))
_RARER: tuple[Algorithm, ...] = (
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES384",
    "ES512",
    "EdDSA",
)

CASES = (
    Case(
        "a-good-token-lets-in",
        _doc(f"{_ISSUED}, audiences: [api]"),
        (get("/", ok(), _GOOD), get("/x", ok(), ("authorization", Token(_CLAIMS)))),
        ("authentication.type=jwt", "authentication.jwt.jwks", "authentication.jwt.issuer"),
    ),
    Case(
        "whatever-is-not-a-token-is-refused",
        _doc(f"{_ISSUED}, audiences: [api]"),
        (
            get("/", _DENIED),
            get("/", _DENIED, ("Authorization", "Bearer")),
            get("/", _DENIED, ("Authorization", "Bearer x")),
            get("/", _DENIED, ("Authorization", "Bearer a.b.c")),
            get("/", _DENIED, ("Authorization", "Basic dTpw")),
            get("/", _DENIED, ("X-Token", Token(_CLAIMS))),
            get("/", _DENIED, _bearer(Token(_CLAIMS, prefix=""))),
            get("/", _DENIED, _bearer(Token(_CLAIMS, prefix="xx Bearer "))),
            get("/?access_token=x", _DENIED),
            get("/", ok(), _GOOD),
        ),
        ("authentication.type=jwt",),
    ),
    Case(
        "an-expired-or-early-token-is-refused",
        _doc(_ISSUED),
        (
            get("/", _DENIED, _bearer(Token(_CLAIMS, expires_in=-600))),
            get("/", _DENIED, _bearer(Token(_CLAIMS, not_before_in=600, expires_in=1200))),
            get("/", ok(), _bearer(Token(_CLAIMS, not_before_in=-60))),
        ),
        ("authentication.type=jwt",),
    ),
    Case(
        "a-token-with-another-signature-is-refused",
        _doc(_ISSUED),
        (
            get("/", _DENIED, _bearer(Token(_CLAIMS, key="other"))),
            get("/", _DENIED, _bearer(Token(_CLAIMS, alg="none"))),
            get("/", _DENIED, _bearer(Token(_CLAIMS, alg="HS256-with-public-key"))),
            get("/", ok(), _GOOD),
        ),
        ("authentication.type=jwt", "authentication.jwt.jwks"),
    ),
    Case(
        "the-issuer-must-be-the-one-named",
        _doc(_ISSUED),
        (
            get("/", ok(), _GOOD),
            get("/", _DENIED, _with(iss="https://evil.test")),
            get("/", _DENIED, _with(iss="https://auth.test/")),
            get("/", _DENIED, _without("iss")),
        ),
        ("authentication.jwt.issuer",),
    ),
    Case(
        "without-an-issuer-any-will-do",
        _doc(_INLINE),
        (
            get("/", ok(), _GOOD),
            get("/", ok(), _with(iss="https://other.test")),
            get("/", ok(), _without("iss")),
            get("/", _DENIED, _bearer(Token(_CLAIMS, key="other"))),
        ),
        ("authentication.jwt.issuer",),
    ),
    Case(
        "one-of-the-audiences-must-be-the-tokens",
        _doc(f"{_ISSUED}, audiences: [api, admin]"),
        (
            get("/", ok(), _with(aud="api")),
            get("/", ok(), _with(aud="admin")),
            get("/", ok(), _with(aud=["other", "admin"])),
            get("/", _DENIED, _with(aud="other")),
            get("/", _DENIED, _with(aud=["other", "more"])),
            get("/", _DENIED, _without("aud")),
        ),
        ("authentication.jwt.audiences",),
    ),
    Case(
        "without-audiences-any-will-do",
        _doc(_ISSUED),
        (get("/", ok(), _with(aud="whatever")), get("/", ok(), _without("aud"))),
        ("authentication.jwt.audiences",),
    ),
    Case(
        "required-claims-must-be-there",
        _doc(f"{_ISSUED}, required_claims: [sub, tenant]"),
        (
            get("/", ok(), _with(tenant="t1")),
            get("/", _DENIED, _GOOD),
            get("/", _DENIED, _bearer(Token({"iss": "https://auth.test", "tenant": "t1"}))),
        ),
        ("authentication.jwt.required_claims",),
    ),
    Case(
        "a-required-claim-may-have-any-type",
        _doc(f"{_ISSUED}, required_claims: [thing]"),
        (
            get("/", ok(), _with(thing=7)),
            get("/", ok(), _with(thing=True)),
            get("/", ok(), _with(thing=["a"])),
            get("/", ok(), _with(thing={"x": 1})),
            get("/", _DENIED, _GOOD),
        ),
        ("authentication.jwt.required_claims",),
    ),
    Case(
        "claims-are-passed-in-headers-that-cannot-be-forged",
        _doc(
            f"{_ISSUED}, claims_to_headers: [{{claim: sub, header: X-User}},"
            " {claim: tenant, header: X-Tenant}]"
        ),
        (
            get(
                "/",
                ok(upstream_headers={"X-User": "ann", "X-Tenant": "t1"}),
                _with(tenant="t1"),
            ),
            get(
                "/",
                ok(upstream_headers={"X-User": "ann", "X-Tenant": "t1"}),
                _with(tenant="t1"),
                ("X-User", "root"),
                ("x-tenant", "t2"),
                ("X-Tenant", "t3"),
            ),
            get(
                "/",
                ok(upstream_headers={"X-User": "ann", "X-Tenant": ABSENT}),
                _GOOD,
                ("X-Tenant", "forged"),
            ),
        ),
        (
            "authentication.jwt.claims_to_headers.claim",
            "authentication.jwt.claims_to_headers.claim",
            "authentication.jwt.claims_to_headers.header",
        ),
    ),
    Case(
        "a-claims-header-is-any-header-on-other-routes",
        doc(
            "{path_prefix: /one, "
            + _auth(f"{_ISSUED}, claims_to_headers: [{{claim: sub, header: X-One}}]")
            + "}",
            "{path_prefix: /two, " + _auth(_ISSUED) + "}",
            "{path_prefix: /open}",
        ),
        (
            get("/open", ok(upstream_headers={"X-One": "mine"}), ("X-One", "mine")),
            get("/two", ok(upstream_headers={"X-One": "mine"}), _GOOD, ("X-One", "mine")),
            get("/one", ok(upstream_headers={"X-One": "ann"}), _GOOD, ("X-One", "mine")),
        ),
        ("authentication.jwt.claims_to_headers.header",),
    ),
    Case(
        "two-routes-pass-their-own-claims",
        doc(
            "{path_prefix: /one, "
            + _auth(f"{_ISSUED}, claims_to_headers: [{{claim: sub, header: X-One}}]")
            + "}",
            "{path_prefix: /two, "
            + _auth(f"{_ISSUED}, claims_to_headers: [{{claim: aud, header: X-Two}}]")
            + "}",
        ),
        (
            get("/one", ok(upstream_headers={"X-One": "ann", "X-Two": ABSENT}), _GOOD),
            get("/two", ok(upstream_headers={"X-One": ABSENT, "X-Two": "api"}), _GOOD),
        ),
        ("authentication.jwt.claims_to_headers.claim",),
    ),
    Case(
        "a-token-in-a-header-of-its-own-without-prefix",
        _doc(f"{_ISSUED}, header_name: X-Token, header_prefix: ''"),
        (
            get("/", ok(), ("X-Token", Token(_CLAIMS, prefix=""))),
            get("/", ok(), ("x-token", Token(_CLAIMS, prefix=""))),
            get("/", _DENIED, ("X-Token", "x")),
            get("/", _DENIED, _GOOD),
        ),
        ("authentication.jwt.header_name", "authentication.jwt.header_prefix"),
    ),
    Case(
        "a-token-behind-a-prefix-of-its-own",
        _doc(f"{_ISSUED}, header_prefix: 'Token '"),
        (
            get("/", ok(), _bearer(Token(_CLAIMS, prefix="Token "))),
            get("/", _DENIED, _bearer(Token(_CLAIMS, prefix="Bearer "))),
        ),
        ("authentication.jwt.header_prefix",),
    ),
    Case(
        "keys-are-fetched-from-a-uri",
        _doc(
            "issuer: 'https://auth.test', audiences: [api],"
            " jwks_uri: 'http://127.0.0.1:@jwks@/jwks.json'"
        ),
        (
            get("/", ok(), _GOOD),
            get("/", _DENIED, _bearer(Token(_CLAIMS, key="other"))),
            get("/", _DENIED),
            get("/", ok(), _GOOD),
        ),
        ("authentication.jwt.jwks_uri",),
    ),
    Case(
        "keys-are-read-from-a-file",
        _doc("issuer: 'https://auth.test', jwks: 'file:keys/auth.json'"),
        (get("/", ok(), _GOOD), get("/", _DENIED, _bearer(Token(_CLAIMS, key="other")))),
        ("authentication.jwt.jwks",),
        files={"keys/auth.json": "@jwks_inline@"},
    ),
    Case(
        "only-rs256-is-accepted-by-default",
        _doc(_ISSUED),
        (
            get("/", ok(), _GOOD),
            get("/", _DENIED, _bearer(Token(_CLAIMS, alg="ES256"))),
        ),
        ("authentication.jwt.algorithms=RS256",),
    ),
    Case(
        "only-the-algorithms-listed-are-accepted",
        _doc(f"{_ISSUED}, algorithms: [ES256]"),
        (
            get("/", ok(), _bearer(Token(_CLAIMS, alg="ES256"))),
            get("/", _DENIED, _GOOD),
        ),
        ("authentication.jwt.algorithms=RS256", "authentication.jwt.algorithms=ES256"),
    ),
    *(
        Case(
            f"a-token-signed-with-{algorithm.lower()}-lets-in-where-it-is-listed",
            _doc(f"{_ISSUED}, algorithms: [{algorithm}]"),
            (
                get("/", ok(), _bearer(Token(_CLAIMS, alg=algorithm))),
                get("/", _DENIED, _GOOD),
                get("/", _DENIED, _bearer(Token(_CLAIMS, key="other", alg=algorithm))),
            ),
            (f"authentication.jwt.algorithms={algorithm}",),
        )
        for algorithm in _RARER
    ),
    Case(
        "several-algorithms-may-be-accepted",
        _doc(f"{_ISSUED}, algorithms: [RS256, ES256]"),
        (
            get("/", ok(), _bearer(Token(_CLAIMS, alg="ES256"))),
            get("/", ok(), _GOOD),
            get("/", _DENIED, _bearer(Token(_CLAIMS, key="other"))),
        ),
        ("authentication.jwt.algorithms=RS256", "authentication.jwt.algorithms=ES256"),
    ),
    Case(
        "the-algorithms-hold-for-fetched-keys-too",
        _doc(
            "issuer: 'https://auth.test', algorithms: [RS256],"
            " jwks_uri: 'http://127.0.0.1:@jwks@/jwks.json'"
        ),
        (
            get("/", ok(), _GOOD),
            get("/", _DENIED, _bearer(Token(_CLAIMS, alg="ES256"))),
        ),
        ("authentication.jwt.algorithms=RS256", "authentication.jwt.jwks_uri"),
    ),
    Case(
        "the-algorithms-hold-for-keys-that-name-none",
        _doc("issuer: 'https://auth.test', jwks: '@jwks_bare@'"),
        (
            get("/", ok(), _GOOD),
            get("/", _DENIED, _bearer(Token(_CLAIMS, alg="ES256"))),
            get("/", _DENIED, _bearer(Token(_CLAIMS, alg="RS384"))),
            get("/", _DENIED, _bearer(Token(_CLAIMS, alg="PS256"))),
        ),
        ("authentication.jwt.algorithms=RS256",),
    ),
    Case(
        "a-failed-token-is-answered-as-unauthorized",
        _doc(f"{_ISSUED}, audiences: [api]"),
        tuple(
            get(
                "/",
                refused(
                    401,
                    headers={"WWW-Authenticate": Matches("Bearer.*")},
                    body=Contains("Unauthorized"),
                ),
                *headers,
            )
            for headers in ((), (_with(aud="other"),), (("Authorization", "Bearer x"),))
        ),
        ("authentication.fail_status", "authentication.fail_message"),
    ),
    Case(
        "a-failed-token-may-be-answered-in-its-own-way",
        _doc(
            f"{_ISSUED}, audiences: [api], required_claims: [sub]",
            ", fail_status: 403, fail_message: 'No 100% \"token\"'",
        ),
        tuple(
            get("/", refused(403, body=Contains('No 100% "token"')), *headers)
            for headers in (
                (),
                (_with(aud="other"),),
                (_without("sub"),),
                (_bearer(Token(_CLAIMS, expires_in=-600)),),
            )
        ),
        ("authentication.fail_status", "authentication.fail_message"),
    ),
    Case(
        "two-routes-trust-their-own-issuers",
        document(
            service(f"{{path_prefix: /one, {_auth(f'issuer: one, {_INLINE}')}}}"),
            service(
                f"{{path_prefix: /two, {_auth(f'issuer: two, {_INLINE}')}}}",
                name="two",
                upstream="b",
            ),
            service("{path_prefix: /open}", name="open", upstream="c"),
        ),
        (
            get("/one", ok("a"), _with(iss="one")),
            get("/one", _DENIED, _with(iss="two")),
            get("/two", ok("b"), _with(iss="two")),
            get("/two", _DENIED, _with(iss="one")),
            get("/open", ok("c")),
            get("/open", ok("c"), ("Authorization", "Bearer x")),
        ),
        ("authentication.jwt.issuer",),
    ),
)
