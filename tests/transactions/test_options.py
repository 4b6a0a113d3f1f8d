from __future__ import annotations

import pytest

from crmcli.errors import UsageError
from crmcli.transactions.options import MaxBad, parse_max_bad, parse_where


@pytest.mark.parametrize(
    ("text", "rows", "allowed"),
    [
        ("0.5%", 1_000, 5),
        ("0%", 1_000, 0),
        ("20", 1_000, 20),
        ("0", 1_000, 0),
        ("100%", 7, 7),
        ("29%", 100, 29),
        (" 1% ", 250, 2),
    ],
)
def test_max_bad_is_a_share_or_a_number_without_extra_rows(text: str, rows: int, allowed: int) -> None:
    assert parse_max_bad(text).allowed(rows) == allowed


@pytest.mark.parametrize("text", ["", "x", "-1", "-1%", "101%", "nan%", "0.5", "1e3"])
def test_max_bad_refuses(text: str) -> None:
    with pytest.raises(UsageError):
        parse_max_bad(text)


@pytest.mark.parametrize(("rows", "allowed"), [(100, 10), (2_000, 10), (10_000, 50)])
def test_the_default_always_allows_ten_rows(rows: int, allowed: int) -> None:
    assert MaxBad().allowed(rows) == allowed


def test_where_collects_values_of_one_column() -> None:
    assert parse_where(["Country=France", "Country=Spain", "x=a=b"]) == {"Country": ("France", "Spain"), "x": ("a=b",)}


@pytest.mark.parametrize("item", ["Country", "=France"])
def test_where_refuses(item: str) -> None:
    with pytest.raises(UsageError):
        parse_where([item])
