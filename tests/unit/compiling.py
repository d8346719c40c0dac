"""Short ways from a text to what the passes make of it."""

from galc.compiler import Checked, check
from galc.frontend.source import Source
from galc.ir.gateway import Gateway, Route

SERVICE = "service users {{\n  upstream users.internal:8080\n{}\n}}\n"


def checked(text: str) -> Checked:
    """A `.gal` text (or YAML, if it begins with `version:`), checked."""
    spelling = "yaml" if text.startswith("version:") else "gal"
    return check(Source(f"in.{spelling}", text, "yaml" if spelling == "yaml" else "gal"))


def gateway(text: str) -> Gateway:
    """The gateway of a text without errors."""
    result = checked(text)
    assert result.ok, [d.message() for d in result.diagnostics]
    assert result.state is not None and result.state.gateway is not None
    return result.state.gateway


def routes(*lines: str) -> tuple[Route, ...]:
    """The routes of one service with these lines, in the order in which they are tried."""
    return gateway("version 1\n" + SERVICE.format("\n".join(lines))).routes


def route(line: str, *more: str) -> Route:
    """The one route of a service with these lines."""
    (only,) = routes(line, *more)
    return only


def codes(text: str) -> list[str]:
    """The codes of all that is found, sorted."""
    return sorted(d.code for d in checked(text).diagnostics)


def codes_of(*lines: str) -> list[str]:
    """As `codes`, for one service with these lines."""
    return codes("version 1\n" + SERVICE.format("\n".join(lines)))
