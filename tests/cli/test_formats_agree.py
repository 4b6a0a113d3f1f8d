"""What a command says of the sample is the same in every format, cell for cell."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from cells import agree, rows_of_csv, rows_of_json, rows_of_markdown, value_of
from command import crmcli
from processes import SAMPLE
from views import segment

from crmcli.analysis.views import Kind
from crmcli.cli.views import CATALOGUES

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.analysis.views import View

INPUTS: dict[str, tuple[str | Path, ...]] = {
    "credit": (SAMPLE.with_name("invoices.csv"), "--payments", SAMPLE.with_name("payments.csv")),
}
"""What commands take that do not work on the transactions of the sample alone."""

BINARY = ("parquet", "xlsx")

RESULT, _ = segment([SAMPLE])


@pytest.mark.parametrize("view", RESULT.tables)
def test_all_formats_of_each_view_of_segment_agree(view: str) -> None:
    agree(RESULT.tables[view].head(200), RESULT.catalogue.view(view), RESULT.money_scale)


@pytest.mark.parametrize("command", CATALOGUES)
def test_the_command_writes_the_same_cells_in_every_format(command: str, tmp_path: Path) -> None:
    texts: dict[str, str] = {}
    for suffix in ("csv", "tsv", "json", "ndjson", "md", *BINARY):
        target = tmp_path / f"out.{suffix}"
        outcome = crmcli(command, *INPUTS.get(command, (SAMPLE,)), "-o", target)
        assert outcome.code == 0, outcome.stderr
        texts[suffix] = "" if suffix in BINARY else target.read_text(encoding="utf-8")
    rows = rows_of_json(texts["json"])
    cells = [[cell or "" for cell in row.values()] for row in rows]
    view = CATALOGUES[command].view(CATALOGUES[command].default)
    assert len(rows) > 1
    assert rows_of_json(f"[{','.join(texts['ndjson'].splitlines())}]") == rows
    assert rows_of_csv(texts["csv"], ",") == rows_of_csv(texts["tsv"], "\t") == [list(rows[0]), *cells]
    assert rows_of_markdown(texts["md"]) == [list(rows[0]), *cells]
    values = [
        tuple(value_of(cell, column.kind) for cell, column in zip(row.values(), view.columns, strict=True))
        for row in rows
    ]
    assert_sheet(tmp_path / "out.xlsx", view, values)
    assert pl.read_parquet(io.BytesIO((tmp_path / "out.parquet").read_bytes())).rows() == values


def assert_sheet(path: Path, view: View, values: list[tuple[Any, ...]]) -> None:
    """A reader that knows nothing of this program finds names, types and values; money is a binary number there."""
    types = {Kind.DATE: pl.Date, Kind.INTEGER: pl.Int64, Kind.BOOLEAN: pl.Boolean}
    floats = {Kind.MONEY, Kind.SHARE, Kind.NUMBER}
    schema = {c.name: pl.Float64 if c.kind in floats else types.get(c.kind, pl.String) for c in view.columns}
    table = pl.read_excel(path, sheet_name=view.name, schema_overrides=schema, infer_schema_length=None)
    assert table.columns == list(view.column_names())
    expected = [tuple(float(cell) if isinstance(cell, Decimal) else cell for cell in row) for row in values]
    assert table.rows() == expected
