-- HTTP basic authentication against `users`: name -> {scheme, hash}, per route.

-- MD5-crypt as Apache writes it ($apr1$salt$hash), after the description of the algorithm at
-- https://httpd.apache.org/docs/2.4/misc/password_encryptions.html
local APR1_DIGITS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
local APR1_ORDER = { { 1, 7, 13 }, { 2, 8, 14 }, { 3, 9, 15 }, { 4, 10, 16 }, { 5, 11, 6 } }

local function apr1_digits(number, count)
  local digits = {}
  for at = 1, count do
    local digit = number % 64
    digits[at] = string.sub(APR1_DIGITS, digit + 1, digit + 1)
    number = (number - digit) / 64
  end
  return table.concat(digits)
end

local function apr1(password, salt)
  local md5 = ngx.md5_bin
  local inner = md5(password .. salt .. password)
  local parts = { password, "$apr1$", salt }
  for left = #password, 1, -16 do
    parts[#parts + 1] = string.sub(inner, 1, math.min(left, 16))
  end
  local bits = #password
  while bits > 0 do
    parts[#parts + 1] = bits % 2 == 1 and "\0" or string.sub(password, 1, 1)
    bits = math.floor(bits / 2)
  end
  local sum = md5(table.concat(parts))
  for round = 0, 999 do
    local odd = round % 2 == 1
    sum = md5((odd and password or sum)
      .. (round % 3 ~= 0 and salt or "")
      .. (round % 7 ~= 0 and password or "")
      .. (odd and sum or password))
  end
  local text = {}
  for at, order in ipairs(APR1_ORDER) do
    local number = 0
    for _, place in ipairs(order) do number = number * 256 + string.byte(sum, place) end
    text[at] = apr1_digits(number, 4)
  end
  return table.concat(text) .. apr1_digits(string.byte(sum, 12), 2)
end

local function has_password(user, password)
  if user.scheme == "plain" then return password == user.text end
  if user.scheme == "apr1" then return apr1(password, user.salt) == user.hash end
  return ngx.encode_base64(ngx.sha1_bin(password)) == user.hash
end

function galc.basic(policy)
  local sent = header("authorization") or ""
  local encoded = string.match(sent, "^[Bb][Aa][Ss][Ii][Cc] +(%S+)$")
  local login = encoded and ngx.decode_base64(encoded) or ""
  local name, password = string.match(login, "^([^:]*):(.*)$")
  local user = name and policy.users[name]
  if user and user.variable then user = galc.user(user) end
  if not user or not has_password(user, password) then return deny(policy) end
end
