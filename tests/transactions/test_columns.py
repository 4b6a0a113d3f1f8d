from __future__ import annotations

import pytest

from crmcli.errors import InputError, UsageError
from crmcli.transactions.aliases import CANONICAL, FOLDED_ALIASES, fold
from crmcli.transactions.columns import map_columns, parse_mapping


def mapped(*header: str, **requested: str) -> dict[str, str]:
    return map_columns(header, requested, "orders.csv").described()


class TestAliases:
    def test_headings_are_folded(self) -> None:
        assert fold(" Customer-ID ") == fold("customer_id") == fold("CustomerId") == fold("ＣｕｓｔｏｍｅｒＩＤ")

    def test_no_heading_serves_two_canonical_columns(self) -> None:
        owners: dict[str, str] = {}
        for canonical, aliases in FOLDED_ALIASES.items():
            for alias in aliases:
                assert owners.setdefault(alias, canonical) == canonical

    def test_every_canonical_column_answers_to_its_own_name_but_one_that_may_be_a_yes_or_no(self) -> None:
        silent = [canonical for canonical in CANONICAL if fold(canonical) not in FOLDED_ALIASES[canonical]]
        assert silent == ["refunded"]

    @pytest.mark.parametrize("alias", ["dollar_value", "number_of_cds", "InvoiceNo", "StockCode", "Id", "master_id"])
    def test_headings_that_must_be_known(self, alias: str) -> None:
        assert any(fold(alias) in aliases for aliases in FOLDED_ALIASES.values())

    def test_a_description_is_no_product(self) -> None:
        assert "product" not in mapped("CustomerID", "Date", "Amount", "Description")


class TestMapping:
    def test_online_retail(self) -> None:
        header = [
            "InvoiceNo",
            "StockCode",
            "Description",
            "Quantity",
            "InvoiceDate",
            "UnitPrice",
            "CustomerID",
            "Country",
        ]
        assert mapped(*header) == {
            "customer_id": "CustomerID",
            "date": "InvoiceDate",
            "order_id": "InvoiceNo",
            "product": "StockCode",
            "quantity": "Quantity",
            "unit_price": "UnitPrice",
        }

    def test_chinese_headings(self) -> None:
        assert mapped("客户编号", "日期", "金额") == {"customer_id": "客户编号", "date": "日期", "amount": "金额"}

    def test_price_is_the_amount_without_a_quantity(self) -> None:
        assert mapped("Id", "Date", "Price")["amount"] == "Price"

    def test_price_is_the_unit_price_beside_a_quantity(self) -> None:
        found = mapped("Id", "Date", "Price", "Qty")
        assert (found["unit_price"], found["quantity"]) == ("Price", "Qty")
        assert "amount" not in found

    def test_two_customer_columns_are_refused_by_name_and_flag(self) -> None:
        with pytest.raises(InputError) as caught:
            mapped("master_id", "sample_id", "date", "dollar_value")
        text = "\n".join(caught.value.lines())
        assert "'master_id'" in text
        assert "'sample_id'" in text
        assert "--map customer_id=master_id" in text

    def test_the_map_option_settles_two_candidates(self) -> None:
        found = mapped("master_id", "sample_id", "date", "dollar_value", customer_id="sample_id")
        assert found["customer_id"] == "sample_id"

    def test_the_canonical_name_itself_beats_an_alias(self) -> None:
        assert mapped("id", "customer_id", "date", "amount")["customer_id"] == "customer_id"

    def test_two_canonical_names_are_refused(self) -> None:
        with pytest.raises(InputError, match="2 columns could be amount"):
            mapped("customer_id", "date", "amount", "Amount")

    def test_two_candidates_for_a_column_that_is_not_needed_leave_it_unmapped_with_a_note(self) -> None:
        columns = map_columns(("customer_id", "date", "amount", "sku", "item"), {}, "orders.csv")
        assert "product" not in columns
        assert [note.code for note in columns.notes] == ["unmapped_column"]

    def test_two_amounts_do_not_matter_when_quantity_and_price_give_it(self) -> None:
        found = mapped("customer_id", "date", "total", "revenue", "quantity", "unit_price")
        assert "amount" not in found

    @pytest.mark.parametrize("missing", ["customer_id", "date", "amount"])
    def test_a_missing_column_is_named_with_what_there_is(self, missing: str) -> None:
        header = [name for name in ("customer_id", "date", "amount") if name != missing]
        with pytest.raises(InputError) as caught:
            mapped(*header, "zzz")
        assert missing in caught.value.problem
        assert "'zzz'" in (caught.value.extent or "")
        assert f"--map {missing}=COLUMN" in (caught.value.remedy or "")

    def test_a_long_header_is_not_recited(self) -> None:
        with pytest.raises(InputError) as caught:
            mapped(*(f"x{i}" for i in range(100)))
        assert "and 88 more" in (caught.value.extent or "")

    @pytest.mark.parametrize(
        ("header", "rival"),
        [
            (("id", "email", "order_date", "total"), "email"),
            (("Client", "Client Reference", "Date", "Total"), "Client Reference"),
            (("客户", "客户会员卡", "日期", "金额"), "客户会员卡"),
        ],
    )
    def test_a_bare_name_beside_a_better_one_is_refused(self, header: tuple[str, ...], rival: str) -> None:
        with pytest.raises(InputError) as caught:
            mapped(*header)
        assert repr(rival) in caught.value.problem
        assert repr(header[0]) in caught.value.problem

    def test_what_describes_a_customer_is_no_rival(self) -> None:
        assert mapped("customer", "customer_name", "customer email", "date", "amount")["customer_id"] == "customer"

    def test_marks_of_numbers_do_not_matter(self) -> None:
        found = mapped("Customer No.", "Order #", "Date", "Amount")
        assert (found["customer_id"], found["order_id"]) == ("Customer No.", "Order #")

    def test_quantity_and_price_that_were_asked_for_beat_an_amount(self) -> None:
        found = mapped("customer_id", "date", "total", "pieces", "each", quantity="pieces", unit_price="each")
        assert "amount" not in found

    def test_a_requested_heading_must_stand_there(self) -> None:
        with pytest.raises(InputError) as caught:
            mapped("Buyer", "date", "amount", customer_id="Buyr")
        assert caught.value.remedy == "Did you mean 'Buyer'?"

    def test_a_requested_heading_that_stands_twice_is_refused(self) -> None:
        with pytest.raises(InputError, match="2 columns carry this heading"):
            mapped("Buyer", "Buyer", "date", "amount", customer_id="Buyer")

    def test_a_requested_column_is_not_used_for_another_part(self) -> None:
        found = mapped("id", "date", "amount", "customer", order_id="id")
        assert (found["order_id"], found["customer_id"]) == ("id", "customer")


class TestOption:
    def test_parses(self) -> None:
        assert parse_mapping(["customer_id=Buyer", "amount=a=b"]) == {"customer_id": "Buyer", "amount": "a=b"}

    @pytest.mark.parametrize("item", ["customer_id", "customer_id=", "=x", "customr_id=x", "nonsense=x"])
    def test_refuses(self, item: str) -> None:
        with pytest.raises(UsageError):
            parse_mapping([item])

    def test_names_the_nearest(self) -> None:
        with pytest.raises(UsageError) as caught:
            parse_mapping(["customr_id=x"])
        assert caught.value.remedy == "Did you mean 'customer_id'?"

    def test_refuses_a_name_given_twice(self) -> None:
        with pytest.raises(UsageError, match="twice"):
            parse_mapping(["date=a", "date=b"])


class TestNearHeadings:
    @pytest.mark.parametrize("heading", ["o,rder_id", "oder_id", "Order-Idd", "ordxr id"])
    def test_a_heading_one_letter_from_a_name_is_pointed_out(self, heading: str) -> None:
        found = map_columns(["customer_id", "date", "amount", heading], {}, "a.csv")
        assert [note.code for note in found.notes] == ["near_heading"]
        assert f"{heading!r} is not taken for order_id" in found.notes[0].text
        assert found.notes[0].severity == "warning"

    @pytest.mark.parametrize("heading", ["order", "reorder id", "note", "qyt", "customer_ids"])
    def test_others_are_not(self, heading: str) -> None:
        assert map_columns(["customer_id", "date", "amount", heading], {}, "a.csv").notes == ()

    def test_a_mapped_part_needs_no_doubt(self) -> None:
        assert map_columns(["customer_id", "date", "amount", "order_id", "order_idd"], {}, "a.csv").notes == ()
