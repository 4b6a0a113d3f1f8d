"""An id that nobody has: the ids that were perhaps meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEIGHBOURS = 200
_SUGGESTED = 3
_ALIKE = 0.6


def unknown_customer(customer_id: str, known: pl.Series) -> UsageError:
    """The error to raise; `known` holds all ids, sorted."""
    close = difflib.get_close_matches(
        customer_id, list(dict.fromkeys(_candidates(customer_id, known))), _SUGGESTED, _ALIKE
    )
    meant = " or ".join(map(repr, _same_number(customer_id, known) or close))
    return UsageError(
        f"No customer with an order up to as_of has the id {customer_id!r}",
        remedy=f"Did you mean {meant}?" if meant else f"Ids look like {known[0]!r}.",
    )


def _same_number(customer_id: str, known: pl.Series) -> list[str]:
    """Ids that differ only in leading zeros, blanks or case."""
    bare = customer_id.strip().casefold().lstrip("0")
    alike = known.filter(known.str.to_lowercase().str.strip_chars_start("0") == bare)
    return alike.head(_SUGGESTED).to_list()


def _candidates(customer_id: str, known: pl.Series) -> Iterator[str]:
    """Ids that sort near it from either end: a few among millions, rather than a comparison with each."""
    for ids, wanted in ((known, customer_id), (_reversed(known), customer_id[::-1])):
        ordered = ids.sort()
        place = int(ordered.search_sorted(wanted))
        near = ordered.slice(max(0, place - _NEIGHBOURS), 2 * _NEIGHBOURS)
        yield from (near if ids is known else _reversed(near)).to_list()


def _reversed(ids: pl.Series) -> pl.Series:
    return ids.to_frame("id").select(pl.col("id").str.reverse()).to_series()
