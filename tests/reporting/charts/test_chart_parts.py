"""What charts are made of: ticks, words, colours, plain data."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from itertools import pairwise

import pytest
from chart_rows import EN, ZH
from hostile import CONTROLS, NAMES
from hypothesis import given
from hypothesis import strategies as st

from crmcli.reporting.charts import palette
from crmcli.reporting.charts.axes import month_ticks, round_ticks, whole_ticks
from crmcli.reporting.charts.sheet import Scale, Sheet
from crmcli.reporting.charts.wording import amount, brief, change, columns, inert, named, percent, short


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (0, 43_721, [0, 10_000, 20_000, 30_000, 40_000]),
        (-22.5, 90, [0, 25, 50, 75]),
        (0, 0.03, [0, 0.01, 0.02, 0.03]),
        (7, 7, [7]),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert round_ticks(low, high) == pytest.approx(ticks)


@given(st.dates(), st.dates(), st.integers(2, 6))
def test_months_are_between_the_dates_and_not_too_many(one: dt.date, other: dt.date, most: int) -> None:
    first, last = sorted((one, other))
    ticks = month_ticks(first, last, most)
    months = [tick.year * 12 + tick.month for tick in ticks]

    assert len(ticks) <= most
    assert all(first <= tick <= last and tick.day == 1 for tick in ticks)
    assert len({later - earlier for earlier, later in pairwise(months)}) <= 1


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 8))
def test_ticks_lie_within_and_are_not_too_many(low: float, width: float, most: int) -> None:
    high = low + width
    ticks = round_ticks(low, high, most)

    assert len(ticks) <= most
    assert all(low - width / 1e6 <= tick <= high + width / 1e6 for tick in ticks)
    assert ticks == sorted(ticks)


def test_what_is_counted_has_whole_ticks() -> None:
    assert whole_ticks(0, 3) == [0, 1, 2, 3]
    assert whole_ticks(0, 156) == [0, 50, 100, 150]


def test_months_are_evenly_apart_up_to_the_end_of_the_calendar() -> None:
    assert month_ticks(dt.date(2024, 1, 15), dt.date(2024, 5, 2)) == [dt.date(2024, month, 1) for month in (2, 3, 4, 5)]
    assert month_ticks(dt.date(2010, 3, 1), dt.date(2019, 3, 1)) == [
        dt.date(year, 1, 1) for year in (2010 + 2, 2014, 2016, 2018)
    ]
    assert month_ticks(dt.date(9999, 11, 2), dt.date(9999, 12, 31)) == [dt.date(9999, 12, 1)]
    assert month_ticks(dt.date(2024, 1, 2), dt.date(2024, 1, 9)) == []


def test_figures_are_whole_below_a_million_and_brief_above() -> None:
    assert [amount(value, EN) for value in (999_999, 1_234_567, -2_500_000_000, 0)] == [
        "999,999",
        "1.23M",
        "−2.5bn",
        "0",
    ]
    assert [amount(value, ZH) for value in (999_999, 1_234_567, 250_000_000)] == ["999,999", "123万", "2.5亿"]
    assert [brief(value, EN) for value in (0, 0.5, 950, 20_000, 1_500_000)] == ["0", "0.5", "950", "20k", "1.5M"]
    assert [change(value, EN) for value in (5, -5, 0)] == ["+5", "−5", "0"]


def test_what_is_not_nothing_is_never_shown_as_nothing() -> None:
    assert [percent(share, EN) for share in (0, 0.001, 0.5, 1)] == ["0%", "<1%", "50%", "100%"]


def test_names_are_cut_by_count_a_chinese_character_counting_twice() -> None:
    assert short("exactly ten", 11) == "exactly ten"
    assert short("one too many", 11) == "one too ma…"
    assert short("客户客户客户", 8) == "客户客…"
    assert columns("客户ab") == 6


def test_names_of_ours_are_in_the_language_and_others_stand() -> None:
    assert named("champions", "segments", EN) == "Champions"
    assert named("My rule <b>", "segments", EN) == "My rule <b>"


@pytest.mark.parametrize("name", [*NAMES, "\ufffe\uffff", "\u2066x\u2069", "]]>", "<script>alert(1)</script>"])
def test_no_text_keeps_what_moves_hides_or_is_no_xml(name: str) -> None:
    assert not set(inert(name)) & (CONTROLS | {"\ufffe", "\uffff"})


def test_a_layer_holds_plain_data_and_a_layer_without_data_is_left_out() -> None:
    sheet = Sheet(10, Scale(0, 1, 0, 1), Scale(0, 1, 0, 1), "en")
    sheet.mark("rect", [], style={}, x="a")
    sheet.mark("rect", [{"a": Decimal("1.5"), "b": dt.date(2024, 2, 3), "c": "x\ny"}], style={}, x="a")
    (layer,) = json.loads(json.dumps(sheet.spec()))["layer"]

    assert layer["data"]["values"] == [{"a": 1.5, "b": "2024-02-03", "c": "x␊y"}]


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [palette.INK, palette.MUTED, palette.MAIN, palette.OTHER])
def test_texts_stand_out_from_the_page_in_both_modes(colour: str) -> None:
    assert _contrast(colour, palette.LIGHT_PAGE) >= 4.5
    assert _contrast(palette.DARK[colour], palette.DARK_PAGE) >= 4.5


@pytest.mark.parametrize("colour", [palette.AXIS, palette.HATCH, *palette.AGE])
def test_marks_stand_out_from_the_page_in_both_modes(colour: str) -> None:
    assert _contrast(colour, palette.LIGHT_PAGE) >= 2.7
    assert _contrast(palette.DARK[colour], palette.DARK_PAGE) >= 2.7


@pytest.mark.parametrize("step", palette.HEAT)
def test_figures_can_be_read_on_every_step_of_the_ramp(step: palette.Step) -> None:
    assert _contrast(step.fill, step.text) >= 4.5
    assert _contrast(palette.DARK[step.fill], palette.DARK[step.text]) >= 4.5


def test_ramps_lead_one_way_in_both_modes() -> None:
    light = [_luminance(step.fill) for step in palette.HEAT]
    dark = [_luminance(palette.DARK[step.fill]) for step in palette.HEAT]

    assert all(one > next_one for one, next_one in pairwise(light))
    assert all(one < next_one for one, next_one in pairwise(dark))


def test_steps_divide_the_range_evenly() -> None:
    assert palette.step(0, 70) == palette.HEAT[0]
    assert palette.step(35, 70) == palette.HEAT[3]
    assert palette.step(70, 70) == palette.HEAT[-1]
    assert palette.step(-5, 70) == palette.HEAT[0]
    assert palette.step(5, 0) == palette.HEAT[0]
