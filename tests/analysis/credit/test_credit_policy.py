"""Credit policies: published cases of the closed form, the replay, and files of own styles."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from ledgers import read

from crmcli.analysis.credit.policy_formula import Offer, Policy
from crmcli.analysis.credit.policy_replay import Rates, Replay, band
from crmcli.analysis.credit.styles import AGGRESSIVE, BALANCED, CONSERVATIVE, STYLES, parse_style
from crmcli.errors import UsageError


def on(day: float) -> tuple[Offer, ...]:
    return (Offer(1, day),)


def test_longer_credit_for_five_percent_more_units() -> None:
    now = Policy(600_000, 0.6, on(30), 0.01, 0.15, year_days=360)
    then = Policy(630_000, 0.6, on(45), 0.02, 0.15, year_days=360)
    assert then.profit - now.profit == pytest.approx(2_812.5)


def test_its_parts() -> None:
    now = Policy(2_400_000, 0.6, on(30), 0.01, 0.12, year_days=360)
    then = Policy(2_520_000, 0.6, on(45), 0.02, 0.12, year_days=360)
    assert (then.sales - now.sales) * 0.4 == pytest.approx(48_000)
    assert then.carrying_cost - now.carrying_cost == pytest.approx(8_280)
    assert then.sales * 0.02 - now.sales * 0.01 == pytest.approx(26_400)
    assert then.profit - now.profit == pytest.approx(13_320)


def test_discounts_taken_by_parts_of_the_customers() -> None:
    offers = (Offer(0.6, 10, 0.03), Offer(0.18, 20, 0.02), Offer(0.22, 45))
    policy = Policy(50e6, 0.4, offers, 0.025, 0.1, 1.2e6, 360)
    assert policy.collection_days == pytest.approx(19.5)
    assert policy.profit == pytest.approx(26.3617e6, abs=50)


def test_a_discount_that_speeds_up_collection() -> None:
    plain = Policy(55e6, 0.7, on(60), 0.04, 0.1, 0.8e6, 360)
    offers = (Offer(0.7, 10, 0.02), Offer(0.1, 20, 0.01), Offer(0.2, 60))
    assert plain.profit == pytest.approx(12.8583e6, abs=50)
    assert Policy(55e6, 0.7, offers, 0.03, 0.1, 0.6e6, 360).profit == pytest.approx(13.2004e6, abs=50)


def test_the_built_in_styles() -> None:
    assert list(STYLES) == ["conservative", "balanced", "aggressive"]
    assert [style.minimum_score for style in STYLES.values()] == [65, 50, 35]
    assert [style.maximum_pd for style in STYLES.values()] == [0.02, 0.05, 0.10]
    assert [tuple(style.net_days.values()) for style in STYLES.values()] == [
        (30, 30, 15, 0),
        (45, 30, 30, 0),
        (90, 60, 45, 30),
    ]
    assert [style.need_multiple for style in STYLES.values()] == [1.0, 1.5, 2.5]
    assert [style.net_worth_share for style in STYLES.values()] == [0.05, 0.10, 0.20]
    assert [style.tolerance for style in STYLES.values()] == [0, 0.10, 0.25]
    assert [style.hold_days for style in STYLES.values()] == [10, 30, 60]


@pytest.mark.parametrize(
    "text", ["x = 1", "hold_days = 1.5", "net_days = { A = -1 }", "net_days = { F = 3 }", "tolerance = true", "= 3"]
)
def test_style_files_that_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"own\.toml"):
        parse_style(text, "own.toml", BALANCED)


RATES = Rates(variable_cost=0.6, capital_cost=0.1, year_days=365)
DAY = dt.date(2024, 12, 31)


def _ledger(defaulter: str = "") -> Replay:
    rows, payments = [], []
    start = dt.date(2023, 1, 2)
    for week in range(104):
        for number, customer in enumerate(("good", "late")):
            day = start + dt.timedelta(days=7 * week)
            delay = -2 if customer == "good" else 25
            rows.append(f"{customer}{week},{customer},{day},{day + dt.timedelta(days=30)},100")
            if customer != defaulter or week < 30:
                payments.append(f"{customer}{week},{day + dt.timedelta(days=30 + delay + number)},100")
    invoices = "invoice_id,customer_id,invoice_date,due_date,amount\n" + "\n".join(rows) + "\n"
    ledger, _ = read(invoices, "invoice_id,date,amount\n" + "\n".join(payments) + "\n")
    return Replay.of(ledger.at(DAY))


def test_the_replay_of_the_policy_in_force_is_the_year_itself() -> None:
    replay = _ledger()
    current = replay.current(RATES)
    assert current.sales == replay.rows["amount"].sum()
    assert current.customers_lost == 0
    assert current.by_customer.sum() == pytest.approx(current.profit)


def test_a_policy_without_rules_loses_nothing_and_only_moves_the_days() -> None:
    replay = _ledger()
    open_handed = replace(
        AGGRESSIVE, minimum_score=0, maximum_pd=1, net_days=dict.fromkeys("ABCD", 30), need_multiple=1e6, hold_days=3650
    )
    outcome, current = replay.under(open_handed, RATES), replay.current(RATES)
    assert outcome.sales == current.sales
    # Invoices that are open still count their days so far, so the replayed ones can only take longer.
    assert outcome.paid_days >= current.paid_days
    assert outcome.bad_debt == current.bad_debt


def test_stricter_styles_sell_less() -> None:
    replay = _ledger()
    sales = [replay.under(style, RATES).sales for style in (CONSERVATIVE, BALANCED, AGGRESSIVE)]
    assert sales == sorted(sales)


def test_break_evens_close_the_gap() -> None:
    replay = _ledger("late")
    current, careful = replay.current(RATES), replay.under(CONSERVATIVE, RATES)
    uplift = careful.break_even_uplift(current)
    assert uplift is not None
    assert careful.profit * (1 + uplift) == pytest.approx(current.profit)
    rate = current.highest_bad_debt(current, RATES)
    assert rate == pytest.approx(current.bad_debt / current.sales)


def test_a_hold_stops_losses() -> None:
    replay = _ledger("late")
    current, careful = replay.current(RATES), replay.under(CONSERVATIVE, RATES)
    assert 0 <= careful.bad_debt < current.bad_debt


def test_the_band_holds_the_difference_and_repeats() -> None:
    replay = _ledger("late")
    current, careful = replay.current(RATES), replay.under(CONSERVATIVE, RATES)
    low, high = band(careful, current, 1)
    assert low <= careful.profit - current.profit <= high
    assert band(careful, current, 1) == (low, high)
    assert band(current, current, 1) == (0, 0)


def test_the_year_holds_its_invoices() -> None:
    replay = _ledger()
    assert replay.rows.filter(pl.col("date") <= DAY - dt.timedelta(days=365)).is_empty()
