"""The comparison of two windows on published data, held against sums taken straight from the file."""

from __future__ import annotations

import datetime as dt
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from crmcli.analysis.change.compare import compare
from crmcli.analysis.change.options import ChangeOptions
from crmcli.analysis.change.windows import previous_dates
from crmcli.analysis.churn.analyse import analyse
from crmcli.analysis.churn.options import ChurnOptions
from crmcli.customers.past import summary_at
from crmcli.customers.summary import summarise
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from crmcli.analysis.result import Result
    from crmcli.customers.summary import CustomerSummary

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CDNOW = DATA / "cdnow_master.csv"
RETAIL = DATA / "online_retail.parquet"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here"),
]

CASES = [("week", "2011-12-09"), ("week", "2011-06-05"), ("month", "2011-11-30"), ("month", "2011-12-09")]


@cache
def base(path: Path, as_of: str) -> CustomerSummary:
    with load([str(path)], ReadOptions(as_of=dt.date.fromisoformat(as_of)), stdin=io.BytesIO()) as transactions:
        return summarise(transactions)[0]


@cache
def compared(path: Path, every: str, as_of: str) -> Result:
    now = base(path, as_of)
    then, before = previous_dates(now.as_of, every)
    return compare(now, summary_at(now, then), ChangeOptions(before))


def facts(result: Result) -> dict[str, Any]:
    return {fact.name: fact.value for fact in result.facts}


@cache
def lines() -> pl.DataFrame:
    """Lines of customers with a price: customer, day, invoice, pence (rounded line by line), is_refund."""
    rows = pl.read_parquet(RETAIL).filter(pl.col("CustomerID").is_not_null(), pl.col("UnitPrice") > 0)
    thousandths = (pl.col("UnitPrice") * 1000).round().cast(pl.Int64) * pl.col("Quantity")
    half_even = pl.when(thousandths % 10 == 5).then((thousandths // 10 + 1) // 2 * 2).otherwise((thousandths + 5) // 10)
    return rows.select(
        customer=pl.col("CustomerID").cast(pl.Int64).cast(pl.String),
        day=pl.col("InvoiceDate").cast(pl.Date),
        invoice="InvoiceNo",
        pence=half_even,
        is_refund=pl.col("Quantity") < 0,
    )


def orders(until: dt.date) -> pl.DataFrame:
    """Customer and day of every order up to a date."""
    sold = lines().filter(~pl.col("is_refund"), pl.col("day") <= until)
    return sold.group_by("customer", "invoice").agg(pl.col("day").min())


def window(first: dt.date, last: dt.date, until: dt.date) -> dict[str, dict[str, int]]:
    """By customer with an order up to `until`, orders, sales and refunds of the days after `first` up to `last`."""
    begun = orders(until)
    buyers = begun["customer"].unique().to_list()
    within = pl.col("day").is_between(first, last, closed="right")
    found: dict[str, dict[str, int]] = {}
    for row in lines().filter(within, pl.col("customer").is_in(buyers)).iter_rows(named=True):
        own = found.setdefault(row["customer"], {"orders": 0, "sales": 0, "refunds": 0})
        own["refunds" if row["is_refund"] else "sales"] += row["pence"]
    for customer, count in begun.filter(within).group_by("customer").len().iter_rows():
        found[customer]["orders"] = count
    return found


@pytest.mark.parametrize(("every", "as_of"), CASES)
def test_sums_straight_from_the_file(every: str, as_of: str) -> None:
    now = dt.date.fromisoformat(as_of)
    then, before = previous_dates(now, every)
    said = facts(compared(RETAIL, every, as_of))
    for name, found in (("now", window(then, now, now)), ("before", window(before, then, now))):
        totals = {key: sum(own[key] for own in found.values()) for key in ("orders", "sales", "refunds")}
        assert said[f"orders_{name}"] == totals["orders"]
        assert said[f"sales_{name}"] * 100 == totals["sales"]
        assert said[f"refunds_{name}"] * 100 == totals["refunds"]
        assert said[f"revenue_{name}"] * 100 == totals["sales"] + totals["refunds"]
        active = sum(own["orders"] > 0 for own in found.values())
        assert said["active_customers" if name == "now" else "active_before"] == active


@pytest.mark.parametrize(("every", "as_of"), CASES)
def test_flows_straight_from_the_file(every: str, as_of: str) -> None:
    now = dt.date.fromisoformat(as_of)
    then, before = previous_dates(now, every)
    ours = {customer: own["sales"] for customer, own in window(then, now, now).items()}
    theirs = {customer: own["sales"] for customer, own in window(before, then, now).items()}
    known = set(orders(then)["customer"])
    flows = dict.fromkeys(("expansion", "contraction", "churned_revenue", "new_revenue", "reactivated_revenue"), 0)
    for customer in {*ours, *theirs}:
        after, earlier = ours.get(customer, 0), theirs.get(customer, 0)
        if after and earlier:
            flows["expansion" if after > earlier else "contraction"] += abs(after - earlier)
        elif earlier:
            flows["churned_revenue"] += earlier
        else:
            flows["reactivated_revenue" if customer in known else "new_revenue"] += after
    said = facts(compared(RETAIL, every, as_of))
    assert {name: said[name] * 100 for name in flows} == flows
    start = sum(theirs.values())
    lost = flows["contraction"] + flows["churned_revenue"]
    assert said["nrr"] == pytest.approx((start + flows["expansion"] - lost) / start, rel=1e-15)
    assert said["grr"] == pytest.approx((start - lost) / start, rel=1e-15)


@pytest.mark.parametrize(("every", "as_of"), CASES)
def test_states_straight_from_the_file(every: str, as_of: str) -> None:
    now = dt.date.fromisoformat(as_of)
    then, before = previous_dates(now, every)
    result = compared(RETAIL, every, as_of)
    patience = facts(result)["lost_after_days"]
    days: dict[str, list[dt.date]] = {}
    for customer, _, day in orders(now).iter_rows():
        days.setdefault(customer, []).append(day)

    def state(own: list[dt.date]) -> str | None:
        earlier = [day for day in own if day <= then]
        was_lost = bool(earlier) and (then - max(earlier)).days > patience
        if max(own) > then:
            return "new" if not earlier else "returned" if was_lost else "kept"
        if (now - max(own)).days > patience and not was_lost:
            return "lost"
        return "paused" if max(own) > before else None

    expected = {customer: found for customer, own in days.items() if (found := state(own))}
    table = result.tables["customers"].filter(pl.col("state") != "no_order")
    assert dict(table.select("customer_id", "state").iter_rows()) == expected
    assert table["customer_id"].is_sorted()


@pytest.mark.parametrize(("every", "as_of"), CASES)
def test_the_churn_window_is_that_of_a_run_as_of_the_earlier_date(every: str, as_of: str) -> None:
    then = previous_dates(dt.date.fromisoformat(as_of), every)[0]
    churn = analyse(base(RETAIL, then.isoformat()), ChurnOptions(views=frozenset({"window"})))
    chosen = churn.tables["window"].filter("chosen")["days"].item()
    assert facts(compared(RETAIL, every, as_of))["lost_after_days"] == chosen


def test_cdnow_over_the_last_months() -> None:
    # A month back from 31 March is the end of February, and from there both months are whole: those of the methods.
    said = facts(compared(CDNOW, "month", "1998-03-31"))
    whole = analyse(base(CDNOW, "1998-03-31"), ChurnOptions(views=frozenset({"rates"}), period="month"))
    march = whole.tables["rates"].row(-1, named=True)
    assert (said["window_first_day"], said["before_first_day"]) == (dt.date(1998, 3, 1), dt.date(1998, 2, 1))
    for name in ("nrr", "grr", "quick_ratio", "expansion", "contraction", "start_revenue"):
        assert said[name] == march[name], name


def test_cdnow_quarters_of_the_methods() -> None:
    now = base(CDNOW, "1997-09-30")
    result = compare(now, summary_at(now, dt.date(1997, 6, 30)), ChangeOptions(dt.date(1997, 3, 31)))
    said = facts(result)
    assert (said["nrr"], said["grr"], said["quick_ratio"]) == pytest.approx((0.5358, 0.3757, 0.7022), abs=5e-5)
    money = ("start_revenue", "reactivated_revenue", "expansion", "contraction", "churned_revenue")
    assert [float(said[name]) for name in money] == [359153.66, 99949.62, 57495.28, 72893.53, 151309.66]
    assert (said["kept_customers"] + said["returned_customers"], said["new_customers"]) == (4263, 0)
    assert sum(result.tables["bridge"]["amount"].to_list()[:-1]) == said["revenue_now"]
