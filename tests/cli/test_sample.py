"""The sample data: its CSV and its Parquet file are the same shop, to the byte."""

from __future__ import annotations

import pytest
from command import crmcli
from processes import SAMPLE

PARQUET = SAMPLE.with_suffix(".parquet")


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("view", ["customers", "segments", "thresholds", "abc", "concentration"])
def test_csv_and_parquet_give_the_same_bytes(view: str, form: str) -> None:
    from_csv, from_parquet = (crmcli("segment", path, "--view", view, "-f", form) for path in (SAMPLE, PARQUET))
    assert (from_csv.code, from_parquet.code) == (0, 0)
    assert from_csv.stdout == from_parquet.stdout != b""


def test_the_page_is_the_same_too() -> None:
    from_csv, from_parquet = (crmcli("segment", path, "-f", "table") for path in (SAMPLE, PARQUET))
    assert from_csv.stdout == from_parquet.stdout != b""


def test_no_row_of_the_sample_is_bad() -> None:
    assert crmcli("segment", SAMPLE, "--strict").code == 0
