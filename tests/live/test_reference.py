"""The reference interpreter does what the cases say: what a case expects is the language."""

from collections import defaultdict

import pytest

from galc.compiler import compile_text
from galc.diagnostics.targets import Unsupported
from galc.targets.envoy.support import SUPPORT

from .cases import ALL_CASES
from .keys import Keys
from .model import Case
from .reference import run
from .run import RefusedError, fill_in


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


def _not_yet(case: Case) -> str | None:
    """What the case writes that no target can build yet, so that it has no normal form either."""
    text = fill_in(case.document, defaultdict(lambda: "1"))
    compilation = compile_text(text, "case.yaml", "envoy")
    found = [d for d in compilation.diagnostics if isinstance(d, Unsupported)]
    return next((d.message() for d in found if SUPPORT[d.feature].todo), None)


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_case(case: Case, keys: Keys) -> None:
    if reason := _not_yet(case):
        pytest.skip(reason)
    try:
        run(case, keys)
    except RefusedError as refused:
        pytest.skip(str(refused))
