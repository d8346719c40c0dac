"""Settings of `galc check`: `galc.toml`, or `[tool.galc]` of `pyproject.toml`.

The nearest one is taken, looking from the file's folder upward. What the command line says wins.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from msgspec import Struct

from galc.diagnostics import Severity, listed, nearest
from galc.diagnostics.selection import Selection, problem

FailOn = Literal["error", "warning", "never"]
FAIL_ON: Final[tuple[FailOn, ...]] = ("error", "warning", "never")
_SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")
_KEYS: Final = ("select", "ignore", "severity", "fail-on", "baseline", "targets", "strict")


class Settings(Struct, frozen=True):
    """What a project asks of a check."""

    selection: Selection = Selection()
    fail_on: FailOn = "error"
    baseline: Path | None = None
    targets: tuple[str, ...] = ()
    strict: bool = False


class ConfigError(Exception):
    """A mistake in a file of settings; the text names the file, and the line where it can."""


def settings_for(file: str) -> Settings:
    """The settings for a gateway file; for standard input, those of the working directory."""
    folder = Path.cwd() if file == "-" else Path(file).absolute().parent
    return _nearest(folder)


@cache
def _nearest(folder: Path) -> Settings:
    for place in (folder, *folder.parents):
        found = _read(place / "galc.toml", ()) or _read(place / "pyproject.toml", ("tool", "galc"))
        if found is not None:
            return found
    return Settings()


def _read(path: Path, table: tuple[str, ...]) -> Settings | None:
    """The settings in a table of a file; None if there is no such file, or no such table."""
    try:
        if not path.is_file():
            return None
        text = path.read_text("utf-8")
        if table and "galc" not in text:
            return None
        import tomllib

        value: Any = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"can't read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    for step in table:
        if step not in value:
            return None
        value = value[step]
        if not isinstance(value, dict):
            raise ConfigError(f"{path}: `{step}` takes a table")
    return _Reader(path, text).settings(value)


class _Reader:
    """Turns a table into settings, and says what is wrong with it."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    def wrong(self, key: str, message: str) -> ConfigError:
        """The error, with the first line that begins with the key."""
        for number, line in enumerate(self.text.splitlines(), 1):
            word = line.strip().lstrip("[").replace('"', "")
            if word.startswith(key) or word.endswith(f".{key}]"):
                return ConfigError(f"{self.path}:{number}: {message}")
        return ConfigError(f"{self.path}: {message}")

    def settings(self, table: Mapping[str, Any]) -> Settings:
        for key in table:
            if key not in _KEYS:
                word = nearest(key, _KEYS)
                hint = f"did you mean `{word}`?" if word else f"known: {listed(_KEYS)}"
                raise self.wrong(key, f"`{key}` isn't a setting; {hint}")
        baseline = self.text_of(table, "baseline")
        return Settings(
            Selection(
                self.codes(table, "select", hides=False),
                self.codes(table, "ignore", hides=True),
                self.severities(table.get("severity", {})),
            ),
            self.one_of(table, "fail-on", FAIL_ON, "error"),
            self.path.parent / baseline if baseline else None,
            self.texts(table, "targets"),
            self.truth(table, "strict"),
        )

    def texts(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, f"`{key}` takes a list of texts")
        return tuple(value)

    def text_of(self, table: Mapping[str, Any], key: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(key, f"`{key}` takes a text")
        return value

    def truth(self, table: Mapping[str, Any], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, f"`{key}` takes `true` or `false`")
        return value

    def one_of(
        self, table: Mapping[str, Any], key: str, words: tuple[FailOn, ...], default: FailOn
    ) -> FailOn:
        value = table.get(key, default)
        if value not in words:
            raise self.wrong(key, f"`{key}` takes {listed(words)}, not `{value}`")
        return words[words.index(value)]

    def codes(self, table: Mapping[str, Any], key: str, *, hides: bool) -> tuple[str, ...]:
        codes = self.texts(table, key)
        for code in codes:
            wrong = problem(code, hides=hides)
            if wrong:
                raise self.wrong(key, wrong)
        return codes

    def severities(self, table: Any) -> dict[str, Severity]:
        if not isinstance(table, dict):
            raise self.wrong("severity", "`severity` takes a table of codes")
        for code, value in table.items():
            wrong = problem(code, hides=True)
            if wrong:
                raise self.wrong(code, wrong)
            if value not in _SEVERITIES:
                raise self.wrong(code, f"`{code}` takes {listed(_SEVERITIES)}, not `{value}`")
        return dict(table)
