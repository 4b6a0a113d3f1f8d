"""The views of `clv`, declared once."""

from __future__ import annotations

from crmcli.analysis.clv.views_checks import FORECAST, MODELS, PARAMETERS, VALIDATION
from crmcli.analysis.clv.views_contracts import CHANCES, RETENTION
from crmcli.analysis.views import Catalogue, Column, Cross, Kind, View

CUSTOMERS = View(
    name="customers",
    title="Customers",
    meaning="One row per customer with at least one order up to as_of: past value, future value and how sure it is. "
    "Low and high hold what happens with the probability of --level (90 % by default).",
    key=("customer_id",),
    top_by="clv",
    columns=(
        Column("customer_id", Kind.ID, "The customer, as written in the input."),
        Column("repeat_purchases", Kind.INTEGER, "Days with an order after the first one: x.", "purchases", minor=True),
        Column("t_x_days", Kind.INTEGER, "Days from the first to the last purchase: t_x.", "days", minor=True),
        Column("age_days", Kind.INTEGER, "Days from the first purchase to as_of: T.", "days", minor=True),
        Column(
            "mean_spend",
            Kind.NUMBER,
            "Money per repeat purchase, refunds taken off; missing without one.",
            "money per purchase",
            minor=True,
        ),
        Column("p_alive", Kind.SHARE, "Probability that the customer still buys.", "of 1"),
        Column("expected_purchases", Kind.NUMBER, "Expected purchases within the horizon.", "purchases", minor=True),
        Column("expected_purchases_low", Kind.INTEGER, "Lower end of their interval.", "purchases", minor=True),
        Column("expected_purchases_high", Kind.INTEGER, "Upper end of their interval.", "purchases", minor=True),
        Column(
            "expected_spend",
            Kind.NUMBER,
            "Expected money per future purchase: the customer's own mean, drawn towards that of all.",
            "money per purchase",
            minor=True,
        ),
        Column("historical_value", Kind.MONEY, "Money up to as_of, refunds taken off, not discounted.", "money"),
        Column("future_value", Kind.MONEY, "Expected money within the horizon, discounted to as_of.", "money"),
        Column(
            "future_value_low",
            Kind.MONEY,
            "Lower end of its interval; mostly 0, since anybody may never come back.",
            "money",
            minor=True,
        ),
        Column(
            "future_value_high",
            Kind.MONEY,
            "Upper end of its interval; 0 when the customer will probably never buy again, although the mean is not.",
            "money",
            span=("future_value_low", "future_value", "future_value_high"),
        ),
        Column("clv", Kind.MONEY, "historical_value + future_value.", "money"),
        Column(
            "flags",
            Kind.FLAGS,
            "no_repeat: bought on one day only, so that spending is that of all customers · loss: own mean spend is "
            "not positive · new: first purchase on the last day, so that nothing is known of silence yet.",
            minor=True,
        ),
    ),
)

SUMMARY = View(
    name="summary",
    title="Totals",
    meaning="What all customers together have been and will be worth, with intervals where a figure is a forecast.",
    columns=(
        Column("measure", Kind.TEXT, "Name of the figure, stable for scripts."),
        Column("value", Kind.NUMBER, "The figure; missing where it has no meaning.", "as the column unit says"),
        Column("low", Kind.NUMBER, "Lower end of its interval.", "as the column unit says"),
        Column("high", Kind.NUMBER, "Upper end of its interval.", "as the column unit says"),
        Column("unit", Kind.TEXT, "customers, purchases, money, of 1, days …"),
    ),
)

COHORTS = View(
    name="cohorts",
    title="Value by month of the first purchase",
    meaning="Cumulated value per customer of those who came in one month, by age: observed up to as_of, then projected "
    "to the end of the horizon.",
    cross=Cross(
        title="Value per customer by month of the first purchase and age in months",
        rows="cohort",
        columns="age_months",
        value="value_per_customer",
    ),
    columns=(
        Column("cohort", Kind.TEXT, "Month of the first purchase, as in 2024-01."),
        Column("customers", Kind.INTEGER, "Customers in it.", "customers"),
        Column("age_months", Kind.INTEGER, "Months since the month of the first purchase; 0 is that month.", "months"),
        Column("until", Kind.DATE, "Last day that counts: the end of that month, as_of, or the end of the horizon."),
        Column("projected", Kind.BOOLEAN, "Whether the row lies beyond as_of."),
        Column(
            "value_per_customer",
            Kind.NUMBER,
            "Value up to `until` ÷ customers; beyond as_of with the expected value, discounted to as_of.",
            "money per customer",
            bar=True,
        ),
    ),
)

DECOMPOSITION = View(
    name="decomposition",
    title="Where value came from",
    meaning="The value of each customer's orders up to as_of, discounted to the first order, by what brought it. "
    "clv1 + clv2 + clv3 + clv4 + clv6 is the present value of the margin.",
    key=("customer_id",),
    top_by="total_without_referral",
    columns=(
        Column("customer_id", Kind.ID, "The customer, as written in the input."),
        Column("clv1", Kind.NUMBER, "First purchase: its margin.", "money"),
        Column("clv2", Kind.NUMBER, "Repeat purchases of what was bought first, at reference prices.", "money"),
        Column("clv3", Kind.NUMBER, "Cross-selling: later purchases of other categories, likewise.", "money"),
        Column("clv4", Kind.NUMBER, "Service saved against the cost per unit of the first purchase.", "money"),
        Column("clv5", Kind.NUMBER, "Referral: margin of referred customers in their first year.", "money"),
        Column("clv6", Kind.NUMBER, "Paid above reference prices in later purchases; negative for discounts.", "money"),
        Column(
            "total_without_referral",
            Kind.NUMBER,
            "clv1 + clv2 + clv3 + clv4 + clv6; clv5 is value of other customers and would count twice.",
            "money",
        ),
        Column("missing", Kind.FLAGS, "Columns that the input lacks; parts that need them are missing.", minor=True),
    ),
)

CLV_CATALOGUE = Catalogue(
    command="clv",
    views=(CUSTOMERS, SUMMARY, MODELS, PARAMETERS, VALIDATION, FORECAST, COHORTS, DECOMPOSITION, RETENTION, CHANCES),
    default="customers",
    page=("summary", "models", "validation"),
)

RETENTION_CATALOGUE = Catalogue(
    command="clv", views=(RETENTION, SUMMARY, MODELS, PARAMETERS), default="retention", page=("summary", "parameters")
)
"""The views of contracts that are renewed, by the same command."""

CHANCES_CATALOGUE = Catalogue(
    command="clv", views=(CHANCES, SUMMARY, MODELS, PARAMETERS), default="chances", page=("summary", "parameters")
)
"""The views of chances that are taken or not, by the same command."""
