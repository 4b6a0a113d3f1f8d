"""The files of campaigns that `report` is given, and what is found in them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from crmcli.analysis.campaigns.analyse import analyse
from crmcli.cli.reading import read_options
from crmcli.cli.report_options import for_transactions
from crmcli.customers.campaign_columns import CampaignReading
from crmcli.customers.campaign_files import CampaignFiles, read_campaign_contacts, read_expenses, read_receipts
from crmcli.present.messages import print_notes

if TYPE_CHECKING:
    from crmcli.analysis.result import Result
    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.cli.report_options import ReportArguments
    from crmcli.customers.summary import CustomerSummary


def campaign_result(
    state: State, shared: SharedOptions, own: ReportArguments, summary: CustomerSummary
) -> Result | None:
    """What campaigns brought in up to the day of the report; None where no file of campaigns is given.

    Raises:
        CrmcliError: as the readers of the files.
    """
    if not (own.campaigns or own.receipts or own.expenses):
        return None
    reading = CampaignReading(
        read_options(for_transactions(shared), frozenset()),
        summary.as_of,
        id_column=own.id_column,
        stdin=state.environment.stdin or io.BytesIO(),
    )
    files = CampaignFiles(
        contacts=None if own.campaigns is None else read_campaign_contacts(own.campaigns, "--campaigns", reading),
        receipts=None if own.receipts is None else read_receipts(own.receipts, "--receipts", reading),
        expenses=None if own.expenses is None else read_expenses(own.expenses, "--expenses", reading),
    )
    print_notes(state.environment, tuple(note for rows in files.given for note in rows.notes))
    return analyse(summary, files)
