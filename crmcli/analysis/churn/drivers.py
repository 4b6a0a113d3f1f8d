"""What goes with leaving: the hazard of each renewal period by logistic regression on attributes (Cox 1972).

Every contract contributes one case per period it entered: ended in it, or not. The odds of ending in a period depend on
the age of the contract (freely, by groups of periods) and on the levels of its attributes. Cases with the same age and
levels are counted together, so that the size of the regression does not grow with the number of contracts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.churn.survival import levels
from crmcli.analysis.discrimination import Z_95
from crmcli.errors import TooLittleDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AGES = (1, 2, 3, 6, 12, 24)
"""Upper ends of the groups of periods whose hazards may differ; a last group is open."""

_RIDGE = 1e-3
"""A hundredth of a case of prior knowledge that nothing matters: keeps the fit finite where a level never leaves."""

_STEPS = 100
_EXACT = 1e-10
_LEAST_ENDED = 10
_TELLS = 0.98
_MORE_THAN_BASE = 0.02


def telling_attributes(attributes: pl.DataFrame, ended: NDArray[np.bool_]) -> list[str]:
    """Attributes that state the outcome rather than go with it: their levels tell nearly all ended from running ones.

    A status column is such a one. It knows the end because it was written after it.
    """
    found = []
    base = max(float(ended.mean()), 1 - float(ended.mean()))
    for name in attributes.columns:
        counted = pl.DataFrame({"level": levels(attributes[name]), "ended": ended}).group_by("level")
        sides = counted.agg(yes=pl.col("ended").sum(), no=(~pl.col("ended")).sum())
        told = float(sides.select(pl.max_horizontal("yes", "no").sum()).item()) / len(ended)
        if told >= _TELLS and told > base + _MORE_THAN_BASE:
            found.append(name)
    return found


def drivers_table(attributes: pl.DataFrame, periods: NDArray[np.int64], ended: NDArray[np.bool_]) -> pl.DataFrame:
    """The `drivers` view: every level of every usable attribute against the most frequent one, surest first.

    Args:
        attributes: one column per attribute, a row per contract.
        periods: renewals decided on.
        ended: whether the last of them was the end.

    Raises:
        TooLittleDataError: no attribute with levels to compare, or hardly anybody left.
    """
    if int(ended.sum()) < _LEAST_ENDED:
        raise TooLittleDataError(f"only {int(ended.sum()):,} contracts ended, at least {_LEAST_ENDED} are needed")
    found = {name: levels(attributes[name]) for name in attributes.columns}
    usable = {name: column for name, column in found.items() if column.n_unique() > 1}
    if not usable:
        raise TooLittleDataError("the file has no attribute with at least two levels of ten contracts each")
    references = {name: _most_frequent(column) for name, column in usable.items()}
    groups = pl.DataFrame([column.alias(_inner(name)) for name, column in usable.items()])
    cells = _cells(groups, periods, ended)
    names, design = _design(cells, usable, references)
    beta, error = _fit(design, cells["#events"].to_numpy(), cells["#cases"].to_numpy())
    contracts = groups.with_columns(pl.Series("#ended", ended))
    rows = [
        _row(name, level, references[name], contracts, float(beta[place]), float(error[place]))
        for place, (name, level) in enumerate(names)
    ]
    return pl.DataFrame(rows, infer_schema_length=None).sort("p_value", "attribute", "level")


def _inner(name: str) -> str:
    """A name that no column of our own has."""
    return f"@{name}"


def _most_frequent(column: pl.Series) -> str:
    counts = column.alias("level").value_counts().sort("count", "level", descending=[True, False])
    return str(counts["level"][0])


def _cells(groups: pl.DataFrame, periods: NDArray[np.int64], ended: NDArray[np.bool_]) -> pl.DataFrame:
    """Cases and ends by levels and age; a contract seen for less than a period has no case."""
    names = groups.columns
    frame = groups.with_columns(pl.Series("#last", periods), pl.Series("#ended", ended)).filter(pl.col("#last") > 0)
    counted = frame.group_by([*names, "#last"]).agg(pl.len().alias("#cases"), pl.col("#ended").sum().alias("#events"))
    every = counted.with_columns(pl.int_ranges(1, pl.col("#last") + 1).alias("#period"))
    spread = every.explode("#period", empty_as_null=True, keep_nulls=True)
    at_end = pl.when(pl.col("#period") == pl.col("#last")).then("#events").otherwise(0)
    age = pl.sum_horizontal(pl.col("#period") > limit for limit in _AGES)
    cells = spread.with_columns(age.alias("#age"), at_end.alias("#events")).group_by([*names, "#age"])
    return cells.agg(pl.col("#cases", "#events").sum().cast(pl.Float64)).sort([*names, "#age"])


def _design(
    cells: pl.DataFrame, usable: dict[str, pl.Series], references: dict[str, str]
) -> tuple[list[tuple[str, str]], NDArray[np.float64]]:
    """Attribute and level of the first columns, and the columns: 1 for the level; then one for each age."""
    names = [
        (name, level)
        for name, column in usable.items()
        for level in column.unique().sort().to_list()
        if level != references[name]
    ]
    ages = cells["#age"].unique().sort().to_list()
    columns = [(cells[_inner(name)] == level).to_numpy() for name, level in names]
    columns += [(cells["#age"] == age).to_numpy() for age in ages]
    return names, np.column_stack(columns).astype(np.float64)


def _fit(
    x: NDArray[np.float64], events: NDArray[np.float64], cases: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients and standard errors of a logistic regression of counts, by Newton steps."""
    beta = np.zeros(x.shape[1])
    ridge = _RIDGE * np.eye(x.shape[1])
    curvature = ridge
    for _ in range(_STEPS):
        p = 0.5 * (1 + np.tanh(x @ beta / 2))
        curvature = (x * (cases * p * (1 - p))[:, None]).T @ x + ridge
        step = np.linalg.solve(curvature, x.T @ (events - cases * p) - _RIDGE * beta)
        beta += np.clip(step, -2, 2)
        if float(np.abs(step).max()) < _EXACT:
            break
    return beta, np.sqrt(np.diag(np.linalg.inv(curvature)))


def _row(  # noqa: PLR0913, PLR0917 — the parts of one line
    name: str, level: str, reference: str, contracts: pl.DataFrame, beta: float, error: float
) -> dict[str, object]:
    chosen = contracts.filter(pl.col(_inner(name)) == level)
    return {
        "attribute": name,
        "level": level,
        "reference": reference,
        "contracts": chosen.height,
        "left": int(chosen["#ended"].sum()),
        "odds_ratio": math.exp(beta),
        "ci_low": math.exp(beta - Z_95 * error),
        "ci_high": math.exp(beta + Z_95 * error),
        "p_value": math.erfc(abs(beta / error) / math.sqrt(2)),
    }
