"""A stand-in for APISIX's Lua API, in a real Lua, with a clock that the tests move.

Only what galc's programs use is there; anything else is an error, as it would be a surprise. What a
function does is written after apisix/core and lua-nginx-module.
"""

import base64
import hashlib
import json
import os
import re
import time
import zlib
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from . import cosockets
from .cosockets import Sockets

_lupa: Any = pytest.importorskip("lupa.luajit21")
#: Bytes as text: Lua's strings are bytes.
LATIN = "latin-1"
#: Of a request's body, before nginx writes it to a file.
_BUFFER = 16_384
_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}

_PRELUDE = """
local py = ...
ngx = { status = 0, null = setmetatable({}, {}), shared = {}, req = {}, re = {} }
ngx.var = setmetatable({}, { __index = function(_, name) return py.nginx_variable(name) end })
ngx.header = setmetatable({}, {
  __newindex = function(_, name, value) py.set_answer_header(name, value) end,
})
ngx.resp = { get_headers = function(most)
  assert(most == 0)
  return py.answer_headers()
end }
ngx.arg = {}
ngx.get_phase = py.phase
ngx.now = py.now
ngx.time = function() return math.floor(py.now()) end
local cosockets = py.cosockets(py.sockets)
ngx.sleep, ngx.socket, ngx.thread = cosockets.sleep, cosockets.socket, cosockets.thread
ngx.md5 = py.md5
ngx.sha1_bin = py.sha1_bin
ngx.encode_base64 = py.encode_base64
ngx.decode_base64 = py.decode_base64
ngx.unescape_uri = py.unescape_uri
ngx.crc32_short = py.crc32
ngx.re.find = function(text, regex, flags) return py.find(text, regex, flags) end
ngx.req.set_uri_args = py.set_uri_args
ngx.req.read_body = py.read_body
ngx.req.get_body_data = py.body_data
ngx.req.get_body_file = py.body_file
io.open = function(name, mode)
  assert(name == "the body" and mode == "rb")
  return {
    read = function(_, most) return py.file_text(most) end,
    close = function() end,
  }
end
ngx.req.set_body_data = py.set_body
ngx.req.discard_body = function() py.set_body("") end
-- lua-resty-core's ngx/req.lua: lower-case names, and a missing name is looked up once more with
-- dashes; without a number at most a hundred.
ngx.req.get_headers = function(most)
  assert(most == 0)
  return setmetatable(py.request_headers(), {
    __index = function(t, name) return rawget(t, (string.gsub(string.lower(name), "_", "-"))) end,
  })
end
local dict = {}
function dict:get(key) return py.shared_get(key) end
function dict:set(key, value, ttl) py.shared_set(key, value, ttl) end
function dict:delete(key) py.shared_delete(key) end
function dict:incr(key, value, init, ttl) return py.shared_incr(key, value, init, ttl) end
ngx.shared["plugin-api-breaker"] = dict

local getters = {}
local function to_lua(value)
  if py.is_list(value) then
    local t = {}
    for i, item in ipairs(py.items(value)) do t[i] = to_lua(item) end
    return t
  elseif py.is_dict(value) then
    local t = {}
    for _, pair in ipairs(py.pairs(value)) do t[pair[1]] = to_lua(pair[2]) end
    return t
  elseif py.is_null(value) then
    return ngx.null
  end
  return value
end
local core = {
  ctx = { register_var = function(name, getter) getters[name] = getter end },
  id = { gen_uuid_v4 = py.uuid },
  json = {
    decode = function(text)
      local box = py.json_decode(text)
      if box == nil then return nil, "bad json" end
      return py.json_to_lua(box)
    end,
    encode = py.json_encode,
  },
  utils = {
    uri_safe_encode = py.uri_safe_encode,
    parse_ipv4 = py.is_ipv4,
    parse_ipv6 = py.is_ipv6,
  },
  request = {
    set_header = function(_, name, value) py.set_request_header(name, value) end,
  },
  response = { add_header = function(name, value) py.add_answer_header(name, value) end },
}
package.loaded["apisix.core"] = core
package.loaded["apisix.healthcheck_manager"] = {
  fetch_node_status = function(_, host, port) return py.is_healthy(host, port), "unknown" end,
}
package.loaded["resty.http"] = {
  new = function()
    return {
      set_timeout = function() end,
      request_uri = function(_, uri)
        local status, body = py.fetch(uri)
        if status == nil then return nil, "refused" end
        return { status = status, body = body }
      end,
    }
  end,
}
package.loaded["resty.random"] = {
  bytes = function(count, strong)
    assert(strong)
    return py.random(count)
  end,
}
package.loaded["ngx.base64"] = { decode_base64url = py.decode_base64url }
package.loaded["resty.ipmatcher"] = {
  new = function(networks)
    return { match = function(_, address) return py.in_networks(networks, address) end }
  end,
}
package.loaded["resty.openssl.pkey"] = {
  PADDINGS = { RSA_PKCS1_PSS_PADDING = 6 },
  new = function(text, opts)
    assert(opts.format == "JWK")
    if not py.is_key(text) then return nil, "no key" end
    return {
      verify = function(_, signature, message, digest, padding, more)
        return py.verify(text, signature, message, digest, padding, more and more.ecdsa_use_raw)
      end,
    }
  end,
}
local function new_ctx()
  local ctx = {}
  ctx.var = setmetatable({ _cache = {} }, {
    __index = function(t, name)
      local cached = rawget(t, "_cache")[name]
      if cached ~= nil then return cached end
      local value
      if getters[name] then value = getters[name](ctx) else value = py.nginx_variable(name) end
      -- apisix/core/ctx.lua: what `ngx.req.set_uri_args` changes isn't kept.
      if name ~= "args" and name ~= "is_args" then rawget(t, "_cache")[name] = value end
      return value
    end,
    __newindex = function(t, name, value) rawget(t, "_cache")[name] = value end,
  })
  return ctx
end
return new_ctx
"""


class World:
    """Lua with the stand-ins, and the one request that is on its way."""

    def __init__(self, sockets: type[Sockets] = Sockets) -> None:
        self.lua = _lupa.LuaRuntime(
            encoding=LATIN, register_eval=False, unpack_returned_tuples=True
        )
        self.clock = time.time()
        self.shared: dict[str, tuple[Any, float | None]] = {}
        self.sets: dict[str, str] = {}
        self.fetches = 0
        self.unhealthy: set[tuple[str, int]] = set()
        self.variables: dict[str, Any] = {}
        self.request: list[tuple[str, str]] = []
        self.answer: list[tuple[str, str]] = []
        self.body = b""
        self.phase = "rewrite"
        self.http2 = False
        self.sockets = sockets(lambda: self.clock, self.sleep)
        self._new_ctx = self.lua.execute(_PRELUDE, self._functions())

    def load(self, text: str) -> Callable[..., Any]:
        """A chunk of a serverless plugin, which must return a function."""
        function = self.lua.execute(text.encode().decode(LATIN))
        assert callable(function), text
        found: Callable[..., Any] = function
        return found

    def ctx(self) -> Any:
        """A new request's context."""
        return self._new_ctx()

    @property
    def status(self) -> int:
        return int(self.lua.globals().ngx.status)

    @status.setter
    def status(self, value: int) -> None:
        self.lua.globals().ngx.status = value

    # Headers: names without case.

    def _get(self, headers: list[tuple[str, str]], name: str) -> list[str]:
        return [value for key, value in headers if key.lower() == name.lower()]

    def _set(self, headers: list[tuple[str, str]], name: str, value: Any) -> None:
        headers[:] = [pair for pair in headers if pair[0].lower() != name.lower()]
        many = list(value.values()) if hasattr(value, "values") else [value]
        # nginx takes an empty value for a removal.
        headers.extend((name, str(one)) for one in many if one not in (None, ""))

    def set_request_header(self, name: str, value: Any) -> None:
        self._set(self.request, name, value)

    def request_header(self, name: str) -> str | None:
        return next(iter(self._get(self.request, name)), None)

    def request_headers(self) -> Any:
        names = {name.lower() for name, _ in self.request}
        found = {}
        for name in names:
            all_values = self._get(self.request, name)
            several = len(all_values) > 1
            found[name] = self.lua.table_from(all_values) if several else all_values[0]
        return self.lua.table_from(found)

    # Bodies: one that is longer than a buffer lies in a file.

    def read_body(self) -> None:
        """lua-nginx-module 0.10.26: src/ngx_http_lua_req_body.c."""
        if self.http2 and self.request_header("Content-Length") is None:
            raise ValueError("http2 requests are not supported without content-length header")

    def body_data(self) -> str | None:
        return None if not self.body or len(self.body) > _BUFFER else self.body.decode(LATIN)

    def body_file(self) -> str | None:
        return "the body" if len(self.body) > _BUFFER else None

    def set_body(self, body: str) -> None:
        self.body = body.encode(LATIN)
        self.set_request_header("Content-Length", str(len(self.body)))

    def answer_headers(self) -> Any:
        found = {}
        for name in {name.lower() for name, _ in self.answer}:
            many = self._get(self.answer, name)
            found[name] = self.lua.table_from(many) if len(many) > 1 else many[0]
        return self.lua.table_from(found)

    def filter_body(self, function: Callable[..., Any], ctx: Any, body: str) -> str:
        """The phase body_filter, in a few chunks, of which the last one may be empty."""
        self.phase = "body_filter"
        size = max(len(body) // 3, 1)
        parts = [body[start : start + size] for start in range(0, len(body), size)]
        left = []
        for part, last in [*((part, False) for part in parts), ("", True)]:
            self.lua.globals().ngx.arg = self.lua.table_from([part, last])
            function(None, ctx)
            left.append(self.lua.globals().ngx.arg[1] or "")
        return "".join(left)

    def variable(self, name: str) -> Any:
        """nginx's variables."""
        if name.startswith("http_"):
            key = name[5:].lower()
            found = [v for n, v in self.request if n.lower().replace("-", "_") == key]
            return ", ".join(found) if found else None
        if name.startswith("cookie_"):
            for line in self._get(self.request, "Cookie"):
                for part in line.split(";"):
                    key, _, value = part.strip().partition("=")
                    if key == name[7:]:
                        return value
            return None
        if name == "proxy_add_x_forwarded_for":
            before = ", ".join(self._get(self.request, "X-Forwarded-For"))
            known = self.variables["realip_remote_addr"]
            return f"{before}, {known}" if before else known
        return self.variables.get(name)

    def set_uri_args(self, args: str | None) -> None:
        """`$is_args` is empty without a query of at least one byte (ngx_http_variable_is_args)."""
        self.variables.update(args=args or None, is_args="?" if args else "")

    # Shared memory.

    def shared_get(self, key: str) -> Any:
        value, until = self.shared.get(key, (None, None))
        if until is not None and self.clock >= until:
            del self.shared[key]
            return None
        return value

    def shared_set(self, key: str, value: Any, ttl: float | None = None) -> None:
        self.shared[key] = (value, self.clock + ttl if ttl else None)

    def shared_incr(self, key: str, by: float, init: float, ttl: float | None = None) -> float:
        old = self.shared_get(key)
        if old is None:
            self.shared_set(key, init + by, ttl)
            return init + by
        self.shared[key] = (old + by, self.shared[key][1])
        return float(old + by)

    # Everything else.

    def sleep(self, seconds: float) -> None:
        self.clock += seconds

    def fetch(self, uri: str) -> Any:
        self.fetches += 1
        body = self.sets.get(uri)
        return (200, body) if body is not None else None

    def json_to_lua(self, value: Any) -> Any:
        if isinstance(value, list):
            return self.lua.table_from([self.json_to_lua(item) for item in value])
        if isinstance(value, dict):
            return self.lua.table_from({k: self.json_to_lua(v) for k, v in value.items()})
        if value is None:
            return self.lua.globals().ngx.null
        return value.encode().decode(LATIN) if isinstance(value, str) else value

    def _from_lua(self, value: Any) -> Any:
        if not hasattr(value, "items"):
            return value
        pairs = list(value.items())
        if pairs and all(isinstance(key, int) for key, _ in pairs):
            return [self._from_lua(item) for _, item in sorted(pairs)]
        return {key: self._from_lua(item) for key, item in pairs}

    def _functions(self) -> Any:
        functions: dict[str, Any] = {
            "now": lambda: self.clock,
            "cosockets": self.lua.eval(f"function(...) {cosockets.LUA} end"),
            "sockets": self.lua.table_from(
                self.sockets.functions(
                    lambda text: text.encode(LATIN), lambda data: data.decode(LATIN)
                )
            ),
            "nginx_variable": self.variable,
            "set_answer_header": lambda name, value: self._set(self.answer, name, value),
            "add_answer_header": lambda name, value: self.answer.append((name, value)),
            "answer_headers": self.answer_headers,
            "phase": lambda: self.phase,
            "read_body": self.read_body,
            "body_data": self.body_data,
            "body_file": self.body_file,
            "file_text": lambda most: self.body[: int(most)].decode(LATIN),
            "set_body": self.set_body,
            "random": lambda count: os.urandom(int(count)).decode(LATIN),
            "request_headers": self.request_headers,
            "set_request_header": self.set_request_header,
            "set_uri_args": self.set_uri_args,
            "shared_get": self.shared_get,
            "shared_set": self.shared_set,
            "shared_incr": self.shared_incr,
            "shared_delete": lambda key: self.shared.pop(key, None),
            "md5": lambda text: hashlib.md5(text.encode(LATIN)).hexdigest(),
            "sha1_bin": lambda text: hashlib.sha1(text.encode(LATIN)).digest().decode(LATIN),
            "crc32": lambda text: zlib.crc32(text.encode(LATIN)),
            "encode_base64": lambda text: base64.b64encode(text.encode(LATIN)).decode(),
            "decode_base64": _decode_base64,
            "decode_base64url": _decode_base64url,
            "unescape_uri": lambda text: unquote_to_bytes(text.replace("+", " ")).decode(LATIN),
            "uri_safe_encode": uri_safe_encode,
            "find": find,
            "uuid": lambda: "11111111-2222-4333-8444-555555555555",
            "json_decode": _json_decode,
            "json_to_lua": lambda box: self.json_to_lua(box[0]),
            "json_encode": lambda value: json.dumps(self._from_lua(value)),
            "is_ipv4": lambda text: _version(text) == 4,
            "is_ipv6": lambda text: _version(text) == 6,
            "is_healthy": lambda host, port: (host, int(port)) not in self.unhealthy,
            "in_networks": lambda nets, text: in_networks(list(nets.values()), text),
            "fetch": self.fetch,
            "is_key": lambda text: {"n", "x"} & set(json.loads(text)) != set(),
            "verify": _verify,
        }
        return self.lua.table_from(functions)


def _decode_base64(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode(LATIN)
    except ValueError:
        return None


def _decode_base64url(text: str) -> str | None:
    return _decode_base64(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4))


def _json_decode(text: str) -> list[Any] | None:
    try:
        return [json.loads(text)]
    except ValueError:
        return None


def _version(text: str) -> int:
    try:
        return ip_address(text).version
    except ValueError:
        return 0


def in_networks(networks: Sequence[str], text: str) -> bool:
    """Whether an address lies in one of the networks."""
    return bool(_version(text)) and any(ip_address(text) in ip_network(net) for net in networks)


def uri_safe_encode(text: str) -> str:
    """`ngx_escape_uri` of the type NGX_ESCAPE_URI (nginx 1.22, src/core/ngx_string.c)."""
    kept = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"#%<>?\\^`{|}')
    return quote_from_bytes(text.encode(LATIN), safe=kept)


def python_regex(pattern: str) -> str:
    r"""PCRE as Python's `re` has it: flags first, and `\z`."""
    found = re.match(r"\^\(\?(s|si):(.*)\)\\z\Z", pattern, re.S)
    if found:
        pattern = f"(?{found[1]})^(?:{found[2]})\\z"
    return pattern.replace(r"\z", r"\Z")


def find(text: str, pattern: str, flags: str = "jo") -> int | None:
    """`ngx.re.find`, the position only."""
    found = re.search(python_regex(pattern), text, re.I if "i" in flags else 0)
    return found.start() + 1 if found else None


def _number(text: str) -> int:
    return int.from_bytes((_decode_base64url(text) or "").encode(LATIN), "big")


def _verify(
    jwk: str, signature: str, message: str, digest: str | None, padded: int | None, raw: bool | None
) -> bool:
    key, signed, text = json.loads(jwk), signature.encode(LATIN), message.encode(LATIN)
    try:
        if key["kty"] == "OKP":
            x = (_decode_base64url(key["x"]) or "").encode(LATIN)
            ed25519.Ed25519PublicKey.from_public_bytes(x).verify(signed, text)
            return True
        assert digest is not None
        hashing = _HASHES[digest]
        if key["kty"] == "EC":
            assert raw
            half = len(signed) // 2
            r, s = (int.from_bytes(part, "big") for part in (signed[:half], signed[half:]))
            curve = _CURVES[key["crv"]]
            numbers = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), curve)
            numbers.public_key().verify(encode_dss_signature(r, s), text, ec.ECDSA(hashing))
            return True
        public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
        pss = padding.PSS(padding.MGF1(hashing), padding.PSS.AUTO)
        public.verify(signed, text, pss if padded == 6 else padding.PKCS1v15(), hashing)
    except InvalidSignature:
        return False
    return True
