from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segment_cases import AS_OF, SCALE, cents, pyramid, summary

from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.analyse import analyse, fit_thresholds
from crmcli.analysis.segment.options import SegmentOptions
from crmcli.analysis.segment.rules_text import parse_rules
from crmcli.customers.summary import CustomerSummary
from crmcli.errors import TooLittleDataError, UsageError

if TYPE_CHECKING:
    from crmcli.analysis.result import Result

SIX = summary(
    ["500", "40", "40", "0", "-3", "7.50"],
    orders=[9, 1, 2, 1, 1, 3],
    recency=[3, 100, 30, 400, 500, 5],
    margin=["10", "-1", "5", "0", "2", "3"],
)


def facts(result: Result) -> dict[str, object]:
    return {fact.name: fact.value for fact in result.facts}


def codes(result: Result) -> list[str]:
    return [note.code for note in result.notes]


def column(result: Result, view: str, name: str) -> list[object]:
    return result.tables[view][name].to_list()


def test_every_table_has_exactly_the_declared_columns() -> None:
    result = analyse(SIX)
    assert {"customers", "segments", "thresholds", "abc", "concentration"} <= set(result.tables)
    assert not {"stages", "periods", "loyalty", "matrix"} & set(result.tables), "made from order days only"
    for name, table in result.tables.items():
        assert table.schema == view_schema(result.catalogue.view(name), SCALE), name


def test_a_customer_row_in_full() -> None:
    row = analyse(SIX).tables["customers"].row(2, named=True)
    assert row == {
        "customer_id": "c002",
        "as_of": AS_OF,
        "first_date": AS_OF - dt.timedelta(days=1000),
        "last_date": AS_OF - dt.timedelta(days=30),
        "recency_days": 30,
        "frequency": 2,
        "monetary": Decimal("40.00"),
        "r_score": 3,
        "f_score": 3,
        "m_score": 4,
        "rfm": "334",
        "segment": "need_attention",
        "abc_tier": 3,
        "abc_name": "medium",
        "stage": None,
        "stage_rule": None,
        "loyalty_index": None,
        "loyalty_parts": None,
        "loyalty_type": None,
        "loyalty_rule": None,
        "class": "regular",
        "value": Decimal("5.00"),
        "flags": "",
    }


def test_value_is_margin_where_a_cost_was_mapped_and_revenue_on_demand() -> None:
    assert column(analyse(SIX), "customers", "value") == [Decimal(units) for units in (10, -1, 5, 0, 2, 3)]
    assert facts(analyse(SIX))["value_basis"] == "margin"
    by_revenue = analyse(SIX, SegmentOptions(value="revenue"))
    assert column(by_revenue, "customers", "value") == column(by_revenue, "customers", "monetary")
    assert facts(analyse(summary(["1"])))["value_basis"] == "revenue"


def test_class_and_flags() -> None:
    by_revenue = analyse(SIX, SegmentOptions(value="revenue"))
    assert column(by_revenue, "customers", "class") == ["vip", "one_off", "regular", "one_off", "one_off", "regular"]
    assert column(by_revenue, "customers", "flags") == ["", "abc_tie", "abc_tie", "no_value", "no_value", ""]
    # Of ten customers one is top, none large and one medium: that boundary goes through three equal values.
    tied = analyse(summary(["9", "5", "5", "5", *["0"] * 6]))
    assert column(tied, "customers", "abc_tier") == [1, 3, 4, 4, *[4] * 6]
    assert column(tied, "customers", "flags") == ["", "abc_tie", "abc_tie", "abc_tie", *["no_value"] * 6]
    assert facts(tied)["abc_ties"] == 3


def test_both_flags_are_joined() -> None:
    assert column(analyse(summary(["0", "0"])), "customers", "flags") == ["abc_tie;no_value"] * 2


def test_the_segments_row_in_full() -> None:
    four = summary(["10", "20", "5.01", "0.02"], orders=[1, 1, 2, 3], recency=[4, 1, 2, 9])
    everyone = parse_rules('[[segments]]\nname = "all"', "own.toml", 5)
    table = analyse(four, SegmentOptions(segments=everyone)).tables["segments"]
    assert table.rows(named=True) == [
        {
            "segment": "all",
            "customers": 4,
            "customer_share": 1.0,
            "orders": 7,
            "revenue": Decimal("35.03"),
            "revenue_share": 1.0,
            "aov": Decimal("5.00"),
            "median_recency_days": 3.0,
            "median_frequency": 1.5,
            "median_monetary": Decimal("7.50"),  # 7.505 lies between two cents; half-even takes the even one.
            "action": None,
        }
    ]


def test_segments_come_by_revenue_then_name_and_only_with_customers() -> None:
    table = analyse(SIX).tables["segments"]
    assert table["revenue"].is_sorted(descending=True)
    assert table["customers"].min() == 1
    assert table["action"].null_count() == 0


def test_shares_are_missing_when_there_is_no_revenue() -> None:
    result = analyse(summary(["0", "-1"]))
    assert column(result, "segments", "revenue_share") == [None]
    assert column(result, "abc", "value_share") == [None] * 4
    assert column(result, "concentration", "value") == [None] * 7
    assert facts(result)["gini"] is None
    assert codes(result) == [
        "rfm_few_customers",
        "abc_no_value",
        "concentration_negative",
        "concentration_no_value",
    ]


def test_headline_facts() -> None:
    refunded = SIX.frame.with_columns(
        refunds=pl.when(pl.col("customer_id") == "c004").then(-4).otherwise(0).cast(pl.Decimal(38, 2))
    )
    result = facts(analyse(CustomerSummary(refunded, AS_OF, SCALE), SegmentOptions(value="revenue")))
    assert result | {"gini": 0, "top_20_percent_share": 0, "largest_segment_revenue_share": 0} == {
        "customers": 6,
        "orders": 17,
        "revenue": Decimal("584.50"),
        "revenue_gross": Decimal("588.50"),
        "refunds": Decimal("-4.00"),
        "median_recency_days": 65.0,
        "median_frequency": 1.5,
        "one_order_customers": 3,
        "largest_segment": "champions",
        "largest_segment_revenue_share": 0,
        "value_basis": "revenue",
        "gini": 0,
        "top_20_percent_share": 0,
        "vip_customers": 1,
        "abc_ties": 2,
        "no_value_customers": 2,
    }


def test_the_hand_fixture_from_end_to_end() -> None:
    result = analyse(pyramid())
    assert column(result, "abc", "value_share") == column(result, "abc", "reference_share")
    assert facts(result)["gini"] == pytest.approx(0.8472, abs=5e-13)


def test_saved_thresholds_score_without_looking_at_the_others() -> None:
    options = SegmentOptions()
    saved = fit_thresholds(SIX, options)
    alone = analyse(CustomerSummary(SIX.frame.head(1), AS_OF, SCALE), replace(options, thresholds=saved))
    assert column(alone, "customers", "rfm") == column(analyse(SIX), "customers", "rfm")[:1]
    assert codes(alone) == ["thresholds_saved"]
    assert fit_thresholds(SIX, replace(options, thresholds=saved)) is saved


def test_saved_ntile_thresholds_are_applied_as_thresholds() -> None:
    tied = summary(["5"] * 10, orders=[1] * 5 + [2] * 5, recency=range(10))
    options = SegmentOptions(rfm_method="ntile")
    assert set(column(analyse(tied, options), "customers", "f_score")) == {1, 2, 3, 4, 5}
    frozen = replace(options, thresholds=fit_thresholds(tied, options))
    assert column(analyse(tied, frozen), "customers", "f_score") == [3] * 5 + [5] * 5


def test_own_rules_bring_their_notes() -> None:
    own = parse_rules('[[segments]]\nname = "one"\nr = [1, 1]', "own.toml", 5)
    result = analyse(SIX, SegmentOptions(segments=own))
    assert "rules_gap" in codes(result)
    assert set(column(result, "segments", "segment")) == {"one", "unassigned"}


def test_an_empty_summary_is_too_little() -> None:
    with pytest.raises(TooLittleDataError):
        analyse(summary([]))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (SegmentOptions(scores=4), "defined on 5 scores, not 4"),
        (SegmentOptions(abc_by="profit"), "Unknown ABC basis 'profit'"),
        (SegmentOptions(value="worth"), "Unknown value 'worth'"),
        (SegmentOptions(value="clv"), "Value cannot be clv"),
        (SegmentOptions(value="margin"), "no cost is mapped"),
        (SegmentOptions(rfm_method="quintile"), "Unknown RFM method"),
        (
            SegmentOptions(
                thresholds=fit_thresholds(
                    SIX, SegmentOptions(scores=2, segments=parse_rules('[[segments]]\nname = "all"', "own.toml", 2))
                )
            ),
            "saved thresholds are for 2 scores",
        ),
    ],
)
def test_options_that_do_not_fit_are_usage_errors(options: SegmentOptions, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        analyse(summary(["1", "2"]), options)
    assert words in raised.value.problem


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5), st.integers(-99, 999)), min_size=1, max_size=30),
    st.sampled_from(["crm", "ntile", "r-rfm"]),
    st.sampled_from(["customers", "revenue"]),
    st.integers(0, 999),
)
def test_segments_reconcile_and_row_order_changes_nothing(
    rows: list[tuple[int, int, int]], method: str, by: str, seed: int
) -> None:
    recency, orders, units = (list(values) for values in zip(*rows, strict=True))
    original = summary(cents(units), orders=orders, recency=recency)
    options = SegmentOptions(rfm_method=method, abc_by=by)
    result = analyse(original, options)
    assert result.tables["segments"]["customers"].sum() == len(rows)
    assert result.tables["segments"]["revenue"].sum() == original.frame["monetary"].sum()
    shuffled = CustomerSummary(original.frame.sample(fraction=1, shuffle=True, seed=seed), AS_OF, SCALE)
    again = analyse(shuffled, options)
    assert all(table.equals(again.tables[name]) for name, table in result.tables.items())
    assert (again.facts, again.notes) == (result.facts, result.notes)
