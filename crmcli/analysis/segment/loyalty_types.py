"""Why a customer is loyal, or is not: types of loyalty, each with the rule and the evidence that gave it.

The first rule that holds decides. What the data do not show is not guessed: a rule that rests on a missing column
never holds, and who can then not be told from another type is unclassified, with what is missing named. Whether a
customer has no alternative (monopoly) cannot be read from transactions at all; it has to be given.

Types after Griffin, J. (1995), Customer Loyalty (repeat purchase × attachment), with those whose loyalty belongs to an
incentive, to the price or to the lack of another supplier set apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.money import minor_units, money, share
from crmcli.analysis.segment.views_life import LOYALTY

if TYPE_CHECKING:
    from crmcli.analysis.segment.constants import Constants

LOYALTY_TYPES = ("monopoly", "incentive", "price", "super_value", "inertia", "latent", "unclassified")
"""In the order in which they are tried."""

BY_ATTACHMENT = ("super_value", "inertia", "latent")

EVIDENCE = pl.Schema(
    {
        "repeats": pl.Int64,
        "late": pl.Float64,
        "promoted": pl.Float64,
        "discounted": pl.Float64,
        "categories": pl.Int64,
        "attachment": pl.Float64,
        "no_alternative": pl.Boolean,
    }
)
"""What the rules look at, by customer: repeat orders · silence ÷ typical gap · share of orders with a promotion · share
of spend at a discount · number of categories bought · survey attachment · whether there is no other supplier. Null is
unknown, throughout where the input has no such column."""


def classify(evidence: pl.DataFrame, constants: Constants) -> pl.DataFrame:
    """loyalty_type, loyalty_rule String (codes joined by ;) and proxy Boolean, by row of `evidence` (see EVIDENCE).

    attached is who answered a survey with at least the cut, else the proxy: who buys from at least as many categories
    as the median repeat customer and spends less than half at a discount. `proxy` says that the type rests on it.
    """
    known = evidence.with_columns(repeat=_repeat(constants))
    known = known.with_columns(surveyed=_surveyed(known, constants), proxied=_proxied(known, constants))
    known = known.with_columns(
        attached=pl.coalesce("surveyed", "proxied"),
        promotions=pl.col("promoted") >= constants.promotion_share,
        discounts=_discounts(constants),
    )
    typed = known.with_columns(loyalty_type=_first_match())
    rests_on_it = pl.col("loyalty_type").is_in([*BY_ATTACHMENT, "unclassified"]) & pl.col("surveyed").is_null()
    typed = typed.with_columns(proxy=rests_on_it & pl.col("attached").is_not_null())
    return typed.select("loyalty_type", _rule(missing_columns(evidence)).alias("loyalty_rule"), "proxy")


def missing_columns(evidence: pl.DataFrame) -> tuple[str, ...]:
    """The canonical columns of transactions that the rules lack altogether."""
    needed = {"promoted": "promotion", "discounted": "discount", "categories": "category"}
    return tuple(column for name, column in needed.items() if not _is_known(evidence, name))


def _is_known(evidence: pl.DataFrame, name: str) -> bool:
    return evidence[name].null_count() < evidence.height


def _repeat(constants: Constants) -> pl.Expr:
    on_time = pl.col("late") <= constants.repeat_late_limit
    return ((pl.col("repeats") >= constants.repeat_orders) & on_time).fill_null(value=False)


def _surveyed(known: pl.DataFrame, constants: Constants) -> pl.Expr:
    cut = constants.attachment_cut
    return pl.col("attachment") >= pl.lit(known["attachment"].median() if cut is None else cut, pl.Float64)


def _proxied(known: pl.DataFrame, constants: Constants) -> pl.Expr:
    """Null where the missing half could decide: few categories, or most at a discount, are enough to know."""
    usual = known.filter("repeat")["categories"].median()
    return (pl.col("categories") >= pl.lit(usual, pl.Float64)) & ~_discounts(constants)


def _discounts(constants: Constants) -> pl.Expr:
    return pl.col("discounted") >= constants.discount_share


def _first_match() -> pl.Expr:
    repeat, attached = pl.col("repeat"), pl.col("attached")
    holds = (
        pl.col("no_alternative") & repeat,
        pl.col("promotions") & repeat,
        pl.col("discounts") & ~repeat,
        attached & repeat,
        ~attached & repeat,
        attached & ~repeat,
    )
    *types, rest = LOYALTY_TYPES
    return pl.coalesce(
        *(pl.when(condition).then(pl.lit(name)) for name, condition in zip(types, holds, strict=True)), pl.lit(rest)
    )


def _rule(missing: tuple[str, ...]) -> pl.Expr:
    """The evidence for the type: what held, and what would be needed to say more."""
    kind = pl.col("loyalty_type")
    by_attachment = kind.is_in([*BY_ATTACHMENT, "unclassified"])
    attached = pl.when("attached").then(pl.lit("attached")).when(~pl.col("attached")).then(pl.lit("not_attached"))
    return pl.concat_str(
        pl.when("repeat").then(pl.lit("repeat")).otherwise(pl.lit("not_repeat")),
        pl.when(kind == "monopoly").then(pl.lit("no_alternative")),
        pl.when(kind == "incentive").then(pl.lit("promotions")),
        pl.when(kind == "price").then(pl.lit("discounts")),
        pl.when(by_attachment).then(attached),
        pl.when("proxy").then(pl.lit("proxy")),
        *(pl.when(kind == "unclassified", _could_help(column)).then(pl.lit(f"needs_{column}")) for column in missing),
        separator=";",
        ignore_nulls=True,
    )


def _could_help(column: str) -> pl.Expr:
    """Whether a missing column could classify: promotions decide on repeat customers, categories on attachment."""
    unattached = pl.col("attached").is_null()
    return {"promotion": pl.col("repeat"), "discount": unattached | ~pl.col("repeat"), "category": unattached}[column]


def loyalty_table(customers: pl.DataFrame, evidence: pl.DataFrame, money_scale: int) -> pl.DataFrame:
    """The `loyalty` view: one row per type and way of knowing attachment, those without customers included.

    Counts are null for a type that these data cannot show.

    Args:
        customers: loyalty_type, proxy, loyalty_index and monetary, in the order of customer_id.
        evidence: what the types rest on, row by row beside it.
        money_scale: decimals of money.
    """
    shown = _identifiable(evidence, customers)
    rows = []
    for name in LOYALTY_TYPES:
        of_type = customers.filter(loyalty_type=name)
        found = [part for part in (of_type.filter(~pl.col("proxy")), of_type.filter("proxy")) if part.height]
        rows += [_row(name, part, customers.height, money_scale) for part in found]
        if not found:
            rows.append(_row(name, of_type, customers.height, money_scale) if name in shown else {"loyalty_type": name})
    return pl.DataFrame(rows, schema=view_schema(LOYALTY, money_scale))


def _identifiable(evidence: pl.DataFrame, customers: pl.DataFrame) -> set[str]:
    """The types that these data could show."""
    needed = {"monopoly": "no_alternative", "incentive": "promoted", "price": "discounted"}
    shown = {name for name, column in needed.items() if _is_known(evidence, column)}
    if customers["loyalty_type"].is_in(BY_ATTACHMENT).any():
        shown |= set(BY_ATTACHMENT)
    return shown | {"unclassified"}


def _row(name: str, customers: pl.DataFrame, of: int, money_scale: int) -> dict[str, object]:
    index = customers["loyalty_index"].drop_nulls().to_numpy()
    proxied = customers["proxy"]
    return {
        "loyalty_type": name,
        "customers": customers.height,
        "share": share(customers.height, of),
        "revenue": money(int(customers.select(minor_units("monetary").sum()).item()), money_scale),
        "mean_index": float(np.mean(index)) if len(index) else None,
        "proxy": bool(proxied[0]) if len(proxied) else None,
    }
