"""What only customers can tell, among their attributes: how attached they are, and whether they have a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError
from crmcli.notes import info
from crmcli.transactions.aliases import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcli.customers.attributes import Attributes
    from crmcli.notes import Note

ATTACHMENT_HEADINGS = frozenset(
    fold(name)
    for name in (
        *("attachment", "survey attachment", "loyalty score", "satisfaction", "satisfaction score"),
        *("recommendation", "likely to recommend", "nps", "nps score", "满意度", "忠诚度评分", "推荐意愿", "依恋度"),
    )
)
NO_ALTERNATIVE_HEADINGS = frozenset(
    fold(name)
    for name in ("no alternative", "sole supplier", "single source", "locked in", "无替代", "无替代供应商", "独家供应")
)
_YES = frozenset({"yes", "y", "true", "1", "t", "ja", "oui", "sí", "si", "是", "有", "x"})
_NO = frozenset({"no", "n", "false", "0", "f", "nein", "non", "否", "无", "没有"})


def survey_of(attributes: Attributes) -> tuple[pl.DataFrame | None, tuple[Note, ...]]:
    """customer_id with attachment (Float64) or no_alternative (Boolean) or both, as far as attributes tell of them.

    Columns are found by their headings. None where there are none.

    Raises:
        InputError: two columns could be the same of the two, or a column does not read as what it should be.
    """
    columns: dict[str, pl.Series] = {}
    names: list[str] = []
    for part, headings, read in (
        ("attachment", ATTACHMENT_HEADINGS, _attachment),
        ("no_alternative", NO_ALTERNATIVE_HEADINGS, _no_alternative),
    ):
        found = [name for name in attributes.names if fold(name) in headings]
        if len(found) > 1:
            raise InputError(
                f"{attributes.label}: {len(found)} columns could be {part}: {', '.join(map(repr, found))}",
                remedy="Rename those that are not meant.",
            )
        if found:
            columns[part] = read(attributes, found[0])
            names.append(f"{part} ← {found[0]!r}")
    if not columns:
        return None, ()
    survey = attributes.frame.select("customer_id").with_columns(**columns)
    return survey, (info("survey", f"{attributes.label}: {', '.join(names)} (for the types of loyalty)"),)


def answers_among(names: Iterable[str]) -> frozenset[str]:
    """Those of some headings that `survey_of` reads, and that loyalty therefore rests on."""
    return frozenset(name for name in names if fold(name) in ATTACHMENT_HEADINGS | NO_ALTERNATIVE_HEADINGS)


def _attachment(attributes: Attributes, name: str) -> pl.Series:
    values = attributes.frame[name]
    if not values.dtype.is_float():
        raise InputError(
            f"{attributes.label}: {name!r} should be a number that says how attached a customer is, but holds texts",
            remedy="Write it as numbers, or rename the column.",
        )
    return values


def _no_alternative(attributes: Attributes, name: str) -> pl.Series:
    frame = attributes.frame.select(text=_as_text(attributes.frame[name]))
    answer = pl.col("text").str.strip_chars().str.to_lowercase()
    yes, no = answer.is_in(sorted(_YES)), answer.is_in(sorted(_NO))
    read = frame.select(pl.when(yes).then(pl.lit(value=True)).when(no).then(pl.lit(value=False))).to_series()
    odd = frame.filter(read.is_null() & frame["text"].is_not_null())
    if odd.height:
        raise InputError(
            f"{attributes.label}: {name!r} should say yes or no, but holds {odd['text'][0]!r}",
            extent=f"{odd.height:,} customers have neither.",
        )
    return read


def _as_text(values: pl.Series) -> pl.Series:
    """Numbers such as 1 and 0 in their shortest form."""
    return values.cast(pl.String).str.strip_suffix(".0") if values.dtype.is_float() else values
