"""Numbers as people read them."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmcli.analysis.result import Fact
from crmcli.analysis.views import Kind
from crmcli.present.human import MISSING, fact_text, texts


@pytest.mark.parametrize(
    ("values", "kind", "shown"),
    [
        ([1_234_567, -5, None], Kind.INTEGER, ["1,234,567", "-5", MISSING]),
        ([Decimal("2500315.60"), Decimal("-0.00")], Kind.MONEY, ["2,500,315.60", "0.00"]),
        ([-0.0, 1.5], Kind.NUMBER, ["0.0", "1.5"]),
        (
            [0.12345, 0.00001, -0.00001, 0.0, 1.0, None],
            Kind.SHARE,
            ["12.3 %", "<0.1 %", ">-0.1 %", "0.0 %", "100.0 %", "–"],
        ),
        ([1.0, 2.0], Kind.NUMBER, ["1", "2"]),
        ([41.5, 3.0], Kind.NUMBER, ["41.5", "3.0"]),
        ([0.634571, 0.00004, 7695.0, 1e-9, 0.15876], Kind.NUMBER, ["0.635", "0.00004", "7,695", "<0.000001", "0.159"]),
        ([512.0, 15.37, 13990.93], Kind.NUMBER, ["512.00", "15.37", "13,990.93"]),
        ([1 / 3, 2.0, 1234.5678], Kind.NUMBER, ["0.333", "2", "1,234.6"]),
        ([1 / 3, 12.0], Kind.NUMBER, ["0.33", "12.00"]),
        ([1e300, -1e-300], Kind.NUMBER, ["1.000e+300", ">-0.000001"]),
        ([], Kind.NUMBER, []),
        ([math.nan, math.inf, 2.0], Kind.NUMBER, [MISSING, MISSING, "2"]),
        ([123456.789], Kind.NUMBER, ["123,457"]),
        ([dt.date(2024, 1, 2)], Kind.DATE, ["2024-01-02"]),
        ([True, False, None], Kind.BOOLEAN, ["yes", "no", MISSING]),
        (["a;b", ""], Kind.FLAGS, ["a; b", ""]),
        (["a\nb;c"], Kind.TEXT, ["a␊b;c"]),
    ],
)
def test_cells(values: list[int | float | str | None], kind: Kind, shown: list[str]) -> None:
    assert texts(values, kind, 2) == shown


def test_money_has_the_decimals_of_its_scale() -> None:
    assert texts([Decimal("12.5000")], Kind.MONEY, 4) == ["12.5000"]
    assert texts([Decimal(12)], Kind.MONEY, 0) == ["12"]


@given(st.lists(st.integers(-(10**9), 10**9).map(lambda cents: cents / 100), min_size=1))
def test_exact_columns_have_one_number_of_decimals(values: list[float]) -> None:
    shown = texts(values, Kind.NUMBER, 2)
    assert len({len(text.partition(".")[2]) for text in shown}) == 1
    assert [float(text.replace(",", "")) for text in shown] == values


@example([3.58e-06])
@given(st.lists(st.floats(-1e300, 1e300) | st.sampled_from([math.nan, math.inf, -math.inf])))
def test_any_number_has_a_text(values: list[float]) -> None:
    for value, text in zip(values, texts(values, Kind.NUMBER, 2), strict=True):
        if not math.isfinite(value):
            assert text == MISSING
        elif value and text[0] not in "<>":
            assert float(text.replace(",", "")) == pytest.approx(value, rel=0.06)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**20), max_value=10**20))
def test_money_is_exact(value: Decimal) -> None:
    (text,) = texts([value], Kind.MONEY, 2)
    assert Decimal(text.replace(",", "")) == value


@pytest.mark.parametrize(
    ("fact", "shown"),
    [
        (Fact("gap", "Typical gap", 94, Kind.INTEGER, "days"), "94 days"),
        (Fact("gap", "Days between orders", 94, Kind.INTEGER, "days"), "94"),
        (Fact("n", "VIP customers", 7, Kind.INTEGER, "customers"), "7"),
        (Fact("r", "Revenue", Decimal("7.00"), Kind.MONEY, "money"), "7.00"),
        (Fact("r", "Revenue", Decimal("7.00"), Kind.MONEY, "EUR"), "7.00 EUR"),
        (Fact("w", "Window", None, Kind.INTEGER, "days"), MISSING),
        (Fact("b", "Basis", "reve\x1bnue", Kind.TEXT), "reve␛nue"),
    ],
)
def test_facts_show_units_that_say_something(fact: Fact, shown: str) -> None:
    assert fact_text(fact, 2) == shown
