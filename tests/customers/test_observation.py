from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest
from customer_cases import opened, write
from hypothesis import given
from hypothesis import strategies as st

from crmcli.customers.lines import collect_lines
from crmcli.customers.observation import as_date, as_day, is_lone, observation_end
from crmcli.errors import InputError, TooLittleDataError

if TYPE_CHECKING:
    from pathlib import Path


def end_of(*paths: Path, as_of: dt.date | None = None, **options: object) -> dt.date:
    with opened(*paths, as_of=as_of, **options) as transactions:
        return observation_end(collect_lines(transactions), transactions)


def end_of_dates(folder: Path, *dates: str, as_of: dt.date | None = None) -> dt.date:
    return end_of(write(folder / "a.csv", *(f"A,{date},1" for date in dates)), as_of=as_of)


class TestEnd:
    def test_the_last_date(self, tmp_path: Path) -> None:
        assert end_of_dates(tmp_path, "2024-01-03", "2024-01-05", "2024-01-04") == dt.date(2024, 1, 5)

    @pytest.mark.parametrize("row", [",2024-02-01,1", "A,2024-02-01,x", "A,2024-02-01,-1", "A\x01,2024-02-01,1"])
    def test_any_row_with_a_valid_date_sets_it(self, tmp_path: Path, row: str) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-05,1", "B,2024-01-05,1", row, "B,2024-31-12,1")
        assert end_of(path) == dt.date(2024, 2, 1)

    def test_rows_that_other_rules_drop_set_it_too(self, tmp_path: Path) -> None:
        header = "customer_id,date,amount,status"
        path = write(tmp_path / "a.csv", "A,2024-01-05,1,paid", "A,2024-01-09,1,void", header=header)
        assert end_of(path) == dt.date(2024, 1, 9)
        assert end_of(path, where={"status": ("paid",)}, since=dt.date(2024, 2, 1)) == dt.date(2024, 1, 9)

    def test_as_of_is_taken_as_given(self, tmp_path: Path) -> None:
        for day in (dt.date(2000, 1, 1), dt.date(2024, 1, 4), dt.date(2199, 1, 1)):
            assert end_of_dates(tmp_path, "2024-01-03", "2024-01-05", as_of=day) == day

    def test_without_any_date_there_is_no_end(self, tmp_path: Path) -> None:
        with pytest.raises(TooLittleDataError, match="No row has a readable date"):
            end_of_dates(tmp_path, "", "")


class TestLoneDate:
    def test_it_is_refused_with_its_place_and_the_way_out(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            end_of_dates(tmp_path, "2024-01-01", "2042-01-03", "2024-01-04", "2024-01-02")
        assert caught.value.lines() == [
            f"{tmp_path / 'a.csv'}, line 3: the last date, 2042-01-03, lies 6,574 days after all others (2024-01-04)",
            "It would set the end of observation for every customer, and looks like a typing error.",
            "Say when the observation ends: --as-of 2024-01-04 (or --as-of 2042-01-03 if it is right)",
        ]

    def test_several_rows_may_carry_it(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="line 4") as caught:
            end_of_dates(tmp_path, "2024-01-01", "2024-01-02", "2042-01-03", "2042-01-03")
        assert "(2 rows carry it)" in str(caught.value.extent)

    def test_the_file_that_holds_it_is_named(self, tmp_path: Path) -> None:
        one = write(tmp_path / "one.csv", "A,2024-01-01,1", "A,2024-01-02,1")
        two = write(tmp_path / "two.csv", "A,2024-01-03,1", '"B\n",2024-01-03,1', "A,2042-01-03,1")
        with pytest.raises(InputError, match=r"two\.csv, line 5:"):
            end_of(one, two)

    def test_as_of_settles_it(self, tmp_path: Path) -> None:
        dates = ("2024-01-01", "2024-01-02", "2042-01-03")
        for day in (dt.date(2024, 1, 2), dt.date(2042, 1, 3)):
            assert end_of_dates(tmp_path, *dates, as_of=day) == day

    def test_two_dates_far_apart_are_no_error(self, tmp_path: Path) -> None:
        assert end_of_dates(tmp_path, "2004-01-01", "2024-01-02") == dt.date(2024, 1, 2)

    @pytest.mark.parametrize(
        ("days", "lone"),
        [
            ([0, 1, 92], True),  # 91 days
            ([0, 1, 91], False),  # 90 days are not more than 90
            ([0, 10, 111], True),  # 101 days
            ([0, 10, 110], False),  # 100 are not more than ten times 10
            ([0, 10, 11, 111], False),  # the largest earlier gap counts
            ([0, 100, 1_101], True),
            ([0, 1_000], False),
            ([5], False),
            ([], False),
        ],
    )
    def test_further_than_ninety_days_and_ten_times_any_gap(self, days: list[int], lone: bool) -> None:  # noqa: FBT001
        assert is_lone(pl.Series(days, dtype=pl.Int32)) is lone


@given(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)))
def test_days_and_dates(date: dt.date) -> None:
    assert as_date(as_day(date)) == date
    assert pl.Series([date]).to_physical().to_list() == [as_day(date)]
