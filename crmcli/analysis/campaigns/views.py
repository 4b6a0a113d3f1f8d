"""The view of campaigns, declared once."""

from __future__ import annotations

from crmcli.analysis.views import Catalogue, Column, Kind, View

_CUSTOMERS, _MONEY, _SHARE = "customers", "money", "of 1"

_FLAGS = (
    "no_contacts, no_receipts, no_expenses: a file that names other campaigns lacks this one. undated: contacts "
    "without a date. window_open: the time to respond is not over. control_unused: a control group that nothing can be "
    "held against. groups_differ: the two groups ordered differently already before the campaign."
)

CAMPAIGNS = View(
    name="campaigns",
    title="Campaigns",
    meaning=(
        "One row per campaign that any of the files names. A contacted customer responded if they ordered from the day "
        "of the contact up to response_days after it; or, where receipts name customers and there is no control group, "
        "if a receipt of the campaign is theirs. A control group is always compared by orders, since a receipt of a "
        "campaign cannot come from those it did not reach."
    ),
    key=("campaign",),
    columns=(
        Column("campaign", Kind.TEXT, "The campaign, as written in the files."),
        Column(
            "first_contact", Kind.DATE, "Day of the first contact, or of the first choice of a control.", minor=True
        ),
        Column("last_contact", Kind.DATE, "Day of the last one.", minor=True),
        Column("contacted", Kind.INTEGER, "Customers contacted, the control group left out.", _CUSTOMERS),
        Column("responders", Kind.INTEGER, "Of these, who responded.", _CUSTOMERS),
        Column("response_rate", Kind.SHARE, "responders ÷ contacted.", _SHARE),
        Column("response_low", Kind.SHARE, "Lower 95 % limit of it (Wilson).", _SHARE),
        Column("response_high", Kind.SHARE, "Upper limit.", _SHARE),
        Column("control", Kind.INTEGER, "Customers of the control group.", _CUSTOMERS, minor=True),
        Column("control_responders", Kind.INTEGER, "Of these, who ordered in that time.", _CUSTOMERS, minor=True),
        Column("control_rate", Kind.SHARE, "control_responders ÷ control.", _SHARE),
        Column("uplift", Kind.SHARE, "response_rate − control_rate.", _SHARE),
        Column("uplift_low", Kind.SHARE, "Lower 95 % limit of it (Newcombe).", _SHARE),
        Column("uplift_high", Kind.SHARE, "Upper limit.", _SHARE),
        Column(
            "basis",
            Kind.TEXT,
            "What counts as a response: orders or receipts; missing where nothing tells.",
            minor=True,
        ),
        Column(
            "complete",
            Kind.BOOLEAN,
            "Whether the time to respond was over by as_of; else responses are those so far.",
            minor=True,
        ),
        Column("receipts", Kind.MONEY, "What came in through it; missing without a file of receipts.", _MONEY),
        Column("expenses", Kind.MONEY, "What it cost; missing without a file of expenses.", _MONEY),
        Column("net", Kind.MONEY, "receipts − expenses.", _MONEY, minor=True),
        Column("return", Kind.SHARE, "(receipts − expenses) ÷ expenses; missing without expenses.", _SHARE),
        Column("flags", Kind.FLAGS, _FLAGS),
    ),
)

CAMPAIGNS_CATALOGUE = Catalogue(command="report", views=(CAMPAIGNS,), default="campaigns", page=("campaigns",))
