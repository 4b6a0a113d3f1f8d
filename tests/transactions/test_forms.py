"""What forms of cells tell about a column is what counting all of its values would tell."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from effort import examples
from hypothesis import event, given
from hypothesis import strategies as st
from load_cases import codes, opened, rows, write

from crmcli.errors import CrmcliError
from crmcli.transactions import plain
from crmcli.transactions.amounts import AmountDetector, FactorDetector
from crmcli.transactions.dates import DateDetector
from crmcli.transactions.dialect import Layout
from crmcli.transactions.forms import CELL_FORMS, MOST_COLUMNS, forms_of, text_pattern
from crmcli.transactions.ids import IdDetector
from crmcli.transactions.plain import count_lines_of_forms, survey_plain
from crmcli.transactions.tally import merged, uniform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from crmcli.transactions.forms import CellForm
    from crmcli.transactions.readings import Detector

INTEGER, LONG, ZERO_LED, TAGGED, NUMBER = CELL_FORMS[:5]
DATES = CELL_FORMS[5:]
ISO, ISO_NAIVE, ISO_AWARE = DATES[:3]

MAKERS: dict[str, Callable[[pl.Series], Detector]] = {
    "id": lambda sample: IdDetector("c0", "it", pl.String(), sample),
    "amount": lambda sample: AmountDetector("c0", "it", pl.String(), sample, None),
    "factor": lambda sample: FactorDetector("c0", "it", pl.String(), sample, "."),
    "date": lambda sample: DateDetector("c0", "it", pl.String(), sample, None),
}
TOLD = {"id": CELL_FORMS[:4], "amount": (INTEGER, NUMBER), "factor": (INTEGER, NUMBER), "date": DATES}
NAMES = ["integer", "long", "zero-led", "tagged", "number"] + [
    f"{form.date and form.date.strptime} {form.time}" for form in DATES
]
PAIRS = [pytest.param(kind, form, id=f"{kind} {NAMES[CELL_FORMS.index(form)]}") for kind in TOLD for form in TOLD[kind]]


def cells_of(form: CellForm) -> st.SearchStrategy[str]:
    return st.from_regex(form.pattern, fullmatch=True, alphabet=st.characters(max_codepoint=126))


@pytest.mark.parametrize(("kind", "form"), PAIRS)
@examples(25)
@given(data=st.data())
def test_cells_of_a_form_count_as_it_says(kind: str, form: CellForm, data: st.DataObject) -> None:
    values = pl.Series("c0", data.draw(st.lists(cells_of(form), min_size=1, max_size=12)))
    detector = MAKERS[kind](values.head(3))
    names = detector.counts_under(form)
    assert names is not None
    evidence = values.to_frame().lazy().select(**detector.evidence()).collect().row(0, named=True)
    told = {"tally": uniform(values.len(), names)}
    reading = detector.decide(evidence)
    assert detector.decide(told) == reading
    counted, counts = merged(evidence["tally"]).counts, merged(told["tally"]).counts
    if kind in {"amount", "factor"}:
        assert reading.cents
        del counted["."], counted["finer than cents"]
    assert counted == counts


@pytest.mark.parametrize(("kind", "form"), PAIRS)
def test_no_other_form_tells_anything(kind: str, form: CellForm) -> None:
    day = dt.date(2024, 1, 31).strftime(form.date.strptime if form.date else "1")
    sample = day + {"none": "", "naive": " 10:00", "aware": "T10:00:00.5Z"}[form.time]
    detector = MAKERS[kind](pl.Series([sample]))
    expected = [form] if kind == "date" else list(TOLD[kind])
    assert [other for other in CELL_FORMS if detector.counts_under(other) is not None] == expected


def test_who_asks_for_a_decimal_comma_needs_to_know_the_points() -> None:
    detector = AmountDetector("c0", "it", pl.String(), pl.Series(["1"]), ",")
    assert detector.counts_under(NUMBER) is None


def test_a_sample_without_padding_decides_nothing() -> None:
    detector = MAKERS["date"](pl.Series(["2024-1-5", "2024-02-03"]))
    assert detector.counts_under(ISO) is None


@pytest.mark.parametrize("form", CELL_FORMS, ids=NAMES)
@examples(25)
@given(data=st.data())
def test_no_cell_of_a_form_is_empty_or_disturbs_the_structure(form: CellForm, data: st.DataObject) -> None:
    cell = data.draw(cells_of(form))
    assert cell
    assert cell.isascii()
    assert cell.isprintable()
    assert '"' not in cell


def test_forms_are_those_of_all_records() -> None:
    records = [
        ("7", "1234567890", "007", "SO-7", "-1.50", "2024-01-31", "2024-01-31 10:00", "2024-02-29T10:00:00Z", "x"),
        ("0", "1", "00", "#8", "3", "2024-02-29", "2024-01-31T10:00:59", "2024-01-31 10:00 +0100", ""),
    ]
    expected = (INTEGER, LONG, ZERO_LED, TAGGED, NUMBER, ISO, ISO_NAIVE, ISO_AWARE, None)
    assert forms_of(records, 9) == expected
    assert forms_of([*records, ("7",) * 8], 9) == (None,) * 9
    assert forms_of([("1",) * (MOST_COLUMNS + 1)], MOST_COLUMNS + 1) == (None,) * (MOST_COLUMNS + 1)


OPEN_IDS = ("", " 7", "7 ", "nan", "#n/a", "-", "1e5", "1.2E+11", "x y", "A,7", "٣")
OPEN_AMOUNTS = ("1.234", "1,5", "€5", "(5)", "5-", "1234567890.5")
OPEN_DATES = ("2023-02-29", "1899-12-31", "2024-1-1", "01/02/2024", "2024-01-31 10", "2024-01-31 25:00")


@pytest.mark.parametrize("cell", [*OPEN_IDS, *OPEN_AMOUNTS, *OPEN_DATES])
def test_what_leaves_something_open_or_is_rare_has_no_form(cell: str) -> None:
    assert forms_of([(cell,)], 1) == (None,)


def test_a_whole_number_with_a_point_tells_of_amounts_alone() -> None:
    assert forms_of([("17850.0",)], 1) == (NUMBER,)
    assert NUMBER.id_counts is None


def test_the_widest_pattern_can_be_matched() -> None:
    line = ",".join(["2024-01-31 10:00:00+01:00"] * MOST_COLUMNS) + "\n"
    assert pl.Series([line * 3]).str.contains(text_pattern([ISO_AWARE] * MOST_COLUMNS, ",")).all()


def layout(fields: int, delimiter: str = ",") -> Layout:
    return Layout(delimiter, tuple(f"h{n}" for n in range(fields)), line=1, first_line=2, offset=0, blank_lines=0)


def test_a_cell_never_reaches_over_a_separator() -> None:
    whole, cut = b"2024-01-31 10:00:00,5,7\n", b"2024-01-31 10:00:00,5\n"
    assert count_lines_of_forms([whole], layout(2), [ISO_NAIVE, INTEGER]) == 0
    assert count_lines_of_forms([cut], layout(2), [ISO_NAIVE, INTEGER]) == 1
    assert count_lines_of_forms([b"SO-7-5\n"], layout(2, "-"), [TAGGED, INTEGER]) == 0
    assert count_lines_of_forms([b"SO7-5\n"], layout(2, "-"), [TAGGED, INTEGER]) == 1


BROKEN = (b"1,2\n\n", b"1,2,3\n", b"1,x\n", b"1,2\n3\n", b'1,"2"\n', b"1,2\r\r\n", b"1\n,2\n", b"1,2")
MARKED = (b"\xff,2\n", b"h0,2\nh0,h1\n", b"\xef\xbb\xbf1,2\n", b"a\x00,2\n", b"a\x1e,2\n", b"a\x1f,2\n")


@pytest.mark.parametrize(
    "text", [*BROKEN, *MARKED, b"x,2\n" + b"y" * (1 << 20) + b",2\n"], ids=lambda text: repr(text[:9])
)
def test_other_lines_are_not_counted(text: bytes) -> None:
    assert count_lines_of_forms([text], layout(2), [None, INTEGER]) == 0


def test_lines_are_counted_over_all_pieces() -> None:
    pieces = ["ä,2\n,3\r\n".encode(), b"x,4\n"]
    assert count_lines_of_forms(pieces, layout(2), [None, INTEGER]) == 3


@contextmanager
def small_pieces(*, forms: bool) -> Iterator[None]:
    """Forms are sought in the first few lines of small files, too, or in none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "CHUNK_BYTES", 64)
        patch.setattr(plain, "BATCH_PIECES", 2)
        if not forms:
            patch.setattr(plain, "forms_of", lambda _, fields: (None,) * fields)
        yield


PART = st.sampled_from([b"1,2\n", b"1,2\r\n", b"33,44\n", b"a,5\n", b",5\n", b"1,2,3\n", b"\n", b'"', "é,6\n".encode()])


@given(st.lists(PART, max_size=60).map(b"".join), st.integers(0, 60))
def test_forms_change_nothing_in_the_structure(
    tmp_path_factory: pytest.TempPathFactory, end: bytes, start: int
) -> None:
    path = tmp_path_factory.mktemp("forms") / "in.csv"
    path.write_bytes(b"1,2\n" * start + end)
    with small_pieces(forms=False):
        expected = survey_plain(path, layout(2))
    with small_pieces(forms=True):
        found = survey_plain(path, layout(2))
    assert (found and found.records) == (expected and expected.records)
    if found:
        lines = [line.removesuffix(b"\r") for line in path.read_bytes().split(b"\n")[:-1]]
        for column, form in enumerate(found.forms):
            event(f"column {column}: {form and form.pattern}")
            cells = [line.split(b",")[column].decode() for line in lines]
            assert form is None or pl.Series(cells).str.contains(rf"\A(?:{form.pattern})\z").all()


def outcome(*paths: Path, **options: Any) -> tuple[object, ...]:
    """All that loading tells: the plan holds the readings to the last detail."""
    try:
        with opened(*paths, **options) as transactions:
            frame = transactions.frame
            told = (transactions.layouts, transactions.notes, transactions.ids_deferred, transactions.files())
            plan = re.sub(r"Csv SCAN \[.*\]", "", frame.explain(optimized=False))
            return (*told, plan, frame.collect(engine="streaming").rows())
    except CrmcliError as error:
        return (type(error), *error.lines())


def same_outcome(*paths: Path, **options: Any) -> bool:
    """Compare loading with and without forms; true if some column had one."""
    with small_pieces(forms=False):
        expected = outcome(*paths, **options)
    with small_pieces(forms=True):
        assert outcome(*paths, **options) == expected
        try:
            with opened(*paths, **options) as transactions:
                return any(form for table in transactions.tables for form in table.forms)
        except CrmcliError:
            return False


POOLS = {
    "customer_id": (("7", "8"), ("007", "010"), ("C-1", "C2"), ("nan", "17850.0", "1.2E+11", "x y", "", " 7", "0")),
    "order_id": (("1001", "1002"), ("1234567890", "5"), ("#1001", "#7"), ("C536", "7.0", "8.0", "12e4", "", "null")),
    "date": (
        ("2024-01-31", "2024-02-29"),
        ("2024/01/31 10:00", "2024/01/05T11:00:00.25"),
        ("2024-01-31 10:00:00Z", "2024-01-30 23:30 -0500"),
        (
            "2024-1-5",
            "31/01/2024",
            "05/01/2024",
            "2023-02-29",
            "2024-01-05 10:00",
            "2024-01-05Z",
            "soon",
            "",
            "20240105",
        ),
    ),
    "amount": (
        ("5", "12"),
        ("12.50", "-3.1", "8"),
        ("5.0000", "1.25"),
        ("1.234", "1,234.50", "3.123", "€4", "-", "", "7,5"),
    ),
    "quantity": (("1", "2"), ("-1", "3"), ("1.5", "2"), ("1.234", "1,5", "x", "9999999999", "")),
    "note": (("a", "b"), ("1", "2"), ("", "ä"), ("2024-01-31", "x", "", "1,5")),
}


@st.composite
def column(draw: st.DrawFn, name: str, size: int) -> list[str]:
    """Cells of one form, in most cases, with a few others anywhere, often late."""
    *usual, odd = POOLS[name]
    pool = draw(st.sampled_from(usual))
    cells = draw(st.lists(st.sampled_from(pool), min_size=size, max_size=size))
    for place in draw(st.lists(st.integers(0, size - 1) | st.just(size - 1), max_size=2)):
        cells[place] = draw(st.sampled_from([*odd, *usual[0], *usual[-1]]))
    return cells


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A header and lines, separated by semicolons."""
    size = draw(st.integers(1, 40))
    optional = draw(st.sets(st.sampled_from(["order_id", "quantity", "note"])))
    names = draw(st.permutations(["customer_id", "date", "amount", *sorted(optional)]))
    drawn = [draw(column(name, size)) for name in names]
    return ";".join(names), [";".join(cells) for cells in zip(*drawn, strict=True)]


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "as_of": st.sampled_from([dt.date(2024, 1, 31), dt.date(2023, 1, 1)]),
        "decimal": st.sampled_from([".", ","]),
        "date_format": st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%Y-%d-%m", "excel"]),
        "where": st.sampled_from([{"quantity": ("1",)}, {"note": ("a", "")}, {"customer_id": ("7",)}]),
    },
)


@examples(50)
@given(tables(), OPTIONS)
def test_forms_change_nothing_that_loading_tells(
    tmp_path_factory: pytest.TempPathFactory, table: tuple[str, list[str]], options: dict[str, Any]
) -> None:
    header, lines = table
    path = write(tmp_path_factory.mktemp("forms") / "a.csv", *lines, header=header)
    event(f"forms: {same_outcome(path, **options)}")


@examples(25)
@given(tables(), tables())
def test_nor_for_several_files(
    tmp_path_factory: pytest.TempPathFactory, one: tuple[str, list[str]], two: tuple[str, list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("forms")
    paths = [write(folder / f"{n}.csv", *lines, header=header) for n, (header, lines) in enumerate((one, two))]
    event(f"forms: {same_outcome(*paths)}")
    event(f"one layout: {one[0] == two[0]}")


LINES = [f"{n:03},2024-01-{1 + n % 31:02},{1000 + n},{n}.50" for n in range(1, 40)]
SHOP = "customer_id,date,order_id,amount"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("041,2024-02-1,2000,5.00", "INVALID_DATE"),
        ("041,2023-02-29,2000,5.00", "INVALID_DATE"),
        ("041,13/02/2024,2000,5.00", "INCONSISTENT_DATE"),
        ("041,,2000,5.00", "INVALID_DATE"),
        ("041,2024-02-01 10:00,2000,5.00", ""),
        ("041,2024-02-01,2000,1 234.50", ""),
        ("041,2024-02-01,2000,€5.00", ""),
        ("041,2024-02-01,2000,1.234", ""),
        ("041,2024-02-01,2000,inf", "NON_FINITE"),
        ("041,2024-02-01,2000,", "INVALID_AMOUNT"),
        ("041,2024-02-01,17850.0,5.00", ""),
        ("041,2024-02-01,nan,5.00", ""),
        ("041,2024-02-01,,5.00", ""),
        ("17850.0,2024-02-01,2000,5.00", ""),
        ("nan,2024-02-01,2000,5.00", "NO_CUSTOMER"),
        ('"=""007""",2024-02-01,2000,5.00', ""),
        ('041,2024-02-01,"=""007""",5.00', ""),
        ("041,2024-02-01,1.2E+11,5.00", "refused"),
    ],
)
def test_a_late_cell_of_another_kind_is_read_as_ever(tmp_path: Path, line: str, code: str) -> None:
    path = write(tmp_path / "a.csv", *LINES, line, header=SHOP)
    same_outcome(path)
    with small_pieces(forms=True):
        if code == "refused":
            with pytest.raises(CrmcliError, match="exponent"):
                rows(path)
        else:
            assert codes(path) == [*[""] * len(LINES), code]


@pytest.mark.parametrize("options", [{}, {"as_of": dt.date(2024, 1, 20)}, {"where": {"order_id": ("1007",)}}])
def test_a_plain_file_is_read_without_counting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    path = write(tmp_path / "a.csv", *LINES, header=SHOP)
    assert same_outcome(path, **options)
    expected = rows(path, **options)
    for detector in (AmountDetector, DateDetector):
        monkeypatch.setattr(detector, "evidence", None)
    monkeypatch.setattr(IdDetector, "evidence", lambda self: {} if self.deferred else pytest.fail("counts ids"))
    with small_pieces(forms=True):
        assert rows(path, **options).equals(expected)


def test_one_cell_costs_only_its_own_column_the_form(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *LINES, "041,2024-02-01,2000,5.123", *LINES, header=SHOP)
    with small_pieces(forms=True), opened(path) as transactions:
        assert transactions.tables[0].forms == (ZERO_LED, ISO, INTEGER, None)


def test_files_of_one_header_need_the_same_form(tmp_path: Path) -> None:
    one = write(tmp_path / "1.csv", *LINES, header=SHOP)
    two = write(tmp_path / "2.csv", *(line.replace("2024-", "2023-") for line in LINES), header=SHOP)
    three = write(tmp_path / "3.csv", *(line.replace(".50", "") for line in LINES), header=SHOP)
    four = write(tmp_path / "4.csv", *(line.replace("-01-", "-01-0")[:-1] for line in LINES[:3]), header=SHOP)
    assert same_outcome(one, two)
    assert same_outcome(one, three)
    assert same_outcome(one, four)
    with small_pieces(forms=True), opened(one, three) as transactions:
        (layout,) = {table.header: table for table in transactions.tables}.values()
        assert layout.forms == (ZERO_LED, ISO, INTEGER, INTEGER)
