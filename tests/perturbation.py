"""For each feature of the language: small sound documents that differ in that feature alone.

Values are made from the types of the document's Structs. The tables below hold only what the types
can't tell: texts that need a certain shape, fields that exclude one another, and fields that have
an effect only beside others.
"""

from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from typing import Any, Final

from msgspec import UNSET, Struct, inspect

from galc.frontend.source import Path
from galc.ir import document as doc
from galc.ir.features import Feature

Tree = dict[str, Any]

_SERVICE: Final[Path] = ("services", 0)
_ROUTE: Final[Path] = (*_SERVICE, "routes", 0)
_ROOTS: Final[dict[str, tuple[Path, type[Struct]]]] = {
    "global": (("global",), doc.Global),
    "services": (_SERVICE, doc.Service),
    "upstream": ((*_SERVICE, "upstream"), doc.Upstream),
    "routes": (_ROUTE, doc.Route),
}

#: Well-formed keys, one for each kind of algorithm; the points are the curves' own generators.
_RSA: Final = {"kty": "RSA", "n": "g" + "A" * 340 + "E", "e": "AQAB"}
_ALL_KEYS: Final = {
    "keys": [
        {**_RSA, "kid": f"rsa-{algorithm}", "alg": algorithm}
        for algorithm in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
    ]
    + [
        {
            "kty": "EC",
            "crv": "P-256",
            "kid": "p-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        },
        {
            "kty": "EC",
            "crv": "P-384",
            "kid": "p-384",
            "x": "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3",
            "y": "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f",
        },
        {
            "kty": "EC",
            "crv": "P-521",
            "kid": "p-521",
            "x": "AMaFjga3BATpzZ4-y2YjlbRCnGSBOQU_tSH4KK9ga009uqFLXnfv51ko_h3BJ6L_"
            "qN4zSLPBhWpCm_l-fjHC5b1m",
            "y": "ARg5KWp4mjvABFyKX7QsfRvZmPVESVebRGgXr70XJz5mLJfucple9CZAxVC5AT-t"
            "B2E1PHCGonLCQIi-lHaf0WZQ",
        },
        {"kty": "OKP", "crv": "Ed25519", "kid": "ed25519", "x": "A" * 43},
    ]
}
_HASHES: Final = {
    "bcrypt": "$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe",
    "sha1": "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
    "apr1": "$apr1$abcdefgh$" + "a" * 22,
    "sha512_crypt": "$6$abcdefgh$" + "a" * 86,
}

#: Two texts for a field whose type doesn't tell what they look like.
_SHAPED: Final[dict[str, tuple[Any, Any]]] = {
    "global.host": ("127.0.0.1", "::1"),
    "global.trusted_proxies": (["10.0.0.0/8"], ["192.0.2.0/24"]),
    "routes.path_prefix": ("/one", "/two"),
    "routes.path": ("/one", "/two"),
    "routes.path_regex": ("/one/[0-9]+", "/two/[0-9]+"),
    "authentication.jwt.jwks_uri": ("https://one.example.com/k", "https://two.example.com/k"),
    "authentication.jwt.jwks": (
        {"keys": [{**_RSA, "kid": "one"}]},
        {"keys": [{**_RSA, "kid": "two"}]},
    ),
    "authentication.oauth2.introspection_endpoint": (
        "https://one.example.com/i",
        "https://two.example.com/i",
    ),
    "authentication.basic.users.password_hash": (
        _HASHES["sha1"],
        "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
    ),
    "cors.allowed_origins": (["https://one.example.com"], ["https://two.example.com"]),
}
#: Values of options that are forms of a text.
_FORMS: Final[dict[str, dict[str, Any]]] = {
    "authentication.basic.users.password_hash": _HASHES,
    "cors.allowed_origins": {
        "*": ["*"],
        "exact": ["https://one.example.com"],
        "subdomains": ["https://*.example.com"],
    },
}


def _pattern(annotated: Any) -> str | None:
    pattern: str | None = annotated.__metadata__[0].pattern
    return pattern


#: Two texts of each pattern that the types use.
_PATTERNS: Final[dict[str | None, tuple[str, str]]] = {
    _pattern(doc.Duration): ("7s", "8s"),
    _pattern(doc.DurationOrZero): ("7s", "8s"),
    _pattern(doc.Claim): ("one", "two"),
    _pattern(doc.Scope): ("one", "two"),
    _pattern(doc.ProbePath): ("/one", "/two"),
    _pattern(doc.HeaderName): ("X-One", "X-Two"),
    _pattern(doc.CookieName): ("X-One", "X-Two"),
    _pattern(doc.Method): ("PUT", "PATCH"),
    _pattern(doc.Name): ("one", "two"),
    "^[^:]+$": ("one", "two"),
    "^/": ("/one", "/two"),
    None: ("one", "two"),
}
#: What a construct needs beside its required fields to mean anything.
_NEEDS: Final[dict[type, Tree]] = {
    doc.RateLimit: {"requests_per_second": 5},
    doc.Cors: {"allowed_origins": ["https://app.example.com"]},
    doc.Headers: {"request_set": {"X-Zero": "zero"}},
    doc.Jwt: {"jwks": _ALL_KEYS},
    doc.OAuth2: {"introspection_endpoint": "https://auth.example.com/introspect"},
    doc.BasicUser: {"password": "zero"},
    doc.Upstream: {"host": "users.internal", "port": 8080},
    doc.Route: {"path_prefix": "/users"},
    # Not body rules, which not every target can do.
    doc.Transformation: {"headers": {"request_set": {"X-Zero": "zero"}}},
    doc.BodyTransformation: {"request": {"remove_fields": ["zero"]}},
}
#: Fields of one construct of which only one may be given.
_EXCLUSIVE: Final = (
    {"path_prefix", "path", "path_regex"},
    {"requests_per_second", "requests_per_minute", "requests_per_hour"},
    {"password", "password_hash"},
    {"jwks_uri", "jwks"},
    {"host", "targets"},
    {"port", "targets"},
)
_TARGETS: Final = [{"host": "one.internal", "port": 1}, {"host": "two.internal", "port": 2}]
_WEIGHTED: Final = [{**_TARGETS[0], "weight": 2}, _TARGETS[1]]
_JWT_AUTHENTICATION: Final = {
    "type": "jwt",
    "jwt": {"jwks": _ALL_KEYS},
}
#: What else must be written for a field, or one of its options, to have an effect.
_BESIDE: Final[dict[str, tuple[tuple[Path, Any], ...]]] = {
    "rate_limit.key_header": (((*_ROUTE, "rate_limit", "key_type"), "header"),),
    "rate_limit.key_claim": (
        ((*_ROUTE, "rate_limit", "key_type"), "jwt_claim"),
        ((*_ROUTE, "authentication"), _JWT_AUTHENTICATION),
    ),
    "rate_limit.key_type": (((*_ROUTE, "rate_limit", "key_header"), "X-Key"),),
    "rate_limit.key_type=jwt_claim": (
        ((*_ROUTE, "rate_limit", "key_claim"), "sub"),
        ((*_ROUTE, "authentication"), _JWT_AUTHENTICATION),
    ),
    "upstream.load_balancer.algorithm": (((*_SERVICE, "upstream", "targets"), _TARGETS),),
    "upstream.load_balancer.algorithm=weighted": (((*_SERVICE, "upstream", "targets"), _WEIGHTED),),
    "upstream.load_balancer.cookie_name": (
        ((*_SERVICE, "upstream", "load_balancer", "sticky_sessions"), True),
    ),
    "retry.base_interval": (((*_ROUTE, "retry", "max_interval"), "1m"),),
    "upstream.targets.weight": (((*_SERVICE, "upstream", "targets"), _TARGETS),),
    "authentication.api_key.query_param": (
        ((*_ROUTE, "authentication", "api_key", "hide_credentials"), False),
    ),
    "authentication.api_key.keys.name": (
        ((*_ROUTE, "authentication", "api_key", "forward_name"), True),
    ),
    "authentication.api_key.forward_name": (
        ((*_ROUTE, "authentication", "api_key", "keys"), [{"key": "zero", "name": "zero"}]),
    ),
}


class Probe(Struct, frozen=True):
    """Documents for a feature: `document` writes it at `path`; `others` have other values there,
    of which at least one must make a difference; `without` leaves the field out, if that is sound.
    """

    document: Tree
    path: Path
    value: Any
    others: tuple[Tree, ...]
    without: Tree


def _bare(kind: inspect.Type) -> inspect.Type:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind


def _members(kind: inspect.Type) -> list[inspect.Type]:
    kind = _bare(kind)
    if not isinstance(kind, inspect.UnionType):
        return [kind]
    members = [_bare(member) for member in kind.types]
    return sorted(members, key=lambda member: isinstance(member, inspect.StructType))


def _fields(cls: type[Struct]) -> dict[str, inspect.Field]:
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    return {field.encode_name: field for field in info.fields}


def struct_of(kind: inspect.Type) -> tuple[type[Struct], bool] | None:
    """The construct behind a field, and whether the field is a list of it."""
    for member in _members(kind):
        if isinstance(member, inspect.StructType):
            return member.cls, False
        if isinstance(member, inspect.VarTupleType):
            item = _bare(member.item_type)
            if isinstance(item, inspect.StructType):
                return item.cls, True
    return None


def sample(cls: type[Struct]) -> Tree:
    """The smallest sound tree of a construct."""
    tree = {
        name: values(field.type, name)[0] for name, field in _fields(cls).items() if field.required
    }
    return {**tree, **deepcopy(_NEEDS.get(cls, {}))}


def values(kind: inspect.Type, key: str) -> tuple[Any, ...]:
    """Different legal values of a type, at least two; fails for a type that it doesn't know."""
    if key in _SHAPED:
        return _SHAPED[key]
    member = next(iter(_members(kind)))
    if isinstance(member, inspect.BoolType):
        return (True, False)
    if isinstance(member, inspect.IntType):
        low = (member.ge or 0) + 400 * ((member.ge or 0) < 400 < (member.le or 400) < 1000)
        return (low + 7, low + 8)
    if isinstance(member, inspect.LiteralType):
        return tuple(member.values)
    if isinstance(member, inspect.StrType):
        return _PATTERNS[member.pattern]
    if isinstance(member, inspect.AnyType):
        return ("one", "two")
    if isinstance(member, inspect.VarTupleType):
        return tuple([value] for value in values(member.item_type, f"{key}[]"))
    if isinstance(member, inspect.DictType):
        names = values(member.key_type, f"{key}{{}}")
        items = values(member.value_type, f"{key}{{}}")
        return ({names[0]: items[0]}, {names[0]: items[1]}, {names[1]: items[0]})
    if isinstance(member, inspect.StructType):
        return (sample(member.cls),)
    raise NotImplementedError(f"no values for {key}: {member}")


def _root(key: str) -> tuple[Path, type[Struct] | None, inspect.Type | None]:
    """Where a feature's root stands, and the construct or the type that it is."""
    name = key.partition(".")[0]
    if name in _ROOTS:
        path, cls = _ROOTS[name]
        return path, cls, None
    owner, path = (doc.Service, _SERVICE) if name == "transformation" else (doc.Route, _ROUTE)
    kind = _fields(owner)[name].type
    found = struct_of(kind)
    return (*path, name), found[0] if found else None, kind


def _base() -> Tree:
    service = {"name": "users", "upstream": sample(doc.Upstream), "routes": [sample(doc.Route)]}
    return {"version": 1, "services": [service]}


def put(tree: Tree, path: Path, value: Any) -> None:
    """Set a value, with the blocks around it where they are missing."""
    node: Any = tree
    for step, following in pairwise(path):
        if isinstance(node, dict):
            node = node.setdefault(step, [] if isinstance(following, int) else {})
        else:
            while len(node) <= int(step):
                node.append({})
            node = node[step]
    last = path[-1]
    if isinstance(node, dict) and isinstance(last, str):
        for names in _EXCLUSIVE:
            if last in names:
                for other in names - {last}:
                    node.pop(other, None)
    node[last] = deepcopy(value)


def _enter(tree: Tree, path: Path, cls: type[Struct]) -> None:
    """Make sure that the construct at a path is there and sound."""
    node: Any = tree
    for step in path[:-1]:
        node = node[step]
    last = path[-1]
    if isinstance(last, int):
        if not node:
            node.append(sample(cls))
    elif not node.get(last):
        put(tree, path, sample(cls))


def get(tree: Any, path: Path) -> Any:
    """The value at a path."""
    for step in path:
        tree = tree[step]
    return tree


def probe(feature: Feature) -> Probe:
    """Documents that differ in this feature alone."""
    field_key, _, option = feature.key.partition("=")
    if field_key == "headers.template":
        return _template(option)
    tree = _base()
    path, cls, kind = _root(field_key)
    steps = field_key.split(".")[1:]
    if steps and cls is not None and path[:-1] != ("services",) and path != _ROUTE:
        _enter(tree, path, cls)
    for name in steps:
        assert cls is not None
        if cls is doc.Authentication and name in ("basic", "api_key", "jwt", "oauth2"):
            put(tree, path, {"type": name})
        elif cls is doc.Authentication:
            put(tree, path, {"type": "api_key", "api_key": sample(doc.ApiKeys)})
        kind = _fields(cls)[name].type
        path = (*path, name)
        found = struct_of(kind)
        if found is None:
            break
        cls, is_list = found
        if name == steps[-1]:
            break
        if is_list:
            put(tree, path, [])
            path = (*path, 0)
        _enter(tree, path, cls)
    assert kind is not None
    candidates = list(_candidates(feature, field_key, option, kind))
    for beside, value in _BESIDE.get(feature.key) or _BESIDE.get(field_key, ()):
        put(tree, beside, value)
    if field_key == "authentication.type":
        for name in ("basic", "api_key", "jwt", "oauth2"):
            block = struct_of(_fields(doc.Authentication)[name].type)
            assert block is not None
            candidates = [
                (value, {name: sample(block[0])} if value == name else extra)
                for value, extra in candidates
            ]
    documents = []
    for value, extra in candidates:
        document = deepcopy(tree)
        put(document, path, value)
        if field_key == "authentication.type":
            put(document, path[:-1], {"type": value, **extra})
        documents.append(document)
    without = deepcopy(tree)
    node = get(without, path[:-1])
    if isinstance(node, dict):
        node.pop(path[-1], None)
    others = documents[1:] or [without]
    return Probe(documents[0], path, candidates[0][0], tuple(others), without)


def _candidates(
    feature: Feature, field_key: str, option: str, kind: inspect.Type
) -> Iterator[tuple[Any, Tree]]:
    """The value to write first, and then other ones."""
    if field_key == "authentication":
        block = sample(doc.ApiKeys)
        yield {"type": "api_key", "api_key": block}, {}
        return
    if not option:
        for value in values(kind, field_key):
            yield value, {}
        return
    if option == "environment":
        # Any secret may be one; a literal is another value.
        for value in ("${env:ONE}", "${env:TWO}", *values(kind, field_key)):
            yield value, {}
        return
    forms = _FORMS.get(field_key)
    if forms:
        yield forms[option], {}
        yield from ((value, {}) for name, value in forms.items() if name != option)
        yield from ((value, {}) for value in _SHAPED[field_key] if value != forms[option])
        return
    is_list = any(isinstance(member, inspect.VarTupleType) for member in _members(kind))
    choices = values(kind, field_key)
    mine = [option] if is_list else option
    assert mine in choices, f"{feature.key} isn't among {choices}"
    yield mine, {}
    yield from ((value, {}) for value in choices if value != mine)


def _template(name: str) -> Probe:
    path: Path = (*_ROUTE, "headers", "request_set", "X-One")
    documents = []
    for value in (f"a{{{{{name}}}}}b", "ab", name, f"a\\{{{{{name}}}}}b"):
        document = _base()
        put(document, path, value)
        documents.append(document)
    return Probe(documents[0], path, f"{{{{{name}}}}}", tuple(documents[1:]), _base())


def default_of(feature: Feature) -> Any:
    """The default of a feature's field as the file would write it; UNSET where there is none."""
    key = feature.key.partition("=")[0]
    if key == "headers.template":
        return UNSET
    _, cls, kind = _root(key)
    default: Any = UNSET
    for name in key.split(".")[1:]:
        if cls is None:
            return UNSET
        field = _fields(cls)[name]
        default = UNSET if field.required else field.default
        kind = field.type
        found = struct_of(kind)
        cls = found[0] if found else None
    return list(default) if isinstance(default, tuple) else default


def has_default(feature: Feature) -> bool:
    """Whether a file that leaves the field out means this feature."""
    default = default_of(feature)
    option = feature.key.partition("=")[2]
    if ".response." in feature.key and feature.key.rpartition(".")[2] in _fields(doc.Response):
        return True  # which one depends on the policy, so the type has none
    if not option:
        return default is not UNSET
    return option == default or (isinstance(default, list) and option in default)
