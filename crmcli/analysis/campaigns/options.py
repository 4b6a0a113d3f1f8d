"""What the analysis of campaigns may be told."""

from __future__ import annotations

from dataclasses import dataclass

from crmcli.errors import UsageError

DEFAULT_RESPONSE_DAYS = 30


@dataclass(frozen=True, slots=True)
class CampaignOptions:
    """`response_days`: an order counts as a response from the day of the contact up to so many days after it."""

    response_days: int = DEFAULT_RESPONSE_DAYS

    def check(self) -> None:
        """Raise UsageError for a time that means nothing."""
        if self.response_days < 1:
            raise UsageError(f"Responses are counted for at least one day, not {self.response_days}")
