"""The parser's tables, generated from `grammar/gal.lark` by `generating`."""

from typing import Final

START: Final = 0
ACTIONS: Final[dict[int, dict[str, int | tuple[int, str]]]] = {
    0: {
        "$END": (0, "items"),
        "END": (0, "items"),
        "STRING": 1,
        "WORD": 2,
        "items": 3,
        "start": 4,
        "statement": 5,
    },
    1: {
        "$END": (1, "statement"),
        "CLOSE": (1, "statement"),
        "END": (1, "statement"),
        "OPEN": 6,
        "PROPERTY": 7,
        "STRING": 8,
        "WORD": 9,
        "arguments": 10,
        "block": 11,
    },
    2: {
        "$END": (1, "statement"),
        "CLOSE": (1, "statement"),
        "END": (1, "statement"),
        "OPEN": 6,
        "PROPERTY": 7,
        "STRING": 8,
        "WORD": 9,
        "arguments": 12,
        "block": 13,
    },
    3: {"$END": (1, "start"), "END": 14},
    4: {"$END": 4},
    5: {"$END": (1, "items"), "CLOSE": (1, "items"), "END": (1, "items")},
    6: {
        "CLOSE": (0, "items"),
        "END": (0, "items"),
        "STRING": 1,
        "WORD": 2,
        "items": 15,
        "statement": 5,
    },
    7: {
        "$END": (1, "arguments"),
        "CLOSE": (1, "arguments"),
        "END": (1, "arguments"),
        "OPEN": (1, "arguments"),
        "PROPERTY": (1, "arguments"),
        "STRING": (1, "arguments"),
        "WORD": (1, "arguments"),
    },
    8: {
        "$END": (1, "arguments"),
        "CLOSE": (1, "arguments"),
        "END": (1, "arguments"),
        "OPEN": (1, "arguments"),
        "PROPERTY": (1, "arguments"),
        "STRING": (1, "arguments"),
        "WORD": (1, "arguments"),
    },
    9: {
        "$END": (1, "arguments"),
        "CLOSE": (1, "arguments"),
        "END": (1, "arguments"),
        "OPEN": (1, "arguments"),
        "PROPERTY": (1, "arguments"),
        "STRING": (1, "arguments"),
        "WORD": (1, "arguments"),
    },
    10: {
        "$END": (2, "statement"),
        "CLOSE": (2, "statement"),
        "END": (2, "statement"),
        "OPEN": 6,
        "PROPERTY": 16,
        "STRING": 17,
        "WORD": 18,
        "block": 19,
    },
    11: {"$END": (2, "statement"), "CLOSE": (2, "statement"), "END": (2, "statement")},
    12: {
        "$END": (2, "statement"),
        "CLOSE": (2, "statement"),
        "END": (2, "statement"),
        "OPEN": 6,
        "PROPERTY": 16,
        "STRING": 17,
        "WORD": 18,
        "block": 20,
    },
    13: {"$END": (2, "statement"), "CLOSE": (2, "statement"), "END": (2, "statement")},
    14: {
        "$END": (2, "items"),
        "CLOSE": (2, "items"),
        "END": (2, "items"),
        "STRING": 1,
        "WORD": 2,
        "statement": 21,
    },
    15: {"CLOSE": 22, "END": 14},
    16: {
        "$END": (2, "arguments"),
        "CLOSE": (2, "arguments"),
        "END": (2, "arguments"),
        "OPEN": (2, "arguments"),
        "PROPERTY": (2, "arguments"),
        "STRING": (2, "arguments"),
        "WORD": (2, "arguments"),
    },
    17: {
        "$END": (2, "arguments"),
        "CLOSE": (2, "arguments"),
        "END": (2, "arguments"),
        "OPEN": (2, "arguments"),
        "PROPERTY": (2, "arguments"),
        "STRING": (2, "arguments"),
        "WORD": (2, "arguments"),
    },
    18: {
        "$END": (2, "arguments"),
        "CLOSE": (2, "arguments"),
        "END": (2, "arguments"),
        "OPEN": (2, "arguments"),
        "PROPERTY": (2, "arguments"),
        "STRING": (2, "arguments"),
        "WORD": (2, "arguments"),
    },
    19: {"$END": (3, "statement"), "CLOSE": (3, "statement"), "END": (3, "statement")},
    20: {"$END": (3, "statement"), "CLOSE": (3, "statement"), "END": (3, "statement")},
    21: {"$END": (3, "items"), "CLOSE": (3, "items"), "END": (3, "items")},
    22: {"$END": (3, "block"), "CLOSE": (3, "block"), "END": (3, "block")},
}
SCAN: Final = (
    "(?:#[^\n"
    "]*+|[ \t\r"
    ']++)*+((?:"(?:[^"\\\\\n'
    "]|\\\\[^\n"
    '])*+"(?![^ \t\r\n'
    ';{}]))|(?:[A-Za-z_][A-Za-z0-9_]*+=(?:"(?:[^"\\\\\n'
    "]|\\\\[^\n"
    '])*+"(?![^ \t\r\n'
    ";{}])|(?!#)(?:[^ \t\r\n"
    ';{}"$]++|\\$(?:\\{[^ \t\r\n'
    ';{}"]*+\\}|(?!\\{))|\\{\\{[^ \t\r\n'
    ';{}"]*+\\}\\})++(?!")))|(?:(?!#)(?:[^ \t\r\n'
    ';{}"$]++|\\$(?:\\{[^ \t\r\n'
    ';{}"]*+\\}|(?!\\{))|\\{\\{[^ \t\r\n'
    ';{}"]*+\\}\\})++(?!"))|(?:\\{)|(?:\\})|(?:[;\n'
    "](?:[ \t\r\n"
    ";]++|#[^\n"
    ']*+)*+)|"(?:[^"\\\\\\n]|\\\\[^\\n])*+"[^ \\t\\r\\n;{}]*+|"[^\\n]*+|[^ \\t\\r\\n;]++|\\Z)'
)
CLASSIFY: Final = (
    '(?P<STRING>"(?:[^"\\\\\n'
    "]|\\\\[^\n"
    '])*+"(?![^ \t\r\n'
    ';{}]))|(?P<PROPERTY>[A-Za-z_][A-Za-z0-9_]*+=(?:"(?:[^"\\\\\n'
    "]|\\\\[^\n"
    '])*+"(?![^ \t\r\n'
    ";{}])|(?!#)(?:[^ \t\r\n"
    ';{}"$]++|\\$(?:\\{[^ \t\r\n'
    ';{}"]*+\\}|(?!\\{))|\\{\\{[^ \t\r\n'
    ';{}"]*+\\}\\})++(?!")))|(?P<WORD>(?!#)(?:[^ \t\r\n'
    ';{}"$]++|\\$(?:\\{[^ \t\r\n'
    ';{}"]*+\\}|(?!\\{))|\\{\\{[^ \t\r\n'
    ';{}"]*+\\}\\})++(?!"))|(?P<OPEN>\\{)|(?P<CLOSE>\\})|(?P<END>[;\n'
    "](?:[ \t\r\n"
    ";]++|#[^\n"
    "]*+)*+)"
)
