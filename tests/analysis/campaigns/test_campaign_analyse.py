from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from churn_cases import summary_of
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.campaigns.analyse import analyse
from crmcli.analysis.campaigns.options import CampaignOptions
from crmcli.analysis.campaigns.views import CAMPAIGNS
from crmcli.analysis.conform import view_schema
from crmcli.customers.campaign_files import CampaignFiles, CampaignRows
from crmcli.errors import InputError, InternalError, UsageError

if TYPE_CHECKING:
    from crmcli.analysis.result import Result
    from crmcli.customers.summary import CustomerSummary

AS_OF = "2024-06-30"


def contacts(*rows: tuple[str, str, str | None, bool]) -> CampaignRows:
    typed = [(name, who, None if day is None else dt.date.fromisoformat(day), held) for name, who, day, held in rows]
    schema = pl.Schema(
        {"campaign": pl.String(), "customer_id": pl.String(), "date": pl.Date(), "is_control": pl.Boolean()}
    )
    return CampaignRows("contacts.csv", pl.DataFrame(typed, schema=schema, orient="row"))


def money(label: str, *rows: tuple[str, str, str | None]) -> CampaignRows:
    typed = [(name, Decimal(amount), who) for name, amount, who in rows]
    schema = pl.Schema({"campaign": pl.String(), "amount": pl.Decimal(38, 2), "customer_id": pl.String()})
    return CampaignRows(label, pl.DataFrame(typed, schema=schema, orient="row"))


def shop(*orders: tuple[str, str]) -> CustomerSummary:
    return summary_of([(who, day, 10) for who, day in orders], AS_OF)


def row(result: Result, campaign: str = "A") -> dict[str, Any]:
    return result.tables["campaigns"].row(by_predicate=pl.col("campaign") == campaign, named=True)


def codes(result: Result) -> list[str]:
    return [note.code for note in result.notes]


def facts(result: Result) -> dict[str, Any]:
    return {fact.name: fact.value for fact in result.facts}


def test_a_response_is_an_order_from_the_contact_on() -> None:
    orders = shop(
        *(("on the day", "2024-03-01"), ("last day", "2024-03-31"), ("too late", "2024-04-01")),
        *(("too early", "2024-02-29"), ("never since", "2023-01-01")),
    )
    reached = [("A", who, "2024-03-01", False) for who in orders.frame["customer_id"]]
    found = analyse(orders, CampaignFiles(contacts=contacts(*reached)))
    one = row(found)
    assert (one["contacted"], one["responders"], one["response_rate"]) == (5, 2, 0.4)
    assert (one["response_low"], one["response_high"]) == pytest.approx((0.1176, 0.7693), abs=5e-5)
    assert (one["basis"], one["complete"], one["flags"]) == ("orders", True, "")
    assert (one["receipts"], one["expenses"], one["return"]) == (None, None, None)
    assert row(analyse(orders, CampaignFiles(contacts=contacts(*reached)), CampaignOptions(31)))["responders"] == 3


def test_a_refund_is_no_response() -> None:
    orders = summary_of([("x", "2024-01-01", 10), ("x", "2024-03-05", -10)], AS_OF)
    assert row(analyse(orders, CampaignFiles(contacts=contacts(("A", "x", "2024-03-01", False)))))["responders"] == 0


def test_uplift_against_a_control_group() -> None:
    treated = [f"t{number}" for number in range(70)]
    control = [f"c{number}" for number in range(80)]
    orders = [(who, "2024-03-10") for who in (*treated[:56], *control[:48])]
    rest = [(who, "2023-01-01") for who in (*treated[56:], *control[48:])]
    reached = contacts(
        *(("A", who, "2024-03-01", False) for who in treated), *(("A", who, None, True) for who in control)
    )
    found = analyse(shop(*orders, *rest), CampaignFiles(contacts=reached))
    one = row(found)
    assert (one["response_rate"], one["control_rate"]) == (0.8, 0.6)
    assert (one["control"], one["control_responders"]) == (80, 48)
    assert (one["uplift"], one["uplift_low"], one["uplift_high"]) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert "campaign_uplift" in codes(found)
    assert "campaign_unproven" not in codes(found)
    assert one["flags"] == ""


def test_an_uplift_that_may_be_none_is_told() -> None:
    orders = [(who, "2024-03-10") for who in ("t1", "t2", "c1")] + [("c2", "2023-01-01")]
    reached = contacts(*(("A", who, "2024-03-01", who[0] == "c") for who in ("t1", "t2", "c1", "c2")))
    found = analyse(shop(*orders), CampaignFiles(contacts=reached))
    assert row(found)["uplift"] == 0.5
    assert row(found)["uplift_low"] < 0
    assert "campaign_unproven" in codes(found)


def test_responses_counted_in_two_ways_are_not_added_up() -> None:
    reached = contacts(("A", "x", "2024-03-01", False), ("B", "x", "2024-03-01", False), ("B", "y", None, True))
    files = CampaignFiles(contacts=reached, receipts=money("r.csv", ("A", "1", "x")))
    found = analyse(shop(("x", "2024-03-02")), files)
    assert found.tables["campaigns"]["basis"].to_list() == ["receipts", "orders"]
    assert facts(found)["campaign_contacts"] == 2
    assert (facts(found)["campaign_responders"], facts(found)["campaign_response_rate"]) == (None, None)


def test_groups_that_differed_beforehand_are_told() -> None:
    treated, control = [f"t{n}" for n in range(30)], [f"c{n}" for n in range(30)]
    orders = [(who, "2024-02-20") for who in treated] + [(who, "2023-01-01") for who in control]
    reached = contacts(*(("A", who, "2024-03-01", who[0] == "c") for who in (*treated, *control)))
    found = analyse(shop(*orders), CampaignFiles(contacts=reached))
    assert row(found)["flags"] == "groups_differ"
    assert "campaign_groups_differ" in codes(found)


def test_money_in_and_out() -> None:
    found = analyse(
        shop(("x", "2024-01-01")),
        CampaignFiles(
            receipts=money("receipts.csv", ("A", "100.10", None), ("A", "0.05", "x"), ("B", "-1", None)),
            expenses=money("expenses.csv", ("A", "50", None), ("C", "7.77", None)),
        ),
    )
    one = row(found)
    assert (one["receipts"], one["expenses"], one["net"]) == (Decimal("100.15"), 50, Decimal("50.15"))
    assert one["return"] == pytest.approx(1.003)
    assert (row(found, "B")["expenses"], row(found, "B")["return"], row(found, "B")["flags"]) == (
        0,
        None,
        "no_expenses",
    )
    assert (row(found, "C")["receipts"], row(found, "C")["return"], row(found, "C")["flags"]) == (0, -1, "no_receipts")
    said = facts(found)
    assert (said["campaigns"], said["campaign_receipts"], said["campaign_expenses"]) == (
        3,
        Decimal("99.15"),
        Decimal("57.77"),
    )
    assert said["campaign_return"] == pytest.approx((99.15 - 57.77) / 57.77)
    assert codes(found) == ["campaign_no_contacts_given", "campaign_no_receipts", "campaign_no_expenses"]
    assert "receipts.csv holds no receipts of 'C'" in found.notes[1].text


def test_receipts_of_contacted_customers_are_responses_where_no_control_is_compared() -> None:
    orders = shop(("x", "2024-03-02"), ("y", "2024-01-01"), ("z", "2024-01-01"))
    reached = [("A", who, "2024-03-01", False) for who in "xyz"]
    paid = money("receipts.csv", ("A", "5", "y"), ("A", "-3", "z"), ("A", "9", "other"), ("A", "4", None))
    found = analyse(orders, CampaignFiles(contacts=contacts(*reached), receipts=paid))
    one = row(found)
    assert (one["basis"], one["responders"], one["complete"]) == ("receipts", 1, None)
    assert one["receipts"] == 15
    assert "campaign_receipts_of_others" in codes(found)
    held = analyse(orders, CampaignFiles(contacts=contacts(*reached, ("A", "c", None, True)), receipts=paid))
    assert (row(held)["basis"], row(held)["responders"], row(held)["control_rate"]) == ("orders", 1, 0)


def test_receipts_without_customers_leave_orders_to_tell() -> None:
    orders = shop(("x", "2024-03-02"))
    files = CampaignFiles(contacts(("A", "x", "2024-03-01", False)), money("receipts.csv", ("A", "5", None)))
    assert (row(analyse(orders, files))["basis"], row(analyse(orders, files))["responders"]) == ("orders", 1)


def test_contacts_without_a_date() -> None:
    orders = shop(("x", "2024-03-02"), ("y", "2024-03-02"))
    reached = contacts(("A", "x", None, False), ("A", "y", None, True))
    found = analyse(orders, CampaignFiles(contacts=reached))
    assert (row(found)["responders"], row(found)["response_rate"]) == (None, None)
    assert row(found)["flags"] == "undated;control_unused"
    paid = analyse(orders, CampaignFiles(contacts=reached, receipts=money("receipts.csv", ("A", "5", "x"))))
    assert (row(paid)["basis"], row(paid)["responders"], row(paid)["uplift"]) == ("receipts", 1, None)
    assert {"campaign_undated", "campaign_control_unused"} <= set(codes(paid))


def test_a_time_to_respond_that_is_not_over_is_told() -> None:
    orders = shop(("x", "2024-06-10"))
    found = analyse(orders, CampaignFiles(contacts=contacts(("A", "x", "2024-06-01", False))))
    assert (row(found)["responders"], row(found)["complete"], row(found)["flags"]) == (1, False, "window_open")
    whole = analyse(orders, CampaignFiles(contacts=contacts(("A", "x", "2024-05-31", False))))
    assert row(whole)["complete"] is True


def test_names_that_may_be_one_campaign_are_told() -> None:
    found = analyse(
        shop(("x", "2024-01-01")),
        CampaignFiles(
            receipts=money("r.csv", ("Spring 24", "1", None)), expenses=money("e.csv", ("spring-24", "1", None))
        ),
    )
    assert found.tables["campaigns"]["campaign"].to_list() == ["Spring 24", "spring-24"]
    assert "campaign_names_alike" in codes(found)


def test_customers_contacted_twice_and_strangers_are_told() -> None:
    reached = contacts(
        ("A", "x", "2024-03-01", False), ("B", "x", "2024-03-20", False), ("A", "stranger", "2024-03-01", False)
    )
    found = analyse(shop(("x", "2024-03-25")), CampaignFiles(contacts=reached))
    assert [row(found, name)["responders"] for name in "AB"] == [1, 1]
    assert {"campaign_overlap", "campaign_unknown_customers"} <= set(codes(found))
    assert facts(found)["campaign_response_rate"] == pytest.approx(2 / 3)


def test_ids_that_never_match_are_refused() -> None:
    with pytest.raises(InputError, match="none of the 1 customers that campaigns contacted has an order"):
        analyse(shop(("007", "2024-01-01")), CampaignFiles(contacts=contacts(("A", "7", "2024-03-01", False))))


def test_what_cannot_be_analysed() -> None:
    with pytest.raises(InternalError):
        analyse(shop(("x", "2024-01-01")), CampaignFiles())
    with pytest.raises(UsageError, match="at least one day"):
        analyse(shop(("x", "2024-01-01")), CampaignFiles(receipts=money("r.csv")), CampaignOptions(0))


def test_files_of_which_nothing_is_left_give_no_row() -> None:
    found = analyse(shop(("x", "2024-01-01")), CampaignFiles(contacts(), money("r.csv"), money("e.csv")))
    assert found.tables["campaigns"].is_empty()
    assert found.tables["campaigns"].schema == view_schema(CAMPAIGNS, 2)
    assert facts(found)["campaign_return"] is None


ROWS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from("uvwxyz"), st.dates(dt.date(2024, 1, 1), dt.date(2024, 6, 30))),
    min_size=1,
    max_size=25,
    unique_by=lambda one: one[:2],
)


@given(ROWS, st.lists(st.tuples(st.sampled_from("uvwxyz"), st.dates(dt.date(2024, 1, 1), dt.date(2024, 6, 30)))))
def test_against_a_slow_count(rows: list[tuple[str, str, dt.date]], orders: list[tuple[str, dt.date]]) -> None:
    days = {(who, day) for who, day in [*orders, ("u", dt.date(2024, 1, 1)), ("v", dt.date(2024, 1, 1))]}
    known = {who for who, _ in days}
    if not known & {who for _, who, _ in rows}:
        return
    reached = contacts(*((name, who, day.isoformat(), False) for name, who, day in rows))
    table = analyse(shop(*((who, day.isoformat()) for who, day in days)), CampaignFiles(contacts=reached)).tables
    responded = {
        name: sum(
            any(buyer == who and 0 <= (on - day).days <= 30 for buyer, on in days)
            for campaign, who, day in rows
            if campaign == name
        )
        for name in {campaign for campaign, _, _ in rows}
    }
    assert dict(table["campaigns"].select("campaign", "responders").iter_rows()) == responded
