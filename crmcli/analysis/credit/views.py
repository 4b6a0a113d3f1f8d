"""The views of `credit`, declared once: who owes what, how it is paid, what it is worth, and who may owe how much."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from crmcli.analysis.credit.views_decisions import CUSTOMERS, LIMITS, POLICY
from crmcli.analysis.credit.views_value import VALUE
from crmcli.analysis.views import Catalogue, Column, Kind, View

if TYPE_CHECKING:
    from collections.abc import Sequence

_CURRENCY = Column("currency", Kind.TEXT, "Currency of the money; missing where the input names none.", minor=True)

_DEFAULT_BUCKETS = ("not_due", "d1_30", "d31_60", "d61_90", "d91_120", "d121_plus")


def _bucket(name: str) -> Column:
    if name == "not_due":
        return Column(name, Kind.MONEY, "Open and not due yet (with --basis invoice: of the day itself).", "money")
    days = name.removeprefix("d").replace("_plus", " and more").replace("_", " to ")
    meaning = f"Open, {days} days overdue; day 1 is the day after the due date."
    return Column(name, Kind.MONEY, meaning, "money", minor=name in {"d61_90", "d91_120"})


def _aging(buckets: Sequence[str]) -> View:
    return View(
        name="aging",
        title="Ageing",
        meaning="One row per customer and currency with something open or unapplied. The buckets and unapplied add up "
        "to what the documents leave, to the cent; with --buckets they carry the days asked for.",
        key=("customer_id", "currency"),
        top_by="outstanding",
        columns=(
            Column("customer_id", Kind.ID, "The customer, as written in the input."),
            dataclasses.replace(_CURRENCY, minor=True),
            *map(_bucket, buckets),
            Column(
                "unapplied",
                Kind.MONEY,
                "Money on account that no invoice has taken: advance payments, overpayments, credit notes without "
                "invoice; negative.",
                "money",
                minor=True,
            ),
            Column("outstanding", Kind.MONEY, "Sum of the buckets and unapplied.", "money", bar=True),
            Column(
                "oldest_days", Kind.INTEGER, "Days overdue of the oldest open item; 0 when none is.", "days", minor=True
            ),
            Column("disputed", Kind.MONEY, "The part of the buckets that is disputed.", "money", minor=True),
        ),
    )


AGING = _aging(_DEFAULT_BUCKETS)

KPIS = View(
    name="kpis",
    title="Key figures",
    meaning="One row per measure, each with its unit and the period that it covers.",
    columns=(
        Column(
            "measure",
            Kind.TEXT,
            "receivables, not_due, overdue, unapplied, disputed (money) · overdue_share of the open items · dso = "
            "receivables ÷ credit sales × days · best_possible_dso, of what is not due · average_days_delinquent, the "
            "difference · countback_dso, days of the latest sales · cei, collection effectiveness of the month · dbt, "
            "amount-weighted days beyond terms (open overdue items included; early as 0), dbt_signed (early negative) "
            "· late_share of invoices · pay_index 0 to 100 (80 on terms) · top_N_share and hhi of the balances · "
            "write_off_share of sales · due_date_from: invoices by the source of their due date · "
            "discount_cost of the terms in use per year · late_model figures (area under "
            "the ROC curve on held-out invoices) and cash_coverage, the part of past weekly receipts within the band.",
        ),
        Column("value", Kind.NUMBER, "The figure; missing where it has no meaning.", "as unit says"),
        Column("unit", Kind.TEXT, "days, money, of 1, points or count."),
        Column("period", Kind.TEXT, "The time that the figure covers."),
        _CURRENCY,
    ),
)

TREND = View(
    name="trend",
    title="Trends",
    meaning="Long table of what changes: receivables and why, days beyond terms, roll rates, slowing customers, and "
    "the expected receipts of the coming weeks.",
    columns=(
        Column(
            "kind",
            Kind.TEXT,
            "receivables, sales, dso, dbt by month · delta_receivables: the change over the last month and its parts "
            "· roll_rate: part of a bucket that is a bucket older a month later · dbt_slope: days by which a customer "
            "gets slower per month · scissors: sales up while payment slows, days slower · cash_forecast: expected "
            "receipts, low and high of the 80 % band.",
        ),
        Column("key", Kind.TEXT, "What the row is about: a bucket, a customer, a part."),
        Column("period", Kind.TEXT, "Month (YYYY-MM), or first day of a week."),
        Column("value", Kind.NUMBER, "The figure.", "money, days, or of 1"),
        Column("direction", Kind.TEXT, "↑ rises, ↓ falls, → keeps; for payment, ↑ means slower.", minor=True),
        _CURRENCY,
    ),
)

COHORTS = View(
    name="cohorts",
    title="Payment curves",
    meaning="One row per month of invoices and age: how much of what was invoiced is still unpaid.",
    key=("currency", "invoice_month", "age_months"),
    columns=(
        Column("invoice_month", Kind.TEXT, "Month of the invoices, YYYY-MM."),
        Column("age_months", Kind.INTEGER, "Months after it; 0 is its own end.", "months"),
        Column(
            "unpaid_share",
            Kind.SHARE,
            "Part of the money invoiced that neither payments nor credits had settled by then; what was written off "
            "stays unpaid.",
            "of 1",
            bar=True,
        ),
        Column("complete", Kind.TEXT, "yes when that month has ended by as_of, else no: the share can still fall."),
        _CURRENCY,
    ),
)

PROVISION = View(
    name="provision",
    title="Provision for losses",
    meaning="What of each bucket will hardly come, by three methods side by side, and how they would have done a year "
    "ago. Lost means written off, or unpaid 180 days after the due date.",
    columns=(
        Column("bucket", Kind.TEXT, "Age of what is open."),
        Column("balance", Kind.MONEY, "Open in it.", "money", bar=True),
        Column("cohort_rate", Kind.SHARE, "Lost, of all money that once got so old.", "of 1"),
        Column("roll_rate", Kind.SHARE, "Product of the monthly roll rates from here to lost.", "of 1"),
        Column("markov_rate", Kind.SHARE, "Chance of ending lost in the absorbing Markov chain of the months.", "of 1"),
        Column("provision_cohort", Kind.MONEY, "balance × cohort_rate, rounded half-even.", "money"),
        Column("provision_roll", Kind.MONEY, "balance × roll_rate, rounded half-even.", "money", minor=True),
        Column("provision_markov", Kind.MONEY, "balance × markov_rate, rounded half-even.", "money"),
        Column("backtest_balance", Kind.MONEY, "Open in this bucket twelve months ago.", "money", minor=True),
        Column("backtest_lost", Kind.MONEY, "What of that is lost by now.", "money", minor=True),
        Column("backtest_cohort", Kind.MONEY, "What cohort rates of that day set aside.", "money", minor=True),
        Column("backtest_roll", Kind.MONEY, "What roll rates of that day set aside.", "money", minor=True),
        Column("backtest_markov", Kind.MONEY, "What the chain of that day set aside.", "money", minor=True),
        _CURRENCY,
    ),
)

_VIEWS = (CUSTOMERS, AGING, KPIS, TREND, COHORTS, PROVISION, LIMITS, POLICY, VALUE)


def credit_catalogue(buckets: Sequence[str] = _DEFAULT_BUCKETS) -> Catalogue:
    """The views, the ageing with these buckets."""
    views = tuple(_aging(buckets) if view.name == "aging" else view for view in _VIEWS)
    return Catalogue(
        command="credit",
        views=views,
        default="customers",
        page=("aging", "provision", "kpis", "trend", "limits", "value"),
    )


CREDIT_CATALOGUE = credit_catalogue()
