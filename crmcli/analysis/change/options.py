"""What the comparison of two windows may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcli.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt

DEFAULT_MOVERS = 10


@dataclass(frozen=True, slots=True)
class ChangeOptions:
    """The options of one comparison.

    Attributes:
        before: the date at which the window before starts (it holds the days after it); see `previous_dates`.
        movers: how many gains and how many losses the view `movers` names.
        lost_after_days: silence beyond which a customer is lost; None reads the churn window off the orders up to the
            earlier date, so that nobody moves because the window does.
    """

    before: dt.date
    movers: int = DEFAULT_MOVERS
    lost_after_days: int | None = None

    def check(self) -> None:
        """Raise UsageError for a number that means nothing."""
        if self.movers < 0:
            raise UsageError(f"The number of movers cannot be negative: {self.movers}")
        if self.lost_after_days is not None and self.lost_after_days < 1:
            raise UsageError(f"Silence means lost after at least one day, not {self.lost_after_days}")
