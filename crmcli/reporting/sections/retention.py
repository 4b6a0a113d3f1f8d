"""Whether customers stay: cohorts by the month of their first order, and the last complete periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.churn.views import RATES
from crmcli.analysis.views import Kind
from crmcli.reporting.charts.cohorts import cohort_heat_map
from crmcli.reporting.tables import column, made, of_view, table

if TYPE_CHECKING:
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_COHORTS = 12
_AGES = 12
_PERIODS = 6


def retention(material: Material, words: Words) -> dict[str, Any] | None:
    """`rates` of the last complete periods, `cohorts` as a triangle, and its picture; None without churn results."""
    result = material.results.get("churn")
    if result is None:
        return None
    cohorts = result.tables.get("cohorts")
    recent = None if cohorts is None else _recent(cohorts)
    return {
        "facts": {fact.name: fact.value for fact in result.facts},
        "rates": _rates(result.tables.get("rates"), words),
        "cohorts": None if recent is None else _triangle(recent, words),
        "cohorts_picture": None if cohorts is None else cohort_heat_map(_large(cohorts, material.least_group), words),
    }


def _rates(rates: pl.DataFrame | None, words: Words) -> dict[str, Any] | None:
    if rates is None:
        return None
    last = rates.filter("complete").tail(_PERIODS)
    columns = of_view(RATES, "period", "start_customers", "new", "returned", "lost", "retention_rate", "nrr", "grr")
    return table("rates", last, columns, words, counted="start_customers")


def _recent(cohorts: pl.DataFrame) -> pl.DataFrame:
    """The last cohorts, at the ages that a report has room for; the total of all cohorts is no cohort."""
    dated = cohorts.filter(pl.col("cohort").str.contains(r"^\d{4}"))
    names = dated["cohort"].unique().sort().tail(_COHORTS)
    return dated.filter(pl.col("cohort").is_in(names.implode()) & (pl.col("age") < _AGES)).sort("cohort", "age")


def _large(cohorts: pl.DataFrame, least: int) -> list[dict[str, Any]]:
    """Cells of the cohorts that are no small group."""
    small = cohorts.filter((pl.col("age") == 0) & (pl.col("eligible") < least))["cohort"]
    return cohorts.filter(~pl.col("cohort").is_in(small.implode())).rows(named=True)


def _triangle(cohorts: pl.DataFrame, words: Words) -> dict[str, Any]:
    """One row per cohort, one column per age at which some cohort is known."""
    known = cohorts.filter(pl.col("retention").is_not_null() & (pl.col("age") > 0))
    ages = known["age"].unique().sort().to_list()
    shares = {(row["cohort"], row["age"]): row["retention"] for row in known.rows(named=True)}
    sizes = cohorts.filter(pl.col("age") == 0).sort("cohort").select("cohort", "eligible").rows()
    columns = (
        column("cohort", Kind.TEXT),
        column("customers", Kind.INTEGER, "customers"),
        *(column(str(age), Kind.SHARE, "of 1") for age in ages),
    )
    rows = [[cohort, size, *(shares.get((cohort, age)) for age in ages)] for cohort, size in sizes]
    return made("cohorts", columns, rows, words, counted="customers")
