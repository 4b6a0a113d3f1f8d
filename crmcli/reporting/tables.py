"""Tables of a report as plain data: declared columns of a view, or columns made for the report, and raw cells.

A table is a dict of `id`, `title`, `columns` (each a dict of `name`, `label`, `kind`, `unit`), `rows` (lists of str,
int, float, Decimal, date, bool or None), `omitted` (rows left out), `note` (text or None) and `counted` (the column
that counts customers, or None; groups of very few are withheld by it, see `crmcli.reporting.suppression`). `sums`, if
there, labels each row: rows of one label add up to a number that is told elsewhere, those with None to none;
`total_known` False says None of all rows. `withheld` counts the rows that have lost figures. A text in a column of
numbers stands as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.analysis.views import Column, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

    from crmcli.analysis.views import View
    from crmcli.reporting.words import Words

Table = dict[str, Any]

VOCABULARIES: Mapping[str, str] = {
    "segment": "segments",
    "from_segment": "segments",
    "to_segment": "segments",
    "stage": "stages",
    "class": "classes",
    "loyalty_type": "loyalty_types",
    "hold": "words",
    "name": "tiers",
    "state": "states",
    "flow": "flows",
    "direction": "directions",
    "component": "components",
    "verdict": "verdicts",
    "bucket": "buckets",
    "binding": "bindings",
    "step": "steps",
    "occasion": "occasions",
}
"""Columns whose texts are names of ours, and the table of labels that has them in the report's language."""


def table(  # noqa: PLR0913 — what each keyword is stands in its name
    identity: str,
    frame: pl.DataFrame,
    columns: Iterable[Column],
    words: Words,
    *,
    most: int | None = None,
    counted: str | None = None,
    note: str | None = None,
) -> Table:
    """Rows of a frame under declared columns.

    Args:
        identity: names the table; its title is the label `tables.<identity>`.
        frame: has every one of the columns.
        columns: in the order of the report.
        words: the language.
        most: how many rows are shown; the others are counted as omitted.
        counted: the column that counts customers, in tables of groups.
        note: a remark for below.
    """
    shown = tuple(columns)
    rows = frame.select(column.name for column in shown)
    kept = rows if most is None else rows.head(most)
    return made(
        identity,
        shown,
        [[plain_cell(value, column, words) for value, column in zip(row, shown, strict=True)] for row in kept.rows()],
        words,
        omitted=rows.height - kept.height,
        counted=counted,
        note=note,
    )


def made(  # noqa: PLR0913 — as in `table`
    identity: str,
    columns: Iterable[Column],
    rows: Sequence[list[Any]],
    words: Words,
    *,
    omitted: int = 0,
    counted: str | None = None,
    note: str | None = None,
) -> Table:
    """A table of rows that are plain data already; arguments as in `table`."""
    return {
        "id": identity,
        "title": words.text(f"tables.{identity}"),
        "columns": [
            {"name": column.name, "label": heading(column, words), "kind": str(column.kind), "unit": column.unit}
            for column in columns
        ],
        "rows": list(rows),
        "omitted": omitted,
        "counted": counted,
        "note": note,
    }


def of_view(view: View, *names: str) -> tuple[Column, ...]:
    """Some columns of a view, in the order given."""
    declared = {column.name: column for column in view.columns}
    return tuple(declared[name] for name in names)


def column(name: str, kind: Kind, unit: str = "") -> Column:
    """A column that no view declares."""
    return Column(name, kind, "", unit)


def heading(one: Column, words: Words) -> str:
    """The label of a column: its own, else its name in words."""
    return words.find(f"columns.{one.name}") or one.name.replace("_", " ")


def named(value: str, column_name: str, words: Words) -> str:
    """A name of ours in the report's language; others, such as segments of own rules, stand as they are."""
    vocabulary = VOCABULARIES.get(column_name)
    known = words.find(f"{vocabulary}.{value.strip('()')}") if vocabulary else None
    return known or value


def plain_cell(value: Any, one: Column, words: Words) -> Any:
    """A cell as the context holds it: names of ours in the report's language, codes as words; else as it is."""
    if isinstance(value, str) and one.kind is Kind.FLAGS:
        return "; ".join(_flag(code, words) for code in value.split(";") if code)
    return named(value, one.name, words) if isinstance(value, str) and one.kind is Kind.TEXT else value


def _flag(code: str, words: Words) -> str:
    return words.find(f"flags.{code}") or code.replace("_", " ")
