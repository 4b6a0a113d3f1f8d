"""Retention by calendar period, in customers and in money: who stayed, who left, who came back, and what it was worth.

Customers are active in a period when they order in it. Money is compared customer by customer between a period and the
one before: S is the revenue of the period before, and what changed is expansion E or contraction C (money in both),
churned X (none now), new N (the first order lies in this period) or reactivated R (money only now, the first order
earlier). So S − C − X + E + N + R is the revenue of the period, NRR = (S + E − C − X)/S, GRR = (S − C − X)/S and the
quick ratio (N + R + E)/(C + X). Revenue is money of sales: a refund of an earlier period's sale would otherwise be
taken for a loss of this one, and GRR leave the range from 0 to 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from crmcli.analysis.churn.visits import Visits
    from crmcli.analysis.order_gaps import OrderGaps

CUSTOMERS = ("start_customers", "retained", "lost", "new", "returned")
MONEY = ("start_revenue", "expansion", "contraction", "churned_revenue", "new_revenue", "reactivated_revenue")
QUOTED_REPEAT_SHARE = 0.65
"""What texts on customer loyalty quote as the part of repeat customers."""

_BAR = 24

RATIOS = ("retention_rate", "churn_rate", "nrr", "grr", "quick_ratio", "repeat_rate")


def rates_table(found: Visits, gaps: OrderGaps, money_scale: int) -> pl.DataFrame:
    """The `rates` view: one row per period; the first has no period before it, an unfinished one has no figures."""
    rows = found.frame.join(found.first.to_frame("first").with_row_index("customer"), on="customer", how="left")
    table = (
        found.periods.with_row_index("period")
        .with_columns(pl.col("period").cast(pl.Int32))
        .join(_flows(rows), on="period", how="left", maintain_order="left")
        .join(_repeaters(found, gaps), on="period", how="left", maintain_order="left")
        .with_columns(pl.col(*CUSTOMERS).fill_null(0), *(_money(name, money_scale) for name in MONEY))
        .with_columns(*_ratios())
    )
    known = table.with_columns(pl.when("complete").then(pl.col(*CUSTOMERS, *MONEY, *RATIOS)).name.keep())
    return known.drop("period").rename({"label": "period"})


def reference_line(repeat_share: float) -> str:
    """The part of repeat customers as a bar, with the part that texts quote as a line across it; it is no target."""
    filled = round(repeat_share * _BAR)
    mark = round(QUOTED_REPEAT_SHARE * _BAR)
    bar = "".join("│" if place == mark else "█" if place < filled else "·" for place in range(_BAR))
    return f"Repeat customers {bar} {repeat_share:.1%} (│ {QUOTED_REPEAT_SHARE:.0%} in texts, no target)"


def _money(name: str, scale: int) -> pl.Expr:
    return pl.col(name).fill_null(0).cast(pl.Decimal(38, scale))


def _flows(rows: pl.DataFrame) -> pl.DataFrame:
    """By period, counts and money of all that happened since the period before."""
    came = _compared(rows, step=1).with_columns(here="period")
    left = _compared(rows, step=-1).with_columns(here=pl.col("period") + 1)
    is_new = pl.col("first") == pl.col("period")
    now, before = pl.col("sales"), pl.col("other_sales")
    active, was_active = pl.col("orders") > 0, pl.col("other_orders") > 0
    both = before > 0
    of_now = came.group_by(pl.col("here").alias("period")).agg(
        retained=_count(active & was_active),
        new=_count(active & is_new),
        returned=_count(active & ~was_active & ~is_new),
        expansion=(now - before).filter(both & (now > before)).sum(),
        contraction=(before - now).filter(both & (now > 0) & (before > now)).sum(),
        new_revenue=now.filter(~both & is_new).sum(),
        reactivated_revenue=now.filter(~both & ~is_new).sum(),
    )
    of_before = left.group_by(pl.col("here").alias("period")).agg(
        start_customers=_count(active),
        lost=_count(active & ~was_active),
        start_revenue=now.sum(),
        churned_revenue=now.filter(~both).sum(),
    )
    return of_now.join(of_before, on="period", how="full", coalesce=True)


def _compared(rows: pl.DataFrame, step: int) -> pl.DataFrame:
    """Rows with the same customer's orders and sales in the period before (step 1) or after (−1); 0 without any."""
    is_next = (pl.col("customer") == pl.col("customer").shift(step)) & (
        pl.col("period") == pl.col("period").shift(step) + step
    )
    return rows.with_columns(
        pl.when(is_next)
        .then(pl.col(name).shift(step))
        .otherwise(pl.lit(0))
        .cast(rows.schema[name])
        .alias(f"other_{name}")
        for name in ("orders", "sales")
    )


def _count(condition: pl.Expr) -> pl.Expr:
    return condition.sum().cast(pl.Int64)


def _repeaters(found: Visits, gaps: OrderGaps) -> pl.DataFrame:
    """Customers won, and of them those who had ordered on a second day, by the end of each period."""
    ends = found.periods["last"].to_physical()
    customers = pl.Series(gaps.first_day).sort().search_sorted(ends, side="right")
    repeaters = pl.Series(gaps.day[gaps.number == 1]).sort().search_sorted(ends, side="right")
    numbers = pl.int_range(0, found.periods.height, dtype=pl.Int32, eager=True)
    return pl.DataFrame({"period": numbers, "won": customers, "repeated": repeaters})


def _ratios() -> list[pl.Expr]:
    start, retained = pl.col("start_customers"), pl.col("retained")
    kept = pl.when(start > 0).then(retained / start)
    lost = pl.when(start > 0).then((start - retained) / start)
    s, e, c, x, n, r = (pl.col(name).to_physical().cast(pl.Float64) for name in MONEY)
    return [
        kept.alias("retention_rate"),
        lost.alias("churn_rate"),
        pl.when(s > 0).then((s + e - c - x) / s).alias("nrr"),
        pl.when(s > 0).then((s - c - x) / s).alias("grr"),
        pl.when(c + x > 0).then((n + r + e) / (c + x)).alias("quick_ratio"),
        pl.when(pl.col("won") > 0).then(pl.col("repeated") / pl.col("won")).alias("repeat_rate"),
    ]
