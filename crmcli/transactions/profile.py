"""What is known about the export of one system: which heading plays which part, and where its traps are.

A profile is recognised by its headings. It states facts only; what it leaves open stays with the ordinary detection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmcli.errors import InputError
from crmcli.transactions.aliases import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOTALS = ("amount", "refunded")
"""Canonical columns that may stand for a whole order."""

BESIDE_A_TOTAL = ("quantity", "unit_price", "discount", "cost")
"""Canonical columns that speak of one line and say nothing about an amount that stands for a whole order."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The export of one system.

    Attributes:
        name: how `--profile`, notes and facts call it.
        title: what it is, for people.
        required: headings that must all be present.
        absent: headings that must not be present.
        columns: canonical name → headings; the first one that the file has is used.
        order_total: `amount` and `refunded` stand for the whole order, on one of its lines or repeated on all.
        carried_down: canonical columns that are blank on the further lines of an order and belong to all of them.
        no_sale: heading → values that mean that nothing was sold; no values stand for any value.
        refund_rows: heading → values of the rows by which money goes back, whatever their sign.
        refunded_in_full: values of `status` that mean that all the money went back, where no refund is written.
        formula_text: ids are written as ="123", so that a spreadsheet keeps their digits.
        date_format: as in `--date-format`, where the export fixes it.
        decimal: as in `--decimal`, where the export fixes it.
        remarks: sentences that every user of the profile should read.
    """

    name: str
    title: str
    required: tuple[str, ...]
    absent: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    order_total: bool = False
    carried_down: tuple[str, ...] = ()
    no_sale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refund_rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refunded_in_full: tuple[str, ...] = ()
    formula_text: bool = False
    date_format: str | None = None
    decimal: str | None = None
    remarks: tuple[str, ...] = ()

    def missing(self, header: Sequence[str]) -> list[str]:
        """The required headings that a header lacks."""
        present = {fold(heading) for heading in header}
        return [heading for heading in self.required if fold(heading) not in present]

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a header has all required headings and none that must be absent."""
        present = {fold(heading) for heading in header}
        return not self.missing(header) and present.isdisjoint(map(fold, self.absent))


def recognise(header: Sequence[str], profiles: Sequence[Profile], label: str) -> Profile | None:
    """The profile that a header fits; of several the one with the most required headings.

    Raises:
        InputError: two fit equally well.
    """
    fitting = sorted((known for known in profiles if known.fits(header)), key=lambda known: -len(known.required))
    if not fitting:
        return None
    best, *others = fitting
    if others and len(others[0].required) == len(best.required):
        raise InputError(
            f"{label} fits two profiles: {best.name} ({best.title}) and {others[0].name} ({others[0].title})",
            remedy=f"Say which: --profile {best.name}, --profile {others[0].name}, or --profile none",
        )
    return best


def positions_of(header: Sequence[str], heading: str) -> list[int]:
    """Where a heading stands in a header, compared as aliases are."""
    return [i for i, name in enumerate(header) if fold(name) == fold(heading)]
