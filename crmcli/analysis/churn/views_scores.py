"""The views of the churn score: its test, its calibration, and what acting on it earns."""

from __future__ import annotations

from crmcli.analysis.views import Column, Kind, View

SHARE = "of 1"
CUSTOMERS_UNIT = "customers"
MONEY = "money"
DAYS = "days"

EVALUATION = View(
    name="evaluation",
    title="Test on a held-out date",
    meaning=(
        "One row per population and model: what was predicted from the past of the snapshot, against what came within "
        "the horizon after it. Two baselines stand beside: recency (longer silence) and frequency (fewer order days)."
    ),
    columns=(
        Column("snapshot", Kind.DATE, "The date that separates past from future.", minor=True),
        Column("population", Kind.TEXT, "all, or active: who ordered within the last horizon, which is harder."),
        Column("model", Kind.TEXT, "Model or baseline."),
        Column("published", Kind.BOOLEAN, "Whether its score is the one in customers."),
        Column("customers", Kind.INTEGER, "Customers tested.", CUSTOMERS_UNIT, minor=True),
        Column("churn_rate", Kind.SHARE, "Part of them without an order in the horizon.", SHARE, minor=True),
        Column("auc", Kind.NUMBER, "Chance that who left had the higher score; .5 is a coin.", "of 1"),
        Column("auc_low", Kind.NUMBER, "Lower 95 % limit (DeLong).", "of 1", minor=True),
        Column("auc_high", Kind.NUMBER, "Upper limit.", "of 1", minor=True),
        Column("lift_top_decile", Kind.NUMBER, "Churn rate of the top tenth ÷ that of all.", "ratio"),
        Column("brier", Kind.NUMBER, "Mean squared error of the probabilities.", "of 1"),
        Column("brier_skill", Kind.NUMBER, "1 − brier ÷ that of the churn rate for everyone.", "of 1", minor=True),
        Column(
            "log_loss", Kind.NUMBER, "Mean −ln of the probability of what happened; the lowest is published.", "nats"
        ),
        Column("ece", Kind.NUMBER, "Mean difference of predicted and actual rate by tenth.", "of 1", minor=True),
        Column("empc", Kind.MONEY, "Expected maximum profit of a campaign, per customer of the population.", MONEY),
        Column("best_share", Kind.SHARE, "Part of the population that such a campaign contacts.", SHARE),
    ),
)

CALIBRATION = View(
    name="calibration",
    title="Predicted and actual churn by tenth",
    meaning="One row per tenth of the customers held out, the likeliest to stay first, by the published model.",
    columns=(
        Column("decile", Kind.INTEGER, "Tenth by predicted probability.", "1 to 10"),
        Column("customers", Kind.INTEGER, "Customers in it.", CUSTOMERS_UNIT),
        Column("predicted", Kind.SHARE, "Mean probability of no order.", SHARE, bar=True, full=1.0),
        Column("actual", Kind.SHARE, "Part without an order.", SHARE, bar=True, full=1.0),
        Column("actual_low", Kind.SHARE, "Lower 95 % limit of it (Wilson).", SHARE),
        Column("actual_high", Kind.SHARE, "Upper limit.", SHARE),
        Column("difference", Kind.SHARE, "actual − predicted.", SHARE),
    ),
)

PROFIT = View(
    name="profit",
    title="What contacting the likeliest to leave earns",
    meaning=(
        "One row per part of the customers held out that a campaign contacts, by the published score: profit per "
        "customer of the population at the mean save rate."
    ),
    columns=(
        Column("share", Kind.SHARE, "Part of the customers contacted.", SHARE),
        Column("customers", Kind.INTEGER, "How many these are.", CUSTOMERS_UNIT),
        Column("p_churn_from", Kind.SHARE, "The lowest probability among them.", SHARE),
        Column("leavers_reached", Kind.SHARE, "Part of those who left that is among them.", SHARE, bar=True),
        Column("profit", Kind.MONEY, "Expected profit per customer of the population.", MONEY),
        Column("best", Kind.BOOLEAN, "Whether no other part earns more."),
    ),
)

WINBACK = View(
    name="winback",
    title="Whom to win back",
    meaning="One row per lost customer, the best first: P(return) × value of a second life − cost of the offer.",
    top_by="expected_value",
    columns=(
        Column("customer_id", Kind.ID, "The customer, as written in the input."),
        Column("lapsed_days", Kind.INTEGER, "Days since the last order.", DAYS),
        Column("past_value", Kind.MONEY, "Revenue so far, net of refunds.", MONEY),
        Column("p_return", Kind.SHARE, "1 − p_churn: probability of an order within the horizon.", SHARE),
        Column(
            "expected_value",
            Kind.MONEY,
            "p_return × (value of the return and 365 days after it − offer) − contact.",
            MONEY,
        ),
        Column("spend_cap", Kind.MONEY, "p_return × that value: spending more than this cannot pay.", MONEY),
        Column("rank", Kind.INTEGER, "Place by expected_value.", "place"),
    ),
)

UPLIFT = View(
    name="uplift",
    title="Whom a campaign moves",
    meaning=(
        "One row per tenth by predicted uplift, the largest first: what a randomised campaign changed. Needs "
        "--treatment and --treated-on: without a random choice of who was treated, nothing can tell who was moved."
    ),
    columns=(
        Column("decile", Kind.INTEGER, "Tenth by predicted uplift, 1 the largest.", "1 to 10"),
        Column("treated", Kind.INTEGER, "Treated customers in it.", CUSTOMERS_UNIT),
        Column("control", Kind.INTEGER, "Customers in it who were not treated.", CUSTOMERS_UNIT),
        Column("treated_rate", Kind.SHARE, "Part of the treated who ordered within the horizon.", SHARE),
        Column("control_rate", Kind.SHARE, "The same of the others.", SHARE),
        Column("predicted_uplift", Kind.SHARE, "Mean predicted difference, by models that had not seen them.", SHARE),
        Column("uplift", Kind.SHARE, "treated_rate − control_rate.", SHARE, bar=True),
        Column("uplift_low", Kind.SHARE, "Lower 95 % limit.", SHARE),
        Column("uplift_high", Kind.SHARE, "Upper limit.", SHARE),
        Column(
            "cumulative_gain", Kind.SHARE, "Qini curve: extra buyers won down to here, per treated customer.", SHARE
        ),
    ),
)

SCORE_VIEWS: tuple[View, ...] = (EVALUATION, CALIBRATION, PROFIT, WINBACK, UPLIFT)
