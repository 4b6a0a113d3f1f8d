"""What may not change a byte: the order of rows, how they are split into files, and what happens after as_of."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from command import crmcli
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from purchases import CENT, DAY_ZERO, DAYS, PURCHASES, WRITERS, Customer, Purchase, csv_bytes, customers, write
from views import segment, view_bytes

from crmcli.analysis.segment.options import SegmentOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcli.analysis.result import Result

AS_OF = DAY_ZERO + dt.timedelta(DAYS)
A_SALE = Purchase("C001", DAY_ZERO, "o1", Decimal("12.00"))
LINES = st.lists(PURCHASES, max_size=60).map(lambda lines: [A_SALE, *lines])
LATER = st.lists(
    st.builds(
        Purchase,
        st.sampled_from(["007", "C001", "C002", "Newcomer", ""]),
        st.integers(1, 900).map(lambda days: AS_OF + dt.timedelta(days)),
        st.integers(1, 60).map("o{}".format),
        st.integers(-9_000_000, 9_000_000).map(lambda cents: Decimal(cents) * CENT),
    ),
    min_size=1,
    max_size=20,
)
OPTIONS = st.builds(
    SegmentOptions,
    rfm_method=st.sampled_from(["crm", "ntile", "r-rfm"]),
    abc_by=st.sampled_from(["customers", "revenue"]),
)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for one example; fixtures are shared by all examples of a test."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def all_bytes(
    paths: Sequence[Path], options: SegmentOptions | None = None, as_of: dt.date | None = AS_OF
) -> dict[tuple[str, str], bytes]:
    return view_bytes(segment(paths, as_of=as_of, options=options)[0])


def as_customers(result: Result) -> dict[str, Customer]:
    rows = result.tables["customers"].select("customer_id", "first_date", "last_date", "frequency", "monetary")
    return {name: Customer(str(first), str(last), count, money) for name, first, last, count, money in rows.iter_rows()}


@examples(20)
@given(lines=LINES, options=OPTIONS, draw=st.data())
def test_the_order_of_rows_does_not_matter(lines: list[Purchase], options: SegmentOptions, draw: st.DataObject) -> None:
    shuffled = draw.draw(st.permutations(lines))
    with folder() as here:
        first, second = write(here, lines, number=1), write(here, shuffled, number=2)
        assert all_bytes([second], options) == all_bytes([first], options)


@examples(20)
@given(lines=LINES, options=OPTIONS, draw=st.data())
def test_how_rows_are_split_into_files_does_not_matter(
    lines: list[Purchase], options: SegmentOptions, draw: st.DataObject
) -> None:
    shuffled = draw.draw(st.permutations(lines))
    cuts = sorted(draw.draw(st.sets(st.integers(1, len(lines)), max_size=4)) | {0, len(lines)})
    names = draw.draw(st.lists(st.sampled_from(sorted(WRITERS)), min_size=len(cuts), max_size=len(cuts)))
    with folder() as here:
        whole = write(here, lines, number=0)
        parts = [
            write(here, shuffled[start:stop], name, number)
            for number, (start, stop, name) in enumerate(zip(cuts, cuts[1:], names, strict=False), start=1)
        ]
        # The same content given twice is refused, and rightly so.
        if len({part.read_bytes() for part in parts}) == len(parts):
            assert all_bytes(parts, options) == all_bytes([whole], options)


@examples(20)
@given(lines=LINES, later=LATER, options=OPTIONS, beside=st.booleans())
def test_what_happens_after_as_of_does_not_matter(
    lines: list[Purchase], later: list[Purchase], options: SegmentOptions, *, beside: bool
) -> None:
    with folder() as here:
        before = write(here, lines, number=1)
        after = [before, write(here, later, "typed.parquet", 2)] if beside else [write(here, lines + later, number=3)]
        result, notes = segment(after, as_of=AS_OF, options=options)
        assert view_bytes(result) == all_bytes([before], options)
        assert notes.dropped["after_as_of"] == len(later)


@examples(15)
@given(lines=LINES, later=LATER, draw=st.data())
def test_the_command_itself_writes_the_same_bytes(
    lines: list[Purchase], later: list[Purchase], draw: st.DataObject
) -> None:
    view = draw.draw(st.sampled_from(["customers", "segments", "thresholds", "abc", "concentration"]))
    shape = draw.draw(st.sampled_from(["csv", "parquet", "json", "ndjson", "tsv", "markdown"]))
    shuffled = draw.draw(st.permutations(lines + later))
    with folder() as here:
        one, two = write(here, lines, number=1), write(here, shuffled, number=2)
        wanted = ("--as-of", AS_OF.isoformat(), "--view", view, "-f", shape)
        assert crmcli("segment", two, *wanted).stdout == crmcli("segment", one, *wanted).stdout != b""


def test_a_file_of_many_parts_gives_the_same_bytes() -> None:
    random = np.random.default_rng(11)
    days, cents, who, orders = (random.integers(0, limit, 60_000) for limit in (DAYS, 20_000, 9_000, 20_000))
    columns = zip(days.tolist(), cents.tolist(), who.tolist(), orders.tolist(), strict=True)
    lines = [
        Purchase(f"C{customer}", DAY_ZERO + dt.timedelta(day), f"o{order}", Decimal(money - 1_000) * CENT)
        for day, money, customer, order in columns
    ]
    shuffled = [lines[place] for place in random.permutation(len(lines)).tolist()]
    with folder() as here:
        whole = write(here, lines, number=0)
        names = sorted(WRITERS)
        parts = [write(here, shuffled[start :: len(names)], name, 1) for start, name in enumerate(names)]
        assert all_bytes(parts) == all_bytes([whole])


SCORED = ["customer_id", "r_score", "f_score", "m_score", "rfm", "segment", "abc_tier", "abc_name", "class", "flags"]


@examples(20)
@given(
    lines=LINES,
    factor=st.sampled_from(["2", "3", "7", "10", "100", "0.01", "0.25", "1.5", "1000000"]).map(Decimal),
    method=st.sampled_from(["crm", "ntile"]),
    abc_by=st.sampled_from(["customers", "revenue"]),
)
def test_the_unit_of_money_does_not_matter(lines: list[Purchase], factor: Decimal, method: str, abc_by: str) -> None:
    whole = [Purchase(line.customer, line.date, line.order, (line.amount * 100).quantize(CENT)) for line in lines]
    scaled = [Purchase(line.customer, line.date, line.order, (line.amount * factor).quantize(CENT)) for line in whole]
    options = SegmentOptions(rfm_method=method, abc_by=abc_by)
    with folder() as here:
        first, _ = segment([write(here, whole, number=1)], as_of=AS_OF, options=options)
        second, notes = segment([write(here, scaled, number=2)], as_of=AS_OF, options=options)
    assert notes.rounded_lines == 0
    assert second.tables["customers"].select(SCORED).equals(first.tables["customers"].select(SCORED))


@examples(20)
@given(lines=LINES, name=st.sampled_from(sorted(WRITERS)))
def test_every_customer_is_summed_up_by_definition(lines: list[Purchase], name: str) -> None:
    with folder() as here:
        result, _ = segment([write(here, lines, name)], as_of=AS_OF)
    assert as_customers(result) == customers(lines, by_order=True)


BAD = st.sampled_from(
    [
        b"C001,not a date,o1,5.00",
        b"C001,2023-02-30,o1,5.00",
        b"C001,2023-03-01,o1,five",
        b"C001,2023-03-01,o1,inf",
        b"C001,2023-03-01,o1",
        b"C001,2023-03-01,o1,5.00,6.00",
        b'C001,2023-03-01,"o"1,5.00',
        b"C001,2023-03-01,o\x001,5.00",
        b"customer_id,date,order_id,amount",
    ]
)


@examples(20)
@given(
    lines=st.lists(PURCHASES, min_size=20, max_size=50).map(lambda lines: [A_SALE, *lines]),
    bad=st.lists(BAD, max_size=8),
    days=st.integers(0, DAYS),
    draw=st.data(),
)
def test_rows_and_cents_are_conserved(lines: list[Purchase], bad: list[bytes], days: int, draw: st.DataObject) -> None:
    header, *records = csv_bytes(lines).splitlines()
    records = draw.draw(st.permutations([*records, *bad]))
    end = DAY_ZERO + dt.timedelta(days)
    with folder() as here:
        path = here / "in.csv"
        path.write_bytes(b"\n".join([header, *records, b""]))
        outcome = crmcli("segment", path, "--as-of", end.isoformat(), "--facts", "-", "-o", here / "customers.csv")
        assert outcome.code == 0, outcome.stderr
        document: dict[str, Any] = json.loads(outcome.table, parse_float=Decimal)
        table = pl.read_csv(here / "customers.csv", infer_schema=False)
    _check_account(document["load"], lines, len(bad), end)
    shown = {name: Decimal(money) for name, money in table.select("customer_id", "monetary").iter_rows()}
    assert sum(shown.values()) == document["load"]["net"] == document["facts"]["revenue"]["value"]


def _check_account(load: dict[str, Any], lines: list[Purchase], bad: int, end: dt.date) -> None:
    assert load["rows_read"] == len(lines) + bad
    assert load["rows_read"] == load["rows_used"] + load["rows_quarantined"] + sum(load["dropped"].values())
    in_time = [line for line in lines if line.date <= end]
    used = [line for line in in_time if line.customer]
    assert load["rows_quarantined"] == bad
    assert load["dropped"].get("after_as_of", 0) == len(lines) - len(in_time)
    assert load["dropped"].get("no_customer", 0) == len(in_time) - len(used)
    assert load["net"] + load["refund_only_money"] == sum((line.amount for line in used), Decimal(0))
    assert load["gross"] + load["refunds"] == load["net"]


def test_ids_written_as_floats_read_alike_however_the_rows_are_split(tmp_path: Path) -> None:
    first = Purchase("7.0", DAY_ZERO, "o1", Decimal("5.00"))
    second, third = Purchase("A1", DAY_ZERO, "o2", Decimal("6.00")), Purchase("7", DAY_ZERO, "o3", Decimal("7.00"))
    whole = write(tmp_path, [first, second, third], number=0)
    parts = [write(tmp_path, [first], number=1), write(tmp_path, [second, third], "marked.csv", 2)]
    assert all_bytes(parts) == all_bytes([whole])
