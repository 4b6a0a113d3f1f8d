"""Whatever the figures, a chart is a picture of finite numbers, or none."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from chart_rows import EN, ZH
from hypothesis import given
from hypothesis import strategies as st

from crmcli.reporting.charts.ageing import ageing_bars
from crmcli.reporting.charts.bridge import revenue_bridge
from crmcli.reporting.charts.calibration import calibration_chart
from crmcli.reporting.charts.cohorts import cohort_heat_map
from crmcli.reporting.charts.lorenz import lorenz_curve
from crmcli.reporting.charts.purchases import purchase_plot
from crmcli.reporting.charts.rf_grid import rf_heat_map
from crmcli.reporting.charts.segments import segment_bars
from crmcli.reporting.charts.tracking import tracking_chart

if TYPE_CHECKING:
    from crmcli.reporting.charts.picture import Picture

MONEY = st.decimals(-(10**12), 10**12, places=2)
SHARE = st.none() | st.floats(-3, 3)
PART = st.floats(0, 1)
COUNT = st.integers(0, 10**7)
NAME = st.text(min_size=1, max_size=30)
WORDS = st.sampled_from([EN, ZH])


def _rows(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries(columns), max_size=16)


def _is_finite(picture: Picture | None) -> None:
    if picture is not None:
        json.dumps(picture.spec, allow_nan=False)
        assert picture.title
        assert picture.alt


@given(_rows(segment=NAME, customers=COUNT, customer_share=SHARE, revenue=MONEY, revenue_share=SHARE), WORDS)
def test_segments(rows: list[dict[str, Any]], words: Any) -> None:
    _is_finite(segment_bars(rows, words))


@given(_rows(r_score=st.integers(1, 5), f_score=st.integers(1, 5), customers=COUNT, revenue=MONEY), WORDS)
def test_scores(rows: list[dict[str, Any]], words: Any) -> None:
    _is_finite(rf_heat_map(rows, words))
    _is_finite(rf_heat_map(rows, words, by="revenue"))


@given(
    _rows(
        cohort=st.sampled_from(["2024-01", "2024-02", "2024-03", "all"]),
        age=st.integers(0, 15),
        eligible=st.none() | COUNT,
        retention=st.none() | PART,
        complete=st.booleans(),
    ),
    WORDS,
)
def test_cohorts(rows: list[dict[str, Any]], words: Any) -> None:
    _is_finite(cohort_heat_map(rows, words))


@given(st.none() | PART, st.dictionaries(st.sampled_from([1, 5, 20]), st.none() | PART), WORDS)
def test_concentration(gini: float | None, shares: dict[int, float | None], words: Any) -> None:
    measures = [{"measure": f"top_{best}_percent_share", "value": share} for best, share in shares.items()]
    _is_finite(lorenz_curve([{"measure": "gini", "value": gini}, *measures], words))


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)), max_size=30), st.integers(0, 20), WORDS)
def test_tracking(weeks: list[tuple[float, float]], split: int, words: Any) -> None:
    rows = [{"key": str(week), "actual": came, "expected": had} for week, (came, had) in enumerate(weeks, start=1)]
    ahead = [
        {"week": row_week + 0.5, "actual": came, "expected": had, "low": had, "high": had * 2}
        for row_week, (came, had) in enumerate(weeks[split:], start=split)
    ]
    _is_finite(tracking_chart(rows, words, forecast=ahead))


@given(
    _rows(
        currency=st.sampled_from([None, "EUR", "<b>"]),
        bucket=st.sampled_from(["not_due", "d1_30", "unapplied"]),
        amount=st.none() | MONEY,
    ),
    WORDS,
)
def test_ageing(rows: list[dict[str, Any]], words: Any) -> None:
    _is_finite(ageing_bars(rows, words))


@given(
    _rows(
        decile=st.integers(1, 10),
        predicted=st.none() | PART,
        actual=st.none() | PART,
        actual_low=st.none() | PART,
        actual_high=PART,
    ),
    WORDS,
)
def test_calibration(rows: list[dict[str, Any]], words: Any) -> None:
    _is_finite(calibration_chart(rows, words))


@given(
    _rows(
        component=st.sampled_from(["revenue_before", "customers", "order_value", "refunds", "revenue_now"]),
        amount=st.none() | MONEY,
        before=SHARE,
        now=SHARE,
    ),
    WORDS,
)
def test_bridge(rows: list[dict[str, Any]], words: Any) -> None:
    _is_finite(revenue_bridge(rows, words))


@given(st.lists(st.tuples(st.dates(dt.date(1900, 1, 1), dt.date(9999, 12, 1)), MONEY), max_size=200), WORDS)
def test_purchases(days: list[tuple[dt.date, Any]], words: Any) -> None:
    rows = [{"date": day, "orders": 1, "net": net} for day, net in sorted(days)]
    _is_finite(purchase_plot(rows, words))
    _is_finite(purchase_plot(rows, words, as_of=dt.date(9999, 12, 31)))
