"""The sample data is what its generator makes, holds together, and is what its README says."""

import csv
import gzip
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
README = (SAMPLE / "README.md").read_text(encoding="utf-8")
CAMPAIGN_FILES = ("campaign_contacts.csv", "campaign_receipts.csv", "campaign_expenses.csv")
CSV_FILES = ("transactions.csv", "customers.csv", "contacts.csv", *CAMPAIGN_FILES, "invoices.csv", "payments.csv")
UGLY_TEXTS = ("clean.csv", "gbk.csv", "semicolon.csv", "utf16.txt", "cr.csv")
UGLY = SAMPLE / "ugly"
MONEY = pl.Decimal(12, 2)
MONEY_COLUMNS = ("unit_price", "discount", "cost", "amount", "contact_cost")
CENT_TEXT = r"^-?\d+\.\d\d$"


def read(name: str) -> pl.DataFrame:
    """Read a file as text, then give money and dates their types."""
    texts = pl.read_csv(SAMPLE / name, infer_schema=False)
    dates = [column for column in texts.columns if column == "date" or column.endswith("_date")]
    money = [column for column in texts.columns if column in MONEY_COLUMNS]
    return texts.with_columns(pl.col(dates).str.to_date(), pl.col(money).cast(MONEY))


def total(money: pl.Series) -> Decimal:
    return Decimal(str(money.sum()))


def revenue_by(valid: pl.DataFrame, part: pl.Expr) -> list[float]:
    """Return the revenue of each part of time, in order."""
    return valid.group_by(part.alias("part")).agg(pl.sum("amount").cast(pl.Float64)).sort("part")["amount"].to_list()


def top_share(per_customer: pl.DataFrame) -> Decimal:
    """Return the share of revenue of the best fifth of customers."""
    best = per_customer.sort("revenue", descending=True).head(-(-per_customer.height // 5))
    return total(best["revenue"]) / total(per_customer["revenue"])


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    command = [sys.executable, str(SAMPLE / "generate.py"), "--out", "made/here"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "made" / "here"


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    quantity = pl.col("quantity").cast(pl.Int64)
    return read("transactions.csv").with_columns(quantity, amount=quantity * pl.col("unit_price"))


@pytest.fixture(scope="module")
def valid(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(pl.col("status") == "completed", pl.col("customer_id").is_not_null())


@pytest.fixture(scope="module")
def customers() -> pl.DataFrame:
    return read("customers.csv")


@pytest.fixture(scope="module")
def invoices() -> pl.DataFrame:
    return read("invoices.csv")


@pytest.fixture(scope="module")
def payments() -> pl.DataFrame:
    return read("payments.csv")


is_refund = pl.col("order_id").str.starts_with("C")


def orders_per_customer(valid: pl.DataFrame) -> pl.DataFrame:
    per_customer = valid.group_by("customer_id").agg(
        orders=pl.col("order_id").filter(~is_refund).n_unique(), revenue=pl.sum("amount")
    )
    return per_customer.filter(pl.col("orders") > 0)


# The committed files are the generator's.


@pytest.mark.parametrize("name", CSV_FILES)
def test_a_fresh_run_writes_the_committed_bytes(fresh: Path, name: str) -> None:
    assert (fresh / name).read_bytes() == (SAMPLE / name).read_bytes()


def test_a_fresh_run_writes_the_committed_parquet(fresh: Path) -> None:
    made, kept = fresh / "transactions.parquet", SAMPLE / "transactions.parquet"
    assert pl.read_parquet(made).equals(pl.read_parquet(kept))
    same_writer = pq.read_metadata(made).created_by == pq.read_metadata(kept).created_by
    assert not same_writer or made.read_bytes() == kept.read_bytes()


def test_a_fresh_run_writes_nothing_else(fresh: Path) -> None:
    assert {path.name for path in fresh.iterdir()} == {*CSV_FILES, "transactions.parquet", "ugly"}
    assert {path.name for path in (fresh / "ugly").iterdir()} == {*UGLY_TEXTS, "packed.csv.gz"}


@pytest.mark.parametrize("name", UGLY_TEXTS)
def test_a_fresh_run_writes_the_committed_exports(fresh: Path, name: str) -> None:
    assert (fresh / "ugly" / name).read_bytes() == (UGLY / name).read_bytes()


def test_the_compressed_export_holds_the_clean_one(fresh: Path) -> None:
    for folder in (fresh / "ugly", UGLY):
        assert gzip.decompress((folder / "packed.csv.gz").read_bytes()) == (UGLY / "clean.csv").read_bytes()


def test_the_clean_export_holds_rows_of_the_transactions() -> None:
    clean = pl.read_csv(UGLY / "clean.csv", infer_schema=False)
    whole = pl.read_csv(SAMPLE / "transactions.csv", infer_schema=False)
    assert clean.equals(whole.filter(pl.col("date") >= "2025-07-01").select(clean.columns))
    assert f"{clean.height:,} rows" in README


def test_the_exports_are_as_ugly_as_the_readme_says() -> None:
    raw = {name: (UGLY / name).read_bytes() for name in UGLY_TEXTS}
    rows = raw["clean.csv"].count(b"\n")
    assert raw["gbk.csv"].decode("gbk").startswith("订单编号,下单日期,会员编号,")
    assert ",31/07/2025," in raw["gbk.csv"].decode("gbk")
    with pytest.raises(UnicodeDecodeError):
        raw["gbk.csv"].decode()
    assert raw["semicolon.csv"].startswith(b"\xef\xbb\xbforder_id;date;")
    assert b";31.07.2025;" in raw["semicolon.csv"]
    assert re.search(rb";\d+;\d+,\d\d;\d+,\d\d;", raw["semicolon.csv"])
    assert raw["utf16.txt"].startswith(b"\xff\xfeo\0r\0d\0e\0r\0_\0i\0d\0\t\0")
    assert (raw["cr.csv"].count(b"\r"), raw["cr.csv"].count(b"\n")) == (rows, 0)
    assert [raw[name].count(b"\r\n") for name in ("gbk.csv", "semicolon.csv")] == [rows, rows]
    assert sum(path.stat().st_size for path in UGLY.iterdir()) < 2_000_000


def test_csv_and_parquet_hold_the_same_rows(lines: pl.DataFrame) -> None:
    typed = pl.read_parquet(SAMPLE / "transactions.parquet")
    assert typed.equals(lines.drop("amount"))
    assert typed.schema["date"] == pl.Date
    assert typed.schema["quantity"] == pl.Int64
    assert [typed.schema[column] for column in ("unit_price", "discount", "cost")] == [MONEY] * 3


@pytest.mark.parametrize("name", CSV_FILES)
def test_files_are_plain_utf8_with_two_decimals(name: str) -> None:
    raw = (SAMPLE / name).read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    texts = pl.read_csv(SAMPLE / name, infer_schema=False)
    for column in set(texts.columns) & set(MONEY_COLUMNS):
        assert texts[column].str.contains(CENT_TEXT).all()


def test_every_csv_reader_finds_the_same_names(customers: pl.DataFrame) -> None:
    with (SAMPLE / "customers.csv").open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert names == customers["name"].to_list()
    assert "Smith, Jones & Co" in names
    assert "李雷" in names
    assert any("O'Brien" in name for name in names)
    assert any(name.startswith("Zoë ") for name in names)
    assert any(name.startswith("Łukasz ") for name in names)
    assert not any(name.startswith(("=", "+", "-", "@")) for name in names)


def test_the_big_file_stays_small() -> None:
    assert (SAMPLE / "transactions.csv").stat().st_size < 2_500_000


# Rows refer to rows that exist.


@pytest.mark.parametrize("name", [name for name in CSV_FILES if name != "campaign_expenses.csv"])
def test_every_customer_is_in_the_customer_file(name: str, customers: pl.DataFrame) -> None:
    assert set(read(name)["customer_id"].drop_nulls()) <= set(customers["customer_id"])


def test_customer_ids_are_unique_and_begin_with_zeros(customers: pl.DataFrame) -> None:
    assert customers["customer_id"].is_unique().all()
    assert customers["customer_id"].str.contains(r"^0\d{5}$").all()


def test_referrers_came_earlier(customers: pl.DataFrame) -> None:
    referred = customers.drop_nulls("referrer_id")
    assert set(referred["referrer_id"]) <= set(customers["customer_id"])
    assert (referred["referrer_id"] < referred["customer_id"]).all()
    assert (referred["acquisition_channel"] == "referral").all()


def test_an_order_has_one_date_customer_channel_promotion_and_status(lines: pl.DataFrame) -> None:
    shared = ("date", "customer_id", "channel", "promotion", "status")
    assert lines.group_by("order_id").agg(pl.col(shared).n_unique()).select(pl.max(*shared)).row(0) == (1,) * 5


def test_refunds_refer_to_earlier_purchases(lines: pl.DataFrame) -> None:
    refunds = lines.filter(is_refund).with_columns(pl.col("order_id").str.slice(1))
    bought = lines.filter(~is_refund, pl.col("status") == "completed")
    pairs = refunds.join(bought, on=["order_id", "customer_id", "product"], suffix="_bought")
    assert pairs.height == refunds.height
    assert (pairs["date"] > pairs["date_bought"]).all()
    assert (pairs["unit_price"] == pairs["unit_price_bought"]).all()
    assert pairs["quantity"].is_between(-pairs["quantity_bought"], -1).all()


def test_signs_agree(lines: pl.DataFrame) -> None:
    assert (lines["unit_price"] > 0).all()
    assert (lines["discount"] >= 0).all()
    assert (lines["order_id"].str.starts_with("C") == (lines["quantity"] < 0)).all()
    assert ((lines["cost"] < 0) == (lines["quantity"] < 0)).all()
    assert (lines["quantity"] != 0).all()


def test_list_prices_change_only_between_years(lines: pl.DataFrame) -> None:
    listed = lines.filter(~is_refund).with_columns(
        listed=(pl.col("amount") + pl.col("discount")).cast(pl.Float64) / pl.col("quantity")
    )
    per_year = listed.group_by("product", pl.col("date").dt.year()).agg(pl.col("listed").round(4).n_unique())
    assert per_year["listed"].unique().to_list() == [1]


def test_payments_refer_to_invoices_of_their_customer(invoices: pl.DataFrame, payments: pl.DataFrame) -> None:
    billed = invoices.filter(pl.col("doc_type") == "invoice")
    named = payments.drop_nulls("invoice_id")
    assert named.join(billed, on=["invoice_id", "customer_id"]).height == named.height
    assert invoices["invoice_id"].is_unique().all()
    assert payments["payment_id"].is_unique().all()
    assert (payments["amount"] > 0).all()


def test_credit_notes_and_write_offs_refer_to_invoices(invoices: pl.DataFrame) -> None:
    billed = invoices.filter(pl.col("doc_type") == "invoice")
    others = invoices.filter(pl.col("doc_type") != "invoice")
    named = others.drop_nulls("reference")
    assert billed["reference"].null_count() == billed.height
    assert (billed["amount"] > 0).all()
    assert (others["amount"] < 0).all()
    assert named.join(billed, left_on=["reference", "customer_id"], right_on=["invoice_id", "customer_id"]).height == (
        named.height
    )
    assert others.height - named.height < 5


def test_the_ledger_holds_the_orders_of_its_customers(
    valid: pl.DataFrame, customers: pl.DataFrame, invoices: pl.DataFrame
) -> None:
    accounts = customers.drop_nulls("credit_limit")
    ordered = valid.filter(pl.col("date").dt.year() >= 2024).join(accounts, on="customer_id", how="semi")
    number = pl.col("order_id").str.replace("^C", "CN-").str.replace("^1", "INV-1")
    expected = ordered.group_by(number.alias("invoice_id"), "customer_id", invoice_date="date").agg(pl.sum("amount"))
    booked = invoices.filter(pl.col("invoice_id").str.contains("^(INV|CN)-"))
    keys = ["invoice_id", "customer_id", "invoice_date"]
    both = booked.join(expected, on=keys, suffix="_ordered")
    assert both.height == booked.height == expected.height
    assert (both["amount"].cast(pl.Float64) - both["amount_ordered"].cast(pl.Float64)).abs().max() == 0


def test_due_dates_follow_from_the_terms(invoices: pl.DataFrame) -> None:
    billed = invoices.filter(pl.col("doc_type") == "invoice")
    net = pl.col("terms").str.extract(r"net (\d+)$").cast(pl.Int64)
    days = billed.select((pl.col("due_date") - pl.col("invoice_date")).dt.total_days() - net).to_series()
    assert days.to_list() == [0] * billed.height


def test_no_date_lies_outside_the_three_years() -> None:
    for name in CSV_FILES:
        frame = read(name)
        for column in ("date", "invoice_date", "payment_date"):
            if column in frame.columns:
                assert frame[column].is_between(pl.date(2023, 1, 2), pl.date(2025, 12, 28)).all()


# The shop is believable.


def test_shares_of_customers_and_orders(lines: pl.DataFrame, valid: pl.DataFrame) -> None:
    per_customer = orders_per_customer(valid)
    once = (per_customer["orders"] == 1).mean()
    orders = valid.filter(~is_refund)["order_id"].n_unique()
    refunds = valid.filter(is_refund)["order_id"].n_unique()
    placed = lines.filter(~is_refund).unique("order_id")
    guests = placed.filter(pl.col("status") != "test")["customer_id"].null_count()
    assert 1_400 <= per_customer.height <= 1_600
    assert 8_000 <= orders <= 12_000
    assert 15_000 <= lines.height <= 25_000
    assert 0.60 <= top_share(per_customer) <= 0.75
    assert isinstance(once, float)
    assert 0.36 <= once <= 0.44
    assert 0.015 <= refunds / orders <= 0.025
    assert 0.02 <= guests / placed.height <= 0.04


def test_a_mean_order_is_worth_forty_odd_euros(valid: pl.DataFrame) -> None:
    bought = valid.filter(~is_refund)
    assert 20 <= float(total(bought["amount"])) / bought["order_id"].n_unique() <= 80


def test_people_buy_before_christmas_and_not_in_summer(valid: pl.DataFrame) -> None:
    months = revenue_by(valid, pl.col("date").dt.month())
    mean = sum(months) / 12
    assert min(months[10], months[11]) > 1.25 * mean
    assert max(months[6], months[7]) < 0.85 * mean


def test_sales_grow_slowly(valid: pl.DataFrame) -> None:
    years = revenue_by(valid, pl.col("date").dt.year())
    assert 1.05 < years[1] / years[0] < 1.25
    assert 1.05 < years[2] / years[1] < 1.25


# What is planted can be found.


def test_referred_people_come_back_more_often(valid: pl.DataFrame, customers: pl.DataFrame) -> None:
    people = orders_per_customer(valid).join(customers.filter(pl.col("type") == "person"), on="customer_id")
    once = dict(people.group_by("acquisition_channel").agg((pl.col("orders") == 1).mean()).iter_rows())
    assert once["referral"] < 0.30 < once["walk_in"] < once["search"] < once["social"]


def test_satisfied_customers_order_more(valid: pl.DataFrame, customers: pl.DataFrame) -> None:
    answered = orders_per_customer(valid).join(customers.drop_nulls("satisfaction"), on="customer_id")
    content = answered.with_columns(pl.col("satisfaction").cast(pl.Int64) >= 4)
    means = dict(content.group_by("satisfaction").agg(pl.mean("orders")).iter_rows())
    assert means[True] > 1.3 * means[False]


def test_attention_goes_to_the_wrong_accounts(valid: pl.DataFrame) -> None:
    cost = read("contacts.csv").group_by("customer_id").agg(cost=pl.sum("contact_cost"))
    ranked = orders_per_customer(valid).sort("revenue", descending=True).with_row_index("rank")
    joined = ranked.join(cost, on="customer_id", how="left")
    best, small = joined.filter(pl.col("rank") < 15), joined.filter(pl.col("rank") >= joined.height // 5)

    def index(part: pl.DataFrame) -> float:
        cost_share = total(part["cost"]) / total(joined["cost"])
        return float(cost_share / (total(part["revenue"]) / total(joined["revenue"])))

    assert index(best) < 0.67
    assert index(small) > 1.5


def test_the_christmas_letter_does_nothing_and_its_code_pays(valid: pl.DataFrame) -> None:
    reached = read("campaign_contacts.csv").filter(pl.col("campaign").str.starts_with("Christmas"))
    bought = valid.filter(~is_refund).select("customer_id", on="date").unique()
    later = reached.join(bought, on="customer_id").filter(
        (pl.col("on") - pl.col("date")).dt.total_days().is_between(0, 30)
    )
    responded = reached.join(later, on=["campaign", "customer_id"], how="left", coalesce=True).unique(
        ["campaign", "customer_id"]
    )
    rates = dict(responded.group_by("group").agg(pl.col("on").is_not_null().mean()).iter_rows())
    assert abs(rates["treated"] - rates["control"]) < 0.05
    money = [
        total(read(name).filter(pl.col("campaign").str.starts_with("Christmas"))["amount"])
        for name in CAMPAIGN_FILES[1:]
    ]
    assert money[0] > 1.5 * float(money[1])


def test_receipts_of_campaigns_are_orders(lines: pl.DataFrame) -> None:
    orders = lines.group_by("order_id").agg(pl.sum("amount"), pl.first("promotion"), pl.first("date", "status"))
    found = read("campaign_receipts.csv").join(orders, on="order_id", suffix="_of_order")
    assert found.height == read("campaign_receipts.csv").height
    assert (found["amount"] == found["amount_of_order"]).all()
    assert (found["date"] == found["date_of_order"]).all()
    assert set(found["promotion"]) == {"BLACK20", "XMAS10"}
    assert set(found["status"]) == {"completed"}
    of_emails = found.filter(pl.col("promotion") == "BLACK20")
    others = of_emails.join(read("campaign_contacts.csv"), on=["campaign", "customer_id"], how="anti")
    assert 0.2 < others.height / of_emails.height < 0.5


def test_payment_slows_down(invoices: pl.DataFrame, payments: pl.DataFrame) -> None:
    paid = payments.join(invoices, on="invoice_id")
    late = paid.with_columns(late=(pl.col("payment_date") - pl.col("due_date")).dt.total_days())
    before, after = (
        late.filter(pl.col("invoice_date").is_between(pl.date(year, 1, 1), pl.date(year, 6, 30)))["late"].mean()
        for year in (2024, 2025)
    )
    assert isinstance(before, float)
    assert isinstance(after, float)
    assert after > before + 3


def test_the_ledger_has_every_kind_of_event(invoices: pl.DataFrame, payments: pl.DataFrame) -> None:
    paid = payments.group_by("invoice_id").agg(times=pl.len(), paid=pl.sum("amount"), first=pl.min("payment_date"))
    billed = invoices.filter(pl.col("doc_type") == "invoice").join(paid, on="invoice_id", how="left")
    assert payments["invoice_id"].null_count() > 20
    assert (billed["times"] > 1).sum() > 30
    assert (billed["first"] < billed["invoice_date"]).sum() > 3
    assert (billed["paid"] > billed["amount"]).sum() > 3
    assert billed["paid"].null_count() > 50
    assert (invoices["doc_type"] == "write_off").sum() > 5
    assert (invoices["disputed"] == "yes").sum() > 20


# The README is true.


@pytest.mark.parametrize("name", [*CSV_FILES, "transactions.parquet"])
def test_every_file_and_column_is_described(name: str) -> None:
    frame = read(name) if name.endswith(".csv") else pl.read_parquet(SAMPLE / name)
    section = next(part for part in README.split("\n## ")[2:] if name in part.splitlines()[0])
    assert [f"| `{column}` |" for column in frame.columns] == [
        line[: line.index("|", 1) + 1] for line in section.splitlines() if line.startswith("| `")
    ]


def totals(valid: pl.DataFrame, lines: pl.DataFrame) -> dict[str, str]:
    """Return the totals of the README, counted from the files."""
    bought, back = valid.filter(~is_refund), valid.filter(is_refund)
    customers, invoices, payments = read("customers.csv"), read("invoices.csv"), read("payments.csv")
    per_customer = orders_per_customer(valid)
    guests = lines.filter(pl.col("customer_id").is_null(), pl.col("status") != "test")
    unpaid = total(invoices["amount"]) - total(payments["amount"])
    counts = {f"rows of {name}": f"{read(name).height:,}" for name in CSV_FILES}
    return counts | {
        "valid orders": f"{bought['order_id'].n_unique():,}",
        "valid refunds": f"{back['order_id'].n_unique():,}",
        "orders without customer (guests)": f"{guests['order_id'].n_unique():,}",
        "customers with a valid order": f"{per_customer.height:,}",
        "of them with one order only": f"{(per_customer['orders'] == 1).sum() / per_customer.height:.1%}",
        "customers with an account": f"{customers['credit_limit'].count():,}",
        "gross revenue of valid orders": f"{total(bought['amount']):,.2f} EUR",
        "valid refunds, money": f"{total(back['amount']):,.2f} EUR",
        "net revenue": f"{total(valid['amount']):,.2f} EUR",
        "net revenue less cost": f"{total(valid['amount']) - total(valid['cost']):,.2f} EUR",
        "mean valid order": f"{total(bought['amount']) / bought['order_id'].n_unique():,.2f} EUR",
        "share of the best 20 % of customers": f"{top_share(per_customer):.1%}",
        "invoiced": f"{total(invoices.filter(pl.col('doc_type') == 'invoice')['amount']):,.2f} EUR",
        "open on 2025-12-28, net": f"{unpaid:,.2f} EUR",
    }


def test_the_totals_are_those_of_the_files(valid: pl.DataFrame, lines: pl.DataFrame) -> None:
    table = [line for line in README.split("## Totals")[1].split("\n## ")[0].splitlines() if line.startswith("| ")]
    assert table[1:] == [f"| {what} | {value} |" for what, value in totals(valid, lines).items()]
