"""The view of `credit` that needs transactions: value after the costs of credit."""

from __future__ import annotations

from crmcli.analysis.views import Column, Kind, View

VALUE = View(
    name="value",
    title="Credit-adjusted value",
    meaning="One row per customer with an invoice: what they are worth, what selling to them on account costs in a "
    "year, and who is worth much but would be blocked. Needs --transactions, and one currency.",
    key=("customer_id",),
    top_by="credit_adjusted_value",
    columns=(
        Column("customer_id", Kind.ID, "The customer, as written in the input."),
        Column("currency", Kind.TEXT, "Currency of the money; missing where the input names none.", minor=True),
        Column(
            "clv",
            Kind.MONEY,
            "Customer lifetime value as crmcli clv tells it with its defaults: money so far and what is expected in "
            "the year after as_of. Missing for customers without transactions.",
            "money",
        ),
        Column("future_value", Kind.MONEY, "The expected part of clv alone.", "money", minor=True),
        Column("pd", Kind.SHARE, "Chance of a bad outcome within a year, as in the view customers.", "of 1"),
        Column("exposure", Kind.MONEY, "What they owe now, unapplied money taken off.", "money", minor=True),
        Column(
            "expected_loss",
            Kind.MONEY,
            "pd × (exposure − collateral, insurance and deposit; at least 0) × loss given default, which is 1; rounded "
            "half-even.",
            "money",
        ),
        Column(
            "carrying_cost",
            Kind.MONEY,
            "Yearly cost of capital × mean balance at the end of each of the last 365 days (since the first invoice if "
            "later); rounded half-even.",
            "money",
        ),
        Column("credit_adjusted_value", Kind.MONEY, "clv − expected_loss − carrying_cost.", "money", bar=True),
        Column("value_rank", Kind.INTEGER, "1 for the highest credit_adjusted_value; equal ones share a rank."),
        Column("limit", Kind.MONEY, "Their limit, as in the view limits.", "money", minor=True),
        Column("hold", Kind.TEXT, "yes: no further deliveries on account."),
        Column("hold_reason", Kind.FLAGS, "Why, as in the view limits.", minor=True),
        Column(
            "valuable_but_blocked",
            Kind.BOOLEAN,
            "true: on hold or without a limit above 0, while credit_adjusted_value is above 0 and clv is among the "
            "highest 20 % of these customers. Missing for blocked customers without a clv.",
        ),
    ),
)
