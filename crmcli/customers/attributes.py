"""What is known of customers beside their orders: one row each, every column a number or a text by proof."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from crmcli.customers.keyed_file import decided, read_keyed_file
from crmcli.errors import InputError
from crmcli.notes import counted, info, warning
from crmcli.transactions.amounts import AmountDetector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.customers.keyed_file import KeyedFile
    from crmcli.notes import Note
    from crmcli.transactions.amounts import AmountReading
    from crmcli.transactions.options import ReadOptions

MISSING_WORDS = r"^(?i:nan|null|none|n/a|#n/a|<na>|nil)$"
"""Cells that say that nothing is known, beside empty ones; the same as for ids."""

_ZERO_LED = "^[+-]?0[0-9]"
_PLAIN = r"^[+-]?[0-9]{1,15}(\.[0-9]{1,15})?$"
_ID_WORDS = frozenset({"id", "no", "nr", "number", "code", "phone", "mobile", "zip", "postcode", "plz", "key"})
_ID_ENDINGS = ("编号", "编码", "号码", "电话", "手机", "邮编", "号")
_WORDS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes of customers, from a file of them or from the lines of their transactions.

    `frame` holds customer_id String (unique, sorted, read like the ids of transactions) and one column per attribute
    under its heading, String or Float64, null where nothing is known. `label` is how messages name the source.
    `is_complete` says that every customer of the transactions has a row by the way it was made.
    """

    label: str
    frame: pl.DataFrame
    notes: tuple[Note, ...] = ()
    is_complete: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Headings of the attributes."""
        return tuple(name for name in self.frame.columns if name != "customer_id")

    def beside(self, customers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The customers who have a row here, sorted by id, and row by row beside them their attributes.

        Apart, since an attribute may be called like a column of `customers`.
        """
        own = self.frame.select("customer_id").with_row_index("own")
        places = customers.select("customer_id").with_row_index("place").join(own, on="customer_id").sort("customer_id")
        return customers[places["place"]], self.frame[places["own"]].select(self.names)

    def matching(self, customers: pl.Series) -> tuple[Note, ...]:
        """What there is to say of ids that only one side knows.

        Raises:
            InputError: not a single id occurs on both sides.
        """
        ids = self.frame["customer_id"]
        matched = int(ids.is_in(customers.implode()).sum())
        if not matched:
            raise InputError(
                f"{self.label}: none of its {len(ids):,} customer ids occurs among the {len(customers):,} customers "
                "with an order",
                extent=f"There the first id is {ids[0]!r}, in the transactions {customers.min()!r}.",
                remedy="Name the right column with --id-column, or write the ids of both files alike.",
            )
        without, others = len(customers) - matched, len(ids) - matched
        notes = []
        if without:
            text = f"{self.label}: {without:,} of {len(customers):,} customers with an order have no row there"
            notes.append(info("customers_without_attributes", text))
        if others:
            text = f"{self.label}: {others:,} of {len(ids):,} rows belong to nobody with an order up to as_of"
            notes.append(info("attributes_without_customer", text))
        return tuple(notes)


def read_attributes(  # noqa: PLR0913 — the file, how it reads, what it stands beside
    path: str,
    flag: str,
    options: ReadOptions,
    *,
    id_column: str | None = None,
    stdin: BinaryIO,
    beside: Attributes | None = None,
) -> Attributes:
    """Read a file with one row per customer.

    A column is a number when every cell that holds something reads as one under one decimal mark, and it does not look
    like a code (leading zeros; a heading that ends in id, code, phone, …); else it is text. Rows that repeat another
    exactly count once.

    Args:
        path: CSV or Parquet, or "-".
        flag: the option that names it, for messages.
        options: how files are read (`--decimal`, `--encoding`, `--max-bad` and so on).
        id_column: heading of the customer's id; None finds it by its name.
        stdin: read only for "-".
        beside: attributes read before, whose columns are numbers or texts here as they are there.

    Raises:
        InputError: the file cannot be read without guessing, or two rows of a customer differ; or a column that holds
            numbers in `beside` holds texts.
        TooLittleDataError: it has no row with a customer.
    """
    file = read_keyed_file(path, flag, options, id_column=id_column, stdin=stdin)
    positions, notes = _usable(file, flag)
    columns = {file.header[i]: file.text(i) for i in positions}
    texts = pl.DataFrame({"customer_id": file.frame["customer_id"], "line": file.frame["line"], **columns})
    texts, words = _without_words(texts)
    once, repeats = _one_row_each(texts, file.label)
    kinds: Mapping[str, pl.DataType] = {} if beside is None else beside.frame.schema
    alike = once.select(
        _alike(once[name], kinds[name], options.decimal, file.label) for name in once.columns[1:] if name in kinds
    )
    typed, doubts = typed_columns(once.drop(alike.columns), options.decimal, file.label)
    typed = typed.hstack(alike).select(once.columns)
    return Attributes(file.label, typed, (*file.notes, *notes, *words, *repeats, *doubts))


def _usable(file: KeyedFile, flag: str) -> tuple[list[int], list[Note]]:
    """Positions of the columns that have a heading of their own."""
    positions = [i for i in range(len(file.header)) if i != file.id_position and file.header[i].strip()]
    headings = [file.header[i] for i in positions]
    twice = sorted(
        {heading for heading in headings if headings.count(heading) > 1 or heading in {"customer_id", "line"}}
    )
    if twice:
        raise InputError(
            f"{file.label} ({flag}): several columns are called {twice[0]!r}",
            remedy="Give the columns different headings in the file.",
        )
    unnamed = len(file.header) - 1 - len(positions)
    text = f"{file.label}: {counted(unnamed, 'column')} without a heading left out"
    return positions, [info("columns_without_heading", text)] if unnamed else []


def _without_words(texts: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """Cells such as n/a emptied, and how many there were."""
    names = texts.columns[2:]
    is_word = pl.col(names).str.contains(MISSING_WORDS).fill_null(value=False)
    count = sum(texts.select(is_word.sum()).row(0)) if names else 0
    emptied = texts.with_columns(
        pl.when(~pl.col(name).str.contains(MISSING_WORDS)).then(name).alias(name) for name in names
    )
    text = f"{counted(count, 'cell')} such as n/a, null or none counted as missing"
    return emptied, (info("missing_words", text),) if count else ()


def _one_row_each(texts: pl.DataFrame, label: str) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """The rows sorted by customer, exact repeats taken once; rows that contradict each other are refused."""
    distinct = texts.unique([name for name in texts.columns if name != "line"], keep="first", maintain_order=True)
    several = distinct.filter(pl.col("customer_id").is_duplicated())
    if several.height:
        first = several.filter(pl.col("customer_id") == several["customer_id"][0])
        lines = ", ".join(str(line) for line in first["line"].head(_SHOWN))
        count = several["customer_id"].n_unique()
        raise InputError(
            f"{label}: customer {first['customer_id'][0]!r} has {first.height} rows that differ (lines {lines})",
            extent=f"{counted(count, 'customer has', 'customers have')} several rows.",
            remedy="Keep one row per customer.",
        )
    repeats = texts.height - distinct.height
    repeated = counted(repeats, "row that repeats", "rows that repeat")
    text = f"{label}: {repeated} another one exactly counted once"
    notes = (info("repeated_rows", text),) if repeats else ()
    return distinct.drop("line").sort("customer_id"), notes


def typed_columns(texts: pl.DataFrame, decimal: str | None, label: str) -> tuple[pl.DataFrame, list[Note]]:
    """A frame of customer_id and columns of text, with those as Float64 that prove to be numbers throughout."""
    columns: list[pl.Series] = []
    notes: list[Note] = []
    for name in texts.columns[1:]:
        series, doubt = _typed_column(texts[name], decimal, label)
        columns.append(series)
        notes += [doubt] if doubt else []
    return texts.select("customer_id").with_columns(columns), notes


def _typed_column(text: pl.Series, decimal: str | None, label: str) -> tuple[pl.Series, Note | None]:
    """A column as Float64 if all of it proves to be numbers, else as it is, with a note where that stays open."""
    present = text.drop_nulls()
    if present.is_empty() or is_code(text.name) or present.str.contains(_ZERO_LED).any():
        return text, None
    if decimal is None and _is_plain(present):
        return text.cast(pl.Float64), None
    try:
        return _numbers(text, decimal), None
    except InputError as error:
        is_open = "reads in two ways" in error.problem or "two decimal marks" in error.problem
        what = f"{label}: column {text.name!r} is read as text: {error.problem}"
        return text, warning("attribute_reads_two_ways", what) if is_open else None


def _alike(text: pl.Series, kind: pl.DataType, decimal: str | None, label: str) -> pl.Series:
    """A column of text as the kind that a column of its name has elsewhere.

    Raises:
        InputError: it is a number there, and here some cell is none or the decimal mark stays open.
    """
    present = text.drop_nulls()
    if not kind.is_float():
        return text
    if present.is_empty() or (decimal is None and _is_plain(present)):
        return text.cast(pl.Float64)
    try:
        return _numbers(text, decimal)
    except InputError as error:
        raise InputError(
            f"{label}: {error.problem}, but {text.name!r} is a number where customers are described",
            remedy="Write the column alike in both files, or give it another heading in one of them.",
        ) from None


def _is_plain(present: pl.Series) -> bool:
    """Whether all cells are numbers that read in one way only."""
    return bool(present.str.contains(_PLAIN).all()) and not _may_be_thousands(present)


def _may_be_thousands(present: pl.Series) -> bool:
    """1.234 alone may be a thousand: whether every number with a mark looks like that."""
    marked = present.filter(present.str.contains(".", literal=True))
    return bool(len(marked)) and bool(marked.str.contains(r"^[+-]?[0-9]{1,3}\.[0-9]{3}$").all())


def _numbers(text: pl.Series, decimal: str | None) -> pl.Series:
    """The column as numbers.

    Raises:
        InputError: some cell is none, or the decimal mark stays open.
    """
    where = f"column {text.name!r}"
    frame = text.to_frame("cell")
    detector = AmountDetector("cell", where, pl.String(), text, decimal)
    reading: AmountReading = decided(frame.lazy(), detector)
    cell = pl.col("cell")
    if frame.select((cell.is_not_null() & (reading.defect(cell) > 0)).any()).item():
        raise InputError(f"{where}: some cells are no numbers")
    return frame.select(reading.exact(cell).cast(pl.Float64).alias(text.name)).to_series()


def is_code(heading: str) -> bool:
    """Whether a heading names a code, whose digits are no quantity: its last word is id, code, phone and the like."""
    words: Sequence[str] = _WORDS.findall(_CAMEL.sub(" ", heading))
    return heading.endswith(_ID_ENDINGS) or bool(words and words[-1].casefold() in _ID_WORDS)
