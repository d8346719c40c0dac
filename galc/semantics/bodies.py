"""Changes to JSON bodies (language section 4.8).

A body is read for the texts of its outermost members and no further, so that all that no rule
names stays as it is, byte for byte.
"""

import json
import random
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from msgspec import Struct

from galc.ir.bodies import DIGESTS, MOST_BYTES, MOST_LEVELS, WITHOUT_BODY
from galc.ir.gateway import BodyRules, Edit
from galc.semantics.messages import Headers, Reply, Request, values, without

_SPACE = re.compile(r"[ \t\r\n]*")
#: A string, a number or a word of JSON (RFC 8259).
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"')
_SCALAR = re.compile(
    r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|" + _STRING.pattern
)
_CLOSING = {"{": "}", "[": "]"}
_WITHOUT_ANSWER = (204, 304)


class Refused(Struct, frozen=True):
    """The gateway answers by itself, with this status and text."""

    status: int
    text: str


class _Member(Struct, frozen=True):
    """`name` is decoded; the three texts are what stands before, in and behind its place."""

    name: str
    before: str
    spelled: str
    behind: str


class _Deep(Exception):
    """A body is nested too deeply to look at all of it."""


def of_request(rules: BodyRules, request: Request, now: float, seed: int) -> bytes | Refused:
    """The body that goes to the upstream, or the gateway's own answer."""
    body = request.body
    if len(body) > MOST_BYTES:
        return Refused(413, "Content Too Large")
    if not body and (request.method in WITHOUT_BODY or not rules.required):
        return body
    changed = _changed(rules, body, _maker(now, seed))
    return Refused(400, "Bad Request") if changed is None else changed


def without_digests(headers: Headers) -> Headers:
    """The headers of a changed body."""
    return without(headers, *DIGESTS)


def asking_for_readable(headers: Headers) -> Headers:
    """A request's headers, without what asks for an answer that can't be looked at: compressed, or
    a part of one."""
    kept = without(headers, "Accept-Encoding", "Range", "If-Range")
    return (*kept, ("Accept-Encoding", "identity"))


def of_answer(rules: BodyRules, method: str, reply: Reply) -> Reply | Refused:
    """What becomes of an upstream's reply."""
    assert reply.status is not None
    if reply.status < 200 or reply.status in _WITHOUT_ANSWER:
        return reply
    encodings = values(reply.headers, "Content-Encoding")
    kept = without(reply.headers, *DIGESTS, "Accept-Ranges")
    if reply.status == 206 or any(value.lower() != "identity" for value in encodings):
        return Refused(502, "Bad Gateway")
    if is_stream(reply.headers) or method == "HEAD":
        return Reply(reply.status, kept, reply.body, reply.trailers, reply.seconds)
    if len(reply.body) > MOST_BYTES:
        return Refused(502, "Bad Gateway")
    body = _changed(rules, reply.body, _maker(0, 0))
    if body is None:
        return Refused(502, "Bad Gateway")
    return Reply(reply.status, kept, body, reply.trailers, reply.seconds)


def is_stream(headers: Headers) -> bool:
    """Whether an answer is a stream of events, which passes as it comes."""
    kinds = values(headers, "Content-Type")
    return any(kind.partition(";")[0].strip().lower() == "text/event-stream" for kind in kinds)


def _changed(rules: BodyRules, body: bytes, made: Callable[[str], str]) -> bytes | None:
    """The body after the rules; None where it isn't one that they ask for, or too deep."""
    try:
        text = body.decode("utf-8")
        found = list(_members(text))
    except _Deep:
        return None
    except ValueError:
        return None if rules.required else body
    names = {member.name for member in found}
    if not names.issuperset(rules.required):
        return None
    edited = found
    for edit in rules.edits:
        edited = _edited(edited, edit, made)
    if edited is found:
        return body
    start = text.index("{")
    inside = ",".join(m.before + m.spelled + m.behind for m in edited)
    return (text[: start + 1] + inside + text[text.rindex("}") :]).encode()


def _edited(members: list[_Member], edit: Edit, made: Callable[[str], str]) -> list[_Member]:
    """The members after an edit; the same list where it has nothing to do."""
    others = [member for member in members if member.name != edit.field]
    is_there = len(others) < len(members)
    if edit.action == "remove":
        return others if is_there else members
    if edit.action == "default" and is_there:
        return members
    if edit.action == "rename":
        if not is_there or edit.value == edit.field:
            return members
        left = [member for member in members if member.name != edit.value]
        return [_renamed(m, edit.value) if m.name == edit.field else m for m in left]
    value = edit.value
    if edit.action == "compute":
        value = json.dumps(edit.prefix + made(edit.value) + edit.suffix, ensure_ascii=False)
    new = _Member(edit.field, "", _spelled(edit.field), f":{value}")
    if not is_there:
        return [*members, new]
    at = next(i for i, member in enumerate(members) if member.name == edit.field)
    return [*others[:at], new, *others[at:]]


def _renamed(member: _Member, name: str) -> _Member:
    return _Member(name, member.before, _spelled(name), member.behind)


def _spelled(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _members(text: str) -> Iterator[_Member]:
    """The members of the object that a text is; a ValueError where it is none."""
    begin = _after(text, 0, "{")
    if text[_skip(text, begin) :][:1] == "}":
        at, mark = _skip(text, begin), "}"
    else:
        at, mark = begin, ","
    while mark == ",":
        start = _skip(text, at)
        stop, value = _name(text, start)
        behind = _skip(text, _value_end(text, value))
        spelled = text[start:stop]
        yield _Member(json.loads(spelled), text[at:start], spelled, text[stop:behind])
        mark = text[behind : behind + 1]
        at = behind + (mark == ",")
    if _skip(text, _after(text, at, "}")) != len(text):
        raise ValueError("more text")


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _after(text: str, at: int, mark: str) -> int:
    """The place behind a mark, which must come next."""
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"no {mark}")
    return at + 1


def _name(text: str, at: int) -> tuple[int, int]:
    """Where the name that must be here ends, and where its value begins."""
    found = _STRING.match(text, at)
    if found is None:
        raise ValueError("no name")
    return found.end(), _skip(text, _after(text, found.end(), ":"))


def _value_end(text: str, at: int) -> int:
    """The place behind the value that must be here, however deeply it is nested."""
    open_: list[str] = []
    while True:
        closing = _CLOSING.get(text[at : at + 1])
        if closing:
            open_.append(closing)
            if len(open_) >= MOST_LEVELS:
                raise _Deep
            at = _skip(text, at + 1)
        else:
            found = _SCALAR.match(text, at)
            if found is None:
                raise ValueError("no value")
            at = found.end()
        if not closing or text[at : at + 1] == closing:
            at = _behind(text, at, open_)
            if not open_:
                return at
        if open_[-1] == "}":
            at = _name(text, at)[1]


def _behind(text: str, at: int, open_: list[str]) -> int:
    """From a value's end to where the next one begins, out of all that is closed before."""
    while open_:
        at = _skip(text, at)
        mark = text[at : at + 1]
        if mark == ",":
            return _skip(text, at + 1)
        if mark != open_.pop():
            raise ValueError("no comma")
        at += 1
    return at


def _maker(now: float, seed: int) -> Callable[[str], str]:
    """What makes computed values; the same seed makes the same ones."""
    source = random.Random(seed)

    def made(generator: str) -> str:
        if generator == "timestamp":
            return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        number = source.getrandbits(128)
        return str(uuid.UUID(int=number, version=4)) if generator == "uuid" else f"{number:032x}"

    return made
