from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from crmcli.customers.campaign_columns import CampaignReading
from crmcli.customers.campaign_files import CampaignFiles, read_campaign_contacts, read_expenses, read_receipts
from crmcli.errors import InputError, TooLittleDataError
from crmcli.transactions.options import MaxBad, ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.customers.campaign_files import CampaignRows

AS_OF = dt.date(2024, 6, 30)
NO_BAD = ReadOptions(max_bad=MaxBad(Decimal(0), 0))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "campaigns.csv"


def reading(options: ReadOptions | None = None, id_column: str | None = None) -> CampaignReading:
    return CampaignReading(options or ReadOptions(), AS_OF, io.BytesIO(), id_column)


def contacts(path: Path, text: str, options: ReadOptions | None = None, id_column: str | None = None) -> CampaignRows:
    path.write_text(text, encoding="utf-8")
    return read_campaign_contacts(str(path), "--campaigns", reading(options, id_column))


def receipts(path: Path, text: str, options: ReadOptions | None = None) -> CampaignRows:
    path.write_text(text, encoding="utf-8")
    return read_receipts(str(path), "--receipts", reading(options))


def expenses(path: Path, text: str, options: ReadOptions | None = None) -> CampaignRows:
    path.write_text(text, encoding="utf-8")
    return read_expenses(str(path), "--expenses", reading(options))


def codes(rows: CampaignRows) -> list[str]:
    return [note.code for note in rows.notes]


def test_contacts_with_a_control_group(path: Path) -> None:
    found = contacts(
        path,
        "campaign,customer_id,date,group\n"
        "Spring,007,2024-03-01,treated\n"
        "Spring,008,,Control\n"
        "Autumn, 007 ,2024-05-01,1\n"
        "Spring,9,2024-03-02,hold out\n",
    )
    assert found.frame.rows() == [
        ("Autumn", "007", dt.date(2024, 5, 1), False),
        ("Spring", "007", dt.date(2024, 3, 1), False),
        ("Spring", "008", None, True),
        ("Spring", "9", dt.date(2024, 3, 2), True),
    ]
    assert found.frame.schema["date"] == pl.Date()


def test_chinese_headings_and_words(path: Path) -> None:
    found = contacts(path, "活动名称,客户编号,联系日期,分组\n春节,a,2024-02-01,实验组\n春节,b,2024-02-01,对照组\n")
    assert found.frame["is_control"].to_list() == [False, True]
    assert receipts(path, "营销活动,收款金额,客户编号\n春节,12.5,a\n").frame.row(0) == ("春节", Decimal("12.50"), "a")
    assert expenses(path, "活动,报销金额\n春节,3\n").frame.row(0) == ("春节", Decimal("3.00"), None)


def test_several_contacts_in_one_campaign_count_once_from_the_first(path: Path) -> None:
    text = "campaign,customer,sent on\nA,x,2024-03-05\nA,x,2024-03-01\nB,x,2024-04-01\n"
    assert contacts(path, text).frame.select("campaign", "date").rows() == [
        ("A", dt.date(2024, 3, 1)),
        ("B", dt.date(2024, 4, 1)),
    ]


def test_a_bare_id_is_not_the_customer_but_may_be_named(path: Path) -> None:
    text = "id,campaign,member,date\n1,A,x,2024-03-05\n"
    assert contacts(path, text).frame["customer_id"].to_list() == ["x"]
    assert contacts(path, text, id_column="id").frame["customer_id"].to_list() == ["1"]
    assert receipts(path, "id,campaign,amount\n1,A,5\n").frame["customer_id"].to_list() == [None]


def test_contacts_without_customers_are_refused(path: Path) -> None:
    with pytest.raises(InputError, match="no column looks like the customer id"):
        contacts(path, "campaign,date\nA,2024-03-05\n")


def test_a_file_without_campaigns_is_refused(path: Path) -> None:
    with pytest.raises(InputError, match="no column looks like the campaign") as raised:
        receipts(path, "what,amount\nA,5\n")
    assert raised.value.remedy == "Call the right one 'campaign'."
    with pytest.raises(InputError, match="2 columns could be the campaign: 'campaign name', 'campaign code'"):
        receipts(path, "campaign name,campaign code,amount\nA,1,5\n")


def test_rows_without_a_campaign_are_told(path: Path) -> None:
    found = receipts(path, "campaign,amount\nA,5\n,7\n")
    assert found.frame["amount"].sum() == 5
    assert "rows_without_campaign" in codes(found)
    with pytest.raises(TooLittleDataError):
        receipts(path, "campaign,amount\n,5\n")


def test_a_customer_in_both_groups_is_refused(path: Path) -> None:
    text = "campaign,customer_id,date,group\nA,x,2024-03-05,t\nB,x,2024-03-05,c\nA,x,2024-03-06,c\n"
    with pytest.raises(InputError, match="'x' is both in the control group of campaign 'A'") as raised:
        contacts(path, text)
    assert raised.value.extent == "1 customer is in both groups of a campaign."


def test_what_lies_outside_the_time_observed_takes_no_part(path: Path) -> None:
    text = "campaign,customer_id,date\nA,x,2024-06-30\nA,y,2024-07-01\nA,z,2023-12-31\n"
    found = contacts(path, text, ReadOptions(since=dt.date(2024, 1, 1)))
    assert found.frame["customer_id"].to_list() == ["x"]
    assert any("2 rows outside the time observed" in note.text for note in found.notes)
    assert receipts(path, "campaign,date,amount\nA,2024-07-01,5\n").frame.is_empty()


def test_rows_that_cannot_be_used_are_told_or_refused(path: Path) -> None:
    text = "campaign,customer_id,date,group\nA,x,2024-03-05,t\nA,y,2024-13-05,t\nA,,2024-03-05,t\nA,z,2024-03-05,?\n"
    found = contacts(path, text)
    assert found.frame["customer_id"].to_list() == ["x"]
    assert "3 of 4 rows have no readable" in found.notes[-1].text
    assert found.notes[-1].text.endswith("first line 3; they are left out")
    with pytest.raises(InputError, match="3 of 4 rows") as raised:
        contacts(path, text, NO_BAD)
    assert raised.value.remedy == "Repair the file, or accept more with --max-bad."


def test_money_is_exact_and_signed(path: Path) -> None:
    text = "campaign;amount\nA;1.234,565\nA;-0,10\nB;x\n"
    found = receipts(path, text)
    assert found.frame["amount"].to_list() == [Decimal("1234.56"), Decimal("-0.10")]
    assert "1 of 3 rows have no readable amount ('amount'), first line 4" in found.notes[-1].text


def test_the_amount_must_be_one_column_in_one_currency(path: Path) -> None:
    with pytest.raises(InputError, match="no column looks like the amount of each expense"):
        expenses(path, "campaign,who\nA,me\n")
    with pytest.raises(InputError, match="2 columns could be the amount: 'revenue', 'total'"):
        receipts(path, "campaign,revenue,total\nA,1,2\n")
    with pytest.raises(InputError, match="several currencies: EUR, USD"):
        receipts(path, "campaign,amount,currency\nA,1,EUR\nA,1,USD\n")
    assert receipts(path, "campaign,amount,currency\nA,1,EUR\nA,1,EUR\n").frame.height == 2


def test_how_columns_were_read_is_said(path: Path) -> None:
    text = receipts(path, "Campaign Name,Revenue,Client\nA,1,x\n").notes[0].text
    assert text.endswith("campaign ← 'Campaign Name', customer_id ← 'Client', amount ← 'Revenue'")


def test_a_typed_parquet_file_reads_the_same(tmp_path: Path) -> None:
    target = tmp_path / "c.parquet"
    pl.DataFrame(
        {
            "campaign": [1, 1, 2],
            "customer_id": [7.0, 8.0, None],
            "date": [dt.date(2024, 3, 1), None, dt.date(2024, 3, 1)],
            "treated": [True, False, True],
        }
    ).write_parquet(target)
    found = read_campaign_contacts(str(target), "--campaigns", reading())
    assert found.frame.rows() == [("1", "7", dt.date(2024, 3, 1), False), ("1", "8", None, True)]
    pl.DataFrame({"campaign": [1], "amount": [Decimal("1.005")]}).write_parquet(target)
    assert read_receipts(str(target), "--receipts", reading()).frame["amount"].to_list() == [Decimal("1.00")]
    pl.DataFrame({"campaign": [1], "cost": [0.1 + 0.2]}).write_parquet(target)
    assert read_expenses(str(target), "--expenses", reading()).frame["amount"].to_list() == [Decimal("0.30")]


def test_broken_rows_count_against_the_limit(path: Path) -> None:
    text = "campaign,customer_id,date\nA,x,2024-03-01\nA,y\n"
    assert contacts(path, text).frame["customer_id"].to_list() == ["x"]
    with pytest.raises(InputError, match="1 of 2 rows are broken"):
        contacts(path, text, NO_BAD)


@pytest.mark.parametrize("text", ["", "campaign,amount\n"])
def test_empty_files_are_refused(path: Path, text: str) -> None:
    with pytest.raises((InputError, TooLittleDataError)):
        receipts(path, text)


def test_days_before_months_are_never_guessed(path: Path) -> None:
    with pytest.raises(InputError, match=r"reads in two ways|day and month"):
        contacts(path, "campaign,customer_id,date\nA,x,03/04/2024\n")
    options = ReadOptions(date_format="%d/%m/%Y")
    found = contacts(path, "campaign,customer_id,date\nA,x,03/04/2024\n", options)
    assert found.frame["date"].to_list() == [dt.date(2024, 4, 3)]


def test_files_that_are_given(path: Path) -> None:
    one = receipts(path, "campaign,amount\nA,5\n")
    assert CampaignFiles(receipts=one).given == (one,)
    assert CampaignFiles().given == ()
