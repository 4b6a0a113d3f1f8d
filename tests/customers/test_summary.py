from __future__ import annotations

import datetime as dt
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from customer_cases import (
    HEADINGS,
    Asked,
    Sale,
    assert_as_expected,
    frame_of,
    opened,
    read_date,
    slow_summary,
    summarised,
    write,
    write_ledger,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from crmcli.customers import aggregate, summary
from crmcli.customers.lines import collect_lines
from crmcli.customers.partitions import sorted_parts
from crmcli.customers.summary import require_buyers, summarise
from crmcli.errors import InputError, TooLittleDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmcli.customers.summary import CustomerSummary
    from crmcli.transactions.notes import LoadNotes

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
JANUARY = dt.date(2024, 1, 1)
ALL = frozenset(HEADINGS)

real = pytest.mark.real
here = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here")


def plain(number: object) -> str:
    return format(number, "f")


def money(digits: int, places: int) -> st.SearchStrategy[str]:
    most = 10**digits - 1
    return st.decimals(-most, most, places=places, allow_nan=False).map(plain)


@st.composite
def sales(draw: st.DrawFn, digits: int) -> Sale:
    day = JANUARY + dt.timedelta(days=draw(st.integers(0, 12)))
    rarely = draw(st.integers(0, 11))
    return Sale(
        customer=draw(st.sampled_from(["", "A", "A", "B", "007", "7", "é"])) if rarely else "A\x01",
        date=day.isoformat() if rarely != 1 else draw(st.sampled_from(["", "soon"])),
        amount=draw(st.one_of(st.sampled_from(["0", "5", "-5", "7.50"]), money(digits, 8))) if rarely != 2 else "",
        order=draw(st.sampled_from(["", "", "1", "2", "3"])),
        quantity=draw(st.sampled_from(["", "1", "2", "-1", "0", "0.5"])) if rarely != 3 else "?",
        price=draw(st.one_of(st.sampled_from(["", "5", "5", "0.125", "0", "-2"]), money(4, 3))) if rarely != 4 else "?",
        status=draw(st.sampled_from(["", "paid", "paid", "Cancelled", " VOID ", "test_order", "已取消"])),
        shop=draw(st.sampled_from(["N", "N", "S"])),
        cost=draw(st.sampled_from(["", "1", "2.345", "-1"])) if rarely != 5 else "?",
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Sale], Asked]:
    optional = st.sets(st.sampled_from(sorted(ALL - {"customer", "date", "amount"})))
    columns = {"customer", "date", *draw(optional)}
    columns |= {"quantity", "price"} if draw(st.integers(0, 3)) == 0 else {"amount"}
    ledger = draw(st.lists(sales(digits=draw(st.sampled_from([2, 14]))), min_size=1, max_size=25))
    days = st.integers(-1, 13).map(lambda day: JANUARY + dt.timedelta(days=day))
    dated = any(sale.date not in {"", "soon"} for sale in ledger)
    asked = Asked(
        columns=frozenset(columns),
        as_of=draw(st.one_of(st.none(), days) if dated else days),
        since=draw(st.one_of(st.none(), days)),
        shop="N" if "shop" in columns and draw(st.booleans()) else None,
        scale=draw(st.integers(0, 6)),
    )
    # A column of which most cells are unreadable is refused as a whole.
    kept = [sale for sale in ledger if asked.shop in {None, sale.shop}]
    in_time = [sale for sale in kept if asked.as_of is None or (read_date(sale.date) or asked.as_of) <= asked.as_of]
    columns_read = ((ledger, "date"), (kept, "date"), (in_time, "quantity"), (in_time, "price"), (in_time, "cost"))
    for rows, name in columns_read:
        unreadable = sum(getattr(sale, name) in {"soon", "?"} for sale in rows)
        assume(2 * unreadable <= sum(bool(getattr(sale, name)) for sale in rows))
    return ledger, asked


def summarised_ledger(ledger: Sequence[Sale], asked: Asked) -> tuple[CustomerSummary, LoadNotes]:
    with tempfile.TemporaryDirectory() as folder:
        path = write_ledger(Path(folder, "ledger.csv"), ledger, asked.columns)
        return summarised(path, **asked.options())


class TestAgainstTheSlowSummary:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(cases())
    def test_random_ledgers(self, case: tuple[list[Sale], Asked]) -> None:
        ledger, asked = case
        expected = slow_summary(ledger, asked)
        found = summarised_ledger(ledger, asked)
        assert_as_expected(found, expected)
        assert found[1].rounded_lines == expected.rounded
        assert found[1].rows_read == len(ledger)

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(cases(), st.integers(0, 5))
    def test_colliding_hashes_change_nothing(self, case: tuple[list[Sale], Asked], bits: int) -> None:
        ledger, asked = case
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(summary, "collect_lines", with_few_bits(bits))
            patch.setattr(aggregate, "sorted_parts", partial(sorted_parts, part_lines=4))
            assert_as_expected(summarised_ledger(ledger, asked), slow_summary(ledger, asked))

    @pytest.mark.parametrize("seed", range(3))
    def test_many_customers_in_several_partitions(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(aggregate, "sorted_parts", partial(sorted_parts, part_lines=50))
        ledger = random_ledger(seed, lines=1_500, customers=300)
        asked = Asked(columns=ALL, as_of=JANUARY + dt.timedelta(days=300), since=JANUARY + dt.timedelta(days=20))
        assert_as_expected(summarised_ledger(ledger, asked), slow_summary(ledger, asked))

    def test_one_customer_with_nearly_all_lines(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(aggregate, "sorted_parts", partial(sorted_parts, part_lines=50))
        ledger = random_ledger(4, lines=1_500, customers=300)
        ledger = [sale._replace(customer="whale") if n % 30 else sale for n, sale in enumerate(ledger)]
        assert_as_expected(summarised_ledger(ledger, Asked(ALL)), slow_summary(ledger, Asked(ALL)))

    def test_all_lines_on_one_day(self) -> None:
        ledger = [sale._replace(date="2024-01-01") for sale in random_ledger(5, lines=300, customers=40)]
        assert_as_expected(summarised_ledger(ledger, Asked(ALL)), slow_summary(ledger, Asked(ALL)))

    def test_the_first_and_the_last_day_that_can_be_meant(self) -> None:
        ledger = [Sale("A", "2199-12-31", "1"), Sale("A", "1900-01-01", "2"), Sale("B", "1969-12-31", "3")]
        asked = Asked(as_of=dt.date(2199, 12, 31))
        found = summarised_ledger(ledger, asked)
        assert_as_expected(found, slow_summary(ledger, asked))
        assert found[0].frame["first_date"].to_list() == [dt.date(1900, 1, 1), dt.date(1969, 12, 31)]


def with_few_bits(bits: int) -> Callable[..., Any]:
    return partial(collect_lines, hash_bits=bits)


def random_ledger(seed: int, *, lines: int, customers: int) -> list[Sale]:
    chance = np.random.default_rng(seed)

    def one_of(*values: str) -> str:
        return values[chance.integers(len(values))]

    def sale() -> Sale:
        return Sale(
            customer=f"C{chance.integers(customers)}" if chance.random() > 0.05 else "",
            date=(JANUARY + dt.timedelta(days=int(chance.integers(365)))).isoformat(),
            amount=f"{chance.integers(-2_000, 20_000) / 100:.2f}",
            order=str(chance.integers(lines // 3)) if chance.random() > 0.2 else "",
            quantity=one_of("1", "1", "1", "2", "-1"),
            price=one_of("1", "1", "1", "0"),
            status=one_of("", "", "", "Cancelled"),
            shop="N",
            cost=one_of("0", "1", "2.345"),
        )

    return [sale() for _ in range(lines)]


class TestByHand:
    """One ledger whose summary is worked out on paper."""

    LEDGER = (
        Sale("A", "2024-01-10", "10", "1", "1"),
        Sale("A", "2024-01-10", "4", "1", "1"),
        Sale("A", "2024-01-10", "5", "", "1"),  # no order id: an order of its own on that day
        Sale("A", "2024-01-12", "6", "1", "1"),  # order 1 began on the 10th: no further order day
        Sale("A", "2024-01-15", "3", "2", "-1"),  # a return written without its sign
        Sale("A", "2024-01-20", "-20", "3", "1"),  # a refund refreshes no recency
        Sale("B", "2024-01-11", "7", "1", "1"),  # the same order id, another customer
        Sale("B", "2024-01-13", "0", "9", "1"),  # an amount of 0 is an order
        Sale("C", "2024-01-12", "-9", "5", "1"),
    )
    COLUMNS = frozenset({"customer", "date", "amount", "order", "quantity"})

    def test_summary(self, tmp_path: Path) -> None:
        found, notes = summarised(write_ledger(tmp_path / "a.csv", self.LEDGER, self.COLUMNS))
        a, b = found.frame.rows(named=True)
        assert (a["customer_id"], b["customer_id"]) == ("A", "B")
        assert (a["first_date"], a["last_date"]) == (dt.date(2024, 1, 10), dt.date(2024, 1, 10))
        assert (a["purchase_days"], a["orders"], a["lines"], a["refund_lines"]) == (1, 2, 6, 2)
        assert [str(a[name]) for name in ("monetary", "refunds", "first_day_amount")] == ["2.00", "-23.00", "19.00"]
        assert (b["purchase_days"], b["orders"], b["last_date"]) == (2, 2, dt.date(2024, 1, 13))
        assert (notes.rows_used, notes.dropped) == (8, {"refund_only": 1})
        assert (notes.refund_only_customers, str(notes.refund_only_money)) == (1, "-9.00")
        assert (str(notes.gross), str(notes.refunds)) == ("32.00", "-23.00")
        assert found.as_of == notes.as_of == dt.date(2024, 1, 20)

    def test_without_order_ids_a_day_is_an_order(self, tmp_path: Path) -> None:
        path = write_ledger(tmp_path / "a.csv", self.LEDGER, self.COLUMNS - {"order"})
        assert frame_of(path)["orders"].to_list() == [2, 2]
        assert frame_of(path)["last_date"].to_list() == [dt.date(2024, 1, 12), dt.date(2024, 1, 13)]

    def test_columns_and_types(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,1.5,1", header="customer_id,date,amount,cost")
        found, _ = summarised(path, money_scale=3, wanted=frozenset({"cost"}))
        exact = pl.Decimal(38, 3)
        assert found.frame.schema == {
            "customer_id": pl.String,
            "first_date": pl.Date,
            "last_date": pl.Date,
            "purchase_days": pl.Int64,
            "orders": pl.Int64,
            "lines": pl.Int64,
            "monetary": exact,
            "refunds": exact,
            "refund_lines": pl.Int64,
            "first_day_amount": exact,
            "margin": exact,
        }
        assert found.has_margin
        assert not summarised(path)[0].has_margin

    def test_customers_stand_in_the_order_of_their_ids(self, tmp_path: Path) -> None:
        ids = ["b", "10", "9", "B", "é", "客", "a b", "007"]
        path = write(tmp_path / "a.csv", *(f"{name},2024-01-01,1" for name in ids))
        assert frame_of(path)["customer_id"].to_list() == sorted(ids, key=str.encode)

    def test_appending_rows_after_as_of_changes_no_customer(self, tmp_path: Path) -> None:
        now = write(tmp_path / "now.csv", "A,2024-01-01,5", "B,2024-01-03,7")
        later = write(tmp_path / "later.csv", "A,2024-01-01,5", "B,2024-01-03,7", "A,2024-01-04,x", "C,2024-02-01,-9")
        day = dt.date(2024, 1, 3)
        (before, _), (after, notes) = summarised(now, as_of=day), summarised(later, as_of=day)
        assert_frame_equal(before.frame, after.frame)
        assert (notes.dropped, notes.quarantined) == ({"after_as_of": 2}, {})


class TestFiles:
    LINES = tuple(f"C{i * 7 % 11},2024-01-{i % 28 + 1:02d},{i}.{i % 100:02d},{i // 3}" for i in range(60))
    HEADER = "customer_id,date,amount,order_id"

    def whole(self, folder: Path) -> pl.DataFrame:
        return frame_of(write(folder / "whole.csv", *self.LINES, header=self.HEADER))

    def test_splitting_changes_nothing(self, tmp_path: Path) -> None:
        whole = self.whole(tmp_path)
        parts = [write(tmp_path / f"{i}.csv", *self.LINES[i * 20 : i * 20 + 20], header=self.HEADER) for i in range(3)]
        assert_frame_equal(frame_of(*parts), whole)
        assert_frame_equal(frame_of(*reversed(parts)), whole)

    def test_different_headings_columns_and_kinds_change_nothing(self, tmp_path: Path) -> None:
        whole = self.whole(tmp_path)
        first = write(tmp_path / "1.csv", *self.LINES[:20], header=self.HEADER)
        turned = [",".join(reversed(line.split(","))) + ",x" for line in self.LINES[20:40]]
        second = write(tmp_path / "2.csv", *turned, header="Invoice No,Total,Order Date,Client,Remark")
        third = tmp_path / "3.parquet"
        cells = [line.split(",") for line in self.LINES[40:]]
        pl.DataFrame(
            {
                "date": [dt.datetime.fromisoformat(f"{cell[1]}T23:59:59") for cell in cells],
                "customer_id": [cell[0] for cell in cells],
                "amount": [float(cell[2]) for cell in cells],
                "order_id": [int(cell[3]) for cell in cells],
            }
        ).write_parquet(third)
        for order in [(first, second, third), (third, second, first), (second, third, first)]:
            assert_frame_equal(frame_of(*order), whole)

    def test_a_file_without_order_ids_counts_days_beside_one_with_them(self, tmp_path: Path) -> None:
        ids = write(tmp_path / "a.csv", "A,2024-01-01,1,x", "A,2024-01-01,1,y", header=self.HEADER)
        days = write(tmp_path / "b.csv", "A,2024-01-02,1", "A,2024-01-02,2")
        assert frame_of(ids, days)["orders"].to_list() == [3]

    def test_a_file_without_cost_leaves_no_margin(self, tmp_path: Path) -> None:
        costly = write(tmp_path / "a.csv", "A,2024-01-01,5,2", header="customer_id,date,amount,cost")
        other = write(tmp_path / "b.csv", "A,2024-01-02,1")
        assert "margin" not in frame_of(costly, other, wanted=frozenset({"cost"})).columns
        assert [str(x) for x in frame_of(costly, wanted=frozenset({"cost"}))["margin"]] == ["3.00"]


class TestDeferredIds:
    """Ids that look ordinary in the first rows of a file are decided once they are known not to be."""

    ORDINARY = tuple(f"{i % 500},2024-01-01,1" for i in range(2_100))

    @pytest.mark.parametrize(
        "late",
        [
            (" 7,2024-01-02,5",),
            ("nan,2024-01-02,5",),
            (" ,2024-01-02,5",),
            ("17850.0,2024-01-02,5",),
            ("abc,2024-01-02,5", "17850.0,2024-01-03,5"),
            ("A\x07B,2024-01-02,5",),
            ("abc,2024-01-02,5", "12e4,2024-01-03,5"),
            ("\u00a07,2024-01-02,5",),
        ],
    )
    def test_same_as_with_full_evidence(self, tmp_path: Path, late: tuple[str, ...]) -> None:
        path = write(tmp_path / "a.csv", *self.ORDINARY, *late)
        with opened(path) as transactions:
            assert transactions.ids_deferred
            found, notes = summarise(transactions)
            decided = transactions.with_ids_decided()
            assert not decided.ids_deferred
            full, full_notes = summarise(decided)
        assert_frame_equal(found.frame, full.frame)
        assert notes == full_notes

    def test_integral_floats_throughout_but_late_become_integers(self, tmp_path: Path) -> None:
        ids = frame_of(write(tmp_path / "a.csv", *self.ORDINARY, "7.0,2024-01-02,5"))["customer_id"]
        assert ids.len() == 500

    def test_late_blanks_join_customers(self, tmp_path: Path) -> None:
        found = frame_of(write(tmp_path / "a.csv", *self.ORDINARY, " 7 ,2024-01-02,5"))
        assert found.filter(pl.col("customer_id") == "7")["lines"].to_list() == [6]

    def test_late_words_for_missing_are_no_customer(self, tmp_path: Path) -> None:
        _, notes = summarised(write(tmp_path / "a.csv", *self.ORDINARY, "nan,2024-01-02,5"))
        assert notes.dropped == {"no_customer": 1}

    def test_ids_of_rows_that_are_not_used_count_as_evidence(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", *self.ORDINARY, "7.0,2024-01-02,x", "9.0,soon,5")
        _, notes = summarised(path)
        assert "2 written as 17850.0 became 17850" in notes.layouts[0].readings["customer_id"]

    def test_ids_after_as_of_have_no_say(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", *self.ORDINARY, "1.2E+11,2030-01-02,5", "7.0,2030-01-02,5")
        found, notes = summarised(path, as_of=dt.date(2024, 1, 1))
        assert (found.frame.height, notes.dropped) == (500, {"after_as_of": 2})

    def test_late_exponents_among_numbers_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            summarised(write(tmp_path / "a.csv", *self.ORDINARY, "1.2E+11,2024-01-02,5"))
        assert "1.2E+11" in caught.value.problem

    def test_files_with_different_headers_are_decided_at_once(self, tmp_path: Path) -> None:
        first = write(tmp_path / "a.csv", "7,2024-01-01,1")
        second = write(tmp_path / "b.csv", "7,2024-01-01,1,x", header="customer_id,date,amount,remark")
        with opened(first, second) as transactions:
            assert not transactions.ids_deferred


class TestTooLittle:
    def test_as_of_before_all_rows(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,1", "B,2024-01-02,?")
        found, notes = summarised(path, as_of=dt.date(2023, 12, 31))
        assert found.frame.height == 0
        assert "customer_id" in found.frame.columns
        with pytest.raises(TooLittleDataError) as caught:
            require_buyers(found, notes)
        assert caught.value.lines() == [
            "No customer has an order up to 2023-12-31",
            "2 rows read; dropped by rule: after_as_of 2; quarantined: 0",
        ]

    def test_refunds_alone(self, tmp_path: Path) -> None:
        found, notes = summarised(write(tmp_path / "a.csv", "A,2024-01-01,-1"))
        with pytest.raises(TooLittleDataError, match="No customer has an order"):
            require_buyers(found, notes)

    def test_only_bad_rows(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,", "B,2024-01-02,")
        found, notes = summarised(path)
        assert (found.frame.height, notes.quarantined) == (0, {"INVALID_AMOUNT": 2})

    def test_a_buyer_is_enough(self, tmp_path: Path) -> None:
        require_buyers(*summarised(write(tmp_path / "a.csv", "A,2024-01-01,0")))


class TestUnchanged:
    def refuse(self, path: Path, change: Callable[[], object]) -> None:
        """A run during which the file changes ends with that as its reason."""
        write(path, "A,2024-01-01,1", "B,2024-01-01,1")

        def read() -> None:
            with opened(path) as transactions:
                change()
                summarise(transactions)

        with pytest.raises(InputError, match="changed while it was read"):
            read()

    def test_a_file_that_grows(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        self.refuse(path, lambda: path.write_text(path.read_text() + "C,2024-01-02,1\n"))

    def test_a_file_that_shrinks(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        self.refuse(path, lambda: path.write_text(""))

    def test_a_file_that_goes_away(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        self.refuse(path, path.unlink)

    def test_the_same_bytes_written_anew(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        self.refuse(path, lambda: write(tmp_path / "new", "A,2024-01-01,1", "B,2024-01-01,1").replace(path))


@real
@here
class TestRealData:
    def test_online_retail(self) -> None:
        found, notes = summarised(DATA / "online_retail.parquet")
        frame = found.frame
        assert (frame.height, frame["orders"].sum()) == (4_338, 18_532)
        assert str(frame["monetary"].sum()) == "8310477.05"
        assert (str(notes.gross), str(notes.gross + notes.refunds)) == ("8911407.90", "8310477.05")
        assert notes.rows_read == 541_909
        assert notes.dropped == {"no_customer": 135_080, "no_price": 40, "refund_only": 88}
        assert (notes.refund_only_customers, str(notes.refund_only_money)) == (33, "-10411.24")
        assert (notes.quarantined, notes.duplicate_rows) == ({}, 5_268)
        assert frame.select(pl.col("lines") - pl.col("refund_lines")).sum().item() == 397_884
        assert found.as_of == dt.date(2011, 12, 9)

    def test_cdnow(self) -> None:
        found, notes = summarised(DATA / "cdnow_master.csv")
        frame = found.frame
        assert (frame.height, frame["orders"].sum(), frame["purchase_days"].sum()) == (23_570, 67_591, 67_591)
        assert (str(frame["monetary"].sum()), str(notes.gross)) == ("2500315.63", "2500315.63")
        assert (notes.rows_read, notes.rows_used, notes.duplicate_rows) == (69_659, 69_659, 255)
        assert (notes.dropped, notes.quarantined) == ({}, {})
        assert frame["customer_id"][0] == "00001"
        assert frame.filter(purchase_days=1).height == 12_054

    def test_two_candidates_for_the_customer_are_refused(self) -> None:
        with pytest.raises(InputError) as caught:
            summarised(DATA / "cdnow_sample.csv")
        assert "'master_id', 'sample_id'" in caught.value.problem
        assert "--map customer_id=" in str(caught.value.remedy)

    def test_a_month_as_text_equals_the_same_month_typed(self) -> None:
        end = dt.date(2010, 12, 23)
        text, _ = summarised(DATA / "online_retail_2010_12.csv", as_of=end)
        typed, notes = summarised(DATA / "online_retail.parquet", as_of=end)
        assert_frame_equal(text.frame, typed.frame)
        assert notes.dropped["after_as_of"] == 541_909 - 42_481

    def test_colliding_hashes_change_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = frame_of(DATA / "cdnow_master.csv")
        monkeypatch.setattr(summary, "collect_lines", with_few_bits(12))
        assert_frame_equal(frame_of(DATA / "cdnow_master.csv"), whole)
