-- Changes to a body that is a JSON object (RFC 8259). The body is checked to its end, but only the
-- names of its outermost members are read, and only where a rule may be about them; everything else
-- is copied as it is. For Lua 5.1 and LuaJIT, without libraries: the sandbox of one gateway has none.

-- The longest body that is looked at, and how deeply one may be nested.
local BODY_BYTES, BODY_LEVELS = 4194304, 500

-- body_of_request(method, text, rules, source) and body_of_answer(text, rules) give what to do:
--   nil               leave the body as it is
--   "changed", text   send this one
--   "refused"         it isn't an object with the required members, or nobody can tell
-- `source` makes values: `random()` 16 bytes, `time()` seconds since 1970 or nil for now.
local body_of_request, body_of_answer

do
  local byte, find, gsub, sub = string.byte, string.find, string.gsub, string.sub
  local concat = table.concat

  local QUOTE, COMMA, COLON, BACKSLASH = 34, 44, 58, 92
  local OPEN_LIST, OPEN_OBJECT, CLOSE_OBJECT = 91, 123, 125
  local ESCAPES = {
    ['"'] = '"', ["\\"] = "\\", ["/"] = "/",
    b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
  }
  local WORDS = { [116] = "^true", [102] = "^false", [110] = "^null" }
  -- Sequences of RFC 3629, section 4.
  local UTF8 = {
    "[\194-\223][\128-\191]", "\224[\160-\191][\128-\191]", "\237[\128-\159][\128-\191]",
    "[\225-\236\238\239][\128-\191][\128-\191]", "\240[\144-\191][\128-\191][\128-\191]",
    "[\241-\243][\128-\191][\128-\191][\128-\191]", "\244[\128-\143][\128-\191][\128-\191]",
  }
  local WITHOUT_BODY = { GET = true, HEAD = true, DELETE = true, OPTIONS = true }

  local function is_utf8(text)
    for _, sequence in ipairs(UTF8) do
      if not find(text, "[\128-\255]") then return true end
      text = gsub(text, sequence, " ")
    end
    return not find(text, "[\128-\255]")
  end

  -- The first place from `at` that is no white space.
  local function space(text, at)
    local mark = byte(text, at)
    if mark == 32 or mark == 10 or mark == 13 or mark == 9 then
      return find(text, "[^ \t\r\n]", at) or #text + 1
    end
    return at
  end

  -- The place behind a string whose opening quote is before `at`, and whether it has escapes.
  local function string_end(text, at)
    local escaped = false
    while true do
      local stop = find(text, '["\\%z\1-\31]', at)
      local mark = stop and byte(text, stop)
      if mark == QUOTE then return stop + 1, escaped end
      if mark ~= BACKSLASH then return nil end
      escaped = true
      if find(text, "^u%x%x%x%x", stop + 1) then
        at = stop + 6
      elseif ESCAPES[sub(text, stop + 1, stop + 1)] then
        at = stop + 2
      else
        return nil
      end
    end
  end

  local function number_end(text, at)
    local _, stop = find(text, "^-?[1-9]%d*", at)
    if not stop then
      _, stop = find(text, "^-?0", at)
      if not stop then return nil end
    end
    local mark = byte(text, stop + 1)
    if mark == 46 then
      _, stop = find(text, "^%d+", stop + 2)
      if not stop then return nil end
      mark = byte(text, stop + 1)
    end
    if mark == 101 or mark == 69 then
      _, stop = find(text, "^[+-]?%d+", stop + 2)
      if not stop then return nil end
    end
    return stop + 1
  end

  -- The place behind the name that begins at `at`, whether it has escapes, and the place behind its
  -- colon, where a value must begin.
  local function name_end(text, at)
    if byte(text, at) ~= QUOTE then return nil end
    local stop, escaped = string_end(text, at + 1)
    local colon = stop and space(text, stop)
    if not colon or byte(text, colon) ~= COLON then return nil end
    return stop, escaped, space(text, colon + 1)
  end

  -- The place behind the value that begins at `at`; or nil, and whether it is nested too deeply.
  local function value_end(text, at)
    local closing, depth = {}, 0
    while true do
      local mark = byte(text, at)
      local more = false -- whether another member or item must follow
      if mark == QUOTE then
        at = string_end(text, at + 1)
      elseif mark == OPEN_OBJECT or mark == OPEN_LIST then
        depth = depth + 1
        if depth >= BODY_LEVELS then return nil, true end
        closing[depth] = mark + 2
        at = space(text, at + 1)
        if byte(text, at) == mark + 2 then
          depth, at = depth - 1, at + 1
        else
          more = true
        end
      elseif WORDS[mark] then
        local _, stop = find(text, WORDS[mark], at)
        at = stop and stop + 1
      else
        at = number_end(text, at)
      end
      if not at then return nil end
      while not more do
        if depth == 0 then return at end
        at = space(text, at)
        mark = byte(text, at)
        if mark == COMMA then
          at, more = space(text, at + 1), true
        elseif mark == closing[depth] then
          depth, at = depth - 1, at + 1
        else
          return nil
        end
      end
      if closing[depth] == CLOSE_OBJECT then
        local named, _, value = name_end(text, at)
        if not named then return nil end
        at = value
      end
    end
  end

  local function utf8_text(code)
    if code < 0x80 then return string.char(code) end
    local last = 0x80 + code % 64
    code = math.floor(code / 64)
    if code < 32 then return string.char(0xC0 + code, last) end
    local middle = 0x80 + code % 64
    code = math.floor(code / 64)
    if code < 16 then return string.char(0xE0 + code, middle, last) end
    return string.char(0xF0 + math.floor(code / 64), 0x80 + code % 64, middle, last)
  end

  -- A name with its escapes decoded. Half of a surrogate pair is in no name of a rule.
  local function decoded(name)
    name = gsub(name, "\\(.)(%x?%x?%x?%x?)", function(kind, digits)
      if kind == "u" then return utf8_text(tonumber(digits, 16)) end
      return ESCAPES[kind] .. digits
    end)
    return (gsub(name, "\237([\160-\175])(.)\237([\176-\191])(.)", function(a, b, c, d)
      local high = (byte(a) - 160) * 64 + byte(b) - 128
      return utf8_text(0x10000 + high * 1024 + (byte(c) - 176) * 64 + byte(d) - 128)
    end))
  end

  -- The names that rules are about, and how long they are.
  local function names_in(rules)
    local named, lengths = {}, {}
    local function add(name)
      named[name], lengths[#name] = true, true
    end
    for _, name in ipairs(rules.required) do add(name) end
    for _, edit in ipairs(rules.edits) do
      add(edit.field)
      if edit.to then add(edit.to) end
    end
    return named, lengths
  end

  -- The members of the object that a text is: `pieces` are texts of members that no rule is about,
  -- or {what is before the name, name, what is behind it}; `places` leads from a name to the pieces
  -- that have it. Nil where the text is no object, and whether it is nested too deeply.
  local function members(text, rules)
    local start = space(text, 1)
    if byte(text, start) ~= OPEN_OBJECT or not is_utf8(text) then return nil end
    local named, lengths = names_in(rules)
    local pieces, places = {}, {}
    local from = start + 1 -- where the text of this member begins
    local rest = from -- where that of the members begins that are copied
    local at = space(text, from)
    while byte(text, at) ~= CLOSE_OBJECT or from > start + 1 do
      local stop, escaped, value = name_end(text, at)
      if not stop then return nil end
      -- What can't be a name of a rule isn't made a string of.
      local name
      if escaped then
        name = decoded(sub(text, at + 1, stop - 2))
      elseif lengths[stop - at - 2] then
        name = sub(text, at + 1, stop - 2)
      end
      local behind, deep = value_end(text, value)
      if not behind then return nil, deep end
      behind = space(text, behind)
      local mark = byte(text, behind)
      if mark ~= COMMA and mark ~= CLOSE_OBJECT then return nil end
      if name and named[name] then
        if rest < from then pieces[#pieces + 1] = sub(text, rest, from - 2) end
        pieces[#pieces + 1] = {
          sub(text, from, at - 1), sub(text, at, stop - 1), sub(text, stop, behind - 1),
        }
        places[name] = places[name] or {}
        places[name][#places[name] + 1] = #pieces
        rest = behind + 1
      elseif mark == CLOSE_OBJECT then
        pieces[#pieces + 1] = sub(text, rest, behind - 1)
      end
      at = behind
      if mark == CLOSE_OBJECT then break end
      from = behind + 1
      at = space(text, from)
    end
    if space(text, at + 1) <= #text then return nil end
    local around = { sub(text, 1, start), sub(text, at) }
    return { pieces = pieces, places = places, count = #pieces, around = around }
  end

  local function drop(found, places)
    for _, place in ipairs(places) do found.pieces[place] = false end
  end

  local function put(found, edit, value)
    local places = found.places[edit.field]
    if not places then
      found.count = found.count + 1
      places = { found.count }
    end
    drop(found, places)
    found.pieces[places[1]] = { "", edit.key, ":" .. value }
    found.places[edit.field] = { places[1] }
  end

  local function rename(found, edit)
    local places = found.places[edit.field]
    if found.places[edit.to] then drop(found, found.places[edit.to]) end
    for _, place in ipairs(places) do found.pieces[place][2] = edit.key end
    found.places[edit.to] = places
    found.places[edit.field] = nil
  end

  -- The text that a generator makes.
  local function made(generator, source)
    if generator == "timestamp" then return os.date("!%Y-%m-%dT%H:%M:%SZ", source.time()) end
    local digits = gsub(source.random(), ".", function(char)
      return string.format("%02x", byte(char))
    end)
    if generator == "random" then return digits end
    -- RFC 9562, sections 4 and 5.4.
    local variant = 8 + tonumber(sub(digits, 17, 17), 16) % 4
    return concat({
      sub(digits, 1, 8), sub(digits, 9, 12), "4" .. sub(digits, 14, 16),
      string.format("%x", variant) .. sub(digits, 18, 20), sub(digits, 21, 32),
    }, "-")
  end

  -- Applies the edits in order; whether there was anything to do.
  local function apply(found, edits, source)
    local changed = false
    for _, edit in ipairs(edits) do
      local places = found.places[edit.field]
      local action = edit.action
      local does = true
      if action == "remove" and places then
        drop(found, places)
        found.places[edit.field] = nil
      elseif action == "rename" and places and edit.to ~= edit.field then
        rename(found, edit)
      elseif action == "compute" then
        put(found, edit, edit.before .. made(edit.generator, source) .. edit.after)
      elseif action == "set" or (action == "default" and not places) then
        put(found, edit, edit.value)
      else
        does = false
      end
      changed = changed or does
    end
    return changed
  end

  local function joined(found)
    local kept = {}
    for place = 1, found.count do
      local piece = found.pieces[place]
      if piece then
        kept[#kept + 1] = type(piece) == "table" and concat(piece) or piece
      end
    end
    return found.around[1] .. concat(kept, ",") .. found.around[2]
  end

  local function has_all(found, required)
    for _, name in ipairs(required) do
      if not found.places[name] then return false end
    end
    return true
  end

  local function edited(text, rules, source)
    local found, deep = members(text, rules)
    if not found then
      return (deep or #rules.required > 0) and "refused" or nil
    end
    if not has_all(found, rules.required) then return "refused" end
    if not apply(found, rules.edits, source) then return nil end
    return "changed", joined(found)
  end

  function body_of_request(method, text, rules, source)
    if text == "" and (WITHOUT_BODY[method] or #rules.required == 0) then return nil end
    return edited(text, rules, source)
  end

  function body_of_answer(text, rules)
    return edited(text, rules)
  end
end
