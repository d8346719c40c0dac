"""Credentials in Envoy's environment: constant Lua in place of basic_auth and api_key_auth.

Those filters take users and keys from the file, or all of them from one variable or file
(config/core/v3/base.proto, DataSource). Lua scripts have LuaJIT's whole library, and so `os.getenv`
(source/extensions/filters/common/lua/lua.cc calls luaL_openlibs; seen on 1.40). A program only
marks a request that it lets in; the rbac filter behind it refuses all others. So a request is
refused, too, if a program fails: Envoy would then go on with it.
"""

from typing import Any

from galc.ir.gateway import ApiKeys, Basic, FromEnvironment, Secret
from galc.targets.envoy import schema as s
from galc.targets.memo import shared
from galc.targets.references import in_environment

#: Of the dynamic metadata that a program writes and the rbac filter reads.
NAMESPACE = "galc.admitted"
_MARK = "by"

_COMMON = f"""\
-- What a variable holds; nothing where it isn't set, or is empty.
local function variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function admit(handle)
  handle:streamInfo():dynamicMetadata():set("{NAMESPACE}", "{_MARK}", "environment")
end
"""

KEYS = f"""\
{_COMMON}
local function decoded(text)
  return (string.gsub(text, "%%(%x%x)", function(x) return string.char(tonumber(x, 16)) end))
end

local function in_query(path, name)
  local start = string.find(path, "?", 1, true)
  for part in string.gmatch(start and string.sub(path, start + 1) or "", "[^&]+") do
    if decoded(string.match(part, "^[^=]*")) == name then
      return decoded(string.match(part, "=(.*)$") or "")
    end
  end
end

local function owner_of(policy, key)
  if not key or key == "" then return nil end
  local owner = policy:get("keys")[key]
  if owner then return owner end
  for _, entry in ipairs(policy:get("environment")) do
    if variable(entry.variable) == key then return entry.owner end
  end
end

function envoy_on_request(handle)
  local policy, headers = handle:filterContext(), handle:headers()
  local header, parameter = policy:get("header"), policy:get("query")
  local owner = header and owner_of(policy, headers:getAtIndex(header, 0))
  if not owner and parameter then
    owner = owner_of(policy, in_query(headers:get(":path"), parameter))
  end
  if not owner then return end
  if policy:get("forward") then headers:replace("x-consumer-name", owner) end
  admit(handle)
end
"""

BASIC = f"""\
{_COMMON}
function envoy_on_request(handle)
  local policy = handle:filterContext()
  local sent = handle:headers():getAtIndex("authorization", 0) or ""
  local token = string.match(sent, "^[Bb][Aa][Ss][Ii][Cc] +(%S+)$")
  if not token then return end
  for _, user in ipairs(policy:get("users")) do
    local password = user.password or variable(user.variable)
    if password and token == handle:base64Escape(user.name .. ":" .. password) then
      return admit(handle)
    end
  end
end
"""


def has_references(scheme: object) -> bool:
    """Whether users or keys stand in the environment."""
    if isinstance(scheme, Basic):
        return any(isinstance(user.secret, FromEnvironment) for user in scheme.users)
    return isinstance(scheme, ApiKeys) and bool(in_environment(scheme))


@shared
def keys(scheme: ApiKeys) -> s.LuaPerRoute:
    """The data of the program for API keys."""
    known = {key.key: key.name for key in scheme.keys if isinstance(key.key, str)}
    data: dict[str, Any] = {
        "keys": known,
        "environment": in_environment(scheme),
        "forward": scheme.forward_name,
    }
    places = {"header": scheme.header, "query": scheme.query}
    return s.LuaPerRoute({**data, **{name: value for name, value in places.items() if value}})


@shared
def users(scheme: Basic) -> s.LuaPerRoute:
    """The data of the program for basic authentication."""
    return s.LuaPerRoute({"users": [_user(user.username, user.secret) for user in scheme.users]})


def _user(name: str, secret: Secret) -> dict[str, str]:
    if isinstance(secret, FromEnvironment):
        return {"name": name, "variable": secret.name}
    return {"name": name, "password": secret}


def admitted() -> s.Principal:
    """Whom a program has let in."""
    path = (s.PathSegment(_MARK),)
    value = s.ValueMatcher(string_match=s.StringMatcher(exact="environment"))
    return s.Principal(
        sourced_metadata=s.SourcedMetadata(s.MetadataMatcher(NAMESPACE, path, value))
    )
