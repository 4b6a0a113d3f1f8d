"""Whether customers stay: cohorts by the month of their first order, and the last complete periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.churn.views import RATES
from crmcli.analysis.views import Kind
from crmcli.reporting.charts.cohorts import ALL, MOST_AGES, MOST_COHORTS, cohort_heat_map
from crmcli.reporting.suppression import open_rows, suppress
from crmcli.reporting.tables import column, made, of_view, table

if TYPE_CHECKING:
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_PERIODS = 6


def retention(material: Material, words: Words) -> dict[str, Any] | None:
    """`rates` of the last complete periods, `cohorts` as a triangle, and its picture; None where none is known."""
    result = material.results.get("churn")
    if result is None:
        return None
    cohorts = result.tables.get("cohorts")
    recent = None if cohorts is None else _recent(cohorts)
    triangle = None if recent is None or recent.is_empty() else _triangle(recent, material.least_group, words)
    rates = _rates(result.tables.get("rates"), words)
    if rates is None and (triangle is None or not triangle["rows"]):
        return None
    return {
        "facts": {fact.name: fact.value for fact in result.facts},
        "rates": rates,
        "cohorts": triangle,
        "cohorts_picture": None
        if cohorts is None or triangle is None
        else cohort_heat_map(_pictured(cohorts, triangle), words),
    }


def _rates(rates: pl.DataFrame | None, words: Words) -> dict[str, Any] | None:
    if rates is None:
        return None
    last = rates.filter("complete").tail(_PERIODS)
    if last.is_empty():
        return None
    columns = of_view(RATES, "period", "start_customers", "new", "returned", "lost", "retention_rate", "nrr", "grr")
    return table("rates", last, columns, words, counted="start_customers")


def _recent(cohorts: pl.DataFrame) -> pl.DataFrame:
    """The last cohorts of which something later is or will soon be known, at the ages that a report has room for."""
    dated = cohorts.filter(pl.col("cohort") != ALL)
    names = dated.filter(pl.col("age") > 0)["cohort"].unique().sort().tail(MOST_COHORTS)
    return dated.filter(pl.col("cohort").is_in(names.implode()) & (pl.col("age") <= MOST_AGES)).sort("cohort", "age")


def _pictured(cohorts: pl.DataFrame, triangle: dict[str, Any]) -> list[dict[str, Any]]:
    """Cells of the cohorts that the table shows, and of all cohorts together."""
    names = [triangle["rows"][number][0] for number in open_rows(triangle, "customers")]
    return cohorts.filter(pl.col("cohort").is_in([*names, ALL])).rows(named=True) if names else []


def _triangle(cohorts: pl.DataFrame, least: int, words: Words) -> dict[str, Any]:
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
    return suppress(made("cohorts", columns, rows, words, counted="customers"), "customers", least=least)
