"""APISIX: names, escaping, matching, config.yaml, refusals, and the Lua programs one by one."""

import base64
import hashlib
import re
from typing import Any

import pytest
import yaml

from galc.ir.features import all_features
from galc.ir.gateway import PathMatch, Variable
from galc.printers.yaml import print_yaml
from galc.targets.apisix import TARGET, matching, programs, text
from galc.targets.apisix.names import identifier

from ..live.cases import ALL_CASES
from ..live.model import Token
from .test_apisix_model import KEYS, compiled, resolve
from .test_apisix_world import LATIN, World, find

HOSTILE = (
    '{{ env "HOME" }}',
    "$(os.exit())",
    "$env://HOME",
    "$ENV://HOME",
    "$secret://vault/x",
    "${{HOME}}",
    "${{ HOME := x }}",
    "${uri} $uri $1 ${1} $$ $",
    r"\$uri \${uri} \\$uri \ ",
    "%REQ(host)%",
    "\"quotes\" and 'quotes'",
    "#END",
    "]] --[[ ]=]",
    "C:\\new\\table\\",
    ":8080",
    "}",
    "grüße, 世界 \x85 \u2028 \ufeff",
    "",
)


class Vars(dict[str, Any]):
    def __missing__(self, _: str) -> None:
        return None


def service(routes: str, more: str = "", head: str = "") -> str:
    return (
        f"version: 1\n{head}services:\n- name: s\n  upstream: {{host: up.test, port: 80}}\n"
        f"{more}  routes:\n" + "".join(f"  - {route}\n" for route in routes.splitlines())
    )


def files(document: str) -> tuple[Any, Any]:
    result = compiled(document)
    assert result.ok, [d.message() for d in result.diagnostics]
    main, config = (yaml.safe_load(result.artifacts[name]) for name in TARGET.artifacts)
    return main, config


def errors(document: str) -> list[str]:
    return [d.message() for d in compiled(document).diagnostics if d.severity == "error"]


def test_the_table_answers_every_feature_and_names_cases_that_exist() -> None:
    assert set(TARGET.support) == set(all_features())
    names = {case.name for case in ALL_CASES}
    for key, support in TARGET.support.items():
        assert support.level not in ("native", "emulated") or support.case in names, key


def test_identifiers_are_valid_and_never_collide() -> None:
    hashed = identifier("a b")
    names = ["a", "a.b", "a_b", "a-b", "a b", "a  b", "a/b", hashed, "x" * 64, "x" * 65, "x" * 66]
    found = [identifier(name) for name in names]
    assert len(set(found)) == len(names)
    assert all(re.fullmatch(r"[a-zA-Z0-9-_.]{1,64}", name) for name in found)
    assert found[:4] == names[:4]


@pytest.mark.parametrize("value", HOSTILE)
def test_interpolation_gives_a_text_back(value: str) -> None:
    written = text.interpolated((value,) if value else (), {})
    assert resolve(written, Vars(uri="/x", HOME="/root")) == value
    assert not re.search(r"(?<!\\)\$\{?\d", written), "a capture of regex_uri"
    assert not text.is_reference(written)


@pytest.mark.parametrize("value", HOSTILE)
def test_interpolation_keeps_text_around_a_variable(value: str) -> None:
    template = (value, Variable("method"), value) if value else (Variable("method"),)
    written = text.interpolated(template, {"method": "request_method"})
    assert resolve(written, Vars(request_method="GET")) == f"{value}GET{value}"


@pytest.mark.parametrize("value", HOSTILE)
def test_a_text_reaches_lua_as_data(value: str) -> None:
    world = World()
    function = world.load(programs.call("echo", {"value": value, value: 1}))
    seen: list[Any] = []
    galc = {"echo": lambda _, data: seen.append(data)}
    ctx = world.lua.table_from({"galc": world.lua.table_from(galc)})
    function(None, ctx)
    assert seen[0].value.encode(LATIN).decode() == value
    assert seen[0][value.encode().decode(LATIN)] == 1


@pytest.mark.parametrize("value", HOSTILE)
def test_a_document_holds_nothing_that_is_replaced_in_raw_text(value: str) -> None:
    written = text.defused(print_yaml({"a": value, value or "b": [value]}))
    assert "$" not in written and "\x85" not in written and "\ufeff" not in written
    assert yaml.safe_load(written) == {"a": value, value or "b": [value]}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_regex_of_bytes_matches_them_only(value: str) -> None:
    pattern = rf"^{text.regex(value.encode())}\z"
    assert find(value.encode().decode(LATIN), pattern)
    assert not find(value.encode().decode(LATIN) + "\n", pattern)


def test_a_message_that_apisix_would_look_up_is_refused() -> None:
    limit = "{path: /, rate_limit: {requests_per_hour: 1, response: {message: '%s'}}}"
    for message in ("$env://HOME", "$ENV://HOME", "$secret://x"):
        assert "would be looked up" in errors(service(limit % message))[0]
    assert not errors(service(limit % "see $env://HOME"))


def test_paths_are_compared_as_nginx_has_them() -> None:
    def uris(kind: Any, value: str) -> tuple[str, ...]:
        return matching.paths(PathMatch(kind, value)).uris

    assert uris("prefix", "/a.b") == ("/a.b", "/a.b/*")
    assert uris("prefix", "/caf%C3%A9%20x") == ("/café x", "/café x/*")
    assert uris("prefix", "/c+d") == ("/c+d*",)
    assert uris("exact", "/a*b") == ("/a*",)
    assert uris("exact", "/x%FFy") == ("/x*",)
    assert uris("regex", "/x") == ("/*",)


def test_conditions_hold_for_the_whole_path_and_also_for_line_breaks() -> None:
    def takes(kind: Any, value: str, uri: str) -> bool:
        ((_, _, pattern),) = matching.path_condition(PathMatch(kind, value))
        return bool(find(uri, pattern))

    assert takes("regex", "/secret/.*", "/secret/\n")
    assert not takes("regex", "/admin", "/admin\n")
    assert takes("regex", "(?i)/x%20[a-z]+", "/X A")
    assert takes("regex", "/(?:%C3%A9)+", "/Ã©Ã©")
    assert takes("exact", "/x%FFy", "/x\xffy")
    assert takes("prefix", "/c+d", "/c+d/x") and not takes("prefix", "/c+d", "/c+dx")
    assert matching.keeps_encoding("/[%20]") and not matching.keeps_encoding("/%20x[a-z]")


def test_priority_orders_what_has_the_same_path_string() -> None:
    exact, prefix = PathMatch("exact", "/a"), PathMatch("prefix", "/a")
    order = [
        matching.priority(exact, False),
        matching.priority(prefix, True, matching.PREFLIGHT),
        matching.priority(prefix, True, matching.GUARD),
        matching.priority(prefix, False, matching.PREFLIGHT),
        matching.priority(prefix, True),
        matching.priority(prefix, False),
        matching.priority(PathMatch("regex", "/abc"), True),
        matching.priority(PathMatch("regex", "/ab"), False),
    ]
    assert order == sorted(set(order), reverse=True)


def test_a_wildcard_route_stands_under_narrower_hosts_too() -> None:
    routes, _ = files(
        service(
            "{path: /cart, hosts: ['*.shop.test']}\n"
            "{path_prefix: /, hosts: [eu.shop.test]}\n"
            "{path_prefix: /x, hosts: ['*.eu.shop.test']}"
        )
    )
    found = {route["name"]: route["hosts"] for route in routes["routes"]}
    assert found["s:/cart"] == ["*.eu.shop.test", "*.shop.test", "eu.shop.test"]
    assert found["s:/"] == ["eu.shop.test"]


def test_rarer_methods_are_a_condition() -> None:
    routes, _ = files(service("{path: /, methods: [GET, PROPFIND]}"))
    (route,) = routes["routes"]
    assert "methods" not in route
    assert route["vars"] == [["request_method", "in", ["GET", "PROPFIND"]]]


def test_config_yaml_listens_where_the_file_says() -> None:
    head = "global: {host: '::1', port: 8080, admin_port: 9999, trusted_proxies: [10.0.0.0/8]}\n"
    _, config = files(service("{path: /, headers: {response_set: {X_A: b}}}", head=head))
    assert config["apisix"]["node_listen"] == [{"ip": "[::1]", "port": 8080}]
    assert config["apisix"]["control"] == {"ip": "127.0.0.1", "port": 9999}
    assert config["nginx_config"]["http"]["real_ip_from"] == []
    assert "underscores" in config["nginx_config"]["http_configuration_snippet"]
    assert config["deployment"]["role_data_plane"]["config_provider"] == "yaml"


def test_what_nginx_cannot_verify_or_set_is_refused() -> None:
    tls = "version: 1\nservices: [{name: s, protocol: https, upstream: {host: %s, port: 1}, "
    assert "is an address" in errors(tls % "10.0.0.1" + "routes: [{path: /}]}]")[0]
    assert not errors(tls % "up.test" + "routes: [{path: /}]}]")
    real_ip = "{path: /, headers: {request_set: {x-real-ip: a}}}"
    assert "X-Real-IP itself" in errors(service(real_ip))[0]


# The programs, one by one.


class Program:
    """A program with one request after the other."""

    def __init__(self, *names: str, **data: Any) -> None:
        self.world = World()
        self.installers = [self._load(name, data) for name in ("begin", *names)]

    def _load(self, name: str, data: Any) -> Any:
        return self.world.load(programs.with_data(name, data) if data else programs.program(name))

    def request(self, *headers: tuple[str, str], **variables: Any) -> Any:
        self.world.request, self.world.answer = list(headers), []
        self.world.variables = {"request_method": "GET", "realip_remote_addr": "10.0.0.9"}
        self.world.variables["real_request_uri"] = "/"
        self.world.variables.update(variables)
        ctx = self.world.ctx()
        for installer in self.installers:
            installer(None, ctx)
        return ctx

    def call(self, function: str, data: Any, ctx: Any) -> Any:
        return self.world.load(programs.call(function, data))(None, ctx)


def test_the_client_is_the_last_address_that_is_no_proxy() -> None:
    program = Program("client", trusted=["10.0.0.0/8", "fd00::/8"])

    def client(forwarded: str, peer: str = "10.0.0.9") -> str:
        ctx = program.request(("X-Forwarded-For", forwarded), realip_remote_addr=peer)
        return str(ctx.var.galc_client_ip)

    assert client("1.1.1.1, 2.2.2.2") == "2.2.2.2"
    assert client("1.1.1.1, 10.1.1.1") == "1.1.1.1"
    assert client("2001:db8::7, fd00::1") == "2001:db8::7"
    assert client("1.1.1.1", peer="9.9.9.9") == "9.9.9.9"
    assert client("1.1.1.1, nonsense") == "10.0.0.9"
    assert client("") == "10.0.0.9"
    assert client("10.2.2.2, 10.1.1.1") == "10.2.2.2"


def test_basic_knows_no_user_by_chance() -> None:
    digest = base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
    users = {
        "ann": {"scheme": "sha1", "secret": "{SHA}" + digest},
        "bob": {"scheme": "plain", "secret": "a:b c"},
        "eve": {"scheme": "bcrypt", "secret": "x"},
    }
    data = {"users": users, "challenge": 'Basic realm="x"', "status": 401, "message": "no"}
    program = Program("basic")

    def passes(login: str, scheme: str = "Basic") -> bool:
        encoded = base64.b64encode(login.encode()).decode()
        ctx = program.request(("Authorization", f"{scheme} {encoded}"))
        return program.call("basic", data, ctx) is None

    assert passes("ann:secret") and passes("bob:a:b c") and passes("bob:a:b c", "bAsIc")
    for login in ("ann:", "ann", "", ":", "bob:a", "eve:x", "__index:x", f"ann:{{SHA}}{digest}"):
        assert not passes(login), login
    assert not passes("ann:secret", "Bearer")
    assert program.world.answer == [("WWW-Authenticate", 'Basic realm="x"')]


def test_a_key_is_hidden_and_the_rest_of_the_query_untouched() -> None:
    data = {
        "header": "X-Key", "query": "k y", "keys": {"a&b": "ann"}, "hide": True, "forward": True,
        "status": 401, "message": "no",
    }  # fmt: skip
    program = Program("keys")
    ctx = program.request(("x-consumer-name", "root"), args="z=%26&k%20y=a%26b&k%20y=2&A=1&A=0")
    assert program.call("keys", data, ctx) is None
    assert program.world.variables["args"] == "z=%26&A=1&A=0"
    assert program.world.request == [("X-Consumer-Name", "ann")]
    ctx = program.request(args="k+y=a")
    assert program.call("keys", data, ctx) == (401, "no")


BREAKER = {
    "name": "r", "failures": 2, "seconds": 10.0, "trials": 2, "statuses": {500: True},
    "status": 503, "message": "open",
}  # fmt: skip


class Breaker(Program):
    def __init__(self) -> None:
        super().__init__("breaker")
        self.answers = [self.world.load(programs.program(n)) for n in ("answer", "breaker_answer")]

    def start(self) -> Any:
        ctx = self.request()
        returned = self.call("breaker", BREAKER, ctx)
        return None if returned else ctx

    def end(self, ctx: Any, status: int, time: str | None = "0.1") -> None:
        self.world.status = status
        self.world.variables["upstream_header_time"] = time
        for answer in self.answers:
            answer(None, ctx)

    def once(self, status: int) -> bool:
        ctx = self.start()
        if ctx is not None:
            self.end(ctx, status)
        return ctx is not None


def test_a_breaker_opens_half_opens_and_closes() -> None:
    breaker = Breaker()
    assert [breaker.once(s) for s in (500, 200, 500, 404, 500, 500)] == [True] * 6
    assert not breaker.once(200)
    breaker.world.clock += 10.1
    first, second = breaker.start(), breaker.start()
    assert first is not None and second is not None
    assert breaker.start() is None, "no more than two trials"
    breaker.end(first, 200)
    breaker.end(second, 200)
    assert breaker.once(500) and breaker.once(200), "closed"


def test_a_trial_that_fails_opens_a_breaker_again() -> None:
    breaker = Breaker()
    late = breaker.start()
    assert breaker.once(500) and breaker.once(500) and not breaker.once(200)
    breaker.end(late, 200)
    assert not breaker.once(200), "an answer from before decides nothing"
    breaker.world.clock += 10.1
    assert breaker.once(500)
    assert not breaker.once(200)


def test_failures_that_come_late_keep_a_breaker_open_no_longer() -> None:
    breaker = Breaker()
    late = [breaker.start() for _ in range(4)]
    assert breaker.once(500) and breaker.once(500)
    breaker.world.clock += 9
    for ctx in late:
        breaker.end(ctx, 500)
    breaker.world.clock += 1.1
    assert breaker.once(200)


def test_trials_without_an_answer_are_forgotten() -> None:
    breaker = Breaker()
    assert breaker.once(500) and breaker.once(500)
    breaker.world.clock += 10.1
    assert breaker.start() is not None and breaker.start() is not None
    assert breaker.start() is None
    breaker.world.clock += 10.1
    assert breaker.once(200) and breaker.once(200) and breaker.once(200)


def test_a_request_that_nginx_sends_again_is_one_trial() -> None:
    breaker = Breaker()
    assert breaker.once(500) and breaker.once(500)
    breaker.world.clock += 10.1
    trial = breaker.start()
    assert breaker.call("breaker", BREAKER, trial) is None
    assert breaker.start() is not None, "the second of two trials"


def test_no_answer_is_a_failure() -> None:
    breaker = Breaker()
    for _ in range(2):
        breaker.end(breaker.start(), 502, "-")
    assert not breaker.once(200)


def test_with_every_target_unhealthy_the_answer_is_503() -> None:
    program = Program("targets")
    table = program.world.lua.table_from
    nodes = [table({"host": "10.0.0.1", "port": n, "weight": 1}) for n in (1, 2)]

    def port(**data: Any) -> Any:
        ctx = program.request()
        ctx.up_checker = table({})
        ctx.upstream_conf = table({"nodes": table(nodes)})
        ctx.picked_server = nodes[0]
        returned = program.call("choose", {"name": "s", **data}, ctx)
        return returned[0] if returned else ctx.picked_server.port

    assert port() == 1
    program.world.unhealthy.add(("10.0.0.1", 1))
    assert port() == 2 and port(hash="realip_remote_addr") == 2
    program.world.unhealthy.add(("10.0.0.1", 2))
    assert port() == 503


def test_a_request_that_nginx_sends_again_goes_where_apisix_sends_it() -> None:
    program = Program("targets", "targets_answer")
    table = program.world.lua.table_from
    nodes = [table({"host": "10.0.0.1", "port": n, "weight": 1}) for n in (1, 2)]
    statuses = program.world.lua.table_from({500: True})
    passive = {"failures": 1, "statuses": statuses, "recovery": 30}
    data = {"name": "s", "cookie": "c", "passive": passive, "hash": None}
    ctx = program.request()
    ctx.upstream_conf, ctx.picked_server = table({"nodes": table(nodes)}), nodes[0]
    choose = program.world.lua.eval("function(ctx, data) return ctx.galc.choose(ctx, data) end")
    assert choose(ctx, table(data)) is None
    mark = ctx.galc.target.mark
    # In the balancer's phase: APISIX has taken its choice away and made another one.
    ctx.picked_server, ctx.upstream_unresolved_host, ctx.balancer_port = None, "10.0.0.1", 2
    assert choose(ctx, table(data)) is None
    assert (ctx.galc.target.address, ctx.galc.target.mark) == ("10.0.0.1:2", mark)


def test_headers_are_read_all_and_by_their_very_names() -> None:
    program = Program()
    ctx = program.request(("X-A", "dash"), ("x_a", "1"), ("X_A", "2"), ("X-E", ""))
    assert list(ctx.galc.headers("X_A").values()) == ["1", "2"]
    assert ctx.galc.header("x-a") == "dash" and ctx.galc.header("X-E") == ""
    assert ctx.galc.header("X_E") is None and not list(ctx.galc.headers("X_E").values())


def test_an_empty_query_is_told_from_none() -> None:
    program = Program()

    def mark(uri: str, variable: str) -> Any:
        return program.request(real_request_uri=uri, is_args=variable).var.is_args

    assert mark("/x?", "") == mark("/x?a", "?") == mark("/x??", "?") == "?"
    assert mark("/x", "") == ""


def test_claims_as_headers_have_no_control_characters() -> None:
    program = Program("jwt")
    world, ctx = program.world, program.request()
    claims = world.json_to_lua(
        {"s": "x", "n": 7, "f": 1.5, "b": False, "o": {"k": 1}, "bad": "a\r\nX: y", "null": None}
    )
    seen = {name: ctx.galc.claim_text(claims, name) for name in ("s", "n", "f", "b", "bad", "null")}
    assert seen == {"s": "x", "n": "7", "f": "1.5", "b": "false", "bad": None, "null": None}
    assert ctx.galc.claim_text(claims, "o.k") == "1"
    assert base64.b64decode(ctx.galc.claim_text(claims, "o")) == b'{"k": 1}'


URI = "https://keys.test/jwks.json"


def test_keys_are_fetched_seldom_and_outlive_a_failure() -> None:
    program = Program("jwt")
    data = {
        "jwks_uri": URI, "algorithms": {"RS256": True}, "header": "Authorization", "headers": [],
        "prefix": "Bearer ", "required": [], "status": 401, "message": "no",
    }  # fmt: skip
    world = program.world
    call = world.load(programs.call("jwt", data))

    def passes(key: Any = "good") -> bool:
        token = KEYS.sign(Token({"sub": "ann"}, key=key, expires_in=3600))
        return call(None, program.request(("Authorization", token))) is None

    assert not passes() and world.fetches == 1
    world.sets[URI] = KEYS.jwks
    assert not passes() and world.fetches == 1, "not again at once"
    world.clock += 1.1
    assert passes() and passes() and world.fetches == 2
    world.clock += 1.1
    assert not passes("other") and not passes("other") and world.fetches == 3
    del world.sets[URI]
    world.clock += 301
    assert passes() and world.fetches == 4


def test_a_key_set_that_is_no_key_set_lets_nobody_in() -> None:
    for body in ("", "[]", "7", "{}", '{"keys": 7}', '{"keys": [7, null, {"kty": "RSA"}]}'):
        program = Program("jwt")
        program.world.sets[URI] = body
        data = {
            "jwks_uri": URI, "algorithms": {"RS256": True}, "header": "X-T", "headers": [],
            "prefix": "", "required": [], "status": 401, "message": "no",
        }  # fmt: skip
        ctx = program.request(("X-T", KEYS.sign(Token({}, prefix=""))))
        assert program.call("jwt", data, ctx) == (401, "no"), body
