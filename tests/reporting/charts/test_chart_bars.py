"""Charts of bars: segments, ageing, and the revenue bridge."""

from __future__ import annotations

from decimal import Decimal

import pytest
from chart_rows import AGEING, BRIDGE, EN, SEGMENTS, ZH, layers, texts

from crmcli.reporting.charts.ageing import ageing_bars
from crmcli.reporting.charts.bridge import revenue_bridge
from crmcli.reporting.charts.palette import AGE, MAIN, MUTED, OTHER
from crmcli.reporting.charts.segments import segment_bars


def test_segment_bars_are_as_long_as_the_shares_of_the_rows() -> None:
    _, _, customers, revenue = layers(segment_bars(SEGMENTS, EN), "rect")

    assert [(row["segment"], row["zero"], row["customer_share"]) for row in customers] == [
        ("champions", 0, 0.2),
        ("my own rule", 0, 0.5),
        ("at_risk", 0, 0.3),
    ]
    assert [(row["segment"], row["revenue_share"]) for row in revenue] == [("champions", 0.6), ("my own rule", 0.41)]


def test_segments_are_told_in_whole_sentences_under_their_names_in_the_language() -> None:
    english, chinese = segment_bars(SEGMENTS, EN), segment_bars(SEGMENTS, ZH)

    assert english is not None
    assert chinese is not None
    assert english.alt.startswith("Champions: 20.0% of customers, 60.0% of revenue. my own rule: 50.0%")
    assert "At risk: 30.0% of customers, −1.0% of revenue." in english.alt
    assert chinese.alt.startswith(f"{ZH.text('segments.champions')}：占客户20.0%，占收入60.0%。")
    assert "Champions" in texts(english)
    assert "−1.0%" in texts(english)


def test_a_label_beside_the_segment_is_the_name_that_is_shown() -> None:
    picture = segment_bars([{**SEGMENTS[0], "label": "Our best"}], EN)

    assert "Our best" in texts(picture)


def test_a_missing_share_is_a_dash_without_a_bar() -> None:
    picture = segment_bars([SEGMENTS[0], {**SEGMENTS[1], "customer_share": None, "revenue_share": None}], EN)

    assert [len(rows) for rows in layers(picture, "rect")[2:]] == [1, 1]
    assert texts(picture).count("–") == 2


def test_ageing_has_a_bar_per_bucket_on_the_scale_of_its_currency() -> None:
    (bars,) = layers(ageing_bars(AGEING, EN), "rect")

    assert [(bar["currency"], bar["bucket"], bar["amount"], bar["of_largest"]) for bar in bars] == [
        ("EUR", "not_due", 800.0, 1.0),
        ("EUR", "d1_30", 150.0, 0.1875),
        ("EUR", "d31_plus", 50.0, 0.0625),
        ("USD", "d1_30", 10.0, pytest.approx(1 / 3)),
        ("USD", "d31_plus", 30.0, 1.0),
    ]
    assert [bar["fill"] for bar in bars[:3]] == [AGE[0], AGE[2], AGE[5]]


def test_unapplied_money_is_told_but_is_no_part_of_what_is_open() -> None:
    picture = ageing_bars(AGEING, EN)

    assert picture is not None
    assert "80%" in texts(picture)
    assert "−20" in texts(picture)
    assert texts(picture).count(EN.text("buckets.unapplied")) == 1
    assert picture.alt.startswith("EUR Not due: 800 (80%);")


def test_currencies_are_named_unless_there_is_one_without_a_name() -> None:
    alone = [{**row, "currency": None} for row in AGEING[:4]]

    assert {"EUR", "USD"} <= set(texts(ageing_bars(AGEING, EN)))
    assert "–" not in texts(ageing_bars(alone, EN))


def test_the_bridge_leads_from_one_revenue_to_the_next() -> None:
    (bars,) = layers(revenue_bridge(BRIDGE, EN), "rect")

    assert [(bar["component"], bar["low"], bar["high"], bar["fill"]) for bar in bars] == [
        ("revenue_before", 0, 1000, MUTED),
        ("customers", 800, 1000, OTHER),
        ("order_value", 800, 1100.5, MAIN),
        ("refunds", 1100, 1100.5, OTHER),
        ("revenue_now", 0, 1100, MUTED),
    ]


def test_the_bridge_says_what_each_factor_was_and_is() -> None:
    picture = revenue_bridge(BRIDGE, EN)

    assert picture is not None
    assert {"−200", "+300", ">−1", "0", "50 → 40", "13.33 → 18.00"} <= set(texts(picture))
    assert "−200 (50 → 40)." in picture.alt


def test_a_bridge_below_zero_keeps_zero_in_sight() -> None:
    rows = [
        {**BRIDGE[0], "amount": Decimal(-50)},
        {**BRIDGE[1], "amount": Decimal(70)},
        {**BRIDGE[5], "amount": Decimal(20)},
    ]
    (bars,) = layers(revenue_bridge(rows, EN), "rect")

    assert [(bar["low"], bar["high"]) for bar in bars] == [(-50, 0), (-50, 20), (0, 20)]


def test_nothing_gives_no_picture() -> None:
    assert segment_bars([], EN) is None
    assert ageing_bars([], EN) is None
    assert ageing_bars([{**row, "amount": Decimal(0)} for row in AGEING], EN) is None
    assert revenue_bridge([], EN) is None
    assert revenue_bridge([{**row, "amount": Decimal(0)} for row in BRIDGE], EN) is None
