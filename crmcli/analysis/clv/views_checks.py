"""The views of `clv` that let a reader check the models: how they compare, their parameters, how well they forecast."""

from __future__ import annotations

from crmcli.analysis.views import Chart, Column, Kind, View

MODELS = View(
    name="models",
    title="Models",
    meaning="One row per fitted model. The holdout columns compare forecasts made at the split with what came after.",
    columns=(
        Column("model", Kind.TEXT, "Its name."),
        Column(
            "log_likelihood",
            Kind.NUMBER,
            "Of the purchase paths, as a density per --time-unit; larger is better.",
            "log density",
        ),
        Column("aic", Kind.NUMBER, "2 × parameters − 2 × log_likelihood: smaller is better.", "2 × log density"),
        Column("converged", Kind.BOOLEAN, "Whether the fit reached a maximum.", minor=True),
        Column(
            "holdout_mae",
            Kind.NUMBER,
            "Mean absolute error; misleads alone, see bias.",
            "purchases per customer",
            minor=True,
        ),
        Column("holdout_rmse", Kind.NUMBER, "Root of the mean squared error.", "purchases per customer"),
        Column("holdout_bias", Kind.NUMBER, "Mean of forecast − actual.", "purchases per customer"),
        Column("holdout_corr", Kind.NUMBER, "Correlation of forecast and actual.", "−1 to 1"),
        Column("recommended", Kind.BOOLEAN, "The model that the other views use, unless --model names one."),
    ),
)

PARAMETERS = View(
    name="parameters",
    title="Parameters",
    meaning="Estimates on their natural scale, with time in --time-unit (a month is a twelfth of 365.2425 days).",
    columns=(
        Column("model", Kind.TEXT, "The model."),
        Column("parameter", Kind.TEXT, "The parameter."),
        Column("estimate", Kind.NUMBER, "Maximum likelihood estimate.", "as the parameter"),
        Column("std_error", Kind.NUMBER, "Its standard error.", "as the parameter"),
        Column("ci_low", Kind.NUMBER, "Lower end of its interval (log-Wald, or bootstrap).", "as the parameter"),
        Column("ci_high", Kind.NUMBER, "Upper end of its interval.", "as the parameter"),
    ),
)

FORECAST = View(
    name="forecast",
    title="Forecast from the split on",
    meaning=(
        "Repeat purchases of the customers known at the split, cumulated since the first day: what came, and what the "
        "model fitted up to the split forecast from there, with its interval (--level). The first row is the split; "
        "then one per week, or every few weeks where there are many."
    ),
    columns=(
        Column("week", Kind.NUMBER, "Weeks since the first purchase of all.", "weeks"),
        Column("until", Kind.DATE, "Last day that counts."),
        Column("customers", Kind.INTEGER, "Customers known at the split.", "customers", minor=True),
        Column("actual", Kind.NUMBER, "Repeat purchases that had come by then.", "purchases"),
        Column("expected", Kind.NUMBER, "Those up to the split and the forecast from there.", "purchases"),
        Column("low", Kind.NUMBER, "Lower end of its interval: chance, and how well the model is known.", "purchases"),
        Column("high", Kind.NUMBER, "Upper end.", "purchases"),
    ),
)

VALIDATION = View(
    name="validation",
    title="Forecast against what came",
    meaning="The model fitted up to the split, and what happened after it, beside two naive forecasts. "
    "Customers who came after the split are left out.",
    chart=Chart(
        title="Repeat purchases by week, cumulated",
        lines=(("actual", "actual"), ("expected", "expected")),
        rows=("section", "tracking"),
        table="overall",
        axis="key",
    ),
    columns=(
        Column("section", Kind.TEXT, "tracking, by_x, by_t_x, by_cohort, decile, overall or spend."),
        Column(
            "key",
            Kind.TEXT,
            "tracking: week since the first purchase of all, cumulated · by_x: repeat purchases at the split · by_t_x: "
            "weeks from first to last purchase at the split · by_cohort: month of the first purchase · decile: tenth "
            "of the customers, 1 has the highest forecasts · overall and spend: the measure.",
        ),
        Column("customers", Kind.INTEGER, "Customers in the row.", "customers"),
        Column(
            "actual",
            Kind.NUMBER,
            "Purchases after the split (tracking: repeat purchases since the first day; spend: money).",
            "purchases, or as the measure",
        ),
        Column("expected", Kind.NUMBER, "The same as the model has it; of a measure, its value.", "as actual"),
        Column(
            "same_rate",
            Kind.NUMBER,
            "The same if every customer went on as before the split: x/T.",
            "as actual",
            minor=True,
        ),
        Column(
            "population_mean",
            Kind.NUMBER,
            "The same if every customer bought at the mean rate of all.",
            "as actual",
            minor=True,
        ),
    ),
)
