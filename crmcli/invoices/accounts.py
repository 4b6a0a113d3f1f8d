"""The accounts of a ledger: customers in one currency, by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.invoices.links import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AccountNumbers:
    """Customer × currency → number of the account, by place in an array (−1 where nothing happened)."""

    numbers: NDArray[np.int64]
    currencies: int

    @classmethod
    def among(cls, frames: Sequence[pl.DataFrame]) -> AccountNumbers:
        """Number the accounts that occur, by customer and currency."""
        customers, currencies = (len(_categories(frames[0].schema[name])) for name in ACCOUNT)
        occurs = np.zeros(max(customers, 1) * currencies, dtype=bool)
        for frame in frames:
            occurs[_places(frame, currencies)] = True
        return cls(np.where(occurs, np.cumsum(occurs) - 1, -1), currencies)

    def of(self, frame: pl.DataFrame) -> pl.Series:
        """The account of each row."""
        return pl.Series("account", self.numbers[_places(frame, self.currencies)]).cast(pl.UInt32)

    def table(self, types: pl.Schema) -> pl.DataFrame:
        """`account`, `customer_id`, `currency` (coded) of every account."""
        codes = zip(ACCOUNT, np.divmod(np.flatnonzero(self.numbers >= 0), self.currencies), strict=True)
        columns = {name: _categories(types[name]).gather(places).cast(types[name]) for name, places in codes}
        return pl.DataFrame(columns).with_row_index("account")


def _categories(dtype: pl.DataType) -> pl.Series:
    assert isinstance(dtype, pl.Enum)  # noqa: S101 — coded a few steps before
    return dtype.categories


def _places(frame: pl.DataFrame, width: int) -> NDArray[np.int64]:
    customer, currency = (frame[name].to_physical().cast(pl.Int64).to_numpy() for name in ACCOUNT)
    return np.asarray(customer * width + currency, dtype=np.int64)


def accounts_of(items: pl.DataFrame, events: pl.DataFrame, used: pl.DataFrame) -> tuple[pl.DataFrame, AccountNumbers]:
    """The accounts with their limits, and their numbers."""
    numbers = AccountNumbers.among([items, events])
    stated = used.filter(pl.col("credit_limit").is_not_null())
    limits = stated.group_by("customer_id").agg(pl.col("credit_limit").sort_by("date", "credit_limit").last())
    table = numbers.table(items.schema).join(limits, on="customer_id", how="left", maintain_order="left")
    return table, numbers
