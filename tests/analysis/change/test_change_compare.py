from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from change_cases import BEFORE, NOW, THEN, codes, column, compared, facts, weeks
from churn_cases import TOY, of_lines, shop, summary_of
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.change.compare import compare
from crmcli.analysis.change.options import ChangeOptions
from crmcli.analysis.change.views import CHANGE_CATALOGUE
from crmcli.analysis.change.windows import previous_dates
from crmcli.analysis.churn.features import gaps_of
from crmcli.analysis.churn.rates import rates_table
from crmcli.analysis.churn.visits import visits
from crmcli.analysis.conform import view_schema
from crmcli.customers.past import summary_at
from crmcli.customers.summary import CustomerSummary
from crmcli.errors import InternalError, TooLittleDataError, UsageError

if TYPE_CHECKING:
    from random import Random

    from crmcli.analysis.result import Result


def toy() -> Result:
    quarters = dt.date(2024, 3, 31), dt.date(2023, 12, 31)
    return compared(summary_of(TOY, "2024-06-30"), *quarters)


def test_the_toy_of_the_methods() -> None:
    found = facts(toy())
    assert found["nrr"] == pytest.approx(0.7778, abs=5e-5)
    assert found["grr"] == pytest.approx(0.6667, abs=5e-5)
    assert found["quick_ratio"] == pytest.approx(1.1667, abs=5e-5)
    money = ("start_revenue", "expansion", "contraction", "churned_revenue", "new_revenue", "reactivated_revenue")
    assert [found[name] for name in money] == [180, 20, 30, 30, 40, 10]
    assert (found["revenue_before"], found["revenue_now"], found["revenue_change"]) == (180, 190, 10)


def test_flows_add_up_to_their_end() -> None:
    table = toy().tables["flows"]
    assert table["flow"].to_list() == ["start", "expansion", "contraction", "churned", "new", "reactivated", "end"]
    assert table["amount"].to_list() == [180, 20, -30, -30, 40, 10, 190]
    assert table["customers"].to_list() == [3, 1, 1, 1, 1, 1, 4]
    assert table["share_of_start"][0] == 1


def test_the_bridge_of_a_small_shop() -> None:
    # 2 customers, 2 orders, 100 → 4 customers, 4 orders, 400: customers and order value double, ln 2 of ln 4 each.
    rows = [(name, "2024-06-20", 50) for name in "ab"] + [(name, "2024-06-27", 100) for name in "abcd"]
    found = weeks(rows, lost_after_days=30)
    assert column(found, "bridge", "component", "amount") == {
        "revenue_before": 100,
        "customers": 150,
        "orders_per_customer": 0,
        "order_value": 150,
        "refunds": 0,
        "revenue_now": 400,
    }
    assert column(found, "bridge", "component", "before") == {
        "revenue_before": None,
        "customers": 2,
        "orders_per_customer": 1,
        "order_value": 50,
        "refunds": 0,
        "revenue_now": None,
    }
    assert facts(found)["revenue_change_share"] == 3


def test_refunds_are_a_part_of_their_own() -> None:
    rows = [("a", "2024-06-20", 100), ("a", "2024-06-21", -10), ("a", "2024-06-25", 100), ("a", "2024-06-26", -60)]
    found = weeks(rows, lost_after_days=30)
    assert column(found, "bridge", "component", "amount") == {
        "revenue_before": 90,
        "customers": 0,
        "orders_per_customer": 0,
        "order_value": 0,
        "refunds": -50,
        "revenue_now": 40,
    }
    said = facts(found)
    assert (said["sales_now"], said["refunds_now"], said["refunds_before"], said["bridge_refunds"]) == (
        100,
        -60,
        -10,
        -50,
    )
    assert (said["nrr"], said["grr"]) == (1, 1)
    note = next(note for note in found.notes if note.code == "change_refunds")
    assert note.severity == "warning"
    assert "60.00 in the window (60.0% of its sales) and 10.00 in the window before (10.0%" in note.text


def test_movers_are_the_largest_gains_and_losses() -> None:
    changes = {"a": 5, "b": -7, "c": 9, "d": -1, "e": 0, "f": 9, "g": -7}
    rows = [(name, "2024-06-20", 20) for name in changes]
    rows += [(name, "2024-06-27", 20 + change) for name, change in changes.items()]
    table = weeks(rows, lost_after_days=30, movers=2).tables["movers"]
    assert table.select("direction", "customer_id", "change").rows() == [
        ("gain", "c", 9),
        ("gain", "f", 9),
        ("loss", "b", -7),
        ("loss", "g", -7),
    ]


def test_months_of_unequal_length_are_told() -> None:
    shop = summary_of([("a", "2024-01-05", 5), ("a", "2024-02-10", 5), ("a", "2024-03-31", 6)], "2024-03-31")
    found = compared(shop, *previous_dates(shop.as_of, "month"), lost_after_days=90)
    assert "change_unequal_windows" in codes(found)
    assert "31 days (2024-03-01 to 2024-03-31) is held against one of 29 (2024-02-01" in found.notes[0].text


@pytest.mark.parametrize(("step", "told"), [(3, False), (7, False), (8, True)])
def test_windows_shorter_than_the_usual_gap_are_told(step: int, told: bool) -> None:  # noqa: FBT001
    rows = [("a", (NOW - dt.timedelta(days)).isoformat(), 5) for days in range(0, 60, step)]
    found = weeks([*rows, ("b", "2024-06-20", 5), ("b", "2024-06-27", 5)], lost_after_days=30)
    assert ("change_short_windows" in codes(found)) is told


def test_every_table_is_as_declared() -> None:
    found = toy()
    assert set(found.tables) == set(CHANGE_CATALOGUE.names())
    for name, table in found.tables.items():
        assert table.schema == view_schema(CHANGE_CATALOGUE.view(name), 2)
    names = [fact.name for fact in found.facts]
    assert len(set(names)) == len(names)


def test_what_cannot_be_compared() -> None:
    shop = summary_of(TOY, NOW.isoformat())
    then = summary_at(shop, THEN)
    with pytest.raises(UsageError, match="do not rise"):
        compare(shop, shop, ChangeOptions(BEFORE))
    with pytest.raises(UsageError, match="negative"):
        compare(shop, then, ChangeOptions(BEFORE, movers=-1))
    with pytest.raises(UsageError, match="at least one day"):
        compare(shop, then, ChangeOptions(BEFORE, lost_after_days=0))
    nobody = CustomerSummary(shop.frame.clear(), NOW, 2, shop.days.clear())
    with pytest.raises(TooLittleDataError):
        compare(nobody, then, ChangeOptions(BEFORE))
    with pytest.raises(InternalError):
        compare(replace(shop, days=pl.DataFrame()), then, ChangeOptions(BEFORE))


def test_over_whole_months_it_agrees_with_the_rates_of_churn() -> None:
    summary = of_lines(shop(200, 152, 7), dt.date(2024, 5, 31))
    then, before = previous_dates(summary.as_of, "month")
    assert (then, before) == (dt.date(2024, 4, 30), dt.date(2024, 3, 31))
    rates = rates_table(visits(summary, "month"), gaps_of(summary), 2).row(-1, named=True)
    found = facts(compared(summary, then, before))
    money = ("start_revenue", "expansion", "contraction", "churned_revenue", "new_revenue", "reactivated_revenue")
    for name in ("nrr", "grr", "quick_ratio", *money):
        assert found[name] == rates[name], name
    assert (found["new_customers"], found["active_before"]) == (rates["new"], rates["start_customers"])


LINES = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.integers(0, 40),
        st.integers(-3_000, 10_000),
    ),
    min_size=1,
    max_size=60,
)
DAY_ZERO = dt.date(2024, 5, 21)


def lines_of(rows: list[tuple[str, int, int]]) -> pl.DataFrame:
    typed = [(name, DAY_ZERO + dt.timedelta(days), Decimal(cents) / 100) for name, days, cents in rows]
    schema = {"customer_id": pl.String(), "date": pl.Date(), "amount": pl.Decimal(38, 2)}
    return pl.DataFrame(typed, schema=schema, orient="row")


@given(LINES, st.none() | st.integers(1, 20))
@examples(150)
def test_identities(rows: list[tuple[str, int, int]], lost_after_days: int | None) -> None:
    lines = lines_of(rows)
    summary = of_lines(lines, NOW)
    if summary.frame.is_empty():
        return
    found = compared(summary, lost_after_days=lost_after_days)
    said, tables = facts(found), found.tables
    steps = tables["bridge"]["amount"].to_list()
    assert sum(steps[:-1]) == steps[-1] == said["revenue_now"]
    amounts = tables["flows"]["amount"].to_list()
    assert sum(amounts[:-1]) == amounts[-1] == said["sales_now"]
    assert said["sales_now"] + said["refunds_now"] == said["revenue_now"]
    if said["nrr"] is not None:
        assert said["nrr"] >= said["grr"]
        assert 0 <= said["grr"] <= 1
    stock = said["current_before"] + said["new_customers"] + said["returned_customers"] - said["lost_customers"]
    assert stock == said["current_customers"]
    for name in ("revenue", "revenue_before", "change"):
        assert tables["customers"][name].sum() == tables["states"][name].sum()
    assert tables["customers"]["revenue"].sum() == said["revenue_now"]
    assert tables["customers"]["revenue_before"].sum() == said["revenue_before"]
    buyers = summary.frame["customer_id"].to_list()
    within = lines.filter(pl.col("customer_id").is_in(buyers), pl.col("date").is_between(THEN, NOW, closed="right"))
    assert said["revenue_now"] == within["amount"].sum()


@given(LINES, LINES)
@examples(60)
def test_later_rows_change_nothing(rows: list[tuple[str, int, int]], later: list[tuple[str, int, int]]) -> None:
    lines = lines_of(rows)
    more = lines_of([(name, days + 41, cents) for name, days, cents in later])
    if of_lines(lines, NOW).frame.is_empty():
        return
    alone = compared(of_lines(lines, NOW))
    longer = of_lines(pl.concat([lines, more]), NOW + dt.timedelta(100))
    assert_same(compared(summary_at(longer, NOW)), alone)


@given(LINES, st.randoms(use_true_random=False))
@examples(60)
def test_the_order_of_customers_changes_nothing(rows: list[tuple[str, int, int]], random: Random) -> None:
    summary = of_lines(lines_of(rows), NOW)
    if summary.frame.is_empty():
        return
    order = list(range(summary.frame.height))
    random.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    days = summary.days.with_columns(pl.col("customer").replace_strict(place, return_dtype=pl.UInt32))
    shuffled = replace(summary, frame=summary.frame[order], days=days.sort("customer", "date"))
    assert_same(compared(shuffled), compared(summary))


def assert_same(found: Result, expected: Result) -> None:
    assert found.facts == expected.facts
    assert found.notes == expected.notes
    for name, table in expected.tables.items():
        assert found.tables[name].equals(table)
