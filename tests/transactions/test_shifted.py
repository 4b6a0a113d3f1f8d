"""Digits that moved out of a date into the cell beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from load_cases import codes, rows, write

if TYPE_CHECKING:
    from pathlib import Path

GERMAN = "Kundennummer;Datum;Betrag"
LATE = ("K1012;25.01.2024;12,75", "K1011;30.01.2024;-5,56", "K1010;17.03.2024;3,56", "K1002;14.03.2024;47,76")


@pytest.mark.parametrize(
    ("header", "lines"),
    [
        (GERMAN, (*LATE, "K1011;14.01.2024;9,32", "K10011;3.03.2024;13,56")),
        (GERMAN, (*LATE, "K1011;04.01.2024;9,32", "K10011;3.03.2024;13,56")),
        (GERMAN, (*LATE[:2], "K10011;3.03.2024;13,56")),
        (GERMAN, ("1012;25.11.2024;1,75", "1013;26.11.2024;2,75", "10122;7.12.2024;3,75")),
        ("customer,amount,date", ("K1,12.75,25/01/2024", "K2,5.25,14/01/2024", "K3,7.251,3/01/2024")),
        ("order,date,customer,amount", ("101,11/25/2024,K1,5.00", "102,12/13/2024,K1,5.00", "1031,1/14/2024,K1,5.00")),
        ("customer,date,amount", ("K1,12 January 2024,5.00", "K2,13 January 2024,6.00", "K31,4 January 2024,7.00")),
        ("date,order,customer,amount", ("2024-11-25,101,K1,5.00", "2024-12-13,102,K1,5.00", "2024-11-1,4103,K1,5.00")),
    ],
)
def test_the_only_short_day_beside_the_only_long_id_is_no_date(
    tmp_path: Path, header: str, lines: tuple[str, ...]
) -> None:
    found = codes(write(tmp_path / "in.csv", *lines, header=header))
    assert found[:-1] == [""] * (len(lines) - 1)
    assert found[-1] in {"INVALID_DATE", "INCONSISTENT_DATE"}


@pytest.mark.parametrize(
    ("header", "lines"),
    [
        # One sign alone is none: a short day, or a long id.
        (GERMAN, (*LATE, "K1001;3.03.2024;13,56")),
        (GERMAN, (*LATE, "K10011;13.03.2024;13,56")),
        # Ids of several lengths, longer ones among those with late days, too few to compare with.
        (GERMAN, (*LATE, "K999;14.03.2024;1,00", "K10011;3.03.2024;13,56")),
        (GERMAN, (*LATE, "K10001;14.03.2024;1,00", "K10011;3.03.2024;13,56")),
        (GERMAN, (LATE[0], "K10011;3.03.2024;13,56")),
        (GERMAN, (*LATE, "K100111;3.03.2024;13,56")),
        # Days of one digit are usual.
        (GERMAN, (*LATE, "K1002;4.03.2024;1,00", "K10011;3.03.2024;13,56")),
        # Nothing with digits stands beside the date.
        (GERMAN, ("Ann;25.01.2024;1,00", "Bob;26.01.2024;1,00", "Cid;3.01.2024;1,00")),
        ("Datum;Kundennummer;Betrag", ("25.01.2024;K101;1,00", "26.01.2024;K102;1,00", "3.01.2024;K1011;1,00")),
    ],
)
def test_days_of_one_digit_are_dates_unless_both_signs_meet(
    tmp_path: Path, header: str, lines: tuple[str, ...]
) -> None:
    assert codes(write(tmp_path / "in.csv", *lines, header=header)) == [""] * len(lines)


def test_rows_left_out_have_no_say(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", *LATE, "K10011;3.03.2024;13,56", "K10012;14.04.2024;1,00", header=GERMAN)
    assert codes(path) == [""] * 6
    assert codes(path, where={"Betrag": ("12,75", "-5,56", "3,56", "13,56")})[-2] == "INCONSISTENT_DATE"
    assert rows(path).height == 6
