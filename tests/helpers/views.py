"""Every view of `segment` as the bytes that a script would read, computed once for all of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from crmcli.analysis.segment.analyse import analyse
from crmcli.cli.segment_run import WANTED
from crmcli.customers.summary import require_buyers, summarise
from crmcli.present.formats import Format
from crmcli.present.records import encode
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from crmcli.analysis.result import Result
    from crmcli.analysis.segment.options import SegmentOptions
    from crmcli.transactions.notes import LoadNotes

FORMATS = (Format.CSV, Format.PARQUET)


def segment(
    paths: Sequence[Path], *, as_of: dt.date | None = None, options: SegmentOptions | None = None
) -> tuple[Result, LoadNotes]:
    """What the command computes, from the files on, without its streams.

    Raises:
        CrmcliError: as the command.
    """
    reading = ReadOptions(as_of=as_of, wanted=WANTED)
    with load([str(path) for path in paths], reading, stdin=io.BytesIO()) as transactions:
        summary, notes = summarise(transactions)
    require_buyers(summary, notes)
    return analyse(summary, options), notes


def view_bytes(result: Result) -> dict[tuple[str, str], bytes]:
    """(view, format) → bytes."""
    return {
        (name, str(fmt)): b"".join(encode(table, result.catalogue.view(name), fmt, result.money_scale))
        for name, table in result.tables.items()
        for fmt in FORMATS
    }
