"""Charts on two axes: Lorenz, tracking, calibration, purchases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from chart_rows import CALIBRATION, EN, FORECAST, MEASURES, PURCHASES, TRACKING, ZH, layers, texts
from hypothesis import given
from hypothesis import strategies as st

from crmcli.reporting.charts.calibration import calibration_chart
from crmcli.reporting.charts.lorenz import lorenz_curve, lorenz_points
from crmcli.reporting.charts.purchases import purchase_plot
from crmcli.reporting.charts.tracking import tracking_chart

MONEY = pl.Decimal(38, 2)


def test_the_curve_runs_through_the_customers_best_first() -> None:
    values = pl.Series(["50.00", "-7.00", "30.00", "0.00", "20.00"]).cast(MONEY)

    assert lorenz_points(values) == [
        {"customer_share": 0.0, "value_share": 0.0},
        {"customer_share": 0.25, "value_share": 0.5},
        {"customer_share": 0.5, "value_share": 0.8},
        {"customer_share": 0.75, "value_share": 1.0},
        {"customer_share": 1.0, "value_share": 1.0},
    ]


def test_no_point_tells_of_fewer_customers_than_asked_for() -> None:
    values = pl.Series([Decimal(100 - place) for place in range(100)], dtype=MONEY)

    assert lorenz_points(values, least=5)[1]["customer_share"] == 0.05
    assert lorenz_points(values)[1]["customer_share"] == 0.01
    assert lorenz_points(values[:3], least=5)[1:] == [{"customer_share": 1.0, "value_share": 1.0}]


@pytest.mark.parametrize("values", [[], ["0.00"], ["-1.00", "-2.00"], [None]])
def test_without_positive_value_there_is_no_curve(values: list[str | None]) -> None:
    assert lorenz_points(pl.Series(values, dtype=pl.String).cast(MONEY)) == []


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=400).filter(any))
def test_the_curve_rises_from_nothing_to_all_and_bends_one_way(cents: list[int]) -> None:
    points = lorenz_points(pl.Series([Decimal(cent) / 100 for cent in cents], dtype=MONEY))
    shares = [(point["customer_share"], point["value_share"]) for point in points]

    assert [shares[0], shares[-1]] == [(0.0, 0.0), (1.0, 1.0)]
    assert shares == sorted(shares)
    assert all(up >= across - 1e-12 for across, up in shares)


def test_the_picture_of_concentration_names_its_measures() -> None:
    points = [{"customer_share": share / 4, "value_share": (share / 4) ** 0.5} for share in range(5)]
    picture = lorenz_curve(MEASURES, EN, points=points)
    _, line = layers(picture, "line")

    assert picture is not None
    assert line == points
    assert {"best 5% hold 33.0%", "Gini 0.62"} <= set(texts(picture))
    assert "The best 20% of customers hold 68.0% of value. The Gini coefficient is 0.62." in picture.alt


def test_without_points_the_curve_joins_the_measures() -> None:
    _, line = layers(lorenz_curve(MEASURES, EN), "line")

    assert [(point["customer_share"], point["value_share"]) for point in line] == [
        (0, 0),
        (0.01, 0.12),
        (0.05, 0.33),
        (0.2, 0.68),
        (1, 1),
    ]


def test_tracking_draws_the_weeks_of_its_section_only() -> None:
    expected, actual = layers(tracking_chart(TRACKING, EN), "line")

    assert [(point["week"], point["expected"]) for point in expected] == [(week, 9.5 * week) for week in range(1, 31)]
    assert [(point["week"], point["actual"]) for point in actual] == [(week, 10.0 * week) for week in range(1, 31)]


def test_the_forecast_begins_at_what_had_come_by_the_split_and_has_a_band() -> None:
    picture = tracking_chart(TRACKING, EN, forecast=FORECAST)
    (band,) = layers(picture, "area")
    seen, ahead, actual = layers(picture, "line")

    assert [(point["week"], point["low"], point["high"]) for point in band] == [
        (20.0, 200.0, 200.0),
        (25.0, 250.0, 262.5),
        (30.0, 300.0, 325.0),
    ]
    assert [point["week"] for point in seen] == list(range(1, 21))
    assert [(point["week"], point["expected"]) for point in ahead] == [(20.0, 200.0), (25.0, 255.0), (30.0, 310.0)]
    assert len(actual) == 30


def test_tracking_says_what_was_forecast_and_what_came() -> None:
    picture, alone = tracking_chart(TRACKING, EN, forecast=FORECAST), tracking_chart(TRACKING, EN)

    assert picture is not None
    assert alone is not None
    assert picture.alt == (
        "Up to week 20, the last that the model had seen, 200 repeat purchases had come. "
        "For week 30 it forecast 310 (300 to 325); 300 came."
    )
    assert alone.alt == "By week 30 300 repeat purchases had come; the model has 285."
    assert {"forecast", "its interval"} <= set(texts(picture))
    assert not {"forecast", "its interval"} & set(texts(alone))


def test_calibration_has_a_dot_and_an_interval_per_tenth() -> None:
    rows = [{**CALIBRATION[0], "predicted": 0.4}, *CALIBRATION[1:]]
    picture = calibration_chart(rows, EN)
    (dots,) = layers(picture, "point")

    assert picture is not None
    assert [(dot["decile"], dot["predicted"], dot["actual"]) for dot in dots] == [
        (row["decile"], row["predicted"], row["actual"]) for row in rows
    ]
    assert dots in layers(picture, "rule")
    assert picture.alt.endswith("In 9 of 10 tenths the prediction lies within the 95% limits of what happened.")


def test_purchases_stand_at_their_days_and_refunds_below() -> None:
    picture = purchase_plot(PURCHASES, EN)
    bought, returned = layers(picture, "point")

    assert picture is not None
    assert [(dot["date"], dot["net"], dot["orders"]) for dot in bought] == [
        ("2025-01-31", 20.0, 1),
        ("2025-06-01", 45.1, 2),
    ]
    assert [(dot["date"], dot["net"]) for dot in returned] == [("2025-12-24", -5.0)]
    assert picture.alt == (
        "Days with an order from 2025-01-31 to 2025-12-24: 3; money 60. The largest was on 2025-06-01: 45."
    )


def test_many_purchases_are_added_up_by_month() -> None:
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=2 * number) for number in range(150)]
    rows = [{"date": day, "orders": 1, "net": Decimal("1.50")} for day in days]
    (dots,) = layers(purchase_plot(rows, ZH), "point")

    assert len(dots) == 10
    assert sum(dot["net"] for dot in dots) == 225
    assert dots[0] == {
        "date": "2024-01-15",
        "day": dt.date(2024, 1, 15).toordinal(),
        "orders": 16,
        "net": 24.0,
        "zero": 0,
    }


def test_one_purchase_is_a_picture_and_silence_is_shaded() -> None:
    alone = PURCHASES[:1]

    assert len(layers(purchase_plot(alone, EN), "point")[0]) == 1
    assert layers(purchase_plot(alone, EN), "rect") == []
    assert len(layers(purchase_plot(alone, EN, as_of=dt.date(2025, 3, 1)), "rect")) == 1
    assert "shaded: 29 days silent" in texts(purchase_plot(alone, EN, as_of=dt.date(2025, 3, 1)))


def test_nothing_gives_no_picture() -> None:
    assert lorenz_curve([], EN) is None
    assert lorenz_curve([{"measure": "gini", "value": None}], EN) is None
    assert tracking_chart([], EN) is None
    assert tracking_chart(TRACKING[:1], EN) is None
    assert tracking_chart([{**row, "actual": 0.0, "expected": 0.0} for row in TRACKING], EN) is None
    assert calibration_chart([], EN) is None
    assert purchase_plot([], EN) is None
