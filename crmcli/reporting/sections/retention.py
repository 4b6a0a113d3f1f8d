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
        "cohorts_picture": None if recent is None else cohort_heat_map(recent.rows(named=True), words),
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


def _triangle(cohorts: pl.DataFrame, words: Words) -> dict[str, Any]:
    ages = sorted(set(cohorts["age"].to_list()))
    shares = {(row["cohort"], row["age"]): row for row in cohorts.rows(named=True)}
    names = cohorts["cohort"].unique().sort().to_list()
    rows = [
        [name, shares[name, 0]["eligible"], *(_share(shares.get((name, age)), words) for age in ages if age)]
        for name in names
    ]
    columns = (
        column("cohort", Kind.TEXT),
        column("customers", Kind.INTEGER, "customers"),
        *(column(f"{age}", Kind.SHARE, "of 1") for age in ages if age),
    )
    return made("cohorts", columns, rows, words, counted="customers")


def _share(row: dict[str, Any] | None, words: Words) -> Any:
    """Retention at an age; of a period that has not ended, with a mark: it can still rise."""
    if row is None:
        return None
    return row["retention"] if row["complete"] else f"{words.cell(row['retention'], Kind.SHARE)}*"
