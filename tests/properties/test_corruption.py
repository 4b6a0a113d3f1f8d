"""One structural corruption of a valid file: right, quarantined or refused; never another number without a word."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import json
import re
import tempfile
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from command import crmcli
from damage import CORRUPTIONS, HEADER, Intact, damaged
from effort import examples
from hypothesis import event, given, note
from hypothesis import strategies as st
from purchases import Customer, Purchase, customers
from readings import strict_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from damage import Damaged

LOAD_WARNINGS = ("[unterminated_last_line]", "[quarantined]", "[encoding_doubtful]")
DAY_ZERO = dt.date(2024, 1, 13)


@dataclass(frozen=True, slots=True)
class Line:
    """What one record says, with a free text that a file may have to quote."""

    customer: str
    date: dt.date
    order: str
    quantity: int
    price: Decimal
    text: str

    def purchase(self) -> Purchase:
        return Purchase(self.customer, self.date, self.order, self.quantity * self.price)


# All ids have the same length, so that no piece of one is another customer.
LINE = st.builds(
    Line,
    st.integers(1001, 1009).map("K{}".format),
    # Within 90 days, so that no last date stands alone (that would be refused).
    st.integers(0, 89).map(lambda days: DAY_ZERO + dt.timedelta(days)),
    st.integers(10_001, 10_030).map(str),
    st.integers(1, 30) | st.just(-2),
    st.integers(1, 99_999).map(lambda cents: Decimal(cents) / 100),
    st.sampled_from(["tea", "green tea", 'a "fine" cup', "Lee, Ann", "two\nlines", "x,y\nz", "", '"', "2024-01-05"]),
)
LINES = st.lists(LINE, min_size=4, max_size=20)


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of valid file.

    `fields` are the headings; `cells` writes a line under them; `kept` says whether its free text may stand in the
    file; `parse` reads one record by the headings of a file, or raises.
    """

    fields: tuple[str, ...]
    cells: Callable[[Line], Sequence[str]]
    parse: Callable[[dict[str, str]], Purchase]
    delimiter: str = ","
    newline: str = "\n"
    all_quoted: bool = False
    order: str = ""

    def record(self, cells: Sequence[str]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(
            text,
            delimiter=self.delimiter,
            lineterminator=self.newline,
            quoting=csv.QUOTE_ALL if self.all_quoted else csv.QUOTE_MINIMAL,
        )
        writer.writerow(cells)
        return text.getvalue().encode()

    def file(self, lines: Sequence[Line]) -> Intact:
        records = tuple(self.record(self.cells(line)) for line in lines)
        return Intact(self.record(self.fields), records, self.delimiter.encode())


def _date(text: str, form: str) -> dt.date:
    found = dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
    if not 1900 <= found.year <= 2199:
        raise ValueError(text)
    return found


def _number(text: str, mark: str = ".") -> Decimal:
    if not re.fullmatch(rf"[+-]?(\d+{re.escape(mark)}?\d*|{re.escape(mark)}\d+)", text):
        raise ValueError(text)
    return Decimal(text.replace(mark, "."))


def _id(text: str) -> str:
    if re.search(r"[\x00-\x1f]", text):
        raise ValueError(text)
    return text.strip()


def _amount(line: Line) -> str:
    return f"{line.quantity * line.price:.2f}"


SHAPES = {
    "bare": Shape(
        ("customer_id", "date", "amount"),
        lambda line: (line.customer, line.date.isoformat(), _amount(line)),
        lambda row: Purchase(_id(row["customer_id"]), _date(row["date"], "%Y-%m-%d"), "", _number(row["amount"])),
    ),
    "quoted where needed": Shape(
        ("order_id", "customer_id", "name", "date", "amount"),
        lambda line: (line.order, line.customer, line.text, line.date.isoformat(), _amount(line)),
        lambda row: Purchase(
            _id(row["customer_id"]), _date(row["date"], "%Y-%m-%d"), row.get("order_id", ""), _number(row["amount"])
        ),
        order="order_id",
    ),
    "text last": Shape(
        ("customer_id", "amount", "date", "comment"),
        lambda line: (line.customer, _amount(line), line.date.strftime("%Y%m%d"), line.text),
        lambda row: Purchase(_id(row["customer_id"]), _date(row["date"], "%Y%m%d"), "", _number(row["amount"])),
    ),
    "all quoted": Shape(
        ("customer_id", "comment", "order_id", "date", "amount"),
        lambda line: (line.customer, line.text, line.order, line.date.isoformat(), _amount(line)),
        lambda row: Purchase(
            _id(row["customer_id"]), _date(row["date"], "%Y-%m-%d"), row.get("order_id", ""), _number(row["amount"])
        ),
        newline="\r\n",
        all_quoted=True,
        order="order_id",
    ),
    "european": Shape(
        ("Kundennummer", "Datum", "Betrag", "Artikel"),
        lambda line: (line.customer, line.date.strftime("%d.%m.%Y"), _amount(line).replace(".", ","), line.text),
        lambda row: Purchase(
            _id(row["Kundennummer"]), _date(row["Datum"], "%d.%m.%Y"), "", _number(row["Betrag"], ",")
        ),
        delimiter=";",
        newline="\r\n",
    ),
    "order lines": Shape(
        ("InvoiceNo", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"),
        lambda line: (
            line.order,
            line.text,
            str(line.quantity),
            line.date.strftime("%Y-%m-%d 08:26:00"),
            str(line.price),
            line.customer,
        ),
        lambda row: Purchase(
            _id(row["CustomerID"]),
            _date(row["InvoiceDate"], "%Y-%m-%d 08:26:00"),
            row.get("InvoiceNo", ""),
            _number(row["Quantity"]) * _number(row["UnitPrice"]),
        ),
        order="InvoiceNo",
    ),
    "tabs": Shape(
        ("date", "customer", "order", "qty", "unit_price"),
        lambda line: (line.date.isoformat(), line.customer, line.order, str(line.quantity), str(line.price)),
        lambda row: Purchase(
            _id(row["customer"]),
            _date(row["date"], "%Y-%m-%d"),
            row.get("order", ""),
            _number(row["qty"]) * _number(row["unit_price"]),
        ),
        delimiter="\t",
        order="order",
    ),
}


def another_valid_file(content: bytes, shape: Shape, records: int) -> dict[str, Customer] | None:
    """The customers of a file that is valid to the letter: then nobody can know that it once was another one."""
    rows = strict_rows(content, shape.delimiter)
    if rows is None or len(rows) != records + 1:
        return None
    try:
        records_read = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        # The rule no_price: a price that is not above zero is no sale and no refund.
        sold = [record for record in records_read if Decimal(record.get("unit_price", "1")) > 0]
        purchases = [shape.parse(record) for record in sold]
    except (KeyError, ValueError, InvalidOperation):
        return None
    return customers(purchases, by_order=shape.order in rows[0] and shape.order != "")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run that ended well has said."""

    customers: dict[str, Customer]
    load: dict[str, Any]
    reported: bool
    warnings: str


def run(content: bytes) -> Seen | None:
    """The result of reading these bytes; None where they were refused."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "in.csv"), Path(folder, "out.csv")
        path.write_bytes(content)
        outcome = crmcli("segment", path, "-v", "--facts", "-", "-o", out)
        assert outcome.code in {0, 3, 4}, outcome.stderr
        if outcome.code:
            assert outcome.stdout == b""
            assert 1 <= len(outcome.message_lines) <= 40
            return None
        table = pl.read_csv(out, infer_schema=False)
    load = json.loads(outcome.table, parse_float=Decimal)["load"]
    rows = table.select("customer_id", "first_date", "last_date", "frequency", "monetary").iter_rows()
    found = {name: Customer(first, last, int(count), Decimal(money)) for name, first, last, count, money in rows}
    # A named rule says what it drops; none of these files holds such rows before.
    told = any(code in outcome.stderr for code in LOAD_WARNINGS) or bool(load["dropped"].keys() & {"no_customer"})
    warnings = "\n".join(line for line in outcome.message_lines if line.startswith("crmcli: warning:"))
    return Seen(found, load, told, warnings)


def judge(shape: Shape, lines: Sequence[Line], damage: Damaged) -> str:
    """How the run dealt with the damage; fails if another number came out without a word."""
    seen = run(damage.content)
    if seen is None:
        return "refused"
    whole = customers((line.purchase() for line in lines), by_order=bool(shape.order))
    if seen.customers == whole:
        return "right"
    if not seen.reported:
        kept = len(lines) - len(damage.lost)
        assert seen.customers == another_valid_file(damage.content, shape, kept), f"silent: {seen.load}"
        return "another valid file"
    assert set_aside(seen, shape, lines, damage) <= seen.load["rows_quarantined"]
    return "quarantined" if seen.load["rows_quarantined"] else "warned"


def set_aside(seen: Seen, shape: Shape, lines: Sequence[Line], damage: Damaged) -> int:
    """How many untouched lines are missing from the result; fails if any customer of untouched lines is not right.

    Only a line beside a touched one may be missing: what stands next to a piece of a record is perhaps what the piece
    was cut from. A customer whom no line has may come of a touched one only if a warning tells of just that.
    """
    touched = damage.touched - {HEADER}
    affected = {lines[number].customer for number in touched}
    beside = {number + step for number in touched for step in (-1, 1)}
    rest: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        if number not in damage.touched | damage.lost and line.customer not in affected:
            rest.setdefault(line.customer, []).append(number)
    found = {name: one for name, one in seen.customers.items() if name not in affected}
    strange = found.keys() - rest.keys()
    assert {name for name in strange if not _is_told(name, seen, shape, damage)} == set()
    return sum(_missing(found.get(name), shape, lines, own, beside) for name, own in rest.items())


def _is_told(name: str, seen: Seen, shape: Shape, damage: Damaged) -> bool:
    """Whether a warning names an odd id, or the last row as one that may be cut off and this id is of it."""
    if repr(name) in seen.warnings:
        return True
    last = damage.content.decode(errors="replace").rpartition(shape.newline)[2]
    cells = {cell.strip('"') for cell in last.split(shape.delimiter)}
    return "does not end with a line end: its last row was used" in seen.warnings and name in cells


def _missing(found: Customer | None, shape: Shape, lines: Sequence[Line], own: list[int], beside: set[int]) -> int:
    """The fewest lines beside touched ones without which a customer's lines give what was found."""
    doubtful = [number for number in own if number in beside]
    for count in range(len(doubtful) + 1):
        for left_out in itertools.combinations(doubtful, count):
            kept = [lines[number].purchase() for number in own if number not in left_out]
            if found == customers(kept, by_order=bool(shape.order)).get(lines[own[0]].customer):
                return count
    raise AssertionError(f"{lines[own[0]].customer}: {found}")


@pytest.mark.parametrize("kind", CORRUPTIONS)
@examples(20)
@given(name=st.sampled_from(sorted(SHAPES)), lines=LINES, draw=st.data())
def test_no_corruption_changes_a_number_silently(kind: str, name: str, lines: list[Line], draw: st.DataObject) -> None:
    check(kind, name, lines, draw)


def check(kind: str, name: str, lines: list[Line], draw: st.DataObject) -> None:
    """One corruption of one file of a shape."""
    shape = SHAPES[name]
    damage = draw.draw(damaged(shape.file(lines), kind))
    note(repr(damage.content))
    event(f"{kind} in {name}: {judge(shape, lines, damage)}")


@pytest.mark.parametrize("name", SHAPES)
@examples(5)
@given(lines=LINES)
def test_the_file_itself_is_read_right(name: str, lines: list[Line]) -> None:
    shape = SHAPES[name]
    file = shape.file(lines)
    expected = customers((line.purchase() for line in lines), by_order=bool(shape.order))
    seen = run(file.content)
    assert (seen.customers if seen else {}) == expected
    assert another_valid_file(file.content, shape, len(lines)) == expected
    assert not seen or not seen.reported


def test_a_date_that_lost_its_zero_to_the_id_before_it_is_noticed() -> None:
    days = "".join(f"K10{day};{day:02d}.04.2024;5,00\n" for day in range(10, 29))
    seen = run(f"Kundennummer;Datum;Betrag\n{days}K10292;9.04.2024;5,00\n".encode())
    assert seen is None or seen.reported


def test_a_line_break_within_an_order_id_is_noticed() -> None:
    rows = b'K1,"100\n01",2024-01-13,5.00\nK1,10001,2024-01-13,6.00\nK2,10002,2024-01-14,7.00\n'
    seen = run(b"customer_id,order_id,date,amount\n" + rows)
    assert seen is None or seen.reported


def test_a_quote_that_moved_into_the_next_record_does_not_swallow_it() -> None:
    rows = b'K1,2024-01-13,1.00,"tea\nK2,2024-01-14,2.00,""tea"\nK3,2024-01-14,3.00,cake\n'
    seen = run(b"customer_id,date,amount,comment\n" + rows)
    assert seen is not None
    assert seen.reported
    assert seen.customers["K3"].monetary == Decimal("3.00")
    assert seen.load["rows_read"] == 3
