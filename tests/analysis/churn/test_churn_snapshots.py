from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from churn_cases import of_lines, shop, summary_of
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.churn.features import GROUPS
from crmcli.analysis.churn.learning import fit_boosting, fit_logistic
from crmcli.analysis.churn.snapshots import Snapshot, labelled, test_cut, thinned, training_cuts
from crmcli.analysis.discrimination import discrimination
from crmcli.customers.past import summary_at

test_cut.__test__ = False  # type: ignore[attr-defined]  # A date, not a test.

ROWS = (
    ("a", "2024-01-01", 10),
    ("a", "2024-03-01", 30),
    ("b", "2024-01-15", 20),
    ("b", "2024-04-01", 5),
    ("c", "2024-03-02", 7),
    ("d", "2024-02-29", 3),
    ("d", "2024-03-05", -3),
)
CUT = dt.date(2024, 3, 1)


def test_labels_say_who_made_no_order_after_the_cut_and_within_the_horizon() -> None:
    found = labelled(summary_of(ROWS, "2024-06-30"), CUT, 31)
    assert found.snapshot.past.frame["customer_id"].to_list() == ["a", "b", "d"]
    assert found.churned.tolist() == [True, False, True]
    assert labelled(summary_of(ROWS, "2024-06-30"), CUT, 30).churned.tolist() == [True, True, True]


def test_features_of_the_past_by_hand() -> None:
    snapshot = Snapshot(summary_at(summary_of(ROWS, "2024-06-30"), CUT))
    found = {name: snapshot.features.matrix[:, place].tolist() for place, name in enumerate(GROUPS)}
    assert found["recency"] == pytest.approx(np.log1p([0, 46, 1]))
    assert found["age"] == pytest.approx(np.log1p([60, 46, 1]))
    assert found["purchase_days"] == pytest.approx(np.log1p([1, 0, 0]))
    assert found["money"] == pytest.approx(np.log1p([40, 20, 3]))
    assert found["mean_order"] == pytest.approx(np.log1p([20, 20, 3]))
    assert found["active_30"] == pytest.approx(np.log1p([1, 0, 1]))
    assert found["active_60"] == pytest.approx(np.log1p([1, 1, 1]))
    assert found["active_90"] == pytest.approx(np.log1p([2, 1, 1]))
    assert found["one_day_only"] == [0, 1, 1]
    assert found["last_gap"][0] == pytest.approx(np.log1p(60))


@given(seed=st.integers(0, 10_000), days=st.integers(1, 200))
@examples(20)
def test_nothing_after_the_cut_can_change_a_feature(seed: int, days: int) -> None:
    lines = shop(30, 260, seed)
    cut = dt.date(2024, 1, 1) + dt.timedelta(days=days)
    known = lines.filter(pl.col("date") <= cut)
    if known.is_empty():
        return
    future = lines.with_columns(pl.col("date") + pl.duration(days=300), pl.lit(Decimal("999.00")).alias("amount"))
    end = dt.date(2026, 1, 1)
    whole = Snapshot(summary_at(of_lines(pl.concat([lines, future.cast(lines.schema)]), end), cut))
    alone = Snapshot(of_lines(known, cut))
    assert whole.past.frame["customer_id"].equals(alone.past.frame["customer_id"])
    assert np.array_equal(whole.features.matrix, alone.features.matrix)
    assert np.isfinite(whole.features.matrix).all()
    assert np.array_equal(whole.rows.age_days, alone.rows.age_days)


def test_training_windows_end_where_the_test_begins_or_earlier() -> None:
    until = test_cut(dt.date(2024, 12, 31), 90)
    assert until == dt.date(2024, 10, 2)
    cuts = list(training_cuts(dt.date(2024, 1, 1), until, 90))
    assert cuts == [dt.date(2024, 7, 4), dt.date(2024, 6, 4), dt.date(2024, 5, 5), dt.date(2024, 4, 5)]
    assert all(cut + dt.timedelta(days=90) <= until for cut in cuts)


def test_no_training_cut_before_a_third_of_a_horizon_of_history() -> None:
    assert list(training_cuts(dt.date(2024, 6, 1), dt.date(2024, 10, 2), 90)) == [dt.date(2024, 7, 4)]
    assert list(training_cuts(dt.date(2024, 7, 1), dt.date(2024, 10, 2), 90)) == []


def test_labels_drawn_at_random_teach_nothing() -> None:
    lines = shop(1500, 420, 3)
    summary = of_lines(lines, dt.date(2025, 2, 23))
    found = labelled(summary, dt.date(2024, 9, 1), 90)
    test = labelled(summary, dt.date(2024, 11, 25), 90)
    rng = np.random.default_rng(4)
    shuffled = rng.permutation(found.churned)
    for fit in (fit_logistic, fit_boosting):
        score = fit(found.snapshot.features.matrix, shuffled).p_churn(test.snapshot)
        honest = fit(found.snapshot.features.matrix, found.churned).p_churn(test.snapshot)
        random_truth = rng.permutation(test.churned)
        assert discrimination(honest, test.churned).auc > 0.7
        assert discrimination(honest, random_truth).auc == pytest.approx(0.5, abs=0.05)
        # What is learnt from shuffled labels is noise, so that it ranks neither well nor badly on average.
        assert discrimination(score, random_truth).auc == pytest.approx(0.5, abs=0.05)


def test_models_of_shuffled_labels_average_to_a_coin() -> None:
    summary = of_lines(shop(800, 420, 6), dt.date(2025, 2, 23))
    found, test = (labelled(summary, cut, 90) for cut in (dt.date(2024, 9, 1), dt.date(2024, 11, 25)))
    rng = np.random.default_rng(7)
    areas = []
    for _ in range(40):
        model = fit_logistic(found.snapshot.features.matrix, rng.permutation(found.churned))
        areas.append(discrimination(model.p_churn(test.snapshot), test.churned).auc)
    error = float(np.std(areas)) / np.sqrt(len(areas))
    assert float(np.mean(areas)) == pytest.approx(0.5, abs=4 * error)


def test_a_thinned_base_keeps_whole_customers() -> None:
    summary = of_lines(shop(50, 200, 2), dt.date(2024, 7, 1))
    few = thinned(summary, 20)
    assert few.frame["customer_id"].to_list() == summary.frame["customer_id"].to_list()[::3]
    again = summary_at(few, few.as_of)
    assert again.frame.equals(few.frame.select(again.frame.columns))
    assert thinned(summary, 50) is summary
