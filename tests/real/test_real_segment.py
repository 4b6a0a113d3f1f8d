"""`crmcli segment` on published data, from the file to the numbers, with no option but the view."""

from __future__ import annotations

import io
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import real_runs
from command import crmcli

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CDNOW = DATA / "cdnow_master.csv"
SAMPLE = DATA / "cdnow_sample.csv"
RETAIL = DATA / "online_retail.parquet"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here"),
]


run = partial(real_runs.run, "segment")
view = partial(real_runs.view, "segment")
facts = partial(real_runs.facts, "segment", parse_float=Decimal)


def fact(name: str, *arguments: str | Path) -> Any:
    return facts(*arguments)["facts"][name]["value"]


def counts(*arguments: str | Path) -> dict[str, int]:
    return dict(view("segments", *arguments).select("segment", "customers").iter_rows())


def test_cdnow_needs_no_option_and_says_what_it_mapped() -> None:
    notes = run(CDNOW).message_lines
    mapping = "customer_id ← customer_id, date ← date, amount ← dollar_value, quantity ← number_of_cds"
    assert notes[0] == f"crmcli: note: {CDNOW} (profile cdnow): {mapping}"
    assert "%Y%m%d" in notes[1]
    assert not any("warning" in line for line in notes)


def test_cdnow_every_row_and_cent() -> None:
    load = facts(CDNOW)["load"]
    assert (load["rows_read"], load["rows_used"], load["rows_quarantined"], load["dropped"]) == (69_659, 69_659, 0, {})
    assert load["net"] == Decimal("2500315.63")
    assert (fact("customers", CDNOW), facts(CDNOW)["as_of"]) == (23_570, "1998-06-30")


def test_cdnow_customers_keep_their_zeros_and_stand_in_order() -> None:
    ids = view("customers", CDNOW)["customer_id"]
    assert (ids.len(), ids[0], ids.is_sorted(), ids.n_unique()) == (23_570, "00001", True, 23_570)


def test_cdnow_frequency_scores() -> None:
    scores = view("customers", CDNOW)["f_score"].value_counts()
    assert dict(scores.iter_rows()) == {1: 12_054, 3: 4_040, 4: 3_641, 5: 3_835}


def test_cdnow_threshold_view_counts_the_same_customers_as_the_customer_view() -> None:
    rows = view("thresholds", CDNOW).filter(pl.col("metric") == "frequency")
    assert dict(rows.select("score", "customers").iter_rows()) == {1: 12_054, 2: 0, 3: 4_040, 4: 3_641, 5: 3_835}


AT_YEAR_END = {
    "hibernating": 8_699,
    "about_to_sleep": 3_949,
    "champions": 3_745,
    "potential_loyalists": 3_107,
    "loyal_customers": 2_288,
    "at_risk": 746,
    "need_attention": 576,
    "promising": 432,
    "cant_lose": 28,
}


def test_cdnow_segments_at_the_end_of_1997() -> None:
    assert counts(CDNOW, "--as-of", "1997-12-31") == AT_YEAR_END


def test_cdnow_rows_after_as_of_are_counted_and_leave_no_trace() -> None:
    load = facts(CDNOW, "--as-of", "1997-12-31")["load"]
    after = pl.read_csv(CDNOW)["date"].gt(19_971_231).sum()
    assert load["dropped"] == {"after_as_of": after}
    assert load["rows_used"] == 69_659 - after


def test_cdnow_segments_scored_anew_half_a_year_later() -> None:
    assert counts(CDNOW, "--as-of", "1998-06-30") == {
        "hibernating": 8_679,
        "champions": 4_134,
        "about_to_sleep": 3_375,
        "loyal_customers": 3_243,
        "potential_loyalists": 2_421,
        "need_attention": 950,
        "at_risk": 762,
        "cant_lose": 6,
    }


def test_cdnow_saved_thresholds_show_who_moved(tmp_path: Path) -> None:
    saved = tmp_path / "1997.json"
    run(CDNOW, "--as-of", "1997-12-31", "--thresholds-out", saved)
    assert counts(CDNOW, "--as-of", "1998-06-30", "--thresholds", saved) == {
        "hibernating": 12_054,
        "champions": 3_560,
        "at_risk": 3_402,
        "loyal_customers": 2_498,
        "potential_loyalists": 1_333,
        "cant_lose": 596,
        "need_attention": 127,
    }


def test_cdnow_saved_thresholds_give_back_the_run_that_saved_them(tmp_path: Path) -> None:
    saved = tmp_path / "1997.json"
    scored = run(CDNOW, "--as-of", "1997-12-31", "--thresholds-out", saved)
    again = run(CDNOW, "--as-of", "1997-12-31", "--thresholds", saved)
    assert again.stdout == scored.stdout


def test_cdnow_concentration() -> None:
    measures = dict(view("concentration", CDNOW).iter_rows())
    assert measures["gini"] == pytest.approx(0.634571, abs=5e-7)
    assert measures["top_1_percent_share"] == pytest.approx(0.15876, abs=5e-6)
    assert measures["top_5_percent_share"] == pytest.approx(0.36691, abs=5e-6)
    assert measures["top_20_percent_share"] == pytest.approx(0.67777, abs=5e-6)


def test_cdnow_tiers() -> None:
    tiers = view("abc", CDNOW)
    assert tiers["customers"].to_list() == [236, 943, 3_535, 18_856]
    assert tiers["value_share"].to_list() == pytest.approx([0.15876, 0.20815, 0.31087, 0.32223], abs=5e-6)


@pytest.mark.parametrize("name", ["segments", "abc", "thresholds"])
def test_cdnow_every_view_holds_every_customer(name: str) -> None:
    table = view(name, CDNOW)
    customers = table["customers"].sum() if name != "thresholds" else table["customers"].sum() / 3
    assert customers == 23_570


def test_cdnow_money_of_the_views_is_the_money_of_the_file() -> None:
    money = pl.Decimal(38, 2)
    total = Decimal("2500315.63")
    for name, column in (("customers", "monetary"), ("segments", "revenue"), ("abc", "value")):
        table = pl.read_csv(io.BytesIO(run(CDNOW, "--view", name).stdout), infer_schema=False)
        assert table[column].str.to_decimal(scale=2).cast(money).sum() == total


def test_the_sample_has_two_ids_and_names_both() -> None:
    outcome = crmcli("segment", SAMPLE)
    assert outcome.code == 3
    assert outcome.stdout == b""
    assert len(outcome.message_lines) <= 3
    for part in ("customer_id", "'master_id'", "'sample_id'", "--map"):
        assert part in outcome.stderr


@pytest.mark.parametrize("column", ["master_id", "sample_id"])
def test_the_sample_works_once_the_id_is_chosen(column: str) -> None:
    arguments = (SAMPLE, "--map", f"customer_id={column}")
    assert fact("customers", *arguments) == 2_357
    assert fact("revenue", *arguments) == Decimal("244091.94")


def test_online_retail_needs_no_option_and_says_what_it_mapped() -> None:
    notes = run(RETAIL).stderr
    mapping = (
        "customer_id ← CustomerID, date ← InvoiceDate, order_id ← InvoiceNo, "
        "quantity ← Quantity, unit_price ← UnitPrice"
    )
    assert f"crmcli: note: {RETAIL} (profile online-retail): {mapping}\n" in notes
    assert "numbers such as 17850.0 became 17850" in notes


def test_online_retail_customers_and_orders() -> None:
    assert (fact("customers", RETAIL), fact("orders", RETAIL)) == (4_338, 18_532)
    customers = view("customers", RETAIL)
    assert customers.height == 4_338
    assert customers["frequency"].sum() == 18_532
    assert not customers["customer_id"].str.contains(".", literal=True).any()


def test_online_retail_gross_and_net() -> None:
    assert fact("revenue_gross", RETAIL) == Decimal("8911407.90")
    assert fact("revenue", RETAIL) == Decimal("8310477.05")


def test_online_retail_rows_and_their_rules() -> None:
    load = facts(RETAIL)["load"]
    assert load["dropped"] == {"no_customer": 135_080, "no_price": 40, "refund_only": 88}
    assert load["rows_quarantined"] == 0
    assert load["rows_read"] == load["rows_used"] + sum(load["dropped"].values())
    refund_lines = pl.read_parquet(RETAIL).filter(pl.col("CustomerID").is_not_null(), pl.col("Quantity") < 0).height
    assert load["rows_used"] == 397_884 + refund_lines - 88


def test_online_retail_refund_only_customers_are_stated() -> None:
    load = facts(RETAIL)["load"]
    assert (load["refund_only_customers"], load["refund_only_money"]) == (33, Decimal("-10411.24"))
    assert load["net"] == load["gross"] + load["refunds"] == Decimal("8310477.05")
    assert "33 customers have refunds but no order; their -10,411.24 is not in any total" in run(RETAIL).stderr
