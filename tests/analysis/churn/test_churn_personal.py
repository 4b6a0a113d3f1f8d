from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from churn_cases import of_lines, shop, summary_of

from crmcli.analysis.churn.features import gaps_of
from crmcli.analysis.churn.personal import personal, personal_paces, personal_thresholds
from crmcli.analysis.churn.window import Silence
from crmcli.analysis.churn_window import churn_window
from crmcli.analysis.kaplan_meier import kaplan_meier

ROWS = (
    ("a", "2024-01-01", 1),
    ("b", "2024-01-01", 1),
    ("b", "2024-01-11", 1),
    ("c", "2024-01-01", 1),
    ("c", "2024-01-11", 1),
    ("c", "2024-01-31", 1),
    ("c", "2024-04-10", 1),
)


def test_threshold_blends_the_own_quantile_with_three_pool_windows() -> None:
    gaps = gaps_of(summary_of(ROWS, "2024-06-30"))
    # c: gaps 10, 20, 70; the 90 % quantile (type 7) is 20 + .8 · 50.
    assert personal_thresholds(gaps, 100) == pytest.approx([100, (10 + 300) / 4, (3 * 60 + 300) / 6])


def test_pace_is_the_blended_mean_of_log_gaps() -> None:
    gaps = gaps_of(summary_of(ROWS, "2024-06-30"))
    logs = np.log([10, 10, 20, 70])
    paces = personal_paces(gaps)
    assert paces[0] == 1.0
    assert paces[1] == pytest.approx(np.exp((np.log(10) - logs.mean()) / 4))
    assert paces[2] == pytest.approx(np.exp((logs[1:].sum() - 3 * logs.mean()) / 6))


def test_standing_of_a_simulated_shop() -> None:
    as_of = dt.date(2024, 10, 31)
    summary = of_lines(shop(300, 304, 5), as_of)
    gaps = gaps_of(summary)
    curve = gaps.curve()
    window = churn_window(curve)
    assert window is not None
    silence = Silence(curve, window, (gaps.end - gaps.last_day).astype(np.int64))
    found = personal(gaps, silence)
    assert (found.overdue_days >= 0).all()
    assert (found.overdue_days[found.lost] > 0).all()
    assert (silence.recency_days[found.lost] > window.days).all()
    assert np.isnan(found.next_day[found.lost]).all()
    expected = found.next_day[~np.isnan(found.next_day)]
    assert len(expected) > 50
    assert (expected > gaps.end).all()
    within = silence.recency_days <= np.floor(found.threshold_days)
    assert (found.overdue_days[within] == 0).all()


def test_the_next_order_is_expected_when_half_of_those_as_silent_who_return_have_returned() -> None:
    # The pool: 100 orders, returns on days 1 … 50, the rest silent to day 400. S falls by .01 a day to its level of .5.
    days = np.array([*range(1, 51), *[400] * 50])
    curve = kaplan_meier(days, np.arange(100) < 50)
    window = churn_window(curve)
    assert window is not None
    rows = [(name, f"2024-{month:02d}-{day:02d}", 1) for name, month, day in (("a", 6, 30), ("b", 5, 31), ("c", 5, 10))]
    gaps = gaps_of(summary_of(rows, "2024-06-30"))
    found = personal(gaps, Silence(curve, window, (gaps.end - gaps.last_day).astype(np.int64)))
    # Just ordered: half of all returns have come by day 25. Silent for 30 days: S = .7, and .6 is reached on day 40.
    assert (found.next_day - gaps.end).tolist()[:2] == [25, 10]
    # Silent for 51 days, longer than the window of 45: lost.
    assert found.lost.tolist() == [False, False, True]
    assert np.isnan(found.next_day[2])
    assert found.overdue_days.tolist() == [0, 0, 6]
