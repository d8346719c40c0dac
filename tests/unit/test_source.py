from galc.frontend.source import Mark, Place, Span


def _span(line: int) -> Span:
    return Span(line, 0, line, 5)


_ROOT = Mark(
    _span(0),
    None,
    {
        "a": Mark(
            _span(1), _span(2), {0: Mark(_span(3), None, {}), "b": Mark(_span(4), _span(5), {})}
        )
    },
)


def test_a_place_is_found() -> None:
    assert _ROOT.find(Place(())) == _span(0)
    assert _ROOT.find(Place(("a",))) == _span(1)
    assert _ROOT.find(Place(("a",), key=True)) == _span(2)
    assert _ROOT.find(Place(("a", 0))) == _span(3)
    assert _ROOT.find(Place(("a", 0), key=True)) == _span(3)


def test_of_what_is_missing_the_nearest_name_around_is_found() -> None:
    assert _ROOT.find(Place(("a", "b", "c", 5))) == _span(5)
    assert _ROOT.find(Place(("a", 0, "c"))) == _span(3)
    assert _ROOT.find(Place(("z",))) == _span(0)
