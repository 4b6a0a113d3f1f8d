from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from crmcli.analysis.churn.window import Silence, candidate_days, window_table
from crmcli.analysis.churn_window import churn_window
from crmcli.analysis.kaplan_meier import kaplan_meier


def silence(recency: list[int]) -> Silence:
    # 100 orders: returns on days 1 … 50, the other 50 silent to day 400; S falls by .01 a day to its level of .5.
    days = np.array([*range(1, 51), *[400] * 50])
    curve = kaplan_meier(days, np.arange(100) < 50)
    window = churn_window(curve)
    assert window is not None
    return Silence(curve, window, np.array(recency, dtype=np.int64))


def test_who_is_silent_so_long_is_gone_with_the_level_by_the_curve() -> None:
    assert silence([0]).p_gone(np.array([0, 25, 50, 200])) == pytest.approx([0.5, 0.5 / 0.75, 1.0, 1.0])


def test_errors_of_both_kinds_among_the_customers_as_they_stand() -> None:
    # One is silent 25 days (gone with 2/3), one 45 (gone with .5/.55), one 300 (gone).
    table = window_table(silence([25, 45, 300]))
    row = table.row(by_predicate=pl.col("days") == 30, named=True)
    returning = (1 - 2 / 3) + (1 - 0.5 / 0.55)
    assert row["type1"] == pytest.approx((1 - 0.5 / 0.55) / returning)
    assert row["type2"] == pytest.approx((2 / 3) / (2 / 3 + 0.5 / 0.55 + 1))
    assert row["share_of_gaps"] == pytest.approx(0.6)
    assert row["p_return_after"] == pytest.approx(1 - 0.5 / 0.7)


def test_one_window_is_chosen_and_the_trade_off_is_monotone() -> None:
    table = window_table(silence(list(range(0, 390, 3))))
    assert table.filter("chosen")["days"].to_list() == [45]
    assert table["days"].is_sorted()
    assert {40, 45, 48} <= set(table["days"])
    assert table["share_of_gaps"].is_sorted()
    assert table["type1"].is_sorted(descending=True)
    assert table["type2"].is_sorted()


def test_no_window_lies_beyond_what_was_seen() -> None:
    assert candidate_days(silence([0])).max() == 365


def test_nobody_to_judge_gives_no_error_rates() -> None:
    table = window_table(silence([300, 350]))
    assert table["type1"].null_count() == table.height
