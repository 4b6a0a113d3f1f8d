"""Known exports: each fixture is written by hand to the headings of its system, its totals are computed by hand."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from command import crmcli
from load_cases import codes, opened, rows, write

from crmcli.customers.summary import summarise
from crmcli.errors import InputError, UsageError
from crmcli.transactions.codes import Defect, Rule
from crmcli.transactions.columns import map_columns
from crmcli.transactions.known_profiles import NONE, ProfileChoice, choose_profile, known_profiles, profile_names
from crmcli.transactions.profile import Profile, recognise
from crmcli.transactions.profile_text import parse_profile

if TYPE_CHECKING:
    from crmcli.transactions.notes import LoadNotes

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT / "tests" / "fixtures" / "exports"
SHOPIFY, WOO = EXPORTS / "shopify.csv", EXPORTS / "woocommerce.csv"

SHOPIFY_HEADINGS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Phone,Receipt Number,Duties"
)
SHOPIFY_HEADER = SHOPIFY_HEADINGS.split(",")


@dataclass(frozen=True)
class Totals:
    customers: int
    orders: int
    net: str
    refunds: str
    dropped: dict[str, int]


TOTALS = {
    # Orders: ann 1001 (34.98), 1003 (50.00, all back); bob 1002 (100.00, 20.00 back), 1007 (0.00); eve 1008 (45.50).
    # Not sold: 1004 (cancelled, two rows), 1006 (bogus gateway); 1005 has no address.
    "shopify": Totals(3, 5, "160.48", "-70.00", {"status": 3, "no_customer": 1}),
    # ann 501 (60), 507 (10, second row without order columns); ben 502 (40, 15 back); cat 503 (25, all back).
    # Not sold: 504 (two rows), 505, 506; 509 has no address.
    "woocommerce": Totals(3, 4, "95.00", "-40.00", {"status": 4, "no_customer": 1}),
    # ann 1 (40), 3 (22, all back), 10 (100); ben 2 (15), 8 (7.50); cat 6 (18). Not sold: 4, 5, 9; 7 has no address.
    "woocommerce-suite": Totals(3, 6, "180.50", "-22.00", {"status": 3, "no_customer": 1}),
    # Ann 101 (40, 10 back on a row of its own), 104 (25.50); Ben 102 (15); Cy 107 (18.25). Not sold: 103, 105.
    "woocommerce-analytics": Totals(3, 4, "88.75", "-10.00", {"status": 2, "no_customer": 1}),
    # A 01 (20), 03 (30, all back), 10 (15.50); B 02 (50, 10 back); C 09 (1,250).
    # Not sold: 04 failed, 05 test mode, 07 never paid, 08 not captured; 06 has no customer.
    "stripe": Totals(3, 5, "1325.50", "-40.00", {"status": 4, "no_customer": 1}),
    # C1 TX1 (27), TX3 (1,200), 50 back; C2 TX2 (12, all back), TX6 (40); C4 TX7 (0, a gift card). C3 only got back 8.
    "square-transactions": Totals(3, 5, "1217.00", "-62.00", {"no_customer": 1, "refund_only": 1}),
    # C1 TX1 (15 + 12, 12 back, written without its sign), TX3 (0); C2 TX2 (36, 18 back); C3 TX5 (5 + 6.50 + 7.25).
    "square-items": Totals(3, 4, "51.75", "-30.00", {"no_customer": 1}),
    # ann 1 (100), 3 (40, closed), 10 (5); ben 2 (60, 10 back), 7 (25.50); eve 9 (20, all back). Not sold: 4, 5, 6.
    "magento": Totals(3, 6, "180.50", "-70.00", {"status": 3, "no_customer": 1}),
    # 13085: 83.40 + 81.00 + 30.60 in two orders; 13078: 59.50 − 11.90 + 5.80 in two orders. 16321 only got back 35.40.
    "online-retail": Totals(2, 4, "248.40", "-11.90", {"no_customer": 2, "no_price": 1, "refund_only": 1}),
    # 1 + 1 + 3 + 4 days; 11.77 + 89.00 + 61.06 + 70.77.
    "cdnow": Totals(4, 9, "232.60", "0.00", {}),
    # 小明 01 (118), 03 (45.50), 10 (66, on two rows); 小红 02 (88, 18 back); 小芳 07 (1,280); 小刚 09 (30, all back).
    # Not sold: 04 and 05 closed, 06 never paid; 08 has no buyer.
    "taobao": Totals(4, 6, "1579.50", "-48.00", {"status": 3, "no_customer": 1}),
    # …01: 99 + 120.50; …02: 198 (50 back) + 1,024; …03: 35 (all back); …04: 0.01. Not sold: two closed, one never paid.
    "youzan-orders": Totals(4, 6, "1391.51", "-85.00", {"status": 3, "no_customer": 1}),
    # …01: 50 + 49 and 20 + 30 + 70.50; …02: 198 (50 back), with a gift; …03: 35 (all back). Not sold: one closed.
    "youzan-items": Totals(3, 4, "367.50", "-85.00", {"status": 1, "no_customer": 1, "no_price": 1}),
}


def read(*paths: Path, **options: Any) -> tuple[Totals, LoadNotes]:
    with opened(*paths, **options) as transactions:
        summary, notes = summarise(transactions)
    net = notes.gross + notes.refunds
    found = Totals(
        summary.frame.height, int(summary.frame["orders"].sum()), str(net), str(notes.refunds), dict(notes.dropped)
    )
    return found, notes


def records(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def save(path: Path, lines: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    return path


class TestExports:
    @pytest.mark.parametrize("name", TOTALS)
    def test_gives_the_totals_computed_by_hand(self, name: str) -> None:
        path = EXPORTS / f"{name}.csv"
        found, notes = read(path)
        assert found == TOTALS[name]
        assert notes.layouts[0].profile == name
        assert (notes.rows_read, notes.rows_quarantined) == (len(records(path)) - 1, 0)

    def test_there_is_a_fixture_for_every_profile(self) -> None:
        assert set(TOTALS) == set(profile_names()) == {path.stem for path in EXPORTS.glob("*.csv")}

    @pytest.mark.parametrize("name", TOTALS)
    def test_is_the_same_from_typed_columns(self, name: str, tmp_path: Path) -> None:
        frame = pl.read_csv(EXPORTS / f"{name}.csv", infer_schema_length=None, schema_overrides=_texts(name))
        frame.write_parquet(tmp_path / "export.parquet")
        assert read(tmp_path / "export.parquet")[0] == TOTALS[name]

    def test_a_refund_is_money_of_the_customer_but_no_order_of_its_own(self) -> None:
        with opened(SHOPIFY) as transactions:
            frame = summarise(transactions)[0].frame
        bob = frame.row(by_predicate=pl.col("customer_id") == "bob@example.com", named=True)
        assert (bob["orders"], bob["monetary"], bob["refunds"]) == (2, Decimal("80.00"), Decimal("-20.00"))
        assert (bob["first_day_amount"], str(bob["first_date"])) == (Decimal("100.00"), "2024-05-03")

    def test_an_order_is_dated_when_it_was_placed_not_when_it_was_paid(self) -> None:
        found = rows(SHOPIFY).filter(customer_id="eve@example.com")
        assert {str(date) for date in found["date"]} == {"2024-06-01"}

    def test_ids_lose_the_formula_around_them(self) -> None:
        assert rows(EXPORTS / "taobao.csv")["order_id"][0] == "912345678901234501"


def _texts(name: str) -> dict[str, Any]:
    """The columns that type inference would spoil, or that a writer of typed files would keep as text."""
    header = records(EXPORTS / f"{name}.csv")[0]
    numbers = {"Total", "Refunded Amount", "Order Total Amount", "Order Refund Amount", "订单实付金额", "退款金额"}
    return {heading: pl.String for heading in header if heading not in numbers}


class TestWholeOrders:
    def test_an_order_cut_in_two_files_counts_once(self, tmp_path: Path) -> None:
        header, *lines = records(WOO)
        first = save(tmp_path / "a.csv", [header, *lines[:3]])
        second = save(tmp_path / "b.csv", [header, *lines[3:]])
        assert read(first, second)[0] == TOTALS["woocommerce"]

    def test_orders_of_two_shops_with_the_same_numbers_are_two(self, tmp_path: Path) -> None:
        header, *lines = records(SHOPIFY)
        other = [[cell.replace("@example.com", "@example.org") for cell in line] for line in lines]
        found = read(SHOPIFY, save(tmp_path / "other.csv", [header, *other]))[0]
        assert (found.customers, found.orders, found.net) == (6, 10, "320.96")

    def test_a_total_counts_even_if_its_row_is_left_out(self) -> None:
        found, notes = read(SHOPIFY, where={"Lineitem sku": ("MUG",)})
        # 1001 and 1002 hold a mug on a further row, 1007 on its only one; 1004 is cancelled.
        assert (found.customers, found.orders, found.net) == (2, 3, "114.98")
        assert notes.dropped == {"where": 9, "status": 1}

    def test_different_totals_in_one_order_are_named_and_the_first_counts(self, tmp_path: Path) -> None:
        header, *lines = records(WOO)
        lines[1][header.index("Order Total Amount")] = "75.00"
        found, notes = read(save(tmp_path / "export.csv", [header, *lines]))
        assert found.net == TOTALS["woocommerce"].net
        warnings = [note.text for note in notes.notes if note.code == "order_totals_differ"]
        assert len(warnings) == 1
        assert "1 orders" in warnings[0]
        assert "'501'" in warnings[0]

    def test_an_order_without_any_total_is_quarantined(self, tmp_path: Path) -> None:
        header, *lines = records(SHOPIFY)
        lines[0][header.index("Total")] = ""
        assert codes(save(tmp_path / "export.csv", [header, *lines]))[:3] == ["INVALID_AMOUNT", "INVALID_AMOUNT", ""]

    def test_a_free_item_on_the_first_row_does_not_take_the_order_with_it(self) -> None:
        # The unit price of a row says nothing about the total of its order.
        assert "no_price" not in read(SHOPIFY)[0].dropped

    def test_bad_rows_are_shown_as_the_file_writes_them(self, tmp_path: Path) -> None:
        header, *lines = records(WOO)
        lines[0][header.index("Order Total Amount")] = "sixty"
        lines[1][header.index("Order Total Amount")] = "sixty"
        _, notes = read(save(tmp_path / "export.csv", [header, *lines]))
        assert [row.raw for row in notes.examples] == [",".join(line) for line in lines[:2]]

    @pytest.mark.parametrize(("heading", "cell"), [("Created at", "soon"), ("Email", "ann\x1b@example.com")])
    def test_a_total_outlives_the_bad_row_on_which_it_stands(self, heading: str, cell: str, tmp_path: Path) -> None:
        header, *lines = records(SHOPIFY)
        # The further row of order 1001 says the same of its order as the first one.
        for name in ("Email", "Financial Status", "Currency", "Created at"):
            lines[1][header.index(name)] = lines[0][header.index(name)]
        lines[0][header.index(heading)] = cell
        found = rows(save(tmp_path / "export.csv", [header, *lines])).head(2)
        if heading == "Email":
            # Of another customer, as far as anyone can tell: nobody knows what the row without a total is worth.
            assert found["code"].to_list() == [int(Defect.INVALID_ID), int(Defect.INVALID_AMOUNT)]
        else:
            assert found["code"].to_list() == [int(Defect.INVALID_DATE), 0]
            assert found["amount"].to_list() == [Decimal("0.00"), Decimal("34.98")]

    def test_a_total_moves_off_the_rows_of_a_rule(self, tmp_path: Path) -> None:
        header, *lines = records(WOO)
        lines[0][header.index("Order Status")] = "Cancelled"
        found = rows(save(tmp_path / "export.csv", [header, *lines])).head(2)
        assert found["code"].to_list() == [int(Rule.STATUS), 0]
        assert found["amount"].to_list() == [Decimal("0.00"), Decimal("60.00")]

    def test_a_total_moves_off_rows_before_the_time_looked_at(self, tmp_path: Path) -> None:
        header, *lines = records(WOO)
        lines[0][header.index("Order Date")] = "2024-02-01 10:05"
        path = save(tmp_path / "export.csv", [header, *lines])
        assert read(path, since=dt.date(2024, 3, 1))[0].net == TOTALS["woocommerce"].net
        lines[0][header.index("Order Date")] = "2025-02-01 10:05"
        path = save(tmp_path / "export.csv", [header, *lines])
        assert read(path, as_of=dt.date(2024, 3, 31))[0].net == TOTALS["woocommerce"].net

    def test_a_broken_copy_of_a_total_is_one_bad_row(self, tmp_path: Path) -> None:
        header, *lines = records(WOO)
        lines[0][header.index("Order Total Amount")] = "sixty"
        found = rows(save(tmp_path / "export.csv", [header, *lines])).head(2)
        assert found["code"].to_list() == [int(Defect.INVALID_AMOUNT), 0]
        assert found["amount"].to_list() == [Decimal("0.00"), Decimal("60.00")]

    def test_an_unreadable_refund_spoils_its_whole_order(self, tmp_path: Path) -> None:
        header, *lines = records(WOO)
        lines[3][header.index("Order Refund Amount")] = "some"
        found, notes = read(save(tmp_path / "export.csv", [header, *lines]))
        assert notes.quarantined == {"INVALID_AMOUNT": 3}
        assert found.net == "70.00"
        assert {(row.column, row.message) for row in notes.examples} == {
            ("Order Refund Amount", "Order Refund Amount 'some' is not a usable amount")
        }

    def test_rows_below_a_bad_row_belong_to_no_order(self, tmp_path: Path) -> None:
        header, *lines = records(WOO)
        place = next(number for number, line in enumerate(lines) if not line[0])
        path = save(tmp_path / "export.csv", [header, *lines[:place], ["508", "short"], *lines[place:]])
        found, notes = read(path)
        assert notes.quarantined == {"MISSING_COLUMNS": 1, "INVALID_ID": 1}
        assert "Order Number is missing" in {row.message for row in notes.examples}
        # Order 507 has its total on the row above the bad one.
        assert found.net == TOTALS["woocommerce"].net

    def test_a_bad_row_elsewhere_and_a_repeated_header_part_no_order(self, tmp_path: Path) -> None:
        header, *lines = records(WOO)
        place = next(number for number, line in enumerate(lines) if not line[0])
        path = save(tmp_path / "export.csv", [header, ["508", "short"], *lines[:place], header, *lines[place:]])
        found, notes = read(path)
        assert notes.quarantined == {"MISSING_COLUMNS": 1, "REPEATED_HEADER": 1}
        assert found == TOTALS["woocommerce"]

    def test_rows_after_the_end_of_observation_have_no_say(self) -> None:
        found, notes = read(SHOPIFY, as_of=dt.date(2024, 5, 9))
        assert (found.customers, found.orders, found.net) == (2, 2, "114.98")
        assert notes.dropped == {"after_as_of": 8}


class TestMapping:
    def test_the_map_option_beats_the_profile(self) -> None:
        found, notes = read(SHOPIFY, mapping={"customer_id": "Phone", "amount": "Subtotal"})
        assert notes.layouts[0].mapping["customer_id"] == "Phone"
        assert found.customers == 0

    def test_another_total_of_the_profile_counts_once_per_order_too(self) -> None:
        found, _ = read(SHOPIFY, mapping={"amount": "Subtotal"})
        assert found.net == "150.48"

    def test_any_other_amount_counts_row_by_row(self) -> None:
        found, notes = read(EXPORTS / "woocommerce.csv", mapping={"amount": "Item Cost"})
        # 20 + 15, 20 + 15 + 5 − 15 back, 25 − 25 back, 5 + 5.
        assert found.net == "70.00"
        assert "line_amount" in {note.code for note in notes.notes}

    def test_quantity_and_price_replace_the_total(self) -> None:
        mapping = {"quantity": "Lineitem quantity", "unit_price": "Lineitem price"}
        columns = map_columns(SHOPIFY_HEADER, mapping, "x.csv", choose_profile("shopify").imposed)
        assert "amount" not in columns
        assert columns.totals == {"refunded"}

    def test_a_heading_of_the_profile_that_stands_twice_is_refused(self) -> None:
        with pytest.raises(InputError, match="2 columns could be customer_id: 'Email', 'Email'"):
            map_columns((*SHOPIFY_HEADER, "Email"), {}, "x.csv", choose_profile("shopify").imposed)

    def test_refunds_can_be_mapped_without_a_profile(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.csv", "a,2024-01-02,10,4", "a,2024-01-03,5,", header="customer,date,amount,back")
        found, _ = read(path, mapping={"refunded": "back"})
        assert (found.orders, found.net, found.refunds) == (2, "11.00", "-4.00")

    @pytest.mark.parametrize(("amount", "back"), [("123456789012345.67", "0.01"), ("0.01", "123456789012345.67")])
    def test_money_is_exact_whichever_side_is_the_larger(self, amount: str, back: str, tmp_path: Path) -> None:
        lines = [f"a,2024-01-0{day},{amount},{back}" for day in range(1, 10)]
        path = write(tmp_path / "x.csv", *lines, header="customer,date,amount,back")
        found, _ = read(path, mapping={"refunded": "back"}, money_scale=6)
        assert Decimal(found.net) == 9 * (Decimal(amount) - Decimal(back))
        assert Decimal(found.refunds) == -9 * Decimal(back)

    def test_two_systems_in_one_run_each_get_their_own(self) -> None:
        found, notes = read(SHOPIFY, EXPORTS / "square-items.csv")
        assert [layout.profile for layout in notes.layouts] == ["shopify", "square-items"]
        assert (found.customers, found.orders, found.net) == (6, 9, "212.23")

    def test_no_profile_takes_the_file_as_it_stands(self) -> None:
        found, notes = read(EXPORTS / "woocommerce-suite.csv", profile=NONE, mapping={"customer_id": "customer_email"})
        assert notes.layouts[0].profile is None
        assert found.refunds == "0.00"


class TestRecognition:
    def test_real_headings(self) -> None:
        headers = {
            "shopify": SHOPIFY_HEADER,
            "online-retail": [
                *("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"),
                "Country",
            ],
            "cdnow": ["customer_id", "date", "number_of_cds", "dollar_value"],
        }
        for name, header in headers.items():
            found = recognise(header, known_profiles(), "x.csv")
            assert found is not None
            assert found.name == name

    def test_headings_are_folded(self) -> None:
        found = recognise([heading.upper() for heading in SHOPIFY_HEADER], known_profiles(), "x.csv")
        assert found is not None

    @pytest.mark.parametrize(
        "header",
        [
            (ROOT / "sample_data" / "transactions.csv").read_text(encoding="utf-8").splitlines()[0].split(","),
            ["customer_id", "date", "amount", "order_id", "status", "currency"],
            ["master_id", "sample_id", "date", "number_of_cds", "dollar_value"],
            ["Id", "Date", "Price"],
            ["客户编号", "日期", "金额"],
        ],
    )
    def test_never_fires_on_other_files(self, header: list[str]) -> None:
        assert recognise(header, known_profiles(), "x.csv") is None

    def test_the_sample_with_two_customer_numbers_stays_refused(self, tmp_path: Path) -> None:
        header = "master_id,sample_id,date,number_of_cds,dollar_value"
        outcome = crmcli("segment", write(tmp_path / "sample.csv", "00004,0001,19970101,2,29.33", header=header))
        assert outcome.code == 3
        assert "'master_id', 'sample_id'" in outcome.stderr

    def test_the_profile_that_asks_for_more_wins(self) -> None:
        small, large = Profile("small", "Small", ("a",)), Profile("large", "Large", ("a", "b"))
        assert recognise(("a", "b"), (small, large), "x.csv") is large
        assert recognise(("a", "c"), (small, large), "x.csv") is small

    def test_two_that_fit_equally_well_are_refused_by_name_and_flag(self) -> None:
        with pytest.raises(InputError) as caught:
            recognise(("a", "b"), (Profile("one", "One", ("a",)), Profile("two", "Two", ("b",))), "x.csv")
        text = "\n".join(caught.value.lines())
        assert "one" in text
        assert "two" in text
        assert "--profile one" in text

    def test_absent_headings_rule_a_profile_out(self) -> None:
        assert recognise(("a", "b"), (Profile("one", "One", ("a",), absent=("B",)),), "x.csv") is None


class TestChoice:
    def test_an_imposed_profile_must_fit(self) -> None:
        with pytest.raises(InputError) as caught:
            read(EXPORTS / "cdnow.csv", profile=choose_profile("stripe"))
        assert "'Amount Refunded'" in caught.value.problem
        assert "--profile auto" in (caught.value.remedy or "")

    @pytest.mark.parametrize("name", profile_names())
    def test_every_known_profile_can_be_imposed(self, name: str) -> None:
        assert read(EXPORTS / f"{name}.csv", profile=choose_profile(name))[0] == TOTALS[name]

    def test_a_mistyped_name_is_answered_with_the_nearest(self) -> None:
        with pytest.raises(UsageError) as caught:
            choose_profile("shopfy")
        assert caught.value.remedy == "Did you mean 'shopify'?"

    def test_a_file_of_ones_own(self, tmp_path: Path) -> None:
        own = tmp_path / "till.toml"
        own.write_text(
            'required = ["Bon", "Karte", "Tag", "Summe"]\namount_per = "order"\n'
            'carried_down = ["customer_id", "date"]\n'
            'decimal = ","\ndate_format = "%d.%m.%y"\n[columns]\norder_id = "Bon"\ncustomer_id = "Karte"\n'
            'date = "Tag"\namount = "Summe"\n[no_sale]\nStorno = "any"\n',
            encoding="utf-8",
        )
        header = "Bon;Karte;Tag;Summe;Storno"
        lines = ("1;A;02.01.24;10,500;", "1;;;;", "2;A;03.01.24;1,250;", "3;B;04.01.24;9,000;ja")
        path = write(tmp_path / "till.csv", *lines, header=header)
        found, notes = read(path, profile=choose_profile(str(own)))
        assert found == Totals(1, 2, "11.75", "0.00", {"status": 1})
        assert notes.layouts[0].profile == str(own)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="No such file"):
            choose_profile(str(tmp_path / "missing.toml"))

    def test_the_command_says_which_profile_it_used(self) -> None:
        outcome = crmcli("segment", SHOPIFY, "-o", "/dev/null", "-f", "csv", "--facts", "-")
        assert f"{SHOPIFY} (profile shopify): customer_id ← Email" in outcome.stderr
        assert '"profile": "shopify"' in outcome.table

    def test_the_command_takes_the_option(self) -> None:
        assert "(profile" not in crmcli("segment", EXPORTS / "cdnow.csv", "--profile", "none").stderr
        assert crmcli("segment", SHOPIFY, "--profile", "shopfy").code == 2

    def test_nothing_is_known_by_default_but_what_ships(self) -> None:
        assert ProfileChoice().profile_for(SHOPIFY_HEADER, "x.csv") is choose_profile("shopify").imposed


VALID = 'required = ["a"]\n'


class TestText:
    def test_the_least_that_makes_a_profile(self) -> None:
        assert parse_profile(VALID, "own.toml") == Profile("own.toml", "own.toml", ("a",))

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("required = [", "is not TOML"),
            ("", "'required' must name"),
            (VALID + "requird = 1", "Did you mean 'required'?"),
            ('required = "a"', "'required' must be a list of texts"),
            ("required = [1]", "'required' must be a list of texts"),
            (VALID + 'absent = ["A"]', "both required and absent"),
            (VALID + 'amount_per = "basket"', "'amount_per' must be 'line' or 'order'"),
            (VALID + 'amount_per = "order"', "need 'columns.order_id'"),
            (VALID + 'amount_per = "order"\n[columns]\norder_id = "a"\nquantity = "b"', "'quantity' belongs to a line"),
            (VALID + 'carried_down = ["dat"]\n[columns]\norder_id = "a"', "Did you mean 'date'?"),
            (VALID + '[columns]\ncustomerid = "b"', "Did you mean 'customer_id'?"),
            (VALID + "[columns]\ndate = []", "columns.date names no heading"),
            (VALID + "columns = 1", "'columns' must be a table"),
            (VALID + "[no_sale]\nStatus = []", 'must be "any" or name at least one value'),
            (VALID + "[refund_rows]\nStatus = 1", "must be a list of texts"),
            (VALID + 'formula_text = "yes"', "'formula_text' must be true or false"),
            (VALID + 'decimal = ";"', "'decimal' must be '.' or ','"),
            (VALID + "name = 1", "'name' must be a text"),
        ],
    )
    def test_refuses(self, text: str, said: str) -> None:
        with pytest.raises(UsageError) as caught:
            parse_profile(text, "own.toml")
        message = "\n".join(caught.value.lines())
        assert message.startswith("own.toml")
        assert said in message
