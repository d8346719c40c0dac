import re
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from galc.ir.document import Duration
from galc.ir.units import duration_text, milliseconds

_PATTERN: str = Duration.__metadata__[0].pattern  # type: ignore[attr-defined]
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
durations = st.from_regex(re.compile(_PATTERN, re.ASCII), fullmatch=True).map(str.strip)


def test_examples() -> None:
    for text, ms in {
        "250ms": 250,
        "1.5s": 1500,
        "5m": 300_000,
        "2h": 7_200_000,
        "1d": 86_400_000,
        "0s": 0,
        "0.001s": 1,
        "0.5ms": 1,
        "1.001m": 60_060,
    }.items():
        assert milliseconds(text) == ms


@given(durations)
def test_a_part_of_a_millisecond_rounds_up(text: str) -> None:
    found = re.fullmatch(r"([0-9.]+)(\w+)", text)
    assert found is not None
    exact = Fraction(found.group(1)) * _UNITS[found.group(2)]
    assert exact <= milliseconds(text) < exact + 1


@given(st.integers(0, 10**12))
def test_a_duration_as_text_is_the_same_duration(ms: int) -> None:
    text = duration_text(ms)
    assert milliseconds(text) == ms
    assert not re.search(r"\.\d*0s$|\.s$", text)
