"""What a user should know about the profile by which a file was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.notes import info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.notes import Note
    from crmcli.transactions.columns import ColumnMap


def profile_notes(label: str, columns: ColumnMap) -> Iterator[Note]:
    """Notes on what a profile makes of amounts and refunds, and its own remarks."""
    profile = columns.profile
    if profile is None:
        return
    if "amount" in columns.totals:
        yield info("order_total", f"{label}: {columns.heading('amount')!r} is a total and counts once per order")
    elif profile.order_total:
        yield info("line_amount", f"{label}: amounts count row by row, being no order totals of the profile")
    if "refunded" in columns:
        yield info(
            "refund_dates", f"{label}: {columns.heading('refunded')!r} is money that went back, dated by its order"
        )
    if profile.refunded_in_full and "status" in columns:
        states = ", ".join(profile.refunded_in_full)
        yield info("refunded_in_full", f"{label}: the status {states} means a sale whose money went back in full")
    for remark in profile.remarks:
        yield info("profile_remark", f"{label}: {remark}")
