"""The views of the customer's life, declared once: stages, periods, loyalty, and loyalty × value."""

from __future__ import annotations

from crmcli.analysis.views import Column, Cross, Kind, View

STAGES = View(
    name="stages",
    title="Life-cycle stages",
    meaning="One row per stage of the customer's life and the rule that gave it, in the order of a life.",
    columns=(
        Column(
            "stage",
            Kind.TEXT,
            "formation 形成, growth 成长, maturity 成熟, decline 退化 or termination 终止.",
        ),
        Column(
            "rule",
            Kind.TEXT,
            "The first that holds of overdue (silent for more typical gaps than 95 % of those who came back ever "
            "were) · past_window (silent beyond the churn window) · one_order · late (silent for more than two typical "
            "gaps) · slowing (significantly fewer repeat order days in the later half) · young (two or three orders) · "
            "accelerating (significantly more in the later half) · steady.",
        ),
        Column("customers", Kind.INTEGER, "Customers there.", "customers"),
        Column("share", Kind.SHARE, "Their part of all customers.", "of 1", bar=True),
        Column("revenue", Kind.MONEY, "Their amounts net of refunds.", "money"),
        Column(
            "median_gap_days",
            Kind.NUMBER,
            "Median of their typical gaps (own gaps blended with the pool's); missing when nobody is there.",
            "days",
        ),
    ),
)

PERIODS = View(
    name="periods",
    title="Active customers by period",
    meaning=(
        "One row per calendar period (--period): active = new + retained + resurrected, and active of the period "
        "before = retained + dormant."
    ),
    from_end=True,
    columns=(
        Column("period", Kind.TEXT, "2024-W05 (Monday to Sunday, ISO), 2024-02 or 2024-Q1."),
        Column(
            "active",
            Kind.INTEGER,
            "Customers with an order in it; like all counts missing while the period has not ended.",
            "customers",
            bar=True,
        ),
        Column("new", Kind.INTEGER, "Of these, those whose first order it was.", "customers"),
        Column("retained", Kind.INTEGER, "Those also active in the period before.", "customers"),
        Column(
            "resurrected", Kind.INTEGER, "Those who were active earlier, but not in the period before.", "customers"
        ),
        Column("dormant", Kind.INTEGER, "Active in the period before, not in this one.", "customers"),
        Column("complete", Kind.BOOLEAN, "Whether the period has ended by as_of.", minor=True),
    ),
)

LOYALTY = View(
    name="loyalty",
    title="Loyalty types",
    meaning="One row per type of loyalty, in the order they are tried in; no count where the data cannot show it.",
    columns=(
        Column(
            "loyalty_type",
            Kind.TEXT,
            "monopoly (repeat, no alternative: has to be told) · incentive (repeat, at least half of orders with a "
            "promotion) · price (not repeat, at least half of spend at a discount) · super_value (repeat and "
            "attached) · inertia (repeat, not attached) · latent (attached, not repeat) · unclassified.",
        ),
        Column(
            "customers",
            Kind.INTEGER,
            "Customers of the type; missing when the input lacks what would show it.",
            "customers",
        ),
        Column("share", Kind.SHARE, "Their part of all customers.", "of 1", bar=True),
        Column("revenue", Kind.MONEY, "Their amounts net of refunds.", "money"),
        Column("mean_index", Kind.NUMBER, "Mean of their loyalty index.", "0 to 100"),
        Column(
            "proxy",
            Kind.BOOLEAN,
            "Whether attachment was inferred from categories and discounts instead of asked in a survey; "
            "missing for a type without customers.",
        ),
    ),
)

MATRIX = View(
    name="matrix",
    title="Loyalty × value",
    meaning="One row per cell of loyalty and value, each cut at its median (or at --cut); at the cut is high.",
    columns=(
        Column("loyalty", Kind.TEXT, "high or low loyalty index."),
        Column("value", Kind.TEXT, "high or low value."),
        Column(
            "cell",
            Kind.TEXT,
            "keep (both high), convert (valuable, not loyal), grow (loyal, of little value), economise.",
        ),
        Column("customers", Kind.INTEGER, "Customers there.", "customers", bar=True),
        Column("revenue", Kind.MONEY, "Their amounts net of refunds.", "money", bar=True),
    ),
    cross=Cross("Customers by loyalty and value", "loyalty", "value", "customers", label="cell"),
)

LIFE_VIEWS = (STAGES, PERIODS, LOYALTY, MATRIX)

STAGE_COLUMNS = (
    Column("stage", Kind.TEXT, "Stage of the customer's life: formation, growth, maturity, decline or termination."),
    Column("stage_rule", Kind.TEXT, "The rule that gave the stage; see the view stages.", minor=True),
    Column("loyalty_index", Kind.NUMBER, "Mean percentile rank over the parts of loyalty that are known.", "0 to 100"),
    Column(
        "loyalty_parts",
        Kind.FLAGS,
        "The parts used: tenure (last − first order), activity (active months), regularity (even gaps), punctuality "
        "(not late), price (buying at full price), affect (survey attachment).",
        minor=True,
    ),
    Column("loyalty_type", Kind.TEXT, "Type of loyalty; see the view loyalty.", minor=True),
    Column(
        "loyalty_rule",
        Kind.FLAGS,
        "What gave the type: repeat or not_repeat, then no_alternative, promotions, discounts, attached or "
        "not_attached; proxy: attachment inferred; needs_COLUMN: a column without which no type can be told.",
        minor=True,
    ),
)
"""What the customers view says of each customer's life."""
