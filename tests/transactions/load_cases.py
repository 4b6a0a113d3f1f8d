"""Small transaction files, and what becomes of them, for the tests of loading."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.transactions.codes import Defect, Rule
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crmcli.transactions.load import Transactions

HEADER = "customer_id,date,amount"


def write(path: Path, *lines: str, header: str = HEADER) -> Path:
    path.write_text("".join(f"{line}\n" for line in (header, *lines)), encoding="utf-8", newline="")
    return path


def write_parquet(path: Path, **columns: Sequence[Any] | pl.Series) -> Path:
    pl.DataFrame(columns).write_parquet(path)
    return path


@contextmanager
def opened(*paths: Path, **options: Any) -> Iterator[Transactions]:
    with load([str(path) for path in paths], ReadOptions(**options), stdin=io.BytesIO()) as transactions:
        yield transactions


def rows(*paths: Path, **options: Any) -> pl.DataFrame:
    """The canonical rows of some files."""
    with opened(*paths, **options) as transactions:
        return transactions.frame.collect(engine="streaming")


def codes(*paths: Path, **options: Any) -> list[str]:
    """For each row the name of its code; empty for a row that takes part."""
    names = {0: "", **{int(code): code.name for code in (*Defect, *Rule)}}
    return [names[code] for code in rows(*paths, **options)["code"]]
