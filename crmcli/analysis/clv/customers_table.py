"""The `customers` view: what each customer has been worth and will be worth, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.clv.worth import to_amounts

if TYPE_CHECKING:
    from crmcli.analysis.clv.workbench import Workbench

NO_REPEAT = "no_repeat"
LOSS = "loss"
NEW = "new"


def customers_table(bench: Workbench) -> pl.DataFrame:
    """One row per customer, in the order of the summary."""
    histories, scores, scale = bench.histories, bench.scores, bench.summary.money_scale
    historical = bench.worth.historical(bench.summary)
    table = pl.DataFrame(
        {
            "customer_id": bench.summary.frame.get_column("customer_id"),
            "repeat_purchases": histories.x,
            "t_x_days": histories.t_x_days,
            "age_days": histories.age_days,
            "mean_spend": pl.Series(np.where(histories.x > 0, histories.mean_spend, np.nan)).fill_nan(None),
            "p_alive": scores.p_alive,
            "expected_purchases": scores.purchases,
            "expected_purchases_low": scores.purchases_low,
            "expected_purchases_high": scores.purchases_high,
            "expected_spend": scores.spend,
            "historical_value": historical,
            "future_value": to_amounts(scores.value, scale),
            "future_value_low": to_amounts(scores.value_low, scale),
            "future_value_high": to_amounts(scores.value_high, scale),
            "flags": _flags(bench),
        }
    )
    return table.with_columns(clv=(pl.col("historical_value") + pl.col("future_value")).cast(pl.Decimal(38, scale)))


def _flags(bench: Workbench) -> pl.Series:
    histories = bench.histories
    marks = {
        NO_REPEAT: histories.x == 0,
        LOSS: (histories.x > 0) & (histories.mean_spend <= 0),
        NEW: histories.age_days == 0,
    }
    columns = [pl.when(pl.lit(pl.Series(mark))).then(pl.lit(name)) for name, mark in marks.items()]
    return pl.select(flags=pl.concat_str(columns, separator=";", ignore_nulls=True)).to_series()
