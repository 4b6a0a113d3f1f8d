"""Why a row of a credit file does not take part: the defects of all files, and the rules of a ledger."""

from __future__ import annotations

from enum import IntEnum

from crmcli.transactions.codes import Defect, Rule

__all__ = ["Defect", "LedgerRule"]


class LedgerRule(IntEnum):
    """Named rules in the order in which they claim a row. The numbers of shared rules are those of transactions."""

    AFTER_AS_OF = Rule.AFTER_AS_OF
    BEFORE_SINCE = Rule.BEFORE_SINCE
    WHERE = Rule.WHERE
    STATUS = Rule.STATUS
    CLEARED = 111  # A payment or credit that the settlement dates of its invoices already tell.
    PAID = 114  # Paid by its status, in a file that does not say when.
    TOTAL_ROW = 113  # The line of an aged summary that adds up the others.
    REPEATED_TOTAL = 112  # The total of a document, repeated on its further lines.

    @property
    def label(self) -> str:
        """The name that notes, facts and documentation use."""
        return self.name.lower()
