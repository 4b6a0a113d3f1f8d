"""The customer care calendar of a report, from the attributes of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.analysis.occasions.upcoming import upcoming
from crmcli.customers.occasions import occasions_of

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.analysis.result import Result
    from crmcli.cli.report_options import ReportArguments
    from crmcli.customers.attributes import Attributes


def care_result(
    own: ReportArguments, attributes: Attributes | None, as_of: dt.date, date_format: str | None
) -> Result | None:
    """The birthdays and anniversaries of the coming days; None where no column holds any.

    Raises:
        CrmcliError: as `occasions_of`.
    """
    found = None if attributes is None else occasions_of(attributes, as_of, date_format)
    return None if found is None else upcoming(found, as_of, own.care_days)
