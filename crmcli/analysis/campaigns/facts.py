"""The headline facts of all campaigns together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.analysis.campaigns.campaign import returned
from crmcli.analysis.campaigns.shares import Response
from crmcli.analysis.result import Fact
from crmcli.analysis.segment.money import money
from crmcli.analysis.views import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcli.analysis.campaigns.campaign import Campaign
    from crmcli.analysis.campaigns.options import CampaignOptions


def campaign_facts(campaigns: Sequence[Campaign], options: CampaignOptions, scale: int) -> tuple[Fact, ...]:
    """Sums over all campaigns; a customer whom two campaigns contacted counts twice.

    Responses add up only where all of them are orders, or all receipts.
    """
    response = _response(campaigns)
    low, high = response.limits or (None, None)
    receipts, expenses = _sum(one.receipts for one in campaigns), _sum(one.expenses for one in campaigns)
    net = None if receipts is None or expenses is None else receipts - expenses
    contacted = sum(one.contacts.treated.people for one in campaigns)
    return (
        Fact("campaigns", "Campaigns", len(campaigns), Kind.INTEGER, "campaigns"),
        Fact("campaign_contacts", "Customers contacted, by campaign", contacted, Kind.INTEGER, "contacts"),
        Fact(
            "campaign_responders",
            "Of these, responded",
            response.responders if response.people else None,
            Kind.INTEGER,
            "contacts",
        ),
        Fact("campaign_response_rate", "Response rate", response.rate, Kind.SHARE, "of 1"),
        Fact("campaign_response_low", "Its lower 95 % limit", low, Kind.SHARE, "of 1", minor=True),
        Fact("campaign_response_high", "Its upper limit", high, Kind.SHARE, "of 1", minor=True),
        Fact("campaign_response_days", "Time to respond", options.response_days, Kind.INTEGER, "days", minor=True),
        _money("campaign_receipts", "Receipts", receipts, scale),
        _money("campaign_expenses", "Expenses", expenses, scale),
        _money("campaign_net", "Receipts − expenses", net, scale),
        Fact("campaign_return", "Return on expenses", returned(receipts, expenses), Kind.SHARE, "of 1"),
    )


def _response(campaigns: Sequence[Campaign]) -> Response:
    """The responses to all campaigns; of nobody where they are counted in two ways."""
    known = [one.response for one in campaigns if one.response is not None]
    if len({one.basis for one in campaigns if one.response is not None}) > 1:
        return Response(0, 0)
    return Response(sum(one.responders for one in known), sum(one.people for one in known))


def _sum(units: Iterable[int | None]) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [one for one in units if one is not None]
    return sum(known) if known else None


def _money(name: str, label: str, units: int | None, scale: int) -> Fact:
    return Fact(name, label, None if units is None else money(units, scale), Kind.MONEY, "money")
