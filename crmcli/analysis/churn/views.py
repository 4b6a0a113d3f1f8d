"""The views of `churn`, declared once; this module imports no frame library."""

from __future__ import annotations

from crmcli.analysis.churn.views_contracts import CONTRACT_VIEWS
from crmcli.analysis.churn.views_scores import CUSTOMERS_UNIT, DAYS, MONEY, SCORE_VIEWS, SHARE
from crmcli.analysis.views import Catalogue, Column, Curve, Kind, Triangle, View

CUSTOMERS = View(
    name="customers",
    title="Customers",
    meaning=(
        "One row per customer: how likely no order is in the horizon after as_of, why, and what to do about it. "
        "Score and contact are empty for customers outside --population."
    ),
    key=("customer_id",),
    top_by="expected_profit_if_contacted",
    columns=(
        Column("customer_id", Kind.ID, "The customer, as written in the input."),
        Column("as_of", Kind.DATE, "The day the row describes.", minor=True),
        Column("horizon_days", Kind.INTEGER, "Length of the horizon.", DAYS, minor=True),
        Column("p_churn", Kind.SHARE, "Probability of no order within the horizon.", SHARE, bar=True),
        Column(
            "decile", Kind.INTEGER, "Tenth by p_churn: 10 likeliest to leave; equals share one.", "1 to 10", minor=True
        ),
        Column(
            "overdue_days",
            Kind.INTEGER,
            "Days of silence beyond the personal threshold; 0 within it.",
            DAYS,
            minor=True,
        ),
        Column(
            "personal_threshold_days",
            Kind.NUMBER,
            "Silence that is unusual for this customer: 90 % quantile of the own gaps, blended with the churn window "
            "as if there were three more of that length.",
            DAYS,
            minor=True,
        ),
        Column(
            "expected_next_date",
            Kind.DATE,
            "Median day of the next order of those as long silent who return, at this customer's pace; empty for the "
            "lost.",
            minor=True,
        ),
        Column("lost", Kind.BOOLEAN, "Silent beyond churn window and personal threshold.", minor=True),
        Column(
            "value_at_risk",
            Kind.MONEY,
            "(1 − P(alive at the end of the horizon)) × value of the next 365 days if alive, discounted.",
            MONEY,
        ),
        Column(
            "expected_profit_if_contacted",
            Kind.MONEY,
            "p·((V − offer)·save rate − contact) − (1 − p)·(offer + contact), p being p_churn and V what the customer "
            "is expected to bring in 365 days as things stand.",
            MONEY,
        ),
        Column(
            "contact", Kind.BOOLEAN, "Whether that is above 0, and the customer not lost (see winback).", minor=True
        ),
        Column(
            "reasons",
            Kind.FLAGS,
            "What moves the log-odds of p_churn most, strongest first: + makes leaving likelier.",
        ),
        Column("model", Kind.TEXT, "The model that gave p_churn; see evaluation.", minor=True),
    ),
)

COHORTS = View(
    name="cohorts",
    title="Cohorts",
    meaning=(
        "One row per period of the first order (cohort) and age in periods: who was active then. What has not ended by "
        "as_of is empty, never 0. The cohort all adds up the complete cells of each age. --retention on | on_or_after "
        "(or later) | rolling (periods of each customer's own life)."
    ),
    key=("cohort", "age"),
    triangle=Triangle("Active by age in periods", "cohort", "age", "eligible", "retention", "all"),
    columns=(
        Column("cohort", Kind.TEXT, "Period of the first order, or all."),
        Column("age", Kind.INTEGER, "Periods since then; 0 is the period itself.", "periods"),
        Column("period_start", Kind.DATE, "First day of the period; empty for all and rolling.", minor=True),
        Column("eligible", Kind.INTEGER, "Customers of the cohort (rolling: whose period has ended).", CUSTOMERS_UNIT),
        Column("active", Kind.INTEGER, "Of these, active at that age.", CUSTOMERS_UNIT),
        Column("retention", Kind.SHARE, "active ÷ eligible.", SHARE, bar=True),
        Column("orders", Kind.INTEGER, "Orders of the cohort in the period.", "orders", minor=True),
        Column("revenue", Kind.MONEY, "Revenue of the cohort in the period, net of refunds.", MONEY),
        Column("revenue_retention", Kind.SHARE, "revenue ÷ that at age 0; above 1 is possible.", SHARE, minor=True),
        Column("complete", Kind.BOOLEAN, "Whether the period had ended by as_of.", minor=True),
    ),
)

RATES = View(
    name="rates",
    title="Retention by period",
    meaning=(
        "One row per period: who stayed, left and came back against the period before, and what it was worth. "
        "start_revenue + expansion − contraction − churned + new + reactivated is the revenue of the period. Revenue "
        "here is money of sales; refunds are left out. The running period is empty."
    ),
    from_end=True,
    columns=(
        Column("period", Kind.TEXT, "Week, month or quarter (--period)."),
        Column("start_customers", Kind.INTEGER, "Customers active in the period before.", CUSTOMERS_UNIT),
        Column("retained", Kind.INTEGER, "Of these, active in this one.", CUSTOMERS_UNIT),
        Column("lost", Kind.INTEGER, "Of these, not active in this one.", CUSTOMERS_UNIT, minor=True),
        Column("new", Kind.INTEGER, "Customers whose first order lies in the period.", CUSTOMERS_UNIT),
        Column("returned", Kind.INTEGER, "Active again, but not in the period before.", CUSTOMERS_UNIT),
        Column("retention_rate", Kind.SHARE, "retained ÷ start_customers.", SHARE, bar=True),
        Column("churn_rate", Kind.SHARE, "lost ÷ start_customers.", SHARE, minor=True),
        Column("start_revenue", Kind.MONEY, "Revenue of the period before.", MONEY, minor=True),
        Column("expansion", Kind.MONEY, "What retained customers spent more.", MONEY, minor=True),
        Column("contraction", Kind.MONEY, "What retained customers spent less.", MONEY, minor=True),
        Column(
            "churned_revenue",
            Kind.MONEY,
            "Revenue of the period before of those who spent nothing now.",
            MONEY,
            minor=True,
        ),
        Column(
            "new_revenue", Kind.MONEY, "Revenue of customers whose first order lies in the period.", MONEY, minor=True
        ),
        Column(
            "reactivated_revenue", Kind.MONEY, "Revenue of older customers who spent nothing before.", MONEY, minor=True
        ),
        Column("nrr", Kind.SHARE, "Net revenue retention: (start + expansion − contraction − churned) ÷ start.", SHARE),
        Column("grr", Kind.SHARE, "Gross revenue retention: (start − contraction − churned) ÷ start.", SHARE),
        Column("quick_ratio", Kind.NUMBER, "(new + reactivated + expansion) ÷ (contraction + churned).", "ratio"),
        Column(
            "repeat_rate", Kind.SHARE, "Of all customers won by the end, those with a second order day by then.", SHARE
        ),
        Column("complete", Kind.BOOLEAN, "Whether the period had ended by as_of.", minor=True),
    ),
)

WINDOW = View(
    name="window",
    title="How much silence means lost",
    meaning=(
        "One row per number of days of silence after which a customer could be called lost, with the errors this makes "
        "among the customers as they stand. The chosen one is the first by which 90 % of all returns have come."
    ),
    columns=(
        Column("days", Kind.INTEGER, "Silence after which a customer is called lost.", DAYS),
        Column("share_of_gaps", Kind.SHARE, "Part of all returns that ever come, come by then.", SHARE, bar=True),
        Column("p_return_after", Kind.SHARE, "Probability that who has been silent so long ever returns.", SHARE),
        Column("type1", Kind.SHARE, "Of the customers who will return, those called lost now.", SHARE),
        Column("type2", Kind.SHARE, "Of the customers who are gone, those still counted now.", SHARE),
        Column("chosen", Kind.BOOLEAN, "Whether it is the churn window of this run."),
    ),
)

SURVIVAL = View(
    name="survival",
    title="Time to the next order",
    meaning=(
        "One row per group and day: the Kaplan–Meier estimate that no further order has come (with --contractual, that "
        "the contract still runs), with its 95 % band. Groups are all orders, and orders by number or by --by."
    ),
    key=("group", "time"),
    curve=Curve("Survival: no further order yet, or the contract still running", "group", "time", "survival", "all"),
    columns=(
        Column("group", Kind.TEXT, "all, or a group."),
        Column("time", Kind.INTEGER, "Days since the order, or since the start of the contract.", DAYS),
        Column("at_risk", Kind.INTEGER, "Cases still open just before.", "cases"),
        Column("events", Kind.INTEGER, "Cases that ended on the day.", "cases"),
        Column("censored", Kind.INTEGER, "Cases last seen open on the day.", "cases", minor=True),
        Column("survival", Kind.SHARE, "Part still open after the day.", SHARE, bar=True),
        Column("ci_low", Kind.SHARE, "Lower bound of the 95 % band.", SHARE),
        Column("ci_high", Kind.SHARE, "Upper bound.", SHARE),
    ),
)

CHURN_CATALOGUE = Catalogue(
    command="churn",
    views=(
        CUSTOMERS,
        COHORTS,
        RATES,
        WINDOW,
        SURVIVAL,
        *SCORE_VIEWS,
        *CONTRACT_VIEWS,
    ),
    default="customers",
    page=("cohorts", "rates", "window", "survival", "evaluation", "calibration", "projection", "drivers", "reasons"),
)
