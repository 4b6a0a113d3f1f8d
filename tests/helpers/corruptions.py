"""Valid files whose rows are known, random corruptions of them, and a judge who knows nothing of how they are read.

Everything is drawn from a `random.Random`, so that a case is replayed by its seed.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import polars as pl
from readings import strict_rows

from crmcli.customers.reconcile import remarks
from crmcli.customers.summary import summarise
from crmcli.errors import CrmcliError
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions
from crmcli.transactions.quarantine import bad_rows, enforce_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEADER = -1
"""The number of the header among the records."""

DAY_ZERO = dt.date(2024, 1, 2)
TEXTS = (
    *("tea", "green tea", 'a "fine" cup', "Lee, Ann", "two\nlines", "x, y\nz", "", '"', "2024-01-05", "Zoë", "茶; 绿"),
    *(
        "12 Main Street, Flat 3\nSpringfield, IL, 62704",
        "5",
        "a\tb",
        "12,50",
        "K1003",
        ",",
        '""',
        "call 555-0100\n, ok",
    ),
)
PLAIN_TEXTS = ("tea", "green tea", "cake", "2 cups", "", "Zoë")


class Row(NamedTuple):
    """What a row that is used must say."""

    customer: str
    date: dt.date
    order: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to write rows: headings by role (a role may be `text`), and how cells are written."""

    headings: dict[str, str]
    delimiter: str = ","
    newline: str = "\n"
    quoting: int = csv.QUOTE_MINIMAL
    texts: Sequence[str] = TEXTS
    date_format: str = "%Y-%m-%d"
    mark: str = "."
    customers: Sequence[str] = tuple(f"K{number}" for number in range(1001, 1013))
    rows: tuple[int, int] = (4, 30)

    @property
    def priced(self) -> bool:
        """Whether the amount is quantity times unit price."""
        return "unit_price" in self.headings


SHAPES = {
    "bare comma": Shape({"customer": "customer_id", "date": "date", "amount": "amount"}, rows=(3, 12)),
    "comma, text last": Shape(
        {"order": "order_id", "customer": "customer_id", "amount": "amount", "date": "date", "text": "comment"}
    ),
    "comma, text first": Shape(
        {"text": "comment", "customer": "customer_id", "date": "date", "amount": "amount"}, newline="\r\n"
    ),
    "comma, all quoted": Shape(
        {"customer": "customer_id", "text": "comment", "order": "order_id", "date": "date", "amount": "amount"},
        quoting=csv.QUOTE_ALL,
    ),
    "semicolon, decimal comma": Shape(
        {"customer": "Kundennummer", "date": "Datum", "amount": "Betrag", "text": "Artikel"},
        delimiter=";",
        newline="\r\n",
        date_format="%d.%m.%Y",
        mark=",",
    ),
    "tab, no quotes": Shape(
        {"date": "date", "customer": "customer", "order": "order", "quantity": "qty", "unit_price": "unit_price"},
        delimiter="\t",
        texts=PLAIN_TEXTS,
    ),
    "order lines, many": Shape(
        {
            "order": "InvoiceNo",
            "text": "Description",
            "quantity": "Quantity",
            "date": "InvoiceDate",
            "unit_price": "UnitPrice",
            "customer": "CustomerID",
        },
        date_format="%Y-%m-%d 08:26:00",
        rows=(200, 400),
    ),
    "names, many": Shape(
        {"date": "date", "amount": "amount", "text": "product", "customer": "customer"},
        customers=("Ann Lee", "Bob", "Zoë Cruz", "客户一", "d'Arc", "O Neil", "Cid Vega", "Dee", "Eve Fox"),
        texts=PLAIN_TEXTS,
        rows=(200, 400),
    ),
    "two rows": Shape({"customer": "customer_id", "date": "date", "amount": "amount", "text": "note"}, rows=(2, 3)),
    "bar, day first": Shape(
        {"order": "order_id", "date": "date", "customer": "customer_id", "text": "note", "amount": "amount"},
        delimiter="|",
        date_format="%d/%m/%Y",
        texts=PLAIN_TEXTS,
        rows=(40, 60),
    ),
}


@dataclass(frozen=True, slots=True)
class CleanFile:
    """A valid file: its records (the header first) as bytes, each with its line end, and the rows they mean."""

    shape: Shape
    header: bytes
    records: tuple[bytes, ...]
    rows: tuple[Row, ...]

    @property
    def content(self) -> bytes:
        return self.header + b"".join(self.records)

    @property
    def delimiter(self) -> bytes:
        return self.shape.delimiter.encode()

    def touched(self, start: int, stop: int) -> frozenset[int]:
        """Numbers of the records (-1 is the header) that bytes start … stop belong to or border on."""
        found, place = set(), 0
        for number, record in enumerate((self.header, *self.records), start=HEADER):
            if start <= place + len(record) and place <= stop:
                found.add(number)
            place += len(record)
        return frozenset(found)


def clean_file(random: Random, shape: Shape) -> CleanFile:
    """A random file of a shape."""
    lines = [_line(random, shape) for _ in range(random.randint(*shape.rows))]
    # Whatever is drawn, one day and one amount tell in which order and with which mark they are written.
    lines[0] = {**lines[0], "day": dt.date(2024, 1, 25), "cents": 1_275, "quantity": 1}
    records = [_record(shape, [_cell(shape, line, role) for role in shape.headings]) for line in lines]
    rows = [_row(shape, line) for line in lines]
    return CleanFile(shape, _record(shape, list(shape.headings.values())), tuple(records), tuple(rows))


def _line(random: Random, shape: Shape) -> dict[str, object]:
    return {
        "customer": random.choice(shape.customers),
        "day": DAY_ZERO + dt.timedelta(random.randrange(80)),
        "order": str(random.randint(10_001, 10_040)),
        "quantity": random.choice([1, 2, 3, 12, -1]),
        "cents": random.choice([random.randint(101, 99_999), random.randint(101, 2_000)]),
        "text": random.choice(shape.texts),
    }


def _number(line: dict[str, object], role: str) -> Decimal:
    cents, quantity = Decimal(str(line["cents"])) / 100, Decimal(str(line["quantity"]))
    return {"amount": cents * quantity, "unit_price": cents, "quantity": quantity}[role]


def _cell(shape: Shape, line: dict[str, object], role: str) -> str:
    if role == "date":
        day = line["day"]
        assert isinstance(day, dt.date)
        return day.strftime(shape.date_format)
    if role == "quantity":
        return str(line["quantity"])
    if role in {"amount", "unit_price"}:
        return f"{_number(line, role):.2f}".replace(".", shape.mark)
    return str(line[role])


def _row(shape: Shape, line: dict[str, object]) -> Row:
    day = line["day"]
    assert isinstance(day, dt.date)
    order = str(line["order"]) if "order" in shape.headings else ""
    return Row(str(line["customer"]), day, order, _number(line, "amount").quantize(Decimal("0.01")))


def _record(shape: Shape, cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=shape.delimiter, lineterminator=shape.newline, quoting=shape.quoting).writerow(cells)  # type: ignore[arg-type]
    return text.getvalue().encode()


@dataclass(frozen=True, slots=True)
class Damaged:
    """The same file after corruption. `lost` records are gone without a trace; `touched` ones may be spoilt."""

    content: bytes
    touched: frozenset[int] = frozenset()
    lost: frozenset[int] = frozenset()


def _places(content: bytes, byte: bytes) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(byte), content)]


def _spliced(file: CleanFile, start: int, stop: int, new: bytes) -> Damaged:
    content = file.content
    return Damaged(content[:start] + new + content[stop:], file.touched(start, stop))


def _lost(mark: Callable[[CleanFile], bytes]) -> Corruption:
    def damage(random: Random, file: CleanFile) -> Damaged | None:
        places = _places(file.content, mark(file))
        return _spliced(file, place := random.choice(places), place + 1, b"") if places else None

    return damage


def _added(mark: Callable[[CleanFile], bytes]) -> Corruption:
    def damage(random: Random, file: CleanFile) -> Damaged:
        place = random.randint(0, len(file.content))
        return _spliced(file, place, place, mark(file))

    return damage


def _replaced(mark: Callable[[CleanFile], bytes], others: Sequence[bytes]) -> Corruption:
    def damage(random: Random, file: CleanFile) -> Damaged | None:
        places = _places(file.content, mark(file))
        new = random.choice([other for other in others if other != mark(file)])
        return _spliced(file, place := random.choice(places), place + 1, new) if places else None

    return damage


def _swapped_with_neighbour(random: Random, file: CleanFile) -> Damaged | None:
    content = file.content
    places = [place for place in _places(content, file.delimiter) if 0 < place < len(content) - 1]
    start = random.choice(places) - random.choice([0, 1])
    return _spliced(file, start, start + 2, content[start : start + 2][::-1])


def _shifted(mark: Callable[[CleanFile], bytes], reach: int) -> Corruption:
    def damage(random: Random, file: CleanFile) -> Damaged | None:
        content = file.content
        places = _places(content, mark(file))
        if not places:
            return None
        start = random.choice(places)
        target = random.randint(max(0, start - reach), min(len(content) - 1, start + reach))
        rest = content[:start] + content[start + 1 :]
        touched = file.touched(start, start + 1) | file.touched(target, target + 1)
        return Damaged(rest[:target] + mark(file) + rest[target:], touched)

    return damage


def _every_separator(random: Random, file: CleanFile) -> Damaged:
    """A record in which all separators are of another kind, as when a part of a file was written by another system."""
    number = random.randrange(len(file.records))
    new = random.choice([other for other in (b",", b";", b"\t", b"|") if other != file.delimiter])
    records = [*file.records]
    records[number] = records[number].replace(file.delimiter, new)
    return Damaged(file.header + b"".join(records), frozenset([number]))


def _truncated(random: Random, file: CleanFile) -> Damaged:
    place = random.randrange(len(file.content))
    kept, at = 0, len(file.header)
    while kept < len(file.records) and at + len(file.records[kept].rstrip(b"\r\n")) <= place:
        at += len(file.records[kept])
        kept += 1
    gone = frozenset(range(kept, len(file.records)))
    return Damaged(file.content[:place], frozenset([kept]) & gone, gone)


def _encoded(random: Random, file: CleanFile) -> Damaged:
    codec = random.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252", "gb18030", "utf-32", "shift_jis"])
    text = file.content.decode()
    return Damaged(text.encode(codec, "replace" if codec in {"cp1252", "shift_jis"} else "strict"))


def _partly_encoded(random: Random, file: CleanFile) -> Damaged:
    codec = random.choice(["utf-16-le", "utf-16", "cp1252", "gb18030"])
    first = random.randrange(len(file.records))
    part = b"".join(file.records[first:]).decode().encode(codec, "replace" if codec == "cp1252" else "strict")
    return Damaged(file.header + b"".join(file.records[:first]) + part, frozenset(range(first, len(file.records))))


def _foreign_byte(random: Random, file: CleanFile) -> Damaged:
    place = random.randrange(len(file.content))
    return _spliced(file, place, place + 1, bytes([random.randrange(0x80, 0x100)]))


def _repeated_header(random: Random, file: CleanFile) -> Damaged:
    header = file.header
    writings = [header, header.upper(), b"\xef\xbb\xbf" + header, _quoted(file.shape), header.rstrip(b"\r\n") + b"\n"]
    before = random.randint(0, len(file.records))
    return _inserted(file, before, random.choice(writings))


def _quoted(shape: Shape) -> bytes:
    cells = (f'"{heading}"' for heading in shape.headings.values())
    return (shape.delimiter.join(cells) + shape.newline).encode()


def _inserted(file: CleanFile, before: int, new: bytes) -> Damaged:
    head, tail = file.records[:before], file.records[before:]
    return Damaged(b"".join((file.header, *head, new, *tail)))


def _preamble(random: Random, file: CleanFile) -> Damaged:
    columns = file.shape.delimiter.join("" for _ in file.shape.headings)
    lines = random.choice(
        [
            ["Report of sales 2024"],
            ["Shop export", "", "From 2024-01-01 to 2024-03-31"],
            ["", ""],
            ["sep=" + file.shape.delimiter],
            [f"Sales{columns}", columns],
            ['"Report, quoted"', "by the shop; 2024"],
            ["# comment", "# another, with commas, in it"],
        ]
    )
    return Damaged("".join(line + file.shape.newline for line in lines).encode() + file.content)


def _second_table(random: Random, file: CleanFile) -> Damaged:
    delimiter, width = file.shape.delimiter, len(file.shape.headings)
    tables = [
        [[], ["Totals"], ["customers", "revenue"], ["12", "3456.78"]],
        [["product", "stock"], ["tea", "12"], ["cake", "7"]],
        [["sku", "name", "stock", "price", "more", "columns", "here"], ["T-1", "tea", "12", "3", "x", "y", "z"]],
        [[], [], ["Grand total", *[""] * (width - 2), "1234.50"]],
        [["Total", *[""] * (width - 1)]],
        [[], [*(f"summary {n}" for n in range(width))], [*(f"text {n}" for n in range(width))]],
        [["K1001", "total"], ["K1002", "total"]],
        [["Page 1 of 1"]],
        [["12"]],
    ]
    lines = [delimiter.join(cells) + file.shape.newline for cells in random.choice(tables)]
    return Damaged(file.content + "".join(lines).encode())


def _nul(random: Random, file: CleanFile) -> Damaged:
    place = random.randrange(len(file.content))
    length = random.choice([1, 1, 1, 4, 50])
    return _spliced(file, place, place + random.choice([0, 1]), b"\x00" * length)


def _nul_tail(random: Random, file: CleanFile) -> Damaged:
    """The end of a file whose last block was never written."""
    size = random.randint(1, min(200, len(file.content) - len(file.header)))
    start = len(file.content) - size
    return Damaged(file.content[:start] + b"\x00" * size, file.touched(start, len(file.content)))


def _line_ends(random: Random, file: CleanFile) -> Damaged:
    new = random.choice([b"\r", b"\r\n", b"\n", b"\r\r\n"])
    some = random.choice([True, False])
    old = file.shape.newline.encode()
    bodies = [
        record.removesuffix(old) + (old if some and random.random() < 0.5 else new)
        for record in (file.header, *file.records)
    ]
    return Damaged(b"".join(bodies))


def _gzip_cut(random: Random, file: CleanFile) -> Damaged:
    packed = gzip.compress(file.content, mtime=0)
    return Damaged(packed[: random.randrange(2, len(packed))], frozenset(range(len(file.records))))


def _gzip_flipped(random: Random, file: CleanFile) -> Damaged:
    packed = bytearray(gzip.compress(file.content, mtime=0))
    packed[random.randrange(2, len(packed))] ^= 1 << random.randrange(8)
    return Damaged(bytes(packed), frozenset(range(len(file.records))))


def _several(random: Random, file: CleanFile) -> Damaged | None:
    """Corruptions of separators and quotes in two or three records far from one another."""
    if len(file.records) < 12:
        return None
    numbers = sorted(random.sample(range(0, len(file.records), 4), min(3, len(file.records) // 4)))
    content, touched = file.content, set[int]()
    starts = [len(file.header)]
    for record in file.records:
        starts.append(starts[-1] + len(record))
    for number in reversed(numbers):
        place = random.randrange(starts[number], starts[number + 1] - 2)
        new = random.choice([file.delimiter, b'"', b"", b"\x00"])
        cut = (
            0 if new else len(content[place : place + 1]) if content[place : place + 1] in {file.delimiter, b'"'} else 0
        )
        content = content[:place] + new + content[place + cut :]
        touched |= file.touched(place, place + 1)
    return Damaged(content, frozenset(touched))


def _of(byte: bytes) -> Callable[[CleanFile], bytes]:
    return lambda _: byte


def _delimiter(file: CleanFile) -> bytes:
    return file.delimiter


Corruption: TypeAlias = "Callable[[Random, CleanFile], Damaged | None]"
"""One random corruption of a file; None where the file holds nothing of that kind."""

CORRUPTIONS: dict[str, Corruption] = {
    "separator dropped": _lost(_delimiter),
    "separator added": _added(_delimiter),
    "separator of another kind": _replaced(_delimiter, (b",", b";", b"\t", b"|", b" ", b".")),
    "separators of another kind": _every_separator,
    "separator swapped with a neighbour": _swapped_with_neighbour,
    "quote stray": _added(_of(b'"')),
    "quote lost": _lost(_of(b'"')),
    "quote shifted": _shifted(_of(b'"'), 30),
    "quote shifted far": _shifted(_of(b'"'), 400),
    "quote of another kind": _replaced(_of(b'"'), (b"'", "“".encode(), b'""')),
    "line break added": _added(_of(b"\n")),
    "line break lost": _lost(_of(b"\n")),
    "carriage return added": _added(_of(b"\r")),
    "line ends changed": _line_ends,
    "truncated": _truncated,
    "truncated gzip": _gzip_cut,
    "flipped bit in gzip": _gzip_flipped,
    "encoding changed": _encoded,
    "encoding changed half-way": _partly_encoded,
    "byte of another encoding": _foreign_byte,
    "byte-order mark added": _added(_of(b"\xef\xbb\xbf")),
    "header repeated": _repeated_header,
    "preamble": _preamble,
    "second table": _second_table,
    "NUL": _nul,
    "NULs at the end": _nul_tail,
    "several at once": _several,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of a file: the rows that were used, or why it was refused."""

    refused: str = ""
    used: Counter[Row] = field(default_factory=Counter)
    quarantined: int = 0
    dropped: int = 0
    raw: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def read(content: bytes, shape: Shape) -> Reading:
    """Read a file as the commands do."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "in.csv")
        path.write_bytes(content)
        try:
            return _read(path, shape)
        except CrmcliError as error:
            return Reading(refused=" ".join(error.lines()))


def _read(path: Path, shape: Shape) -> Reading:
    with load([str(path)], ReadOptions(), stdin=io.BytesIO()) as transactions:
        _, notes = summarise(transactions)
        enforce_limit(notes, transactions)
        rows = transactions.frame.filter(pl.col("code") == 0).collect()
        bad = bad_rows(transactions, notes.as_of, None)
    order = "order_id" if "order_id" in rows.columns and "order" in shape.headings else None
    names = ["customer_id", "date", *([order] if order else []), "amount"]
    used = Counter(
        Row(values[0], values[1], values[2] or "" if order else "", values[-1])
        for values in rows.select(names).iter_rows()
    )
    assert notes.rows_read == notes.rows_used + notes.rows_quarantined + sum(notes.dropped.values())
    dropped = sum(count for name, count in notes.dropped.items() if name in {"no_customer", "no_price", "status"})
    doubts = tuple(remark.text for remark in remarks(notes) if remark.severity == "warning")
    return Reading("", used, notes.rows_quarantined, dropped, tuple(row.raw for row in bad), doubts)


RIGHT, QUARANTINED, WARNED, REFUSED = "right", "quarantined", "warned", "refused"
ANOTHER, SILENT = "another file", "silently wrong"
VERDICTS = (RIGHT, QUARANTINED, WARNED, REFUSED, ANOTHER, SILENT)


def judge(file: CleanFile, damage: Damaged) -> tuple[str, Reading]:
    """How a file was read, by what is known of its rows.

    right: the rows are those of the clean file (without those that were cut off and left no trace).
    quarantined: only rows of the clean file were used, and each that was not is damaged, and rows were named as bad.
    warned: the last row was used, and a warning says that it may be cut off; or a warning names the odd id of the
    row, or the heading that is no longer taken for that of the orders.
    refused: no result.
    another file: what the file says now is valid to the letter, and that is what was read.
    """
    reading = read(damage.content, file.shape)
    if reading.refused:
        return REFUSED, reading
    clean = Counter(file.rows)
    missing, extra = clean - reading.used, reading.used - clean
    lost = Counter(file.rows[number] for number in damage.lost)
    verdicts = {
        RIGHT: not extra and missing == lost,
        QUARANTINED: not extra and _accounted(file, damage, missing, reading),
        WARNED: _warned(damage, extra, missing - lost, reading),
        ANOTHER: reading.used == _another_file(damage.content, file.shape),
    }
    return next((verdict for verdict, holds in verdicts.items() if holds), SILENT), reading


def _warned(damage: Damaged, extra: Counter[Row], missing: Counter[Row], reading: Reading) -> bool:
    cut_off = extra.total() <= 1 and not missing and any("may be cut off" in doubt for doubt in reading.doubts)
    odd = bool(extra) and all(
        any(repr(row.order) in doubt or repr(row.customer) in doubt for doubt in reading.doubts) for row in extra
    )
    renamed = HEADER in damage.touched and any("is not taken for order_id" in doubt for doubt in reading.doubts)
    return cut_off or odd or renamed


def _accounted(file: CleanFile, damage: Damaged, missing: Counter[Row], reading: Reading) -> bool:
    """Whether each row that was not used was damaged, or stands in the text of a row that was named as bad."""
    if not reading.quarantined + reading.dropped:
        return False
    numbers = {number for number in damage.touched | damage.lost if number >= 0}
    spoilt = Counter(file.rows[number] for number in numbers)
    raw = "\n".join(reading.raw)
    for number, record in enumerate(file.records):
        # Of a record of several lines that was set aside, each line is a bad row.
        if number not in numbers and all(line in raw for line in record.decode().splitlines() if line):
            spoilt[file.rows[number]] += 1
    return not missing - spoilt


def _another_file(content: bytes, shape: Shape) -> Counter[Row] | None:
    """The rows of a file that is valid to the letter: nobody can know that it once was another one."""
    rows = strict_rows(content, shape.delimiter)
    if rows is None or sorted(rows[0]) != sorted(shape.headings.values()):
        return None
    roles = {heading: role for role, heading in shape.headings.items()}
    try:
        read_rows = [
            _parsed(shape, {roles[name]: cell for name, cell in zip(rows[0], row, strict=True)}) for row in rows[1:]
        ]
    except (ValueError, InvalidOperation):
        return None
    return Counter(read_rows)


def _parsed(shape: Shape, cells: dict[str, str]) -> Row:
    day = dt.datetime.strptime(cells["date"], shape.date_format).replace(tzinfo=dt.UTC).date()
    if (
        not re.fullmatch(r"[^\x00-\x1f]+", cells["customer"].strip())
        or day.strftime(shape.date_format) != cells["date"]
    ):
        raise ValueError(cells)
    numbers = {name: cells[name] for name in ("amount", "quantity", "unit_price") if name in cells}
    for text in numbers.values():
        if not re.fullmatch(rf"-?(\d+{re.escape(shape.mark)}?\d*|{re.escape(shape.mark)}\d+)", text):
            raise ValueError(text)
    values = {name: Decimal(text.replace(shape.mark, ".")) for name, text in numbers.items()}
    amount = values["quantity"] * values["unit_price"] if shape.priced else values["amount"]
    return Row(cells["customer"].strip(), day, cells.get("order", "").strip(), amount.quantize(Decimal("0.01")))


@dataclass(frozen=True, slots=True)
class Case:
    """One corruption of one file, replayed by its three parts."""

    kind: str
    shape: str
    seed: str

    def play(self) -> tuple[CleanFile, Damaged | None]:
        random = Random(f"{self.kind}/{self.shape}/{self.seed}")  # noqa: S311 - nothing here is secret
        file = clean_file(random, SHAPES[self.shape])
        return file, CORRUPTIONS[self.kind](random, file)
