"""Makes `tables` from `grammar/gal.lark`: `python -m galc.frontend.gal.generating`.

Run it when the grammar changes; a test compares the two.
"""

from pathlib import Path
from pprint import pformat
from typing import Any

#: For each state: by a token's type, the next state, or the size and the rule of a reduction; by a
#: rule, the next state.
Actions = dict[int, dict[str, int | tuple[int, str]]]

_HEAD = """\
\"\"\"The parser's tables, generated from `grammar/gal.lark` by `generating`.\"\"\"

from typing import Final

"""


def lark_parser() -> Any:
    """The grammar as Lark's own parser."""
    from lark import Lark

    grammar = Path(__file__).parents[3] / "grammar" / "gal.lark"
    return Lark(
        grammar.read_text("utf-8"), parser="lalr", keep_all_tokens=True, maybe_placeholders=False
    )


def generated() -> dict[str, Any]:
    """What `tables` defines, by name."""
    lark = lark_parser()
    parser = lark.parse_interactive("").parser_state.parse_conf
    terminals = sorted(lark.terminals, key=lambda terminal: -terminal.priority)
    patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in terminals}
    ignored = "|".join(patterns.pop(name) for name in lark.ignore_tokens)
    tokens = "|".join(f"(?:{pattern})" for pattern in patterns.values())
    stray = r'"(?:[^"\\\n]|\\[^\n])*+"[^ \t\r\n;{}]*+|"[^\n]*+|[^ \t\r\n;]++'
    return {
        "START": 0,
        "ACTIONS": _actions(parser),
        "SCAN": f"(?:{ignored})*+({tokens}|{stray}|\\Z)",
        "CLASSIFY": "|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items()),
    }


def _actions(parser: Any) -> Actions:
    """The states, numbered in the order in which they are reached: Lark's own numbers differ from
    run to run."""
    from lark.parsers.lalr_analysis import Shift

    numbers = {parser.start_state: 0}

    def action(kind: Any, argument: Any) -> int | tuple[int, str]:
        if kind is Shift:
            return numbers.setdefault(argument, len(numbers))
        return len(argument.expansion), str(argument.origin.name)

    actions: Actions = {}
    while len(actions) < len(numbers):
        state = list(numbers)[len(actions)]
        entries = sorted(parser.states[state].items())
        actions[numbers[state]] = {str(symbol): action(*entry) for symbol, entry in entries}
        if state == parser.end_state:
            actions[numbers[state]]["$END"] = numbers[state]
    return actions


def _text() -> str:
    found = generated()
    types = {"ACTIONS": "Final[dict[int, dict[str, int | tuple[int, str]]]]"}
    lines = (
        f"{name}: {types.get(name, 'Final')} = (\n{pformat(value, width=96)}\n)\n"
        for name, value in found.items()
    )
    return _HEAD + "".join(lines)


if __name__ == "__main__":
    (Path(__file__).parent / "tables.py").write_text(_text(), "utf-8")
