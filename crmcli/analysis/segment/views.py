"""The views of `segment`, declared once; here RFM scores and named segments, the customer pyramid, concentration."""

from __future__ import annotations

from crmcli.analysis.segment.views_life import LIFE_VIEWS, STAGE_COLUMNS
from crmcli.analysis.segment.views_movement import MOVEMENT_VIEWS
from crmcli.analysis.views import Catalogue, Column, Cross, Kind, View

CUSTOMERS = View(
    name="customers",
    title="Customers",
    meaning="One row per customer with at least one order up to as_of.",
    key=("customer_id",),
    top_by="value",
    cross=Cross("Customers by recency and frequency score", "r_score", "f_score", falling=True),
    columns=(
        Column("customer_id", Kind.ID, "The customer, as written in the input."),
        Column("as_of", Kind.DATE, "The day the row describes.", minor=True),
        Column("first_date", Kind.DATE, "Day of the first order; a refund is no order.", minor=True),
        Column("last_date", Kind.DATE, "Day of the last order; a refund is no order.", minor=True),
        Column("recency_days", Kind.INTEGER, "as_of − last_date: how long the customer has been silent.", "days"),
        Column("frequency", Kind.INTEGER, "Number of orders, the first included.", "orders"),
        Column("monetary", Kind.MONEY, "Sum of all amounts net of refunds; it can be negative.", "money"),
        Column("r_score", Kind.INTEGER, "Score of recency_days; the highest is the most recent.", "1 to k", minor=True),
        Column("f_score", Kind.INTEGER, "Score of frequency; the highest orders most often.", "1 to k", minor=True),
        Column("m_score", Kind.INTEGER, "Score of monetary; the highest spends most.", "1 to k", minor=True),
        Column("rfm", Kind.TEXT, "The three scores side by side, as in 543 (with k = 10 joined by -, as in 10-4-3)."),
        Column("segment", Kind.TEXT, "The named segment that the three scores fall into."),
        Column("abc_tier", Kind.INTEGER, "Tier of the customer pyramid by value; 1 is the top.", "tier", minor=True),
        Column("abc_name", Kind.TEXT, "Name of that tier: top, large, medium, small (by revenue: A, B, C)."),
        *STAGE_COLUMNS,
        Column("class", Kind.TEXT, "vip in the two highest tiers, else one_off with a single order, else regular."),
        Column(
            "value", Kind.MONEY, "What the tiers rank by: revenue net of refunds, margin or clv (--value).", "money"
        ),
        Column(
            "flags",
            Kind.FLAGS,
            "abc_tie: the same value also stands on the other side of a tier boundary; "
            "no_value: value is zero or negative. Empty when nothing applies.",
            minor=True,
        ),
    ),
)

SEGMENTS = View(
    name="segments",
    title="Segments",
    meaning="One row per named segment that holds customers, by revenue, highest first.",
    columns=(
        Column("segment", Kind.TEXT, "Name of the segment."),
        Column("customers", Kind.INTEGER, "Customers in it.", "customers"),
        Column("customer_share", Kind.SHARE, "Its part of all customers.", "of 1", bar=True),
        Column("orders", Kind.INTEGER, "Orders of these customers.", "orders", minor=True),
        Column("revenue", Kind.MONEY, "Their amounts net of refunds.", "money"),
        Column(
            "revenue_share",
            Kind.SHARE,
            "Its part of all revenue net of refunds; missing when that total is not positive.",
            "of 1",
            bar=True,
        ),
        Column(
            "aov",
            Kind.MONEY,
            "Average order value: revenue ÷ orders, rounded half-even.",
            "money per order",
            minor=True,
        ),
        Column("median_recency_days", Kind.NUMBER, "Median of recency_days.", "days"),
        Column("median_frequency", Kind.NUMBER, "Median number of orders.", "orders", minor=True),
        Column(
            "median_monetary",
            Kind.MONEY,
            "Median of monetary; between two values rounded half-even.",
            "money",
            minor=True,
        ),
        Column("action", Kind.TEXT, "What to do about them, in a phrase; missing when a rule of your own states none."),
    ),
)

THRESHOLDS = View(
    name="thresholds",
    title="Score thresholds",
    meaning="One row per metric and score: the values that received the score.",
    columns=(
        Column("metric", Kind.TEXT, "recency_days, frequency or monetary."),
        Column("score", Kind.INTEGER, "The score; 1 is the worst.", "1 to k"),
        Column(
            "lower",
            Kind.NUMBER,
            "Smallest value observed with the score; missing when nobody has it.",
            "days, orders or money, as the metric",
        ),
        Column(
            "upper",
            Kind.NUMBER,
            "Largest value observed with the score; missing when nobody has it.",
            "days, orders or money, as the metric",
        ),
        Column("customers", Kind.INTEGER, "Customers with the score; 0 where ties leave a score empty.", "customers"),
    ),
)

ABC = View(
    name="abc",
    title="Customer pyramid",
    meaning="One row per tier of customers ranked by value, the highest first.",
    key=("tier",),
    columns=(
        Column("tier", Kind.INTEGER, "The tier; 1 is the top.", "tier", minor=True),
        Column("name", Kind.TEXT, "top, large, medium, small (by revenue: A, B, C)."),
        Column("customers", Kind.INTEGER, "Customers in it.", "customers"),
        Column("customer_share", Kind.SHARE, "Its part of all customers.", "of 1", minor=True),
        Column("value", Kind.MONEY, "Value of these customers: revenue net of refunds, margin or clv.", "money"),
        Column(
            "value_share",
            Kind.SHARE,
            "Its part of the value of all customers; missing when that total is not positive.",
            "of 1",
            bar=True,
        ),
        Column(
            "reference_share",
            Kind.SHARE,
            "The part that the customer-pyramid literature names, to compare with; no target. Missing by revenue.",
            "of 1",
        ),
        Column(
            "value_per_customer",
            Kind.MONEY,
            "value ÷ customers, rounded half-even; missing in an empty tier.",
            "money per customer",
        ),
    ),
)

CONCENTRATION = View(
    name="concentration",
    title="Concentration",
    meaning="How unequally value is spread over the customers whose value is not negative.",
    columns=(
        Column(
            "measure",
            Kind.TEXT,
            "gini (0 equal, towards 1 unequal) · top_N_percent_share: part of value held by the best N % of customers "
            "(rounded up) · customers_for_80_percent: how few hold 80 % of value · hhi: sum of squared shares "
            "(1 is a single customer) · largest_share: part held by the largest customer.",
        ),
        Column(
            "value",
            Kind.NUMBER,
            "The measure; missing when the total value is not positive.",
            "of 1; customers for customers_for_80_percent",
        ),
    ),
)

SEGMENT_CATALOGUE = Catalogue(
    command="segment",
    views=(CUSTOMERS, SEGMENTS, THRESHOLDS, ABC, CONCENTRATION, *LIFE_VIEWS, *MOVEMENT_VIEWS),
    default="customers",
    page=("segments", "abc", "stages", "concentration", "migration", "management", "profile", "lookalike"),
)
