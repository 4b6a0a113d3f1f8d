from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.campaigns.shares import Response, difference


@pytest.mark.parametrize(
    ("first", "second", "limits"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((0, 10), (0, 10), (-0.2775, 0.2775)),
        ((10, 10), (0, 20), (0.6791, 1.0000)),
        ((10, 10), (0, 10), (0.6075, 1.0000)),
    ],
)
def test_the_limits_that_newcombe_published(
    first: tuple[int, int], second: tuple[int, int], limits: tuple[float, float]
) -> None:
    found = difference(Response(*first), Response(*second))
    assert found is not None
    assert found.value == pytest.approx(first[0] / first[1] - second[0] / second[1])
    assert (found.low, found.high) == pytest.approx(limits, abs=5e-5)


def test_a_share_of_nobody_is_unknown() -> None:
    nobody, somebody = Response(0, 0), Response(1, 2)
    assert (nobody.rate, nobody.limits) == (None, None)
    assert difference(nobody, somebody) is None
    assert difference(somebody, nobody) is None


def test_wilson_of_one_in_ten() -> None:
    assert Response(1, 10).limits == pytest.approx((0.017876, 0.404150), abs=1e-6)


@st.composite
def response(draw: st.DrawFn) -> Response:
    people = draw(st.integers(1, 10**7))
    return Response(draw(st.integers(0, people)), people)


@given(response(), response())
def test_limits_enclose_the_difference_and_turn_around_with_it(first: Response, second: Response) -> None:
    there, back = difference(first, second), difference(second, first)
    assert there is not None
    assert back is not None
    assert -1 <= there.low <= there.value <= there.high <= 1
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
