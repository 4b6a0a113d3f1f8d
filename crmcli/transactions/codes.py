"""Why a row does not take part: defects quarantine it, named rules drop it. Each row counts under exactly one."""

from __future__ import annotations

from enum import IntEnum


class Defect(IntEnum):
    """What makes a row unusable. The number travels in a one-byte column; people and scripts see the name."""

    MISSING_COLUMNS = 1
    EXTRA_COLUMNS = 2
    STRAY_QUOTE = 3
    UNTERMINATED_QUOTE = 4
    REPEATED_HEADER = 5
    NUL_BYTE = 6
    FIELD_TOO_LONG = 7
    NULL_ID = 8
    INVALID_ID = 9
    INVALID_DATE = 10
    INCONSISTENT_DATE = 11
    INVALID_AMOUNT = 12
    NON_FINITE = 13


class Rule(IntEnum):
    """Named rules in the order in which they claim a row: a row counts under the first that fits."""

    AFTER_AS_OF = 101
    BEFORE_SINCE = 102
    WHERE = 103
    STATUS = 104
    NO_CUSTOMER = 105
    NO_PRICE = 106
    REFUND_ONLY = 107

    @property
    def label(self) -> str:
        """The name that notes, facts and documentation use."""
        return self.name.lower()
