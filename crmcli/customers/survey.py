"""What only customers can tell, among their attributes: how attached they are, and whether they have a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.notes import counted, info, warning
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


class _UnusableError(Exception):
    """A column, or several, that were taken for answers cannot be; the sentence says why."""


def survey_of(attributes: Attributes) -> tuple[pl.DataFrame | None, tuple[Note, ...]]:
    """customer_id with attachment (Float64) or no_alternative (Boolean) or both, as far as attributes tell of them.

    Columns are found by their headings. One that does not read as such an answer, or two that could be the same, are
    not used, with a warning: a heading is no proof, and no analysis needs the answers. None where there are none.
    """
    columns: dict[str, pl.Series] = {}
    names: list[str] = []
    warnings: list[Note] = []
    for part, headings, read in (
        ("attachment", ATTACHMENT_HEADINGS, _attachment),
        ("no_alternative", NO_ALTERNATIVE_HEADINGS, _no_alternative),
    ):
        found = [name for name in attributes.names if fold(name) in headings]
        try:
            if found:
                columns[part] = read(attributes, _only(found))
                names.append(f"{part} ← {found[0]!r}")
        except _UnusableError as error:
            warnings.append(warning("survey_unused", f"{attributes.label}: {error}; not used as {part}"))
    if not columns:
        return None, tuple(warnings)
    survey = attributes.frame.select("customer_id").with_columns(**columns)
    used = info("survey", f"{attributes.label}: {', '.join(names)} (for the types of loyalty)")
    return survey, (used, *warnings)


def _only(found: list[str]) -> str:
    if len(found) > 1:
        raise _UnusableError(f"{', '.join(map(repr, found))} could all be meant: rename those that are not")
    return found[0]


def answers_among(names: Iterable[str]) -> frozenset[str]:
    """Those of some headings that `survey_of` reads, and that loyalty therefore rests on."""
    return frozenset(name for name in names if fold(name) in ATTACHMENT_HEADINGS | NO_ALTERNATIVE_HEADINGS)


def _attachment(attributes: Attributes, name: str) -> pl.Series:
    values = attributes.frame[name]
    if not values.dtype.is_float():
        raise _UnusableError(f"{name!r} holds texts and not numbers that say how attached a customer is")
    return values


def _no_alternative(attributes: Attributes, name: str) -> pl.Series:
    frame = attributes.frame.select(text=_as_text(attributes.frame[name]))
    answer = pl.col("text").str.strip_chars().str.to_lowercase()
    yes, no = answer.is_in(sorted(_YES)), answer.is_in(sorted(_NO))
    read = frame.select(pl.when(yes).then(pl.lit(value=True)).when(no).then(pl.lit(value=False))).to_series()
    odd = frame.filter(read.is_null() & frame["text"].is_not_null())
    if odd.height:
        customers = counted(odd.height, "customer")
        raise _UnusableError(f"{name!r} does not say yes or no but {odd['text'][0]!r} ({customers} with neither)")
    return read


def _as_text(values: pl.Series) -> pl.Series:
    """Numbers such as 1 and 0 in their shortest form."""
    return values.cast(pl.String).str.strip_suffix(".0") if values.dtype.is_float() else values
