from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from crmcli.analysis.churn_window import ChurnWindow, churn_window
from crmcli.analysis.kaplan_meier import kaplan_meier

if TYPE_CHECKING:
    from crmcli.analysis.kaplan_meier import SurvivalCurve


def curve(returned: list[int], silent: list[int]) -> SurvivalCurve:
    days = np.array([*returned, *silent])
    return kaplan_meier(days, np.arange(len(days)) < len(returned))


def test_nobody_returned() -> None:
    assert churn_window(curve([], [5, 90])) is None


def test_days_by_which_nine_in_ten_of_all_returns_have_come() -> None:
    # 100 orders: returns on days 1 … 50, the other 50 silent to day 400. S falls by .01 a day to its level of .5.
    found = churn_window(curve(list(range(1, 51)), [400] * 50))
    assert found is not None
    assert (found.days, found.share, found.level_day, found.is_thin) == (45, 0.9, 400, False)
    assert found.level == pytest.approx(0.5)


@pytest.mark.parametrize(("share", "days"), [(0.02, 1), (0.5, 25), (0.8, 40), (0.95, 48), (1.0, 50)])
def test_other_shares(share: float, days: int) -> None:
    found = churn_window(curve(list(range(1, 51)), [400] * 50), share)
    assert found is not None
    assert found.days == days


def test_the_thin_end_of_the_curve_does_not_set_the_level() -> None:
    # 29 are watched beyond day 100, and one of them returns on day 300.
    steady = [*range(1, 51)]
    found = churn_window(curve([*steady, 300], [100] * 22 + [400] * 28))
    assert found is not None
    assert (found.level_day, found.days) == (100, 45)
    assert churn_window(curve([*steady, 300], [100] * 22 + [400] * 28), least_at_risk=1) != found


def test_with_too_few_orders_the_end_of_the_curve_has_to_do_and_says_so() -> None:
    found = churn_window(curve([10, 20], [40, 60]))
    assert found == ChurnWindow(days=20, share=0.9, level=0.5, level_day=60, is_thin=True)


def test_many_at_risk_before_the_first_return_do_not_count_as_known() -> None:
    # 40 are seen for a day only; of the ten others, five return on day 5.
    found = churn_window(curve([5] * 5, [1] * 40 + [9] * 5))
    assert found is not None
    assert (found.days, found.is_thin) == (5, True)
