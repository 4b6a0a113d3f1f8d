"""`crmcli segment --value clv`: what each customer is worth, as `crmcli clv` says with its defaults."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmcli.analysis.clv.analyse import analyse
from crmcli.analysis.clv.options import ClvOptions
from crmcli.analysis.segment.value import CLV
from crmcli.notes import Severity, info
from crmcli.present.messages import print_notes

if TYPE_CHECKING:
    from crmcli.analysis.segment.options import SegmentOptions
    from crmcli.cli.context import State
    from crmcli.customers.summary import CustomerSummary


def with_clv(options: SegmentOptions, summary: CustomerSummary, state: State) -> SegmentOptions:
    """The options with the worth of every customer, where value means that; warnings of clv are printed.

    Raises:
        TooLittleDataError: too few purchases for a model.
    """
    if options.value != CLV:
        return options
    with state.progress("fitting and forecasting"):
        found = analyse(summary, ClvOptions(views=frozenset({"customers"})))
    text = "Value is clv: money up to as_of and what is expected in the year after (crmcli clv with its defaults)."
    loud = [note for note in found.notes if note.severity is Severity.WARNING]
    print_notes(state.environment, (info("value_clv", text), *loud))
    return replace(options, clv=found.tables["customers"].select("customer_id", "clv"))
