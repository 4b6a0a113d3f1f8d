"""The views of `credit` that lead to a decision: customers with score and PD, limits, policy."""

from __future__ import annotations

from crmcli.analysis.views import Column, Kind, View

_PART = "points of 100"

CUSTOMERS = View(
    name="customers",
    title="Credit customers",
    meaning="One row per customer with an invoice up to as_of: how they pay, what they are good for, and why.",
    key=("customer_id",),
    top_by="pd",
    columns=(
        Column("customer_id", Kind.ID, "The customer, as written in the input."),
        Column("pay_index", Kind.NUMBER, "Payment index; 80 is on terms. Missing under three payments.", "0 to 100"),
        Column(
            "dbt", Kind.NUMBER, "Amount-weighted days beyond terms, early as 0, open overdue items included.", "days"
        ),
        Column(
            "dbt_slope", Kind.NUMBER, "Days by which payment gets later per month; missing under four payments.", "days"
        ),
        Column("on_time_share", Kind.SHARE, "Part of the payments that came by the due date, by amount.", "of 1"),
        Column("character", Kind.NUMBER, "Will they pay: payment index, punctuality, losses.", _PART, minor=True),
        Column("capacity", Kind.NUMBER, "Can they pay: working capital, trend of payment.", _PART, minor=True),
        Column("philosophy", Kind.NUMBER, "How they do business: rating of visits, disputes.", _PART, minor=True),
        Column("capital", Kind.NUMBER, "Own funds against exposure, bureau score.", _PART, minor=True),
        Column("collateral", Kind.NUMBER, "Collateral, insurance and deposits against exposure.", _PART, minor=True),
        Column("conditions", Kind.NUMBER, "How their trade and region pay.", _PART, minor=True),
        Column(
            "coverage",
            Kind.SHARE,
            "Weight of the parts that are known; below 60 % no grade above B.",
            "of 1",
            minor=True,
        ),
        Column(
            "score", Kind.NUMBER, "Weighted mean of the known parts, shrunk where there is little history.", "0 to 100"
        ),
        Column("grade", Kind.TEXT, "A from 80, B from 65, C from 50, D from 35, else E."),
        Column("pd", Kind.SHARE, "Chance of a bad outcome (written off, or 90 days overdue) within a year.", "of 1"),
        Column(
            "pd_source",
            Kind.TEXT,
            "model: logistic regression on this ledger, at 50 bad outcomes or more; expert: a rate set for the grade.",
            minor=True,
        ),
        Column("reasons", Kind.FLAGS, "The three things that cost most points, the worst first."),
        Column("payment_trend", Kind.TEXT, "↑ slower, ↓ faster, → steady (slope beyond twice its error).", minor=True),
    ),
)

LIMITS = View(
    name="limits",
    title="Credit limits",
    meaning="One row per customer: what they need, what they have proven, what caps it, and what is left.",
    key=("customer_id",),
    top_by="exposure",
    columns=(
        Column("customer_id", Kind.ID, "The customer, as written in the input."),
        Column("exposure", Kind.MONEY, "What they owe now, unapplied money taken off.", "money"),
        Column(
            "need",
            Kind.MONEY,
            "Daily purchases × (terms of the style + mean delay + 7 days to review) × growth, at least the largest "
            "invoice of the year; × the multiple of the style.",
            "money",
            minor=True,
        ),
        Column("proven", Kind.MONEY, "Highest balance they have repaid × payment index ÷ 80.", "money", minor=True),
        Column(
            "net_worth_cap",
            Kind.MONEY,
            "The style's part of their net worth; missing when unknown.",
            "money",
            minor=True,
        ),
        Column("loss_cap", Kind.MONEY, "What the loss budget bears at their PD.", "money", minor=True),
        Column("limit", Kind.MONEY, "The smallest of these × grade multiplier, rounded down to 1, 2 or 5.", "money"),
        Column("binding", Kind.TEXT, "Which of them sets the limit."),
        Column("available", Kind.MONEY, "limit less exposure; negative when it is exceeded.", "money"),
        Column("hold", Kind.TEXT, "yes: no further deliveries on account."),
        Column(
            "hold_reason", Kind.FLAGS, "Why: overdue, over the limit, or why there is no limit. Missing without hold."
        ),
        Column("limit_in_force", Kind.MONEY, "The limit that the input states.", "money", minor=True),
        Column("currency", Kind.TEXT, "Currency of the money; missing where the input names none.", minor=True),
    ),
)

POLICY = View(
    name="policy",
    title="Credit policies",
    meaning="What the ledger would look like under another policy: a replay of every invoice of the last year under "
    "the rules of each style. Needs --variable-cost. Nothing is assumed about new sales.",
    columns=(
        Column("style", Kind.TEXT, "current, conservative, balanced, aggressive, or own (--policy)."),
        Column("sales", Kind.MONEY, "Sales on credit in the year that the policy would have allowed.", "money"),
        Column("acp_days", Kind.NUMBER, "Average collection period.", "days"),
        Column("receivables", Kind.MONEY, "Sales × period ÷ days of the year.", "money"),
        Column("bad_debt", Kind.MONEY, "Lost out of these sales.", "money"),
        Column("carrying_cost", Kind.MONEY, "Receivables × variable cost × cost of capital.", "money"),
        Column("profit", Kind.MONEY, "Sales − variable cost − bad debt − carrying cost.", "money"),
        Column("npv", Kind.MONEY, "The same with each receipt discounted to its day of sale.", "money", minor=True),
        Column("customers_lost", Kind.INTEGER, "Customers all of whose sales would have been refused.", "customers"),
        Column(
            "profit_low",
            Kind.MONEY,
            "2.5 % bound of the difference to current (bootstrap over customers).",
            "money",
            minor=True,
        ),
        Column("profit_high", Kind.MONEY, "97.5 % bound of that difference.", "money", minor=True),
        Column(
            "break_even_uplift",
            Kind.SHARE,
            "By how much other sales would have to grow to make up for the refused.",
            "of 1",
            minor=True,
        ),
        Column(
            "highest_bad_debt",
            Kind.SHARE,
            "Highest rate of losses at which it still earns what current does; missing when not even without losses.",
            "of 1",
            minor=True,
        ),
    ),
)
